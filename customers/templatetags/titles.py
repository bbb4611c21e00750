"""The tabs of the pages about whose customers are."""

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from customers import permissions
from staff.permissions import is_leader

register = template.Library()

# (view, what else counts as being there, title, who has it)
ROOM = (
    (
        "customers:disputes",
        ("customers:dispute", "customers:dispute_add"),
        _("Disputes"),
        permissions.may_inquire,
    ),
    ("customers:inquiries", ("customers:inquiry", "customers:inquiry_add"), _("Inquiries"), permissions.may_inquire),
    ("reports:ownership", ("reports:ownership_rows",), _("Report"), is_leader),
    ("reports:owned", ("reports:owned_rows",), _("On a date"), is_leader),
)


@register.filter
def inquires(user) -> bool:
    """Whether whoever looks takes inquiries; nobody who is not signed in."""
    return user.is_authenticated and permissions.may_inquire(user)


@register.inclusion_tag("customers/_title_tabs.html", takes_context=True)
def title_tabs(context):
    """Draw the tabs of the room for whoever looks; those whose page is missing are left out."""
    request = context["request"]
    here = request.resolver_match.view_name if request.resolver_match else ""
    pages = [page[:3] for page in ROOM if page[3](request.user)]
    return {"tabs": [line for page in pages for line in _line(here, *page)]}


def _line(here, view, also, title):
    try:
        yield {"title": title, "url": reverse(view), "active": here == view or here in also}
    except NoReverseMatch:
        return
