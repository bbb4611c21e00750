"""What the cells of a table may say, and what to do about one that says something else."""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from functools import cache

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.functional import lazystr
from django.utils.translation import gettext as _
from django.utils.translation import override

from crm.lib.looks import listed

DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 00:00(?::00)?)?", re.ASCII)
AMOUNT = re.compile(r"[¥￥]?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?元?", re.ASCII)


class Problem(Exception):
    """A cell can't be taken; the message names the cure."""


def normal(text: str) -> str:
    """Return `text` for comparison: width, case, spaces, underscores and marks of required columns don't count."""
    return re.sub(r"[\s_*＊:：-]+", "", unicodedata.normalize("NFKC", str(text))).casefold()


def limited(length: int) -> Callable[[str], str]:
    """Return a parser of text of at most `length` characters."""

    def parse(text):
        if len(text) > length:
            raise Problem(
                _("Too long: %(number)s characters. Shorten it to %(limit)s.") % {"number": len(text), "limit": length}
            )
        return text

    return parse


def past_date(today: dt.date) -> Callable[[str], dt.date]:
    """Return a parser of dates up to `today`; a file repeats its dates, so each is read once."""

    @cache
    def parse(text):
        found = DATE.fullmatch(unicodedata.normalize("NFKC", text))
        try:
            date = dt.date(*map(int, found.groups()))
        except (AttributeError, ValueError):
            raise Problem(_("“%(text)s” is not a date. Write it as 2021-01-31.") % {"text": text[:40]}) from None
        if date > today:
            raise Problem(
                _("%(date)s is in the future. Write a date up to today, %(today)s.") % {"date": date, "today": today}
            )
        return date

    return parse


def amount(text: str) -> Decimal:
    """Read yuan with at most two decimals: 1177, 1,177.00, ¥1177.5."""
    found = AMOUNT.fullmatch(unicodedata.normalize("NFKC", text).replace(" ", ""))
    if not found:
        raise Problem(_("“%(text)s” is not an amount. Write yuan as 1234.50, not below zero.") % {"text": text[:40]})
    whole, fraction = found[1].replace(",", ""), (found[2] or "").rstrip("0")
    if len(fraction) > 2:
        raise Problem(_("%(text)s has more than two decimals. Round it to 0.01 yuan.") % {"text": text[:40]})
    if len(whole.lstrip("0")) > 10:
        raise Problem(_("%(text)s is too large. The limit is 9,999,999,999.99 yuan.") % {"text": text[:40]})
    return Decimal(f"{whole}.{fraction:0<2}")


def whole_number(text: str) -> int:
    """Read a whole number from 0 to 2,147,483,647, as the database keeps it."""
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "")
    if not re.fullmatch(r"[0-9]{1,10}(\.0+)?", plain) or int(float(plain)) > 2_147_483_647:
        raise Problem(_("“%(text)s” is not a whole number from 0 on. Write it as 120.") % {"text": text[:40]})
    return int(float(plain))


def email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise Problem(
            _("“%(text)s” is not an e-mail address. Correct it or leave it empty.") % {"text": text[:60]}
        ) from None
    return limited(254)(text)


def labels(choices) -> str:
    """Return how a choice may be written, in the reader's language."""
    return lazystr(_Labels(choices))


class _Labels:
    def __init__(self, choices):
        self.choices = choices

    def __str__(self):
        return " · ".join(map(str, self.choices.labels))


def one_of(choices, extra: dict[str, str] | None = None) -> Callable[[str], str]:
    """Return a parser of a choice, written as its code, its label in any of our languages, or a word of `extra`."""
    known = {normal(word): value for word, value in (extra or {}).items()}
    for language, _name in settings.LANGUAGES:
        with override(language):
            known |= {normal(label): str(value) for value, label in choices.choices}
    known |= {normal(value): str(value) for value in choices.values}

    def parse(text):
        value = known.get(normal(text))
        if value is None:
            raise Problem(
                _("“%(text)s” is not known here. Write one of: %(choices)s.")
                % {"text": text[:40], "choices": listed(choices.labels)}
            )
        return value

    return parse
