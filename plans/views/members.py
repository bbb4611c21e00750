"""For which customers a plan is: the list, adding by codes or by a segment, removing (policy 6.1)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import DecimalField, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from crm.lib.dates import add_months, first_of_month
from crm.lib.moves import TooLate
from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import get_visible, render_page
from customers.models import Customer, Turnover
from plans import writing
from plans.forms import CustomersForm
from plans.models import Plan
from plans.views.drafting import preview


@require_http_methods(["GET", "HEAD", "POST"])
def plan_customers(request, pk):
    """Everybody who sees the plan sees for whom it is, as far as they see the customers; who writes it, changes it."""
    plan = get_visible(Plan.objects.select_related("author", "team"), request.user, pk=pk)
    if request.method != "POST":
        return _page(request, plan, _form(request, plan))
    if not Plan.MOVES["edit"].who(request.user, plan):
        raise PermissionDenied
    if plan.status not in Plan.WRITABLE:
        raise TooLate(plan.too_late("edit"))
    if request.POST.get("do") == "remove":
        return _removed(request, plan)
    return _added(request, plan)


def _form(request, plan):
    return CustomersForm(request.POST if request.method == "POST" else None, user=request.user, plan=plan)


def _added(request, plan):
    form = _form(request, plan)
    if not form.is_valid():
        return _page(request, plan, form, status=422)
    if form.cleaned_data["do"] == "preview":
        return _page(request, plan, form, found=preview(form))

    def write(plan):
        writing.put_customers(plan, [*plan.members.values_list("customer", flat=True), *form.customers])
        if form.cleaned_data["do"] == "segment":
            plan.criteria = form.segment.as_dict()

    before = plan.reach
    writing.save(plan, write, edition=plan.edition, by=request.user)
    number = plan.reach - before
    if number:
        text = ngettext("%(number)d customer was added.", "%(number)d customers were added.", number)
        messages.success(request, text % {"number": number})
    else:
        messages.info(request, _("All of them were there already."))
    return redirect("plans:customers", plan.pk)


def _removed(request, plan):
    """Remove the customers that are checked, and with "hidden" all those that are out of sight."""
    chosen = {int(pk) for pk in request.POST.getlist("customer") if pk.isascii() and pk.isdigit() and len(pk) < 19}
    seen = set(_members(plan, request.user).values_list("pk", flat=True))

    def write(plan):
        gone = chosen & seen
        there = plan.members.values_list("customer", flat=True)
        if "hidden" in request.POST:
            gone |= set(there) - seen
        writing.put_customers(plan, set(there) - gone)

    before = plan.reach
    writing.save(plan, write, edition=plan.edition, by=request.user)
    number = before - plan.reach
    text = ngettext("%(number)d customer was removed.", "%(number)d customers were removed.", number)
    messages.success(request, text % {"number": number})
    return redirect("plans:customers", plan.pk)


def _members(plan, user):
    return Customer.objects.visible_to(user).filter(plan_members__plan=plan)


def _page(request, plan, form, *, found=None, status=200):
    page = KeysetPage.of(request, _with_turnover(_members(plan, request.user).for_list()), "name")
    number = _members(plan, request.user).order_by().count()
    moves = plan.moves(request.user)
    context = {"plan": plan, "form": form, "page": page, "found": found, "moves": moves, "may_write": "edit" in moves}
    context["hidden"] = max(plan.reach - number, 0)
    return render_page(request, "plans/customers.html", context, fragment="found" if found else "rows", status=status)


def _with_turnover(customers):
    """Add what each bought in the twelve months before this one, as `writing.bought` sums it up, in yuan."""
    month = first_of_month(timezone.localdate())
    booked = Turnover.objects.filter(customer=OuterRef("pk"), month__gte=add_months(month, -12), month__lt=month)
    booked = booked.order_by().values("customer").annotate(sum=Sum("amount")).values("sum")
    nothing = Value(0, output_field=DecimalField())
    return customers.annotate(bought=Coalesce(Subquery(booked), nothing, output_field=DecimalField()))
