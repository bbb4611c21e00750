"""The verbs of a callback: planned by hand, moved, skipped; and what a contact does to the open ones (policy 5.6).

All of them lock the customer first, then its callbacks, as logging a contact does.
"""

import datetime as dt
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.dates import start_of
from crm.lib.moves import TooLate
from customers.models import Activity
from staff import calendar
from visits import schedule
from visits.models import Callback, CallLog, Purpose

# Outcomes after which nobody needs to call again for the same purpose, and those of a call that met nobody.
SPOKEN = (CallLog.Outcome.REACHED, CallLog.Outcome.REFUSED)
# What a text can settle: callbacks whose cadence asks for no more than a text.
WRITTEN = ["email", "message", "wechat"]

# A closed callback stands for events up to here (see `visits.schedule`).
COVERS = """
    GREATEST(b.event_at, coalesce(
        (SELECT %(now)s - make_interval(days => r.earliest) FROM visits_callbackrule r
         WHERE r.id = b.rule_id AND r.unit = 'days'),
        b.first_due_on::timestamp AT TIME ZONE %(zone)s))
"""
CLOSE = f"""
    UPDATE visits_callback b
    SET status = 'done', closed_at = %(now)s, closed_by_id = %(by)s, log_id = %(log)s, tries = b.tries + 1,
        covers_until = {COVERS}
    WHERE b.customer_id = %(customer)s AND b.status = 'open'
      AND (b.person_id IS NULL OR b.person_id = %(by)s)
      AND CASE WHEN %(spoken)s THEN b.purpose = 'follow_up' OR b.opens_on <= %(today)s
               ELSE b.due_on <= %(today)s AND b.channel = ANY(%(written)s) END
"""  # noqa: S608 - constants only
TRY_AGAIN = """
    UPDATE visits_callback b SET due_on = d.opens_on, tries = b.tries + 1,
           reason = CASE WHEN b.reason = '' THEN %(again)s ELSE b.reason END
    FROM staff_day d
    WHERE d.day = %(next_on)s AND b.customer_id = %(customer)s AND b.status = 'open' AND b.due_on <= %(today)s
      AND (b.person_id IS NULL OR b.person_id = %(by)s)
"""
FOLLOW_UP = """
    INSERT INTO visits_callback (customer_id, purpose, channel, status, due_on, first_due_on, opens_on, reason, tries,
                                 made_at, made_by_id)
    SELECT %(customer)s, 'follow_up', %(channel)s, 'open', %(next_on)s, %(next_on)s, %(next_on)s, '', 0, %(now)s, %(by)s
    WHERE NOT EXISTS (
        SELECT 1 FROM visits_callback
        WHERE customer_id = %(customer)s AND status = 'open' AND purpose <> 'follow_up' AND due_on = %(next_on)s
          AND (person_id IS NULL OR person_id = %(by)s)
    )
    ON CONFLICT (customer_id, purpose) WHERE status = 'open'
    DO UPDATE SET due_on = excluded.due_on, opens_on = excluded.opens_on, made_by_id = excluded.made_by_id
    RETURNING due_on
"""
# The follow-up, and what the customer's row says of contact, in one statement.
NEXT = """
    WITH followed AS ({follow_up}),
    next AS (
        SELECT LEAST((SELECT due_on FROM followed), min(due_on)) AS due_on FROM visits_callback
        WHERE customer_id = %(customer)s AND status = 'open' AND (person_id IS NULL OR person_id = %(owner)s)
          AND (purpose <> 'follow_up' OR NOT EXISTS (SELECT 1 FROM followed))
    )
    UPDATE customers_customer c
    SET next_contact_on = next.due_on, last_contact_at = GREATEST(c.last_contact_at, %(at)s), updated_at = %(now)s
    FROM next WHERE c.id = %(customer)s RETURNING c.next_contact_on, c.last_contact_at
"""
NO_FOLLOW_UP = "SELECT NULL::date AS due_on WHERE false"


def settle(customer, log, *, by, next_on: dt.date | None) -> None:
    """Let the contact `log` close, or put off, the customer's open callbacks; write its last and next contact.

    Somebody was spoken with: every callback whose window has begun is done, and `next_on` plans the follow-up. Nobody
    was: what is due stays owed, on `next_on` or else on the next working day. A text settles what asks for a text. A
    callback that stands on `next_on` already is the follow-up. Call it with the customer locked.
    """
    met = log.outcome in (*SPOKEN, CallLog.Outcome.SENT)
    params = {
        "customer": customer.pk,
        "owner": customer.owner_id,
        "by": by.pk,
        "log": log.pk,
        "at": log.at,
        "now": timezone.now(),
        "today": timezone.localdate(),
        "spoken": log.outcome in SPOKEN,
        "written": WRITTEN,
        "channel": log.channel if log.channel in {"phone", "visit"} else "phone",
        "next_on": next_on if next_on or met else tomorrow(),
        "again": Callback.AGAIN,
        "zone": settings.TIME_ZONE,
    }
    with connection.cursor() as cursor:
        cursor.execute(CLOSE if met else TRY_AGAIN, params)
        is_put_off = not met and cursor.rowcount
        follow_up = FOLLOW_UP if next_on and not is_put_off else NO_FOLLOW_UP
        cursor.execute(NEXT.format(follow_up=follow_up), params)
        customer.next_contact_on, customer.last_contact_at = cursor.fetchone()


def tomorrow() -> dt.date:
    """Return the next working day after today."""
    return calendar.opens_on(timezone.localdate() + dt.timedelta(days=1))


@contextmanager
def _held(callback, verb, by):
    """Hold customer and callback, in this order, through the verb, and bring the customer's next date up to date."""
    with transaction.atomic():
        callback.customer.lock()
        with callback.moving(verb, by=by) as activity:
            yield activity
        schedule.write_next_dates([callback.customer_id])


def move(callback, *, on: dt.date, by, reason: str = "") -> None:
    """Plan `callback` for the date `on`; raises TooLate when it is closed, or without a `reason` for a taken day.

    From now on the day is a person's choice: the schedule leaves it alone.
    """
    with _held(callback, "move", by) as activity:
        if not reason and is_taken(callback, on):
            raise TooLate(_("Another callback of this customer is planned for that day: give a reason or another day."))
        activity.note = reason
        activity.data |= {"from": callback.due_on, "to": on}
        kept = "" if callback.reason in Callback.REASONS else callback.reason
        callback.due_on, callback.reason, callback.made_by = on, reason or kept, by


def is_taken(callback, on: dt.date) -> bool:
    """Whether another callback of the same customer is planned for `on`."""
    others = Callback.objects.open().filter(customer=callback.customer_id, due_on=on)
    return others.exclude(pk=callback.pk).exists()


def skip(callback, *, reason: str, by) -> None:
    """Close `callback` without a contact; the reason stays with it (policy 5.6)."""
    with _held(callback, "skip", by) as activity:
        activity.note = callback.reason = reason
        activity.data["due"] = callback.due_on
        callback.closed_at, callback.closed_by = timezone.now(), by
        callback.covers_until = _covers_until(callback)


def _covers_until(callback):
    """The Python twin of COVERS."""
    rule = callback.rule
    if rule and rule.unit == rule.Unit.DAYS:
        stands_for = callback.closed_at - dt.timedelta(days=rule.earliest)
    else:
        stands_for = start_of(callback.first_due_on)
    return max(filter(None, (callback.event_at, stands_for)))


def plan_by_hand(customer, *, on: dt.date, reason: str, by) -> Callback:
    """Plan a callback of the customer for the date `on`; raises TooLate when one planned by hand is open already."""
    with customer.moving("log", by=by, fields=("updated_at",)) as activity:
        if customer.callbacks.open().filter(purpose=Purpose.BY_HAND).exists():
            raise TooLate(_("A callback planned by hand is open already: move that one."))
        callback = Callback.objects.create(
            customer=customer,
            purpose=Purpose.BY_HAND,
            due_on=on,
            first_due_on=on,
            opens_on=on,
            reason=reason,
            made_by=by,
        )
        schedule.write_next_dates([customer.pk])
        activity.verb, activity.note = Activity.Verb.MOVE, reason
        activity.data = {"purpose": callback.purpose, "name": "", "to": on}
    return callback
