"""What becomes of a mail that arrived: words of the ticket that it answers, else a ticket of its own (policy 7.1).

Each mail is one transaction and one `Mail` row, which its Message-ID makes unique: a mail that is read twice, by two
workers or after one was killed, is taken once. Into a thread comes who answers a mail of ours, whose id nobody can
guess, and who writes from the ticket's own address with its number as we sign it; a number alone opens nothing.
"""

import logging
import re
import uuid
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.utils import translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from complaints import flood, intake, letters, receiving, thread
from complaints.choices import Source
from complaints.letters import Letter
from complaints.models import File, Mail, Message, Ticket
from crm.lib.looks import listed

log = logging.getLogger(__name__)
Outcome = Mail.Outcome
SALT = "complaints.arriving"
TAGGED = re.compile(r"\[(\d{4}-\d{6,12})-([0-9a-f]{10})\]")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Aside(Exception):
    """The mail can't be taken; the text says why. It is kept aside."""


def arrive(raw: bytes, *, is_whole: bool = True) -> Mail:
    """Take a mail, or keep it aside when it can't be taken; the same one twice is one.

    Raises only when the database can't be asked: the mail then waits for the next time.
    """
    mail_id = letters.id_of(raw)
    try:
        with transaction.atomic():
            mail, is_new = Mail.objects.get_or_create(mail_id=mail_id, defaults={"outcome": Outcome.ASIDE})
            if is_new:
                _take(mail, letters.read(raw, is_whole=is_whole), is_whole)
        return mail
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # whatever a hostile or broken mail brings about: those behind it are read all the same
        if not isinstance(error, Aside):
            log.exception("A mail could not be taken and is kept aside.")
        why = str(error)[:300] or type(error).__name__
        return Mail.objects.get_or_create(mail_id=mail_id, defaults=_facts(raw) | {"error": why})[0]


def _facts(raw):
    """Return who and what a mail that is kept aside is about, as far as that can be read."""
    try:
        letter = letters.read(raw, is_whole=False)
        facts = {"sender": letter.sender[:254], "subject": letter.subject[:200]}
    except Exception:  # it is kept aside already
        facts = {}
    return {"outcome": Outcome.ASIDE} | {name: text.replace("\x00", "") for name, text in facts.items()}


def _take(mail, letter, is_whole):
    mail.sender, mail.subject = letter.sender[:254], letter.subject[:200]
    if letter.is_automatic or letter.sender in own_addresses():
        mail.outcome = Outcome.AUTOMATIC
        _note_failure(letter)
    elif "@" not in letter.sender or len(letter.sender) > 254:
        raise Aside(_("It does not say who sent it."))
    elif ticket := ticket_of(letter):
        said = {"files": letter.files, "source": Source.EMAIL, "address": letter.sender, "mail_id": mail.mail_id}
        heard = thread.hear(intake.current(ticket), _words(letter, is_whole), **said)
        mail.outcome, mail.ticket = Outcome.ADDED, heard.ticket
    else:
        mail.outcome, mail.ticket = Outcome.OPENED, _opened(letter, is_whole)
    mail.save()


def ticket_of(letter: Letter) -> Ticket | None:
    """Return the ticket that a mail is about, if its sender may write to it."""
    ours = Message.objects.filter(mail_id__in=letter.references, way=Message.Way.OUT).select_related("ticket")
    if answered := ours.order_by("-pk").first():
        return answered.ticket
    named = Mail.objects.filter(mail_id__in=letter.references, ticket__isnull=False).values("ticket")
    number, _dash, tag = "", "", ""
    if found := TAGGED.search(letter.subject):
        number, tag = found.groups()
    of_number = {number} if number and constant_time_compare(tag, tag_of(number)) else set()
    own = Ticket.objects.filter(email__iexact=letter.sender)
    return (own.filter(pk__in=named) | own.filter(number__in=of_number)).order_by("-pk").first()


def tag_of(number: str) -> str:
    """Return what signs a number in the subject of our mails."""
    return salted_hmac(SALT, number).hexdigest()[:10]


def _opened(letter, is_whole):
    if flood.is_too_much_mail(letter.sender):
        raise Aside(_("More than %d new ones from this sender within an hour.") % flood.MAILS_PER_SENDER)
    text = _words(letter, is_whole)
    ticket = Ticket(
        source=Source.EMAIL,
        subject=(letter.subject or intake.subject_of(text))[:150],
        text=text,
        reporter=letter.name[:100],
        email=letter.sender,
        language="zh-hans" if CHINESE.search(letter.subject + text) else "en",
        token=uuid.uuid5(uuid.NAMESPACE_URL, f"mid:{letter.mail_id}"),
    )
    ticket, _key = receiving.receive(ticket)
    for file in letter.files:
        file.ticket, file.is_public = ticket, True
    File.objects.bulk_create(letter.files)
    return ticket


def _words(letter, is_whole):
    """Return the text of a mail, with the names of what is not kept of it, in the company's language."""
    with translation.override(settings.LANGUAGE_CODE):
        words = [letter.text or _("(The mail has no text.)")]
        if letter.left:
            words.append(_("Attachments that are not kept: %s") % listed(letter.left))
        if not is_whole:
            words.append(_("The mail is too large to be kept whole. Its attachments lie in the mailbox."))
    return "\n\n".join(words)


def _note_failure(letter):
    """Show on its ticket that a mail of ours did not arrive."""
    if letter.failed:
        sent = Message.objects.filter(mail_id=letter.failed, way=Message.Way.OUT)
        sent.update(error=_("It came back: it could not be delivered."))


def own_address() -> str:
    """Return the address that customers write to; "" without a mailbox."""
    user = unquote(urlsplit(settings.MAILBOX_URL).username or "")
    return settings.MAILBOX_ADDRESS or (user if "@" in user else "")


def own_addresses() -> set[str]:
    """Return the addresses that our own mails come from: what they say is no customer's."""
    return {own_address().lower(), parseaddr(settings.DEFAULT_FROM_EMAIL)[1].lower()} - {""}
