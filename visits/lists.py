"""Call lists (policy 5.1): drawn in one go, shared out, and given to somebody else.

Whoever calls a customer of somebody else's borrows it until the list's date (see `visits.giving_back`). Both lock the
customers first, then their callbacks, as logging a contact does.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.moves import TooLate
from customers import loans
from customers.models import Customer
from staff import calendar
from staff.models import User
from visits import choosing, schedule, sharing
from visits.models import Callback, CallList, Purpose

# So long a call that is given away late stays lent.
AGAIN_DAYS = 7


@dataclass(frozen=True)
class Draft:
    """What a list would be now: its customers in their order, who calls each, and who has how much to do already."""

    customers: list[Customer]
    given: dict[int, int]
    load: dict[int, int]

    def shares(self, people: Iterable[User]) -> list[tuple[User, int, int, int]]:
        """Return (person, calls that are due by then, calls of this list, of these with others' customers)."""
        owners = {customer.pk: customer.owner_id for customer in self.customers}
        mine = {person.pk: [pk for pk, caller in self.given.items() if caller == person.pk] for person in people}
        lent = {pk: sum(owners[customer] != pk for customer in customers) for pk, customers in mine.items()}
        return [(person, self.load[person.pk], len(mine[person.pk]), lent[person.pk]) for person in people]


class NobodyFits(Exception):
    """No customer fits the criteria, or others have just put the last of them on a list."""


def draft(criteria, *, due_on: dt.date, people: Iterable[User], among_all: bool, token, by) -> Draft:
    """Return what `draw` would make of the same now, writing nothing."""
    chosen = choosing.fitting(criteria, user=by, seed=token).for_list()[: criteria.number]
    customers = list(chosen)
    owners = {customer.pk: customer.owner_id for customer in customers}
    busy = load(people, by=due_on)
    return Draft(customers, sharing.share(owners, busy, among_all=among_all), busy)


def draw(criteria, *, name, due_on: dt.date, people: Iterable[User], among_all: bool, token, by, note="") -> CallList:
    """Choose customers, share them out among `people` and plan the calls; the same `token` twice is one list.

    Raises NobodyFits, and TooLate when the token is that of another list.
    """
    fields = {"name": name, "way": criteria.way, "due_on": due_on, "note": note, "by": by}
    fields["criteria"] = criteria.as_dict() | {"among_all": among_all}
    with transaction.atomic():
        made, is_new = CallList.objects.get_or_create(token=token, defaults=fields)
        if not is_new and (made.by_id, made.criteria, made.due_on) != (by.pk, fields["criteria"], due_on):
            raise TooLate(_("This form was sent before, filled in otherwise. Open it anew."))
        if is_new:
            _fill(made, criteria, people=people, among_all=among_all, by=by)
    return made


def _fill(made, criteria, *, people, among_all, by):
    owners = _held(choosing.fitting(criteria, user=by, seed=made.token)[: criteria.number], by)
    if not owners:
        raise NobodyFits
    given = sharing.share(owners, load(people, by=made.due_on), among_all=among_all)
    _plan(made, owners, given, by)
    lent = [(customer, person) for customer, person in given.items() if person != owners[customer]]
    loans.lend(lent, until=made.due_on, reason=made.name, by=by)
    with connection.cursor() as cursor:
        schedule.spread(cursor, list(given), on=timezone.localdate())
    schedule.write_next_dates(list(given))


def _held(chosen, by) -> dict[int, int]:
    """Lock the customers chosen; return the owners of those that still are in sight and on no list, in their order."""
    chosen = list(chosen.values_list("pk", flat=True))
    still = Customer.objects.owned_visible_to(by).filter(pk__in=chosen).order_by("pk").select_for_update(no_key=True)
    owners = dict(still.values_list("pk", "owner"))
    listed = Callback.objects.open().filter(customer__in=chosen, purpose=Purpose.CALL_LIST)
    listed = set(listed.values_list("customer", flat=True))
    return {pk: owners[pk] for pk in chosen if pk in owners and pk not in listed}


def load(people: Iterable[User], *, by: dt.date) -> dict[int, int]:
    """Return how many open callbacks each person has to make up to the date `by`."""
    numbers = {person.pk: 0 for person in people}
    due = Callback.objects.due(by=by).order_by()
    given = due.filter(person__in=numbers).values_list("person").annotate(Count("pk"))
    own = due.filter(person=None, customer__owner__in=numbers).values_list("customer__owner").annotate(Count("pk"))
    for rows in (given, own):
        for person, number in rows:
            numbers[person] += number
    return numbers


def _plan(made, owners, given, by):
    today = timezone.localdate()
    days = sharing.days_for(given, calendar.working_days(today, made.due_on) or [made.due_on])
    Callback.objects.bulk_create(
        Callback(
            customer_id=customer,
            purpose=Purpose.CALL_LIST,
            call_list=made,
            person_id=person if person != owners[customer] else None,
            due_on=days[customer],
            first_due_on=days[customer],
            opens_on=today,
            closes_on=made.due_on,
            made_by=by,
        )
        for customer, person in given.items()
    )


def give(callback, *, to, by) -> None:
    """Let `to` make a call of a list; raises TooLate when it is closed or its customer went to the pool meanwhile."""
    today = timezone.localdate()
    with transaction.atomic():
        callback.customer.lock()
        callback.lock()
        if callback.status != Callback.Status.OPEN or callback.customer.owner_id is None:
            raise TooLate(callback.too_late("give"))
        if callback.person_id:
            loans.end([(callback.customer_id, callback.person_id)], by=by)
        callback.person_id = to.pk if to.pk != callback.customer.owner_id else None
        callback.save(update_fields=["person"])
        until = max(callback.call_list.due_on, today + dt.timedelta(days=AGAIN_DAYS))
        pairs = [(callback.customer_id, to.pk)] if callback.person_id else []
        loans.lend(pairs, until=until, reason=callback.call_list.name, by=by)
        schedule.write_next_dates([callback.customer_id])
