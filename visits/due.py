"""Everything of a customer that is due for one person, put off or skipped together, as the page of the day does.

Both lock the customer first, then its callbacks, as logging a contact does.
"""

import datetime as dt
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.moves import TooLate
from customers.models import Activity
from visits import schedule
from visits.calls_sql import COVERS
from visits.models import Callback

SKIP = f"""
    UPDATE visits_callback b
    SET status = 'skipped', closed_at = %(now)s, closed_by_id = %(by)s, reason = %(reason)s, covers_until = {COVERS}
    WHERE b.id = ANY(%(ids)s)
"""  # noqa: S608 - constants only


def due_callbacks(customer, user):
    """Return the open callbacks of `customer` that are due today and `user`'s to make."""
    due = Callback.objects.due(by=timezone.localdate()).of(user)
    return due.filter(customer=customer).select_related("rule")


@contextmanager
def _held(customer, verb, *, by, note=""):
    """Hold the customer and what is due of it, record the verb once for all, bring its next date up to date."""
    with transaction.atomic():
        customer.lock()
        rows = list(due_callbacks(customer, by).select_for_update(of=("self",)).order_by("id"))
        if not rows:
            raise TooLate(_("Nothing of this customer is due for you any more."))
        names = [{"purpose": row.purpose, "name": row.rule.name if row.rule_id else ""} for row in rows]
        activity = Activity(customer=customer, verb=verb, by=by, note=note, data={"callbacks": names})
        activity.data["from" if verb == Activity.Verb.MOVE else "due"] = min(row.due_on for row in rows)
        yield [row.pk for row in rows], activity
        activity.save()
        schedule.write_next_dates([customer.pk])


def put_off(customer, *, on: dt.date, by) -> int:
    """Plan all that is due of `customer` for the date `on`; return how many. Raises TooLate when nothing is due.

    That they move together, to be made in one contact, is their reason to share a day; a reason of their own stays.
    """
    with _held(customer, Activity.Verb.MOVE, by=by) as (ids, activity):
        activity.data["to"] = on
        is_shared = len(ids) > 1 or customer.callbacks.open().filter(due_on=on).exists()
        own = ~Q(reason="") & ~Q(reason__in=Callback.REASONS)
        reason = Case(When(own, F("reason")), default=Value(Callback.TOGETHER if is_shared else ""))
        return Callback.objects.filter(pk__in=ids).update(due_on=on, reason=reason, made_by=by)


def skip(customer, *, reason: str, by) -> int:
    """Close all that is due of `customer` without a contact; return how many. Raises TooLate when nothing is due."""
    with _held(customer, Activity.Verb.SKIP, by=by, note=reason) as (ids, _activity), connection.cursor() as cursor:
        params = {"now": timezone.now(), "by": by.pk, "reason": reason, "ids": ids, "zone": settings.TIME_ZONE}
        cursor.execute(SKIP, params)
        return cursor.rowcount
