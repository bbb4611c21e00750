"""The pages of the room, as tabs above each of them."""

from collections.abc import Callable
from dataclasses import dataclass

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from visits import permissions

register = template.Library()


@dataclass(frozen=True)
class Tab:
    """A page and who has it; `also` names the pages that belong to it."""

    view: str
    title: str
    who: Callable
    also: frozenset = frozenset()


TABS = (
    Tab("visits:list", _("Calls"), permissions.may_read_logs, frozenset({"visits:detail"})),
    Tab("visits:promises", _("Promises"), permissions.may_read_logs),
    Tab("visits:calendar", _("Calendar"), permissions.may_read_logs, frozenset({"visits:feed"})),
    Tab(
        "visits:lists", _("Call lists"), permissions.may_read_logs, frozenset({"visits:list_add", "visits:list_detail"})
    ),
    Tab("visits:sites", _("Visits on site"), permissions.may_read_logs, frozenset({"visits:site_detail"})),
    Tab("visits:messages", _("Messages"), permissions.may_read_logs, frozenset({"visits:messages_add"})),
    Tab("visits:coverage", _("Coverage"), permissions.may_lead),
    Tab("visits:month", _("Month"), permissions.may_read_logs),
    Tab("visits:checks", _("Spot checks"), permissions.may_lead, frozenset({"visits:check"})),
    Tab("visits:scripts", _("Scripts and texts"), permissions.may_read_logs),
    Tab("visits:rules", _("Rules"), permissions.may_read_logs),
)


@register.inclusion_tag("visits/_tabs.html", takes_context=True)
def visit_tabs(context):
    request = context["request"]
    here = request.resolver_match.view_name if request.resolver_match else ""
    return {"tabs": [line for tab in TABS if tab.who(request.user) for line in _line(tab, here)]}


def _line(tab, here):
    try:
        yield {"title": tab.title, "url": reverse(tab.view), "active": here == tab.view or here in tab.also}
    except NoReverseMatch:
        return
