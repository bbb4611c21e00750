"""Finding plans: the list, the board, and those of one customer beside its page (policy 6)."""

from django.views.decorators.http import require_safe

from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import get_visible, render_page
from customers.models import Customer
from plans import board, permissions, rows
from plans.filters import PlanFilter
from plans.models import Plan

# What the list may be ordered by: the word in the address → the column.
SORTS = {"changed": "updated_at", "budget": "budget"}
OF_A_CUSTOMER = 5


@require_safe
def plan_list(request):
    found = PlanFilter(request.GET, Plan.objects.visible_to(request.user), request=request)
    page = _sorted(request, found.qs.for_list())
    board.mark_waiting(page.rows)
    context = {"filter": found, "page": page, "lines": rows.listed(page.rows)}
    context |= {"may_draft": permissions.may_draft(request.user)}
    return render_page(request, "plans/list.html", context, fragment="rows")


def _sorted(request, plans):
    asked = request.GET.get("sort", "")
    if asked.removeprefix("-") not in SORTS:
        asked = "-changed"
    page = KeysetPage.of(request, plans, SORTS[asked.removeprefix("-")], descending=asked.startswith("-"))
    page.sort = asked
    return page


@require_safe
def plan_board(request):
    found = PlanFilter(request.GET, Plan.objects.visible_to(request.user), request=request)
    columns = board.columns(found.qs)
    for column in columns:
        column.lines = rows.cards(column.cards)
    context = {"filter": found, "columns": columns, "number": sum(column.number for column in columns)}
    context["may_draft"] = permissions.may_draft(request.user)
    return render_page(request, "plans/board.html", context, fragment="columns")


@require_safe
def customer_plans(request, pk):
    """Show the plans of a customer that are not over, as far as `request.user` sees them, newest first."""
    customer = get_visible(Customer.objects.only("name"), request.user, pk=pk)
    plans = Plan.objects.visible_to(request.user).filter(members__customer=customer)
    plans = plans.exclude(status__in=(*Plan.OVER, Plan.Status.DROPPED)).order_by("-updated_at", "-id")
    context = {"customer": customer, "plans": plans.for_list()[:OF_A_CUSTOMER]}
    context["may_draft"] = permissions.may_draft(request.user)
    return render_page(request, "plans/of_customer.html", context, fragment="plans")
