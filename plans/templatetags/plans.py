"""The tabs of the plans' room, and of one plan."""

from django import template
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm.lib.addresses import address
from plans import papers, permissions
from plans.models import Plan
from plans.rows import COLORS

register = template.Library()

# (view, what else counts as being there, title, who has it)
ROOM = (
    ("plans:inbox", ("plans:decide", "plans:decide_many"), _("For me to decide"), permissions.may_decide),
    ("plans:list", ("plans:add",), _("Plans"), None),
    ("plans:board", (), _("Board"), None),
    ("plans:late", (), _("Late tasks"), permissions.may_draft),
    ("plans:chain", ("plans:chain_edit",), _("Approval chain"), None),
)
OF_WORDING = ("decide", "submit", "withdraw", "version", "edit", "customers", "people")
PLAN = (
    ("plans:detail", tuple(f"plans:{name}" for name in OF_WORDING), _("Plan"), None),
    ("plans:tasks", ("plans:task_add", "plans:task_generate"), _("Tasks"), lambda plan: plan.in_force_id),
    ("plans:judgement", (), _("Results"), lambda plan: plan.in_force_id),
    ("plans:history", (), _("History"), None),
)


@register.filter
def state_color(plan: Plan) -> str:
    """Return the colour of a plan's state: orange waits for somebody, azure runs, green is through."""
    return COLORS[plan.status]


register.filter(permissions.may_draft)


@register.inclusion_tag("plans/_tabs.html", takes_context=True)
def plan_tabs(context):
    """Draw the tabs of the room for whoever looks."""
    request = context["request"]
    pages = [page for page in ROOM if page[3] is None or page[3](request.user)]
    return {"tabs": [_tab(request, address(view), view, also, title) for view, also, title, _who in pages]}


@register.inclusion_tag("plans/_tabs.html", takes_context=True)
def tabs_of(context, plan: Plan):
    """Draw the tabs of one plan."""
    pages = [page for page in PLAN if page[3] is None or page[3](plan)]
    request, args = context["request"], [plan.pk]
    return {"tabs": [_tab(request, reverse(view, args=args), view, also, title) for view, also, title, _who in pages]}


def _tab(request, url, view, also, title):
    here = request.resolver_match.view_name
    return {"url": url, "title": title, "active": here == view or here in also}


@register.inclusion_tag("plans/_papers.html")
def papers_of(plan: Plan):
    """Draw links to the forms that there are of `plan`, as PDF; no query."""
    return {"plan": plan, "papers": papers.of(plan)}
