"""Logging a contact: the log, the callbacks it settles, the promise made and the timeline in one go (policy 5.8)."""

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import Max
from django.utils.translation import gettext as _

from crm.lib.moves import TooLate
from visits import callbacks
from visits.models import CallLog, LogPicture, Promise


class LoggedMeanwhile(TooLate):
    """The person logged a contact with the customer after the form was drawn, in another window."""


def log(customer, *, token, by, seen=None, **fields) -> CallLog:
    """Save a contact with `customer`; a `token` sent twice is one log, and the second call returns the first's.

    `seen` is the newest log that the form knew of (see `newest`), None to log whatever came meanwhile. `fields` are
    those of CallLog, and `promise_text` with `promise_on`, and `picture` (see `visits.pictures`). Raises TooLate when
    the customer went to the pool meanwhile or the token is another log's, LoggedMeanwhile, and PermissionDenied when
    the customer is another's by now.
    """
    try:
        return _write(customer, token=token, by=by, seen=seen, **fields)
    except (IntegrityError, TooLate, PermissionDenied):
        # the same form, sent again: what it says is written already, whatever became of the customer since
        earlier = _written_as(token, customer, by, fields)
        if earlier is None:
            raise
        return earlier


def _written_as(token, customer, by, fields) -> CallLog | None:
    """Return the log of `token`, if there is one; refuse what is another form, or was filled in anew."""
    earlier = CallLog.objects.filter(token=token).first()
    if earlier is None:
        return None
    if (earlier.customer_id, earlier.by_id) != (customer.pk, by.pk):
        raise TooLate(_("This form was sent before, for another customer. Open it anew."))
    if (earlier.outcome, earlier.note) != (fields.get("outcome"), fields.get("note", "")):
        raise LoggedMeanwhile(_("This form was saved before with another text."))
    return earlier


def newest(customer) -> int:
    """Return the id of the customer's newest log, 0 before the first."""
    return customer.logs.aggregate(pk=Max("pk"))["pk"] or 0


def _refuse_unseen(customer, seen, by):
    if seen is not None and customer.logs.filter(by=by, pk__gt=seen).exists():
        raise LoggedMeanwhile(_("You have logged a contact with this customer in another window since."))


def _write(customer, *, by, seen=None, promise_text="", promise_on=None, picture=None, **fields):
    with customer.moving("log", by=by, fields=()) as activity:
        _refuse_unseen(customer, seen, by)
        entry = CallLog.objects.create(customer=customer, by=by, **fields)
        callbacks.settle(customer, entry, by=by, next_on=entry.next_on)
        activity.at, activity.note = entry.at, entry.note
        activity.data = {
            "log": entry.pk,
            "channel": entry.channel,
            "outcome": entry.outcome,
            "next_on": customer.next_contact_on,
        }
        if promise_text:
            promise(customer, entry, text=promise_text, on=promise_on, by=by)
            activity.data |= {"promise": promise_text, "promise_on": promise_on}
        if picture:
            LogPicture.objects.create(log=entry, **picture)
            activity.data["pictures"] = 1
    return entry


def promise(customer, entry, *, text, on, by) -> Promise:
    """Keep what was promised; whoever promised stands for it (policy 1.7), and it follows the customer's owner."""
    return Promise.objects.create(
        customer=customer,
        log=entry,
        text=text,
        due_on=on,
        first_due_on=on,
        owner=by,
        made_by=by,
        follows=customer.owner_id == by.pk,
    )
