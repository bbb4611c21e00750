"""Mails to colleagues: rows first, written in each reader's language, each claimed and sent once.

Rooms write them in the transaction of what they tell of; nothing is sent to who has no address or has left.
"""

import json
import logging
from collections.abc import Callable, Iterable
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from crm.lib.mailing import OF_ONE_MAIL, is_final
from crm.lib.prepared import Prepared
from staff.models import Notice, User

log = logging.getLogger(__name__)
AT_ONCE = 50
WRITTEN = """
    INSERT INTO staff_notice (person_id, subject, text, at)
    SELECT u.id, w.subject, w.text, %(now)s
    FROM jsonb_to_recordset(%(words)s) AS w (person bigint, language text, subject text, text text)
    JOIN staff_user u ON w.language = coalesce(nullif(u.language, ''), %(own)s)
    WHERE {whose} AND u.is_active AND u.email <> '' ORDER BY u.id
"""
# A verb that writes in one statement can have this as one of its parts: `params` are of these TYPES.
NOTED = WRITTEN.format(whose="u.id = ANY(%(readers)s)")
EACH = WRITTEN.format(whose="u.id = w.person")
TYPES = {"readers": "bigint[]", "words": "jsonb", "own": "text", "now": "timestamptz"}
WRITE = Prepared("notices", NOTED, TYPES)


def write(people: Iterable[User], say: Callable[[], str]) -> None:
    """Let a mail be written to each of `people`; `say` returns its words in the language that is active."""
    write_to([person.pk for person in people], say)


def write_to(people: list[int], say: Callable[[], str]) -> None:
    """Let a mail be written to the people with these ids, as `write` does, in one statement."""
    if not people:
        return
    with connection.cursor() as cursor:
        WRITE.execute(cursor, params(people, say))


def write_each(says: dict[int, Callable[[], str]]) -> None:
    """Let a mail of its own be written to each person, by id, as `write` does, all in one statement."""
    words = [{"person": pk} | _words(code, say) for pk, say in says.items() for code, _name in settings.LANGUAGES]
    if words:
        with connection.cursor() as cursor:
            cursor.execute(EACH, {"words": json.dumps(words), "own": settings.LANGUAGE_CODE, "now": timezone.now()})


def params(people: list[int], say: Callable[[], str]) -> dict:
    """Return what NOTED goes by; without `people` it writes nothing, and `say` is not asked."""
    words = [_words(code, say) for code, _name in settings.LANGUAGES] if people else []
    own = settings.LANGUAGE_CODE
    return {"readers": list(people), "words": json.dumps(words), "own": own, "now": timezone.now()}


def _words(language, say):
    with translation.override(language):
        subject = say()
        text = _("%(subject)s.\n\nSign in to see it.") % {"subject": subject}
    return {"language": language, "subject": subject[:250], "text": text}


def send() -> int:
    """Send the mails that wait; return how many were sent.

    One that can't be sent now waits for the next call without holding up those behind it; of two workers one takes
    each.
    """
    sent, waiting = 0, []
    for _n in range(AT_ONCE):
        with transaction.atomic():
            unsent = Notice.objects.filter(sent_at=None).exclude(pk__in=waiting).select_related("person")
            notice = unsent.order_by("id").select_for_update(of=("self",), skip_locked=True).first()
            if notice is None:
                break
            trouble = _deliver(notice)
            if trouble is None:
                notice.sent_at = timezone.now()
                notice.save(update_fields=["sent_at"])
                sent += 1
        if trouble and not isinstance(trouble, OF_ONE_MAIL):
            break
        if trouble:
            waiting.append(notice.pk)
    return sent


def _deliver(notice) -> Exception | None:
    """Send the notice, or let it be when it is refused for good; return what keeps it waiting."""
    if not notice.person.is_active:
        return None
    try:
        send_mail(notice.subject, notice.text, None, [notice.person.email])
    except (SMTPException, OSError, ValueError) as error:
        log.warning("Notice %s was not sent: %s", notice.pk, type(error).__name__)
        return None if is_final(error) else error
    return None
