"""The tabs of the room of complaints, and how the state and the time left of a ticket look."""

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from complaints import permissions
from complaints.models import Ticket
from staff.permissions import is_administrator

register = template.Library()

# (view, what else counts as being there, title, who has it)
ROOM = (
    ("complaints:queue", ("complaints:add",), _("Complaints"), permissions.may_receive),
    ("complaints:board", (), _("Board"), permissions.may_receive),
    ("complaints:mentions", (), _("Mentions"), permissions.may_receive),
    (
        "complaints:cases",
        ("complaints:case", "complaints:case_add", "complaints:case_edit"),
        _("Case library"),
        permissions.may_receive,
    ),
    ("complaints:learn", (), _("Statistics"), permissions.may_receive),
    (
        "complaints:measures",
        ("complaints:measure_add", "complaints:measure_done"),
        _("Countermeasures"),
        permissions.may_receive,
    ),
    ("complaints:desk", (), _("Reception"), is_administrator),
)

Status = Ticket.Status
COLORS = {Status.CHOOSING: "orange", Status.ANSWERING: "orange", Status.RECEIVED: "orange", Status.CLOSED: "green"}


@register.filter
def ticket_color(ticket: Ticket) -> str:
    """Return the colour of a ticket's state: orange waits to be judged or reviewed, azure is worked on."""
    return COLORS.get(ticket.status, "azure")


@register.filter
def receives(user) -> bool:
    """Whether whoever looks may receive a complaint; nobody who is not signed in."""
    return user.is_authenticated and permissions.may_receive(user)


@register.inclusion_tag("complaints/_tabs.html", takes_context=True)
def ticket_tabs(context):
    """Draw the tabs of the room for whoever looks; those whose page is missing are left out."""
    request = context["request"]
    here = request.resolver_match.view_name if request.resolver_match else ""
    pages = [page[:3] for page in ROOM if page[3](request.user)]
    return {"tabs": [line for page in pages for line in _line(here, *page)]}


def _line(here, view, also, title):
    try:
        yield {"url": reverse(view), "title": title, "active": here == view or here in also}
    except NoReverseMatch:
        return
