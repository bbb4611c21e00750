"""How grades, amounts, days and lists look, in templates and in the rows that lists prepare.

A list page draws hundreds of them, so they build their text directly and remember what can't change while the process
lives.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext_lazy, pgettext
from django.utils.translation import gettext as _

NOTHING = "—"
NO_DAY = SafeString(NOTHING)
DAYS_AS_DAYS = 60
DAYS_AS_MONTHS = 730
AHEAD = (
    ngettext_lazy("in %d day", "in %d days"),
    ngettext_lazy("in %d month", "in %d months"),
    ngettext_lazy("in %d year", "in %d years"),
)
LATE = ngettext_lazy("%d day late", "%d days late")
AGO = (
    ngettext_lazy("%d day ago", "%d days ago"),
    ngettext_lazy("%d month ago", "%d months ago"),
    ngettext_lazy("%d year ago", "%d years ago"),
)


def grade(code: str | None) -> SafeString:
    """The badge of a grade (policy 3.1); nothing when the customer has none yet."""
    return _grade(code, get_language()) if code else SafeString("")


@lru_cache(maxsize=64)
def _grade(code, language):
    label = pgettext("grade badge", "special VIP") if code == "SVIP" else code
    return format_html('<span class="grade grade-{}">{}</span>', code.lower(), label)


def number(count: int | None) -> str:
    """A count with thousands separators, the same in every language."""
    return NOTHING if count is None or count == "" else f"{count:,}"


def money(amount: Decimal | float | None) -> str:
    """Yuan with thousands separators; fen only where there are any. The unit is for the heading to say."""
    if amount is None or amount == "":
        return NOTHING
    return f"{Decimal(amount):,.2f}".removesuffix(".00")


def listed(things: Iterable) -> str:
    """Things one after the other inside a sentence, as the reader's language writes them: "a, b, c"."""
    return pgettext("between the things of a list", ", ").join(map(str, things))


def clauses(parts: Iterable) -> str:
    """Parts of a sentence that have commas of their own, one after the other: "a, b; c"."""
    return pgettext("between the parts of a reason", "; ").join(map(str, parts))


def when(moment: date | datetime | None, *, due: bool = False, soon: int = 3, full: bool = False) -> SafeString:
    """How far away a day is, seen from the business date; the exact date stays in the title.

    With `due` the colour says it too: late, soon (within `soon` days), or later. With `full` the date comes first.
    """
    if not moment:
        return NO_DAY
    return _when(moment, timezone.localdate(), soon if due else None, full, get_language())


@lru_cache(maxsize=16_384)
def _when(moment, today, soon, full, language):
    """Remembered (per day and language), because the same days stand in many rows and words and escaping cost most."""
    day, exact = _day_and_exact(moment)
    days = (day - today).days
    css = f' class="{_due_class(days, soon)}"' if soon is not None else ""
    text = LATE % -days if css and -DAYS_AS_DAYS <= days < 0 else distance(days)
    if full:
        text = f"{exact} · {text}"
    elif len(exact) > len("2026-12-31") and abs(days) <= 1:
        text = f"{text} {exact[-5:]}"
    return format_html('<time datetime="{}" title="{}"{}>{}</time>', moment.isoformat(), exact, SafeString(css), text)


def _day_and_exact(moment):
    if isinstance(moment, datetime):
        moment = timezone.localtime(moment)
        return moment.date(), moment.strftime("%Y-%m-%d %H:%M")
    return moment, moment.isoformat()


def _due_class(days, soon):
    if days < 0:
        return "due-late"
    return "due-soon" if days <= soon else "due-ok"


def distance(days: int) -> str:
    """`days` from today in the words of the reader: "today", "in 3 days", "2 months ago"."""
    if abs(days) <= 1:
        return (_("yesterday"), _("today"), _("tomorrow"))[days + 1]
    in_days, in_months, in_years = AHEAD if days > 0 else AGO
    count = abs(days)
    if count <= DAYS_AS_DAYS:
        return in_days % count
    return in_months % round(count / 30.44) if count <= DAYS_AS_MONTHS else in_years % round(count / 365.25)


def day_name(day: date) -> str:
    """Return "1 October" in the reader's language, with the year when it is not this one."""
    return date_format(day, _("j F") if day.year == timezone.localdate().year else _("j F Y"))


def span(begin: datetime, end: datetime) -> str:
    """Return "2026-01-05 09:00–11:00", company time, with the second day only where it is another."""
    first, last = timezone.localtime(begin), timezone.localtime(end)
    until = f"{last:%H:%M}" if last.date() == first.date() else f"{last:%Y-%m-%d %H:%M}"
    return f"{first:%Y-%m-%d %H:%M}–{until}"
