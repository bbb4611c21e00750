"""Quick messages: kept when they are written, sent by a task when their time has come (policy 5.10)."""

import datetime as dt
import logging
import re

from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from crm.lib.moves import TooLate
from customers.models import Contact, Customer
from visits import calls, channels, permissions, quiet
from visits.models import CallLog, Message
from visits.quiet import CompanyHours
from visits.wording import fill

log = logging.getLogger(__name__)

MOST_TRIES = 3
TRY_AGAIN_AFTER = dt.timedelta(minutes=5)  # after the first failure, twice that after the second
MOBILE = re.compile(r"(?:86)?1[3-9]\d{9}")


def address_of(contact: Contact, channel: str) -> str:
    """Return where `contact` is reached by `channel`, "" when nowhere; a text needs a mobile phone's number."""
    if channel == Message.Channel.EMAIL:
        return contact.email
    if channel == Message.Channel.WECHAT:
        return contact.wechat
    is_mobile = contact.phone.strip().startswith("+") or MOBILE.fullmatch(contact.digits)
    return contact.phone if is_mobile else ""


def write(recipients: list[tuple[Customer, Contact]], *, channel, text, subject="", token, by) -> dt.datetime:
    """Keep one message to each of `recipients`, with their names filled in; a `token` sent twice is the same messages.

    Each goes out now, or when its contact may next be written to (see `visits.quiet`); return when the first one does.
    """
    now = timezone.now()
    hours = CompanyHours.at(now)
    rows = [
        Message(
            customer=customer,
            contact=contact,
            channel=channel,
            address=address_of(contact, channel),
            subject=fill(subject, customer=customer, contact=contact, me=by)[:120],
            text=fill(text, customer=customer, contact=contact, me=by),
            send_after=quiet.next_moment(contact, hours, now),
            by=by,
            token=token,
        )
        for customer, contact in recipients
    ]
    with transaction.atomic():
        Message.objects.bulk_create(rows, ignore_conflicts=True)
        transaction.on_commit(ring)
    return min((row.send_after for row in rows), default=now)


def ring() -> None:
    """Call a worker; without Redis the next minute of the clock sends what waits."""
    try:
        current_app.send_task("visits.tasks.send_messages")
    except (BrokerError, OSError):
        log.warning("Redis does not answer; messages wait for the next tick.")


def retry(message: Message, *, by) -> None:
    """Let a failed message wait anew; raises TooLate when it has not failed, or its customer is in the pool."""
    with transaction.atomic():
        customer = message.customer
        customer.lock()
        if customer.owner_id is None:
            raise TooLate(customer.too_late("log"))
        with message.moving("retry", by=by) as activity:
            activity.note = message.text
            message.tries, message.error = 0, ""
            message.send_after = _next_moment(message)
        transaction.on_commit(ring)


def send_due() -> int:
    """Send the messages whose time has come, one by one; return how many went out.

    A message is claimed, sent, marked and logged within one transaction, so that two workers never send the same one
    and each has exactly one log. Should a worker die between handing a message over and its commit, the message goes
    out once more: at least once, not at most. A second greeting is a small nuisance; one that never went while the
    record says that it did would go unnoticed (policy 5.6). `Message.key` stays the same: a gateway can tell by it.
    """
    sent = 0
    while (outcome := _send_next()) is not None:
        sent += outcome
    return sent


def _send_next() -> bool | None:
    """Send the message that has waited longest; return whether it went out, None when there is none.

    Who writes at this moment to a customer holds its row: its messages are passed over until the next ring, because to
    wait for the row with a message in hand could wait for ever.
    """
    with transaction.atomic():
        message = claim()
        if message is None:
            return None
        later = _next_moment(message)
        if refusal := _refusal(message):
            _keep(message, status=Message.Status.FAILED, error=refusal)
        elif later > timezone.now():
            _keep(message, send_after=later)
        else:
            return _deliver(message)
    return False


def _next_moment(message):
    now = timezone.now()
    return quiet.next_moment(message.contact, CompanyHours.at(now), now)


def claim() -> Message | None:
    """Lock a message that is due, and its customer, leaving out those that somebody else holds."""
    due = Message.objects.due().for_list().select_for_update(of=("self", "customer"), skip_locked=True)
    return due.order_by("send_after", "id").first()


def _refusal(message):
    if not message.by.is_active or not permissions.may_write_for(message.by, message):
        return Message.MOVED
    return "" if message.contact else Message.REMOVED


def _deliver(message):
    message.tries += 1
    try:
        with transaction.atomic():
            channels.channel(message.channel).send(message)
    except channels.NotSent as error:
        return _failed(message, str(error))
    except Exception as error:  # a gateway's fault must not keep the others waiting
        log.exception("Message %s: channel %s failed.", message.pk, message.channel)
        return _failed(message, type(error).__name__)
    entry = calls.log(
        message.customer,
        token=message.log_token,
        by=message.by,
        contact=message.contact,
        channel=message.channel,
        outcome=CallLog.Outcome.SENT,
        note="\n".join(filter(None, (message.subject, message.text))),
    )
    _keep(message, status=Message.Status.SENT, sent_at=entry.at, log=entry, error="")
    return True


def _failed(message, error):
    is_last = message.tries >= MOST_TRIES
    _keep(
        message,
        error=error[: Message._meta.get_field("error").max_length],
        status=Message.Status.FAILED if is_last else Message.Status.WAITING,
        send_after=timezone.now() + message.tries * TRY_AGAIN_AFTER,
    )
    return False


def _keep(message, **fields):
    for name, value in fields.items():
        setattr(message, name, value)
    message.save(update_fields=["tries", *fields])
