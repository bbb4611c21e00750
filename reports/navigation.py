"""The sidebar: which pages a person's role offers, and how much waits on them.

At most one query a page, made only when a template draws the sidebar; none for an HTMX fragment.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from customers import permissions as customers_permissions
from sales import permissions as sales_permissions
from sales.models import Order
from staff.permissions import is_administrator, is_finance, is_seller

MOST = 99
# Asked on every page of a seller, so without the price of building it from parts; the index holds the days in order.
DUE = """
    SELECT count(*), min(next_contact_on) FROM (
        SELECT next_contact_on FROM customers_customer WHERE owner_id = %s AND next_contact_on <= %s
        ORDER BY next_contact_on LIMIT %s
    ) AS due
"""
# The orders that wait for finance; the list itself explains the filter.
UNPAID = "?status=open"


def everybody(user) -> bool:
    return True


def may_import(user) -> bool:
    return customers_permissions.may_import(user) or sales_permissions.may_import(user)


@dataclass(frozen=True)
class Item:
    """A line of the sidebar: its page, and what else counts as being there (view names or whole namespaces)."""

    view: str
    title: str
    icon: str
    who: Callable
    also: frozenset = frozenset()

    def covers(self, match) -> bool:
        if match is None:
            return False
        named = {item.view for item in ITEMS} | {name for item in ITEMS for name in item.also}
        if match.view_name in named:
            return match.view_name == self.view or match.view_name in self.also
        return match.namespace in self.also


ITEMS = (
    Item("reports:today", _("Today"), "sun", is_seller),
    Item("customers:list", _("Customers"), "building", everybody, frozenset({"customers"})),
    Item("customers:pool", _("Pool"), "ripple", everybody),
    Item("visits:list", _("Callbacks"), "phone", lambda user: not is_finance(user), frozenset({"visits"})),
    Item("sales:list", _("Orders"), "receipt-yuan", everybody, frozenset({"sales"})),
    Item("reports:dashboard", _("Dashboard"), "chart-histogram", everybody),
    Item("customers:standard", _("Grading standard"), "scale", everybody, frozenset({"customers:standard_edit"})),
    Item(
        "jobs:list",
        _("Imports"),
        "file-import",
        may_import,
        frozenset({"jobs", "customers:import", "sales:import"}),
    ),
    Item(
        "staff:person_list",
        _("People"),
        "users",
        is_administrator,
        frozenset({"staff:person_add", "staff:person_edit", "staff:person_password"}),
    ),
    Item(
        "staff:team_list",
        _("Teams"),
        "sitemap",
        is_administrator,
        frozenset({"staff:team_add", "staff:team_edit", "staff:team_delete"}),
    ),
    Item(
        "staff:calendar",
        _("Work calendar"),
        "calendar",
        is_administrator,
        frozenset({"staff:day_edit", "staff:hours_edit"}),
    ),
)


def navigation(request):
    """Context processor: the sidebar of the person who is signed in."""
    user = getattr(request, "user", None)
    htmx = getattr(request, "htmx", None)
    if user is None or (htmx and not htmx.boosted):
        return {}
    return {"navigation": SimpleLazyObject(lambda: _lines(request, user))}


def _lines(request, user):
    if not user.is_authenticated:
        return []
    badges = _badges(user)
    nothing = {"badge": "", "badge_color": ""}
    return [
        {
            "title": item.title,
            "url": reverse(item.view),
            "icon": item.icon,
            "active": item.covers(request.resolver_match),
        }
        | badges.get(item.view, nothing)
        for item in ITEMS
        if item.who(user)
    ]


def _badges(user):
    if is_seller(user):
        return {"reports:today": due_badge(user)}
    if is_finance(user):
        waiting = Order.objects.unpaid().order_by()[: MOST + 1].count()
        return {"sales:list": {"badge": capped(waiting), "badge_color": "orange"}}
    return {}


def due_badge(user):
    """Count own customers whose next contact is due today or late; red when one is late."""
    today = timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(DUE, [user.pk, today, MOST + 1])
        number, first = cursor.fetchone()
    return {"badge": capped(number), "badge_color": "red" if number and first < today else "azure"}


def capped(number: int) -> str:
    if number > MOST:
        return f"{MOST}+"
    return str(number or "")
