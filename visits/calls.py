"""Logging a contact: the log, the customer's dates and the timeline in one go (policy 5.8)."""

from django.db import transaction

from visits.models import CallLog


def log(customer, *, token, by, **fields) -> CallLog:
    """Save a contact with `customer`; a `token` sent twice is one log, and the second call returns the first's.

    Raises TooLate when the customer went to the pool meanwhile, PermissionDenied when it is another's by now.
    """
    with transaction.atomic():
        customer.lock()
        earlier = CallLog.objects.filter(token=token, customer=customer, by=by).first()
        return earlier or _write(customer, token=token, by=by, **fields)


def _write(customer, *, by, **fields):
    with customer.moving("log", by=by) as activity:
        entry = CallLog.objects.create(customer=customer, by=by, **fields)
        customer.last_contact_at = entry.at
        customer.next_contact_on = entry.next_on
        activity.at, activity.note = entry.at, entry.note
        activity.data = {"channel": entry.channel, "outcome": entry.outcome, "next_on": entry.next_on}
    return entry
