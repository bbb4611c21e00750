"""The schedule that makes itself: which callbacks follow from what happened (policy 5.2, 5.3, 5.5, 5.6).

What happened stands in tables (paid orders, visits on site, complaints received, ownership); what follows stands in
`CallbackRule` and `Cadence`. `plan` compares the two and writes what is missing: after an event for the customers
concerned, every night for all, so that a lost ring or a killed worker costs nothing and running twice adds nothing.

- A callback falls on the first working day of its window, not before the day of planning. A window that closed up to
  GRACE_DAYS ago still counts, so that a late night loses nothing.
- What has waited for more than GRACE_DAYS when it is planned, as after an import or with a new rule, is spread over the
  rest of its window, or over one cadence, by the customer's id: nobody finds months of calls on one morning. Windows
  counted in days don't wait.
- While a callback of a purpose is open, further events of that kind wait for it. Closed, it stands for every event up
  to its `covers_until`: windows counted in days are about that very job, so for events whose window had begun by
  then; windows counted in months are routine care, so for every purchase up to the day it was planned for.
- A follow-up comes by the shortest cadence that fits, counted from the last contact or from the day it was skipped. A
  shorter cadence pulls forward what the schedule planned, never what somebody did (`made_by`).
- Two callbacks of a customer on one day: the later one moves to the next working day within its window, or says why
  it stays; a day that somebody chose goes before one that the schedule chose.
- A day that becomes a holiday passes its callbacks on to the next working day, whoever chose it.
- Nobody can be late from before the customer was theirs: what was due earlier is due on the day it came to them.
"""

import datetime as dt

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from crm.lib.copying import whole_tables
from customers.models import Activity
from visits.models import Callback, ServiceEvent, SiteVisit
from visits.schedule_sql import (
    CADENCE,
    CONCERNED,
    DUE,
    EVENTS,
    FOLLOW_CADENCE,
    FOLLOW_EVENTS,
    FOLLOW_OWNER,
    FORGIVE,
    HOLD,
    NEXT_DATES,
    NEXT_DAYS,
    NOTE_CONCERNED,
    OFF_HOLIDAYS,
    ONLY,
    ONLY_CONCERNED,
    OVERRUNS,
    PULL_FORWARD,
    SPREAD,
)

GRACE_DAYS = 7
# Events older than the longest window (in days, see CallbackRule) can't make a callback any more.
SPREAD_PASSES = 5
# Instead of ids: the customers that a night concerns, noted in a table of their own until the transaction ends.
CONCERNED_ONES = object()


def plan(*, on: dt.date | None = None, customers: list[int] | None = None) -> int:
    """Write the callbacks that are missing on the business date `on` (today), of `customers` or of all.

    Returns how many. One statement per step, whatever the number of customers. The customers concerned are held first,
    in the order of their ids, as everybody does who writes callbacks: so no two of them wait for each other.
    """
    on = on or timezone.localdate()
    with transaction.atomic(), connection.cursor() as cursor:
        if customers is None:
            customers = _note_concerned(cursor, on)
        _hold(cursor, customers)
        made = insert_missing(cursor, on=on, customers=customers)
        touched = set(made)
        for statement, column in ((FORGIVE, "c.id"), (PULL_FORWARD, "c.id"), (OFF_HOLIDAYS, "b.customer_id")):
            touched |= set(_run(cursor, statement, column, on, customers))
        _run(cursor, FOLLOW_OWNER, "c.id", on, customers)
        spread(cursor, touched, on=on)
        _write_next_dates(cursor, customers)
    return len(made)


def _note_concerned(cursor, on):
    """Note whom a night concerns. What they lack is asked for anew once they are held: it may be there by then."""
    whole_tables(cursor)
    due, next_days = DUE.format(events=EVENTS.format(only="")), NEXT_DAYS.format(only="")
    found = CONCERNED.format(due=due, cadence=cadences_of(None), next_days=next_days)
    cursor.execute(NOTE_CONCERNED.format(concerned=found), plan_params(on, None))
    return CONCERNED_ONES


def _hold(cursor, customers):
    """Hold `customers` until the transaction ends."""
    cursor.execute(HOLD.format(only=_only("id", customers)), {"customers": customers})


def insert_missing(cursor, *, on: dt.date, customers: list[int] | None) -> list[int]:
    """Insert the callbacks that events and cadences ask for and that are not there; return their customers' ids."""
    return follow_events(cursor, on=on, customers=customers) + _run(cursor, FOLLOW_CADENCE, "c.id", on, customers)


def follow_events(cursor, *, on: dt.date, customers: list[int] | None) -> list[int]:
    """Insert the callbacks that the rules in use ask for; return their customers' ids."""
    events = EVENTS.format(only=_only("customer_id", customers))
    return _run(cursor, FOLLOW_EVENTS.format(due=DUE.format(events=events)), None, on, customers)


def _run(cursor, statement, column, on, customers):
    """Execute one step and return the customers' ids that it tells; `column` is what limits it to `customers`."""
    if column:
        statement = statement.format(only=_only(column, customers), cadence=cadences_of(customers))
    cursor.execute(statement, plan_params(on, customers))
    return [pk for (pk,) in cursor.fetchall()] if cursor.description else []


def cadences_of(customers):
    return CADENCE.format(only=_only("c.id", customers), only_skipped=_only("customer_id", customers))


def _only(column, customers):
    if customers is None:
        return ""
    return (ONLY_CONCERNED if customers is CONCERNED_ONES else ONLY).format(column=column)


def plan_params(on, customers):
    return {
        "on": on,
        "since": on - dt.timedelta(days=_longest_days() + GRACE_DAYS),
        "grace": GRACE_DAYS,
        "zone": settings.TIME_ZONE,
        "now": timezone.now(),
        "customers": customers,
    }


def _longest_days():
    """Return how many days after an event a window can still be open: two years and a month at most (CallbackRule)."""
    return 731 + 31


def spread(cursor, touched, *, on: dt.date) -> None:
    """Part the open callbacks that share a customer's day."""
    params = {"touched": list(touched), "on": on, "window": Callback.WINDOW_ENDS}
    for _pass in range(SPREAD_PASSES if touched else 0):
        cursor.execute(SPREAD, params)
        if not cursor.rowcount:
            return


def write_next_dates(customers: list[int]) -> None:
    """Write `next_contact_on` of owned customers: the earliest day of their open callbacks."""
    with connection.cursor() as cursor:
        _write_next_dates(cursor, customers)


def _write_next_dates(cursor, customers):
    next_days = NEXT_DAYS.format(only=_only("c.id", customers))
    cursor.execute(NEXT_DATES.format(next_days=next_days), {"customers": customers})


def received(customer, *, kind: str, by, note: str = "", at: dt.datetime | None = None) -> ServiceEvent:
    """Record that a complaint or a proposal of `customer` was received: its owner calls back at once (policy 5.3).

    The rooms above call this; `kind` is a `ServiceEvent.Kind`, `at` when it was received (now). However late that is
    entered, it is called about at once and anew: the event counts from when it is recorded.
    """
    with transaction.atomic():
        event = ServiceEvent.objects.create(customer=customer, kind=ServiceEvent.Kind(kind), by=by, note=note)
        Activity.objects.create(
            customer=customer, verb=Activity.Verb.RECEIVE, by=by, at=at or event.at, note=note, data={"kind": kind}
        )
        plan(customers=[customer.pk])
    return event


def notice_overruns() -> int:
    """Note the visits on site whose planned end has passed, so that their customers are called at once (policy 5.3).

    Returns how many customers are concerned. They are held before their visits, as by whoever finishes one.
    """
    now = timezone.now()
    over = SiteVisit.objects.open().filter(overran_at=None, planned_until__lt=now).order_by()
    late = sorted(set(over.values_list("customer", flat=True)))
    if late:
        with transaction.atomic(), connection.cursor() as cursor:
            _hold(cursor, late)
            cursor.execute(OVERRUNS, {"now": now, "customers": late})
            plan(customers=late)
    return len(late)
