"""What templates draw again and again: icons, options, and the looks of `crm.lib.looks`."""

from functools import lru_cache

from django import template
from django.conf import settings
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from crm.lib import looks
from crm.lib.remembered import remembered

register = template.Library()
register.simple_tag(looks.grade)
register.simple_tag(looks.when)
register.filter(looks.money)
register.filter(looks.number)
register.filter(looks.listed)

# Icons whose names Python chooses; `npm run vendor` finds those named in templates by itself.
ICONS = (
    "address-book", "alert-circle", "alert-triangle", "arrow-down-right", "arrow-forward-up", "arrow-up-right",
    "arrows-exchange", "beach", "brand-wechat", "building", "bulb", "calendar", "calendar-event", "chart-histogram",
    "check", "checkbox", "checks", "checkup-list", "circle-check", "circle-x", "clipboard-text", "clock",
    "corner-up-left", "file-import", "flag", "hand-grab", "heart-handshake", "history", "hourglass", "inbox", "link",
    "list-check", "lock", "lock-open", "mail", "map-2", "map-pin", "message", "message-2", "message-exclamation",
    "note", "pencil", "phone", "phone-off", "player-pause", "player-play", "receipt", "receipt-refund", "receipt-yen",
    "receipt-yuan",
    "refresh", "ripple", "scale", "search", "send", "sitemap", "sparkles", "sun", "target-arrow", "tool", "transfer",
    "upload", "user", "user-check", "user-plus", "user-share", "users",
)  # fmt: skip


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
def drawn(name: str) -> SafeString:
    """A template that shows everybody who reads a language the same: not drawn anew for each page."""

    def draw():
        return get_template(name).render()

    return draw() if settings.DEBUG else remembered(f"drawn.{get_language()}.{name}", draw)


@register.tag
def kept(parser, token):
    """`{% kept as name %}…{% endkept %}`: draw once what the page shows in several places, as `{{ name }}`."""
    _tag, _as, name = token.split_contents()
    nodes = parser.parse(("endkept",))
    parser.delete_first_token()
    return _Kept(nodes, name)


class _Kept(template.Node):
    def __init__(self, nodelist, name):
        self.nodelist, self.name = nodelist, name

    def render(self, context):
        context[self.name] = self.nodelist.render(context)
        return ""


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
def chart_rows(chart: dict) -> list[tuple[str, list[tuple]]]:
    """The table behind a picture: per label, the value and address of each series."""
    columns = [zip(series["values"], _addresses(series), strict=True) for series in chart["series"]]
    return [(label, [next(column) for column in columns]) for label in chart["labels"]]


def _addresses(series):
    return series.get("urls") or [None] * len(series["values"])
