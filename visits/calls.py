"""Logging a contact: the log, the callbacks it settles, the promise made and the timeline in one go (policy 5.8)."""

import json
from contextlib import nullcontext

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.moves import TooLate
from visits.calls_sql import HOLD, MET, MISSED, NEWEST
from visits.models import Callback, CallLog, LogPicture, Promise

# Outcomes after which nobody needs to call again for the same purpose.
SPOKEN = (CallLog.Outcome.REACHED, CallLog.Outcome.REFUSED)
# What a text can settle: callbacks whose cadence asks for no more than a text.
WRITTEN = ["email", "message", "wechat"]


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
    except (TooLate, PermissionDenied):
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
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [customer.pk])
        return cursor.fetchone()[0]


def _write(customer, *, by, seen, promise_text="", promise_on=None, picture=None, **fields):
    entry = CallLog(customer=customer, by=by, **fields)
    more = {"promise": promise_text, "promise_on": promise_on} if promise_text else {}
    # What goes to the server in one go is a transaction by itself.
    with transaction.atomic() if promise_text or picture else nullcontext():
        _write_all(entry, seen, more | {"pictures": 1} if picture else more)
        if promise_text:
            promise(customer, entry, text=promise_text, on=promise_on, by=by)
        if picture:
            LogPicture.objects.create(log=entry, **picture)
    return entry


def _write_all(entry, seen, more):
    """Hold the customer, write `entry` and what follows from it.

    Raises what `Customer.moving` does, by the owner that the row has once it is held; LoggedMeanwhile when the token
    or a newer log is there already.
    """
    customer = entry.customer
    customer.check_move("log", by=entry.by)
    is_met = entry.outcome in (*SPOKEN, CallLog.Outcome.SENT)
    with connection.cursor() as cursor:
        (MET if is_met else MISSED).execute(cursor, _params(entry, seen, more), after=HOLD)
        [owner] = cursor.fetchone() or [None]
        cursor.nextset()
        row = cursor.fetchone()
    if row:
        entry.pk, customer.next_contact_on, customer.last_contact_at = row
        entry._state.adding = False
    elif owner == customer.owner_id:
        raise LoggedMeanwhile(_("You have logged a contact with this customer in another window since."))
    else:
        customer.owner_id = owner
        _write_all(entry, seen, more)


def _params(entry, seen, more):
    columns = {field.name: getattr(entry, field.attname) for field in CallLog._meta.concrete_fields}
    return columns | {
        "owner": entry.customer.owner_id,
        "seen": seen,
        "now": timezone.now(),
        "today": timezone.localdate(),
        "spoken": entry.outcome in SPOKEN,
        "written": WRITTEN,
        "made_channel": entry.channel if entry.channel in {"phone", "visit"} else "phone",
        "again": Callback.AGAIN,
        "zone": settings.TIME_ZONE,
        "more": json.dumps(more, cls=DjangoJSONEncoder),
    }


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
