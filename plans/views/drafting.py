"""Beginning a plan: for whom and from which earlier wording; copying, offering as a template, giving up (policy 6)."""

import uuid

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crm.lib.moves import TooLate, get_for_move
from crm.lib.paging import COUNT_LIMIT
from crm.lib.shortcuts import get_visible, render_page, require
from plans import course, permissions, writing
from plans.forms import AddForm
from plans.models import Plan

ROWS_SHOWN = 8


@require_http_methods(["GET", "HEAD", "POST"])
def plan_add(request):
    require(permissions.may_draft(request.user))
    form = AddForm(request.POST if request.method == "POST" else None, user=request.user, asked=request.GET)
    if "preview" in request.POST:
        form.fields["name"].required = False
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, status=422 if form.errors else 200)
    if "preview" in request.POST:
        return _form_page(request, form, found=preview(form))
    try:
        plan = form.draft(by=request.user)
    except TooLate as late:
        form.add_error(None, str(late))
        return _form_page(request, form, status=409)
    messages.success(request, _("The draft is kept. Write what it is to reach and what is done for it."))
    return redirect("plans:edit", plan.pk)


def preview(form):
    """Return whom the form chooses now: how many, and the first of them."""
    customers = form.of_segment().order_by()
    number = customers.values("pk")[: COUNT_LIMIT + 1].count()
    return {
        "number": number,
        "is_capped": number > COUNT_LIMIT,
        "is_too_many": len(customers.values("pk")[: writing.MOST_CUSTOMERS + 1]) > writing.MOST_CUSTOMERS,
        "rows": customers.order_by("-dealt", "pk").for_list()[:ROWS_SHOWN],
    }


def _form_page(request, form, *, found=None, status=200):
    return render_page(request, "plans/add.html", {"form": form, "found": found}, fragment="found", status=status)


@require_POST
def plan_copy(request, pk):
    """Copy a plan in sight, or a template; the same form sent twice is one copy."""
    require(permissions.may_draft(request.user))
    source = writing.patterns(request.user).filter(pk=pk).first()
    if source is None:
        raise Http404
    try:
        token = uuid.UUID(request.POST.get("token", ""))
    except ValueError:
        token = uuid.uuid4()
    plan = writing.copy(source, token=token, by=request.user)
    messages.success(request, _("This is your copy: set its period, look at its customers and change what differs."))
    return redirect("plans:edit", plan.pk)


@require_POST
def plan_template(request, pk):
    plan = get_visible(Plan.objects.all(), request.user, pk=pk)
    is_template = request.POST.get("on") == "1"
    writing.offer(plan, is_template, by=request.user)
    if is_template:
        messages.success(request, _("Everybody who drafts can start from this plan now."))
    else:
        messages.success(request, _("This plan is no template any more."))
    return redirect(plan)


@require_POST
def plan_drop(request, pk):
    plan = get_for_move(Plan, request.user, "drop", pk)
    course.drop(plan, by=request.user)
    messages.success(
        request, _("%(plan)s is given up. It stays in the list for whoever looks for it.") % {"plan": plan}
    )
    return redirect("plans:list")
