"""What templates draw again and again: icons, grades, amounts, and how far away a day is.

A list page calls these hundreds of times, so they build their text directly and remember what can't change while the
process lives.
"""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext_lazy, pgettext
from django.utils.translation import gettext as _

register = template.Library()

# Icons whose names Python chooses; `npm run vendor` finds those named in templates by itself.
ICONS = (
    "address-book", "alert-circle", "alert-triangle", "arrow-down-right", "arrow-up-right", "brand-wechat",
    "building", "calendar-event", "chart-histogram", "check", "clock", "file-import", "flag", "hand-grab",
    "heart-handshake", "history", "lock", "mail", "map-2", "map-pin", "message", "message-exclamation", "note",
    "pencil", "phone", "receipt", "receipt-yen", "receipt-yuan", "ripple", "scale", "sitemap", "sparkles",
    "sun", "tool", "upload", "user", "user-plus", "users",
)  # fmt: skip
NOTHING = "—"
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


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """One drawing of the sprite; only ever decoration, so a screen reader skips it."""
    return _icon(name, css)


@lru_cache(maxsize=1024)
def _icon(name, css):
    return format_html(
        '<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        f" {css}" if css else "",
        static("vendor/icons.svg"),
        name,
    )


@register.simple_tag
def grade(code: str | None) -> SafeString:
    """The badge of a grade (policy 3.1); nothing when the customer has none yet."""
    return _grade(code, get_language()) if code else SafeString("")


@lru_cache(maxsize=64)
def _grade(code, language):
    label = pgettext("grade badge", "special VIP") if code == "SVIP" else code
    return format_html('<span class="grade grade-{}">{}</span>', code.lower(), label)


@register.simple_tag
def options(field) -> SafeString:
    """The options of a select; its widget would draw a template for each, and a list of people is long."""
    chosen = str(field.value() or "")
    return SafeString("".join(_option(str(value), text, chosen) for value, text in _choices(field.field)))


def _option(value, text, chosen):
    selected = " selected" if value == chosen else ""
    return f'<option value="{conditional_escape(value)}"{selected}>{conditional_escape(text)}</option>'


def _choices(field):
    """Return pairs of value and text; rows are read at once, where Django would open a cursor for them."""
    if not hasattr(field, "queryset"):
        return field.choices
    return [("", field.empty_label), *((row.pk, field.label_from_instance(row)) for row in field.queryset.all())]


@register.filter
def money(amount: Decimal | float | None) -> str:
    """Yuan with thousands separators; fen only where there are any. The unit is for the heading to say."""
    if amount is None or amount == "":
        return NOTHING
    return f"{Decimal(amount):,.2f}".removesuffix(".00")


@register.simple_tag
def when(moment: date | datetime | None, *, due: bool = False, soon: int = 3, full: bool = False) -> SafeString:
    """How far away a day is, seen from the business date; the exact date stays in the title.

    With `due` the colour says it too: late, soon (within `soon` days), or later. With `full` the date comes first.
    """
    if not moment:
        return SafeString(NOTHING)
    day, exact = _day_and_exact(moment)
    days = (day - timezone.localdate()).days
    return _when(moment.isoformat(), exact, days, soon if due else None, full, get_language())


@lru_cache(maxsize=8192)
def _when(stamp, exact, days, soon, full, language):
    """Remembered (per language), because the same days stand in many rows and words and escaping cost most."""
    css = f' class="{_due_class(days, soon)}"' if soon is not None else ""
    text = LATE % -days if css and -DAYS_AS_DAYS <= days < 0 else distance(days)
    if full:
        text = f"{exact} · {text}"
    elif len(exact) > len("2026-12-31") and abs(days) <= 1:
        text = f"{text} {exact[-5:]}"
    return format_html('<time datetime="{}" title="{}"{}>{}</time>', stamp, exact, SafeString(css), text)


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


@register.filter
def chart_rows(chart: dict) -> list[tuple[str, list[tuple]]]:
    """The table behind a picture: per label, the value and address of each series."""
    columns = [zip(series["values"], _addresses(series), strict=True) for series in chart["series"]]
    return [(label, [next(column) for column in columns]) for label in chart["labels"]]


def _addresses(series):
    return series.get("urls") or [None] * len(series["values"])
