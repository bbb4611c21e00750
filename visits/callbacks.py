"""The verbs of a callback: planned by hand, moved, skipped (policy 5.6).

All of them lock the customer first, then its callbacks, as logging a contact does.
"""

import datetime as dt
from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.dates import start_of
from crm.lib.moves import TooLate
from customers.models import Activity
from visits import schedule
from visits.models import Callback, Purpose


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
    """The Python twin of `calls_sql.COVERS`."""
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
