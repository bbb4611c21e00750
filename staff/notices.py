"""Mails to colleagues: rows first, written in each reader's language, each claimed and sent once.

Rooms write them in the transaction of what they tell of; nothing is sent to who has no address or has left.
"""

import logging
from collections.abc import Callable, Iterable
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from staff.models import Notice, User

log = logging.getLogger(__name__)
AT_ONCE = 50


def write(people: Iterable[User], say: Callable[[], str]) -> None:
    """Let a mail be written to each of `people`; `say` returns its words in the language that is active."""
    rows = []
    for person in people:
        if not (person.email and person.is_active):
            continue
        with translation.override(person.language or settings.LANGUAGE_CODE):
            subject = say()
            text = _("%(subject)s.\n\nSign in to see it.") % {"subject": subject}
        rows.append(Notice(person=person, subject=subject[:250], text=text))
    Notice.objects.bulk_create(rows)


def send() -> int:
    """Send the mails that wait; return how many were sent.

    One that can't be sent now waits for the next call; of two workers one takes each.
    """
    sent = 0
    for _n in range(AT_ONCE):
        with transaction.atomic():
            waiting = Notice.objects.filter(sent_at=None).select_related("person").order_by("id")
            notice = waiting.select_for_update(of=("self",), skip_locked=True).first()
            if notice is None or not _deliver(notice):
                break
            notice.sent_at = timezone.now()
            notice.save(update_fields=["sent_at"])
            sent += 1
    return sent


def _deliver(notice) -> bool:
    """Return whether the notice is done with: sent, or refused for good."""
    if not notice.person.is_active:
        return True
    try:
        send_mail(notice.subject, notice.text, None, [notice.person.email])
    except (SMTPException, OSError) as error:
        is_final = _is_final(error)
        log.warning("Notice %s was not sent; %s.", notice.pk, "refused" if is_final else "it waits")
        return is_final
    return True


def _is_final(error) -> bool:
    """Whether the server will never take this mail: it must not hold up those behind it."""
    refused = isinstance(error, SMTPRecipientsRefused)
    return refused or (isinstance(error, SMTPResponseException) and error.smtp_code >= 500)
