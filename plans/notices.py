"""Mails about plans: rows first, each claimed and sent once; nothing is sent to who has no address or has left."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from plans.models import Notice

log = logging.getLogger(__name__)
AT_ONCE = 50


def send() -> int:
    """Send the mails that wait, each in its reader's language; return how many were sent.

    A mail that can't be sent now waits for the next call; of two workers one takes each.
    """
    sent = 0
    for _n in range(AT_ONCE):
        with transaction.atomic():
            waiting = Notice.objects.filter(sent_at=None).select_related("plan", "person").order_by("id")
            notice = waiting.select_for_update(of=("self",), skip_locked=True).first()
            if notice is None:
                break
            if not _deliver(notice):
                break
            notice.sent_at = timezone.now()
            notice.save(update_fields=["sent_at"])
            sent += 1
    return sent


def _deliver(notice) -> bool:
    person = notice.person
    if not (person.email and person.is_active):
        return True
    with translation.override(person.language or settings.LANGUAGE_CODE):
        subject = _("Plan “%(plan)s” %(what)s") % {"plan": notice.plan, "what": notice.get_kind_display()}
        text = _("%(subject)s.\n\nSign in to see it: %(state)s.") % {
            "subject": subject,
            "state": notice.plan.get_status_display(),
        }
        try:
            send_mail(subject, text, None, [person.email])
        except (SMTPException, OSError):
            log.warning("A mail about plan %s could not be sent; it waits.", notice.plan_id)
            return False
    return True
