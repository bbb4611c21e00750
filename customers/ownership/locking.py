"""Locks: a manager keeps a customer with its owner until a date, with a reason (policy 4)."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.moves import TooLate
from customers.models import Activity, Hold
from customers.ownership import holds

# How long a lock may last at most, in days.
LONGEST = 365


def lock(customer, *, until: dt.date, reason: str, by) -> None:
    """Let `customer` not go to the pool before the end of the business date `until`; a lock that it has is replaced.

    Raises TooLate once it is in the pool, ValueError for a date that is past or more than LONGEST days ahead.
    """
    if not 0 <= (until - timezone.localdate()).days <= LONGEST:
        raise ValueError(until)
    with customer.moving("lock", by=by, fields=()) as activity:
        activity.note, activity.data = reason, {"until": until}
        holds.place([customer.pk], kind=Hold.Kind.LOCK, source=customer.pk, reason=reason, until=until, by=by)


def unlock(customer, *, by) -> None:
    """Lift the lock; raises TooLate when there is none (any more)."""
    with customer.moving("unlock", by=by, fields=()) as activity:
        if not of(customer).exists():
            raise TooLate(_("%(customer)s is not locked.") % {"customer": customer})
        activity.verb, activity.data = Activity.Verb.LOCK, {"lifted": True}
        holds.lift(kind=Hold.Kind.LOCK, source=customer.pk)


def of(customer):
    """Return the lock of `customer` that still holds, as rows: one or none."""
    return customer.holds.filter(kind=Hold.Kind.LOCK, until__gte=timezone.localdate())
