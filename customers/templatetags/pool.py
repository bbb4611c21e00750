"""The pages around the pool, as tabs above each of them."""

from django import template
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from customers import permissions

register = template.Library()

# Page, title and the pages that belong to it.
TABS = (
    ("customers:pool", _("In the pool"), frozenset()),
    ("customers:nights", _("Nights"), frozenset({"customers:night"})),
    ("customers:rules", _("Rules"), frozenset({"customers:rules_edit"})),
    (
        "customers:pools",
        _("Pools"),
        frozenset({"customers:pool_add", "customers:pool_edit", "customers:pool_move"}),
    ),
)


@register.inclusion_tag("customers/_pool_tabs.html", takes_context=True)
def pool_tabs(context):
    """Nothing for whoever has one page only."""
    request = context["request"]
    here = request.resolver_match.view_name if request.resolver_match else ""
    tabs = TABS if permissions.may_read_rules(request.user) else ()
    return {
        "tabs": [
            {"title": title, "url": reverse(view), "active": here == view or here in also} for view, title, also in tabs
        ]
    }
