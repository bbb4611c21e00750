"""The sidebar: which pages a person's role offers, and how much waits on them.

At most one query a page, made only when a template draws the sidebar; none for an HTMX fragment.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from complaints import permissions as complaints_permissions
from crm.lib.addresses import address
from crm.lib.prepared import Prepared
from customers import permissions as customers_permissions
from customers.ownership import nights
from plans import permissions as plans_permissions
from sales import permissions as sales_permissions
from staff.permissions import is_administrator, is_finance, is_leader, is_seller

MOST = 99
# How much waits, and whether any of it is late. Asked on every page, so without the price of building it from parts;
# the index holds the days in order.
DUE = """
    SELECT count(*), coalesce(min(next_contact_on) < %(today)s, false) FROM (
        SELECT next_contact_on FROM customers_customer WHERE owner_id = %(user)s AND next_contact_on <= %(today)s
        ORDER BY next_contact_on LIMIT %(most)s
    ) AS due
"""
TO_CONFIRM = "SELECT count(*), false FROM (SELECT FROM sales_order WHERE status = 'open' LIMIT %(most)s) AS unpaid"
TO_DECIDE = "SELECT count(*), false FROM (SELECT FROM plans_seat WHERE person_id = %(user)s LIMIT %(most)s) AS seats"
# The open complaints that one looks after, whatever comes first being late or not.
HELD = """
    SELECT count(*), coalesce(min(due_at) < now(), false) FROM (
        SELECT due_at FROM complaints_ticket WHERE holder_id = %(user)s AND NOT status = 'closed'
        ORDER BY due_at LIMIT %(most)s
    ) AS held
"""
# Of customers about to go: what people whom one leads ask for, their sheets to look at (a supervisor's), own sheets
# that came back. `permissions.leads_owner` and `clearing.counts_from`, said in SQL.
BEFORE_THE_POOL = """
    WITH me AS (
        SELECT u.id, u.role, ARRAY(SELECT t.id FROM staff_team t WHERE t.id = u.team_id OR t.head_id = u.id) AS teams
        FROM staff_user u WHERE u.id = %(user)s
    ),
    rules AS (SELECT sheet_days AS days FROM customers_poolrules ORDER BY id DESC LIMIT 1),
    sheets AS (
        SELECT c.owner_id, k.status
        FROM me, rules, staff_user o
        JOIN customers_customer c ON c.owner_id = o.id
        JOIN customers_stint s ON s.customer_id = c.id AND s.ended_at IS NULL
        JOIN customers_clearingsheet k ON k.stint_id = s.id AND k.status <> 'clear'
        WHERE (o.id = me.id OR o.role = 'representative'
               AND o.team_id = ANY (CASE WHEN me.role = 'supervisor' THEN me.teams END))
          AND c.returns_on <= %(today)s + rules.days
          AND (k.written_at AT TIME ZONE %(zone)s)::date >= c.returns_on - 2 * rules.days
    )
    SELECT count(*), false FROM (
        SELECT FROM (
            SELECT FROM me, customers_extension e
            JOIN customers_customer c ON c.id = e.customer_id
            JOIN staff_user o ON o.id = c.owner_id
            LEFT JOIN staff_team t ON t.id = o.team_id
            WHERE e.status = 'asked' AND o.id <> me.id AND (
                me.role IN ('director', 'administrator') OR me.role = 'manager' AND t.lineage && me.teams
                OR me.role = 'supervisor' AND o.role = 'representative' AND o.team_id = ANY (me.teams))
            UNION ALL
            SELECT FROM me, sheets WHERE status = CASE WHEN owner_id = me.id THEN 'sent_back' ELSE 'written' END
        ) AS waiting LIMIT %(most)s
    ) AS before
"""
# The stopped night that waits for a manager.
STOPPED = f"SELECT count(*), true FROM ({nights.WAITING}) AS stopped"  # noqa: S608 - a constant
# The disputes that one is asked to decide.
DISPUTED = """
    SELECT count(*), false FROM (
        SELECT FROM customers_dispute WHERE decided_at IS NULL AND %(user)s = ANY (asked) LIMIT %(most)s
    ) AS disputed
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
        if match.view_name in NAMED:
            return match.view_name == self.view or match.view_name in self.also
        return match.namespace in self.also


def decides(user) -> bool:
    return plans_permissions.may_decide(user)


def decides_nothing(user) -> bool:
    return not decides(user)


def sells_only(user) -> bool:
    return is_seller(user) and not is_leader(user)


# The pages about whose customers are, beside the first of them.
OF_TITLES = frozenset(
    {
        "customers:disputes",
        "customers:dispute",
        "customers:dispute_add",
        "customers:dispute_decide",
        "customers:inquiries",
        "customers:inquiry",
        "customers:inquiry_add",
        "reports:ownership",
        "reports:ownership_rows",
        "reports:owned",
        "reports:owned_rows",
    }
)
ITEMS = (
    Item("reports:today", _("Today"), "sun", is_seller),
    Item("customers:list", _("Customers"), "building", everybody, frozenset({"customers"})),
    Item(
        "customers:pool",
        _("Pool"),
        "ripple",
        everybody,
        frozenset(
            {
                "customers:nights",
                "customers:night",
                "customers:rules",
                "customers:rules_edit",
                "customers:pools",
                "customers:pool_add",
                "customers:pool_edit",
                "customers:pool_move",
            }
        ),
    ),
    Item("visits:list", _("Callbacks"), "phone", lambda user: not is_finance(user), frozenset({"visits"})),
    Item(
        "complaints:queue",
        _("Complaints"),
        "message-exclamation",
        complaints_permissions.may_receive,
        frozenset({"complaints"}),
    ),
    Item(
        "customers:leaving",
        _("Leaving soon"),
        "hourglass",
        lambda user: not is_finance(user),
        frozenset({"customers:extensions"}),
    ),
    # Leaders begin with what is to decide, the others with what they took themselves.
    Item("customers:disputes", _("Ownership"), "user-check", is_leader, OF_TITLES),
    Item("customers:inquiries", _("Inquiries"), "message-2", sells_only, OF_TITLES),
    Item(
        "customers:handovers",
        _("Handovers"),
        "transfer",
        lambda user: is_leader(user) or is_finance(user),
        frozenset(
            {
                "customers:handover",
                "customers:handover_add",
                "customers:handover_split",
                "customers:handover_carry_out",
                "customers:handover_missing",
                "customers:handover_supply",
            }
        ),
    ),
    # Whoever decides begins with what waits for them.
    Item("plans:inbox", _("Plans"), "target-arrow", decides, frozenset({"plans", "plans:list"})),
    Item("plans:list", _("Plans"), "target-arrow", decides_nothing, frozenset({"plans"})),
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
NAMED = {item.view for item in ITEMS} | {name for item in ITEMS for name in item.also}


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
            "url": address(item.view),
            "icon": item.icon,
            "active": item.covers(request.resolver_match),
        }
        | badges.get(item.view, nothing)
        for item in ITEMS
        if item.who(user)
    ]


# What is counted for whom: page → (who, question, colour).
WAITING = {
    "reports:today": (is_seller, DUE, "azure"),
    "customers:pool": (customers_permissions.may_decide_nights, STOPPED, "red"),
    "sales:list": (is_finance, TO_CONFIRM, "orange"),
    "complaints:queue": (complaints_permissions.may_receive, HELD, "azure"),
    "plans:inbox": (decides, TO_DECIDE, "orange"),
    "customers:leaving": (lambda user: not is_finance(user), BEFORE_THE_POOL, "orange"),
    "customers:disputes": (is_leader, DISPUTED, "orange"),
}


def _badges(user):
    """Count what waits on the pages of `user`, in one query; red when something is late."""
    asked = {view: (question, color) for view, (who, question, color) in WAITING.items() if who(user)}
    if not asked:
        return {}
    params = {"user": user.pk, "today": timezone.localdate(), "most": MOST + 1, "zone": settings.TIME_ZONE}
    with connection.cursor() as cursor:
        _counted(*asked).execute(cursor, params)
        row = cursor.fetchone()
    return {
        view: {"badge": capped(number), "badge_color": "red" if is_late else color}
        for (view, (_question, color)), number, is_late in zip(asked.items(), row[::2], row[1::2], strict=True)
    }


@lru_cache
def _counted(*views):
    """Return the one question for the badges of `views`; a few roles share each."""
    parts = ", ".join(f"({WAITING[view][1]}) AS w{n} (n{n}, late{n})" for n, view in enumerate(views))
    name = "badges_" + "".join(str(int(view in views)) for view in WAITING)
    types = {"user": "bigint", "today": "date", "most": "bigint", "zone": "text"}
    return Prepared(name, f"SELECT * FROM {parts}", types)  # noqa: S608 - constants only


def capped(number: int) -> str:
    if number > MOST:
        return f"{MOST}+"
    return str(number or "")
