"""Holds off floods of the public pages: so many in an hour from one address, and so many in all.

Counted in PostgreSQL, as the tries to sign in are, so that every process counts the same. What an address sends beyond
its own limit does not count against everybody's.
"""

import math

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy, ngettext_lazy

from staff import throttle

MINUTES = 60
FORM, WORDS, MAIL = "feedback", "feedback-words", "feedback-mail"
COUNT = throttle.COUNT.replace("VALUES (%(key)s, now(), 1)", "SELECT {key}, now(), 1 {source}")
ENTER = f"""
    WITH own (tries, seconds) AS ({COUNT.format(key="%(own)s", source="")}),
    everybody (tries, seconds) AS ({COUNT.format(key="%(all)s", source="FROM own WHERE tries <= %(limit)s")})
    SELECT own.tries, own.seconds::float, everybody.tries, everybody.seconds::float, set_config(
        'synchronous_commit', CASE WHEN %(is_alone)s THEN 'off' ELSE current_setting('synchronous_commit') END, true)
    FROM own LEFT JOIN everybody ON true
"""  # noqa: S608 - constants only
# What one private link, and one address over all of its links, may add in an hour.
WORDS_PER_LINK, WORDS_PER_ADDRESS = 30, 60
# How many tickets one sender of mails opens in an hour; more is a program that does not say so.
MAILS_PER_SENDER = 20


class TooMany(Exception):
    """The limit is reached; `seconds` until more is taken. The text is for whoever sends."""

    def __init__(self, seconds: float, text):
        self.seconds = max(1, math.ceil(seconds))
        self.text = text
        super().__init__(self.seconds)

    def __str__(self):
        minutes = math.ceil(self.seconds / 60)
        wait = ngettext_lazy(
            "Wait %(minutes)d minute, then press again.", "Wait %(minutes)d minutes, then press again."
        )
        return f"{self.text} {wait % {'minutes': minutes}}"


FROM_YOU = gettext_lazy("So much has come from your connection that it can't be taken right now.")
FROM_ALL = gettext_lazy("So much is coming in that it can't be taken right now.")


def enter_form(request) -> None:
    """Count a form that is about to become a ticket, by one statement; raises TooMany.

    Nobody waits until a count is on the disk: after a crash the last ones may be missing.
    """
    params = {
        "own": f"{FORM}:address:{throttle.address_of(request)}",
        "all": f"{FORM}:all",
        "limit": settings.FEEDBACK_PER_ADDRESS,
        "window": MINUTES,
        "is_alone": not connection.in_atomic_block,
    }
    with connection.cursor() as cursor:
        cursor.execute(ENTER, params)
        tries, seconds, all_tries, all_seconds, _commit = cursor.fetchone()
    if tries > settings.FEEDBACK_PER_ADDRESS:
        raise TooMany(seconds, FROM_YOU)
    if all_tries > settings.FEEDBACK_PER_HOUR:
        raise TooMany(all_seconds, FROM_ALL)


def enter_words(request, ticket) -> None:
    """Count words or files that are about to be added by a private link; raises TooMany."""
    _count(f"{WORDS}:address:{throttle.address_of(request)}", WORDS_PER_ADDRESS, FROM_YOU)
    _count(f"{WORDS}:ticket:{ticket.pk}", WORDS_PER_LINK, FROM_YOU)


def is_too_much_mail(sender: str) -> bool:
    """Count a mail that is about to open a ticket; return whether its sender has reached the limit."""
    return throttle.count(f"{MAIL}:{sender}"[:200], minutes=MINUTES)[0] > MAILS_PER_SENDER


def _count(key, limit, text):
    tries, seconds = throttle.count(key, minutes=MINUTES)
    if tries > limit:
        raise TooMany(seconds, text)


def forget() -> None:
    """Delete the windows that are over."""
    throttle.forget_old([FORM, WORDS, MAIL], minutes=MINUTES)
