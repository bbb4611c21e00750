"""Sends answers to customers by mail: rows first (`thread.answer`), each claimed and sent once.

The id of a mail follows from its row and is signed, so that a mail that a killed worker sends twice is one and the same
to whoever gets it, and an answer to either finds its ticket. The private link is in no mail: only its digest is kept.
"""

import datetime as dt
import logging
from email.utils import parseaddr
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from complaints.arriving import own_address, tag_of
from complaints.models import Mail, Message
from crm.lib.mailing import OF_ONE_MAIL, is_final

log = logging.getLogger(__name__)
AT_ONCE = 50
# What could not be sent for so long is given up, and shown on the ticket.
PATIENCE = dt.timedelta(days=3)
MOST_REFERENCES = 10
SALT = "complaints.outbox"


def send() -> int:
    """Send the answers that wait; return how many were sent.

    One that can't be sent now waits for the next call without holding up those behind it; of two workers one takes
    each.
    """
    sent, waiting = 0, []
    for _n in range(AT_ONCE):
        with transaction.atomic():
            unsent = Message.objects.filter(way=Message.Way.OUT, sent_at=None, error="").exclude(address="")
            unsent = unsent.exclude(pk__in=waiting).select_related("ticket").order_by("id")
            message = unsent.select_for_update(of=("self",), skip_locked=True).first()
            if message is None:
                break
            message.mail_id = mail_id_of(message)
            trouble = _deliver(message)
            message.save(update_fields=["mail_id", "sent_at", "error"])
            sent += message.sent_at is not None
        if trouble and not isinstance(trouble, OF_ONE_MAIL):
            break
        if trouble:
            waiting.append(message.pk)
    return sent


def _deliver(message) -> Exception | None:
    """Send the message, or mark it as refused for good; return what keeps it waiting. It is not saved."""
    try:
        letter(message).send()
    except (SMTPException, OSError, ValueError) as error:  # ValueError: an address or header that no mail can have
        log.warning("Answer %s was not sent: %s", message.pk, type(error).__name__)
        if not is_final(error) and timezone.now() - message.at < PATIENCE:
            return error
        message.error = str(error)[:300] or type(error).__name__
    else:
        message.sent_at = timezone.now()
    return None


def letter(message: Message) -> EmailMessage:
    """Return the mail of an answer, in the customer's language, as part of the thread of its ticket."""
    ticket = message.ticket
    earlier = _earlier(message)
    headers = {"Message-ID": mail_id_of(message)}
    if earlier:
        headers |= {"In-Reply-To": earlier[-1], "References": " ".join(earlier[-MOST_REFERENCES:])}
    with translation.override(ticket.language or settings.LANGUAGE_CODE):
        text = _("Your number: %s. Keep the subject as it is when you answer.") % ticket.number
    subject = " ".join(f"Re: {ticket.subject}".split())
    mail = EmailMessage(
        subject=f"{subject} [{ticket.number}-{tag_of(ticket.number)}]",
        body=f"{message.text}\n\n-- \n{text}\n",
        to=[message.address],
        reply_to=[own_address()] if own_address() else None,
        headers=headers,
    )
    for file in message.files.filter(is_public=True):
        mail.attach(file.name, bytes(file.content), file.kind)
    return mail


def mail_id_of(message: Message) -> str:
    """Return the Message-ID of an answer: the same each time, and not to be guessed."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{message.pk}.{salted_hmac(SALT, str(message.pk)).hexdigest()[:24]}@{domain}>"


def _earlier(message):
    """Return the ids of the mails of the ticket before this one, in order."""
    came = Mail.objects.filter(ticket=message.ticket_id, at__lte=message.at).values_list("at", "mail_id")
    went = message.ticket.messages.filter(way=Message.Way.OUT, sent_at__isnull=False, at__lt=message.at)
    found = sorted([*came, *went.values_list("at", "mail_id")])
    return [mail_id for _at, mail_id in found if mail_id and mail_id.startswith("<")]
