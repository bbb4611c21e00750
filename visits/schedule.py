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
from collections.abc import Iterable

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from crm.lib.copying import whole_tables
from customers.models import Activity
from visits.models import Callback, ServiceEvent, SiteVisit
from visits.schedule_few import FEW, MOST_AT_ONCE
from visits.schedule_sql import (
    CONCERNED_ONES,
    EVERYBODY,
    FOLLOW_CADENCE,
    FOLLOW_EVENTS,
    FOLLOW_OWNER,
    FORGIVE,
    HOLD,
    NEXT_DATES,
    NOTE_CONCERNED,
    OFF_HOLIDAYS,
    OVERRUNS,
    PULL_FORWARD,
    SPREAD,
    THESE,
)

GRACE_DAYS = 7
# Events older than the longest window (in days, see CallbackRule) can't make a callback any more.
SPREAD_PASSES = 5


def plan(*, on: dt.date | None = None, customers: list[int] | None = None, touched: Iterable[int] = ()) -> int:
    """Write the callbacks that are missing on the business date `on` (today), of `customers` or of all.

    Returns how many. `touched` are customers whose callbacks changed already and may share days now. One statement per
    step, whatever the number of customers. The customers concerned are held first, in the order of their ids, as
    everybody does who writes callbacks: so no two of them wait for each other.
    """
    params = plan_params(on or timezone.localdate(), customers)
    with transaction.atomic(), connection.cursor() as cursor:
        only = THESE
        if customers is None:
            only = _note_concerned(cursor, params)
        _run(cursor, HOLD, only, params)
        made = insert_missing(cursor, only, params)
        touched = {*touched, *made}
        for statement in (FORGIVE, PULL_FORWARD, OFF_HOLIDAYS):
            touched |= set(_run(cursor, statement, only, params))
        _run(cursor, FOLLOW_OWNER, only, params)
        spread(cursor, touched, on=params["on"])
        _run(cursor, NEXT_DATES, only, params)
    return len(made)


def _note_concerned(cursor, params):
    """Note whom a night concerns. What they lack is asked for anew once they are held: it may be there by then."""
    whole_tables(cursor)
    _run(cursor, NOTE_CONCERNED, EVERYBODY, params)
    return CONCERNED_ONES


def insert_missing(cursor, only, params) -> list[int]:
    """Insert the callbacks that events and cadences ask for and that are not there; return their customers' ids."""
    return follow_events(cursor, only, params) + _run(cursor, FOLLOW_CADENCE, only, params)


def follow_events(cursor, only, params) -> list[int]:
    """Insert the callbacks that the rules in use ask for; return their customers' ids."""
    return _run(cursor, FOLLOW_EVENTS, only, params)


def _run(cursor, statement, only, params):
    """Execute one step and return the customers' ids that it tells."""
    if only is THESE and len(params["customers"]) <= MOST_AT_ONCE:
        FEW[statement].execute(cursor, params)
    else:
        cursor.execute(statement.format(only=only), params)
    return [pk for (pk,) in cursor.fetchall()] if cursor.description else []


def plan_params(on: dt.date, customers: list[int] | None) -> dict:
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
    params = {"on": on, "window": Callback.WINDOW_ENDS}
    for _pass in range(SPREAD_PASSES):
        if not touched:
            return
        cursor.execute(SPREAD, params | {"touched": list(touched)})
        touched = {pk for (pk,) in cursor.fetchall()}  # only what was moved can meet another one


def part(customers: list[int]) -> None:
    """Part the open callbacks of `customers`, who are held, that share a day now; write their next dates."""
    params = plan_params(timezone.localdate(), customers)
    with connection.cursor() as cursor:
        spread(cursor, customers, on=params["on"])
        _run(cursor, NEXT_DATES, THESE, params)


def write_next_dates(customers: list[int]) -> None:
    """Write `next_contact_on` of owned customers: the earliest day of their open callbacks."""
    with connection.cursor() as cursor:
        _run(cursor, NEXT_DATES, THESE, plan_params(timezone.localdate(), customers))


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
            _run(cursor, HOLD, THESE, plan_params(timezone.localdate(now), late))
            cursor.execute(OVERRUNS, {"now": now, "customers": late})
            plan(customers=late)
    return len(late)
