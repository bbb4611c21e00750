"""Reads the company's mailbox (settings.MAILBOX_URL): what customers write there becomes tickets and answers.

A mail is marked as seen once what it became is committed, never before: a worker that is killed leaves it unseen, and
its Message-ID tells the next one whether it was taken. Nothing is ever deleted there.
"""

import imaplib
import logging
import ssl
from contextlib import contextmanager, suppress
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from imap_tools import BaseMailBox, ImapToolsError, MailBox, MailBoxUnencrypted

from complaints import letters
from complaints.arriving import arrive
from complaints.models import Mail, MailboxState
from crm.lib.locks import try_lock

log = logging.getLogger(__name__)
AT_ONCE = 50
LARGEST = 25 * 1024 * 1024
# Of a larger mail so much is read: its head and, most often, its text.
PART = 256 * 1024
SEEN, SEEN_AND_FLAGGED = r"(\Seen)", r"(\Seen \Flagged)"
UNREACHABLE = (ImapToolsError, imaplib.IMAP4.error, OSError)


def is_on() -> bool:
    return bool(settings.MAILBOX_URL)


def read() -> int:
    """Take what is unread in the mailbox, the oldest first; return how many mails were looked at.

    One worker reads at a time. What keeps it from being read is noted in MailboxState and tried again next time.
    """
    if not is_on():
        return 0
    with try_lock("complaints.mailbox") as is_mine:
        if not is_mine:
            return 0
        try:
            number = _read_all()
        except UNREACHABLE as error:
            log.warning("The mailbox could not be read: %s", type(error).__name__)
            _note(error=_said(error)[:300])
            return 0
        _note(error="", read_at=timezone.now())
        return number


def _said(error):
    if isinstance(error, ssl.SSLCertVerificationError):
        with translation.override(settings.LANGUAGE_CODE):
            return _("The mail server's certificate is not to be trusted: %s.") % error.verify_message.rstrip(".")
    return f"{type(error).__name__}: {error}"


def _note(**state):
    MailboxState.objects.update_or_create(pk=1, defaults=state)


def _read_all():
    with opened(settings.MAILBOX_URL) as box:
        unread = box.uids("UNSEEN", charset=None)[:AT_ONCE]
        for uid in unread:
            mail = _take(box, uid)
            if mail:
                flags = SEEN_AND_FLAGGED if mail.outcome == Mail.Outcome.ASIDE else SEEN
                box.client.uid("STORE", uid, "+FLAGS", flags)
    return len(unread)


@contextmanager
def opened(url: str):
    """Yield the folder that `url` names, imaps://user:password@host:993/folder, with user and password quoted."""
    parts = urlsplit(url)
    if parts.scheme == "imaps":
        # Without a context of its own imaplib would take any certificate, and give the password to whoever has it.
        where = {"timeout": settings.MAILBOX_TIMEOUT, "ssl_context": ssl.create_default_context()}
        box: BaseMailBox = MailBox(parts.hostname, parts.port or 993, **where)
    else:
        box = MailBoxUnencrypted(parts.hostname, parts.port or 143, timeout=settings.MAILBOX_TIMEOUT)
    try:
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        sign_in = box.login if (user + password).isascii() else box.login_utf8
        sign_in(user, password, initial_folder=None)
        # Some hosts, NetEase among them, open no folder to a program that does not say its name (RFC 2971).
        if "ID" in box.client.capabilities:
            box.client.xatom("ID", '("name" "Evergreen CRM" "version" "1")')
        box.folder.set(unquote(parts.path.strip("/")) or "INBOX")
        yield box
    finally:
        with suppress(*UNREACHABLE):
            box.logout()


def _take(box, uid) -> Mail | None:
    """Return what became of one mail; None when somebody took it out of the folder meanwhile."""
    head = next(box.fetch(uid_list=uid, headers_only=True, mark_seen=False), None)
    if head is None:
        return None
    known = Mail.objects.filter(mail_id=letters.id_of(bytes(head.obj))).first()
    if known:
        return known
    is_whole = head.size_rfc822 <= LARGEST
    part = "BODY.PEEK[]" if is_whole else f"BODY.PEEK[]<0.{PART}>"
    _state, found = box.client.uid("FETCH", uid, f"({part})")
    raw = next((item[1] for item in found if isinstance(item, tuple)), None)
    return arrive(raw, is_whole=is_whole) if raw is not None else None
