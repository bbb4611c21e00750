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

GRACE_DAYS = 7
# Events older than the longest window (in days, see CallbackRule) can't make a callback any more.
SPREAD_PASSES = 5

ONLY = "AND {column} = ANY(%(customers)s)"
EVENTS = """
    SELECT customer_id, 'purchase' AS event, paid_on::timestamp AT TIME ZONE %(zone)s AS at, paid_on AS day
    FROM sales_order WHERE status = 'paid' AND amount > 0 AND paid_on BETWEEN %(since)s AND %(on)s {only}
    UNION ALL
    SELECT customer_id, kind, finished_at, (finished_at AT TIME ZONE %(zone)s)::date
    FROM visits_sitevisit WHERE status = 'done' AND finished_at >= %(since)s {only}
    UNION ALL
    SELECT customer_id, 'repair_overrun', overran_at, (overran_at AT TIME ZONE %(zone)s)::date
    FROM visits_sitevisit WHERE kind = 'repair' AND overran_at >= %(since)s {only}
    UNION ALL
    SELECT customer_id, kind, at, (at AT TIME ZONE %(zone)s)::date FROM visits_serviceevent WHERE at >= %(since)s {only}
    UNION ALL
    SELECT customer_id, 'new_customer', started_at, (started_at AT TIME ZONE %(zone)s)::date
    FROM customers_stint WHERE ended_at IS NULL AND started_at >= %(since)s {only}
"""
DUE = """
    SELECT DISTINCT ON (e.customer_id, r.code) e.customer_id, r.id AS rule_id, r.code, r.channel, e.at,
           w.opens_on, w.closes_on, d.opens_on AS due_on
    FROM ({events}) AS e
    JOIN visits_callbackrule r ON r.is_active AND r.event = e.event
    CROSS JOIN LATERAL (
        SELECT (e.day + CASE r.unit WHEN 'months' THEN make_interval(months => r.earliest)
                        ELSE make_interval(days => r.earliest) END)::date AS opens_on,
               (e.day + CASE r.unit WHEN 'months' THEN make_interval(months => r.latest)
                        ELSE make_interval(days => r.latest) END)::date AS closes_on
    ) AS w
    JOIN staff_day d ON d.day = GREATEST(w.opens_on, %(on)s)
        + CASE WHEN r.unit = 'months' AND w.opens_on < %(on)s::date - %(grace)s AND w.closes_on > %(on)s::date
               THEN (e.customer_id %% (w.closes_on - %(on)s::date + 1))::int ELSE 0 END
    WHERE w.closes_on >= %(on)s::date - %(grace)s AND e.day <= %(on)s
      AND NOT EXISTS (
        SELECT 1 FROM visits_callback b
        WHERE b.customer_id = e.customer_id AND b.purpose = r.code AND (b.status = 'open' OR b.covers_until >= e.at)
      )
    ORDER BY e.customer_id, r.code, e.at
"""
INSERT = """
    INSERT INTO visits_callback
        (customer_id, purpose, rule_id, channel, status, due_on, first_due_on, opens_on, closes_on, event_at,
         reason, tries, made_at)
"""
FOLLOW_EVENTS = (
    INSERT  # noqa: S608 - constants only
    + """
    SELECT customer_id, code, rule_id, channel, 'open', due_on, due_on, opens_on, GREATEST(closes_on, due_on), at,
           '', 0, %(now)s
    FROM ({due}) AS due
    ON CONFLICT DO NOTHING RETURNING customer_id
"""
)
# The cadence of a customer: the shortest of those that fit its intention and grade, counted from the last contact, or
# from the day on which somebody skipped the follow-up.
CADENCE = """
    SELECT DISTINCT ON (c.id) c.id AS customer_id, c.owner_id, k.days, k.channel,
           GREATEST(coalesce((c.last_contact_at AT TIME ZONE %(zone)s)::date, c.owned_since), s.skipped_on) + k.days
               AS wanted_on
    FROM customers_customer c
    JOIN visits_cadence k ON k.is_active AND k.intention IN ('', c.intention) AND k.grade IN ('', c.grade)
    LEFT JOIN (
        SELECT customer_id, max((closed_at AT TIME ZONE %(zone)s)::date) AS skipped_on FROM visits_callback
        WHERE purpose = 'follow_up' AND status = 'skipped' {only_skipped} GROUP BY customer_id
    ) AS s ON s.customer_id = c.id
    WHERE c.owner_id IS NOT NULL {only}
    ORDER BY c.id, k.days, k.id
"""
NO_FOLLOW_UP = """
    FROM ({cadence}) AS k
    JOIN staff_day d ON d.day = GREATEST(k.wanted_on, %(on)s)
        + CASE WHEN k.wanted_on < %(on)s::date - %(grace)s THEN (k.customer_id %% k.days)::int ELSE 0 END
    WHERE NOT EXISTS (
        SELECT 1 FROM visits_callback b
        WHERE b.customer_id = k.customer_id AND b.purpose = 'follow_up' AND b.status = 'open'
    )
"""
FOLLOW_CADENCE = (
    INSERT
    + """
    SELECT k.customer_id, 'follow_up', NULL, k.channel, 'open', d.opens_on, d.opens_on, k.wanted_on, NULL, NULL,
           '', 0, %(now)s
"""
    + NO_FOLLOW_UP
    + "ON CONFLICT DO NOTHING RETURNING customer_id"
)
# A cadence that has become shorter pulls forward what it planned itself.
IS_LATER = """
    b.customer_id = k.customer_id AND b.purpose = 'follow_up' AND b.status = 'open' AND b.made_by_id IS NULL
    AND b.tries = 0 AND b.reason = '' AND k.wanted_on < b.opens_on AND b.due_on > d.opens_on
"""
PULL_FORWARD = (
    """
    UPDATE visits_callback b
    SET due_on = d.opens_on, first_due_on = d.opens_on, opens_on = k.wanted_on, channel = k.channel
    FROM ({cadence}) AS k JOIN staff_day d ON d.day = GREATEST(k.wanted_on, %(on)s)
    WHERE """  # noqa: S608 - constants only
    + IS_LATER
    + "RETURNING b.customer_id"
)
FORGIVE = """
    UPDATE visits_callback b SET due_on = d.opens_on
    FROM customers_customer c JOIN staff_day d ON d.day = c.owned_since
    WHERE b.customer_id = c.id AND b.status = 'open' AND b.due_on < c.owned_since {only}
    RETURNING b.customer_id
"""
FOLLOW_OWNER = """
    UPDATE visits_promise p SET owner_id = c.owner_id
    FROM customers_customer c
    WHERE p.customer_id = c.id AND p.status = 'open' AND p.follows AND c.owner_id IS NOT NULL
      AND p.owner_id <> c.owner_id {only}
"""
# The days of customers with two open callbacks on one: all but one that somebody planned, or else the most pressing,
# moved on by working days.
SPREAD = """
    WITH ranked AS (
        SELECT id, due_on, closes_on,
               row_number() OVER (PARTITION BY customer_id, due_on
                                  ORDER BY made_by_id IS NULL, (closes_on IS NULL), closes_on, id) - 1 AS extra
        FROM visits_callback
        WHERE status = 'open' AND reason = '' AND customer_id = ANY(%(touched)s) AND due_on >= %(on)s
    )
    UPDATE visits_callback b
    SET due_on = CASE WHEN fits THEN n.day ELSE b.due_on END, reason = CASE WHEN fits THEN '' ELSE %(window)s END,
        first_due_on = CASE WHEN fits AND b.first_due_on = b.due_on THEN n.day ELSE b.first_due_on END
    FROM ranked r
    JOIN staff_day d ON d.day = r.due_on
    JOIN staff_day n ON n.number = d.number + r.extra AND n.is_working
    CROSS JOIN LATERAL (SELECT r.closes_on IS NULL OR n.day <= r.closes_on AS fits) AS f
    WHERE b.id = r.id AND r.extra > 0
"""
NEXT_DAYS = """
    SELECT c.id, min(b.due_on) AS due_on
    FROM customers_customer c
    LEFT JOIN visits_callback b ON b.customer_id = c.id AND b.status = 'open'
        AND (b.person_id IS NULL OR b.person_id = c.owner_id)
    WHERE c.owner_id IS NOT NULL {only}
    GROUP BY c.id
"""
NEXT_DATES = """
    UPDATE customers_customer c SET next_contact_on = n.due_on
    FROM ({next_days}) AS n
    WHERE c.id = n.id AND c.owner_id IS NOT NULL AND c.next_contact_on IS DISTINCT FROM n.due_on
"""
# Callbacks that fell on a working day which has become a holiday since.
OFF_HOLIDAYS = """
    UPDATE visits_callback b SET due_on = d.opens_on
    FROM staff_day d
    WHERE b.status = 'open' AND b.due_on = d.day AND NOT d.is_working AND b.due_on >= %(on)s {only}
    RETURNING b.customer_id
"""
# Whom a night concerns: found first, then held in the order of their ids, before any callback is touched.
CONCERNED = (
    """
    WITH cadence AS MATERIALIZED ({cadence})
    SELECT customer_id FROM ({due}) AS due
    UNION SELECT k.customer_id """  # noqa: S608 - constants only
    + NO_FOLLOW_UP.format(cadence="TABLE cadence")
    + """
    UNION SELECT b.customer_id FROM (TABLE cadence) AS k JOIN staff_day d ON d.day = GREATEST(k.wanted_on, %(on)s)
          JOIN visits_callback b ON """
    + IS_LATER
    + """
    UNION SELECT b.customer_id FROM visits_callback b JOIN customers_customer c ON c.id = b.customer_id
          WHERE b.status = 'open' AND b.due_on < c.owned_since
    UNION SELECT b.customer_id FROM visits_callback b JOIN staff_day d ON d.day = b.due_on
          WHERE b.status = 'open' AND NOT d.is_working AND b.due_on >= %(on)s
    UNION SELECT p.customer_id FROM visits_promise p JOIN customers_customer c ON c.id = p.customer_id
          WHERE p.status = 'open' AND p.follows AND p.owner_id <> c.owner_id
    UNION SELECT c.id FROM customers_customer c JOIN ({next_days}) AS n ON n.id = c.id
          WHERE c.next_contact_on IS DISTINCT FROM n.due_on
"""
)
HOLD = "SELECT id FROM customers_customer WHERE id {these} ORDER BY id FOR NO KEY UPDATE"
OVERRUNS = """
    UPDATE visits_sitevisit SET overran_at = planned_until
    WHERE status = 'planned' AND overran_at IS NULL AND planned_until < %(now)s AND customer_id = ANY(%(customers)s)
"""


def plan(*, on: dt.date | None = None, customers: list[int] | None = None) -> int:
    """Write the callbacks that are missing on the business date `on` (today), of `customers` or of all.

    Returns how many. One statement per step, whatever the number of customers. The customers concerned are held first,
    in the order of their ids, as everybody does who writes callbacks: so no two of them wait for each other.
    """
    on = on or timezone.localdate()
    with transaction.atomic(), connection.cursor() as cursor:
        if customers is None:
            whole_tables(cursor)
        customers = _hold(cursor, on, customers)
        made = insert_missing(cursor, on=on, customers=customers)
        touched = set(made)
        for statement, column in ((FORGIVE, "c.id"), (PULL_FORWARD, "c.id"), (OFF_HOLIDAYS, "b.customer_id")):
            touched |= set(_run(cursor, statement, column, on, customers))
        _run(cursor, FOLLOW_OWNER, "c.id", on, customers)
        spread(cursor, touched, on=on)
        _write_next_dates(cursor, customers)
    return len(made)


def _hold(cursor, on, customers):
    """Hold `customers`, or all that a night concerns, until the transaction ends; return their ids."""
    these = "= ANY(%(customers)s)"
    if customers is None:
        due, next_days = DUE.format(events=EVENTS.format(only="")), NEXT_DAYS.format(only="")
        these = f"IN ({CONCERNED})".format(due=due, cadence=cadences_of(None), next_days=next_days)
    cursor.execute(HOLD.format(these=these), plan_params(on, customers))
    return [pk for (pk,) in cursor.fetchall()]


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
    return "" if customers is None else ONLY.format(column=column)


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
            cursor.execute(HOLD.format(these="= ANY(%(customers)s)"), {"customers": late})
            cursor.execute(OVERRUNS, {"now": now, "customers": late})
            plan(customers=late)
    return len(late)
