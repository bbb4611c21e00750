"""Logging a contact: the log, the customer's dates and the timeline in one go (policy 5.8)."""

from django.db import transaction
from django.utils.translation import gettext as _

from crm.lib.moves import TooLate
from visits.models import CallLog


def log(customer, *, token, by, **fields) -> CallLog:
    """Save a contact with `customer`; a `token` sent twice is one log, and the second call returns the first's.

    Raises TooLate when the customer went to the pool meanwhile or the token is another log's, PermissionDenied when
    the customer is another's by now.
    """
    with transaction.atomic():
        customer.lock()
        earlier = CallLog.objects.filter(token=token).first()
        if earlier is None:
            return _write(customer, token=token, by=by, **fields)
        if (earlier.customer_id, earlier.by_id) != (customer.pk, by.pk):
            raise TooLate(_("This form was sent before, for another customer. Open it anew."))
        return earlier


def _write(customer, *, by, **fields):
    with customer.moving("log", by=by) as activity:
        entry = CallLog.objects.create(customer=customer, by=by, **fields)
        customer.last_contact_at = entry.at
        customer.next_contact_on = entry.next_on
        activity.at, activity.note = entry.at, entry.note
        activity.data = {"channel": entry.channel, "outcome": entry.outcome, "next_on": entry.next_on}
    return entry
