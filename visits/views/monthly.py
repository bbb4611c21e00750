"""The monthly plan against what was done, what leaders say of it, and the table for spreadsheets (policy 5.9)."""

from django.contrib import messages
from django.http import StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from crm.lib.shortcuts import require
from crm.lib.spreadsheets import csv_lines
from visits import monthly, permissions
from visits.forms import CommentForm
from visits.monthly import Plan
from visits.months import Month

# The figures of a line, as the head of the table names them.
COLUMNS = ("planned", "done", "reached", "skipped", "left", "late", "promises", "contacts")


@require_safe
def month_page(request):
    require(permissions.may_read_logs(request.user))
    month = Month.asked(request.GET.get("month", ""))
    return _page(request, month, CommentForm(user=request.user) if permissions.may_lead(request.user) else None)


def _page(request, month, form, status=200):
    plan = Plan(request.user, month)
    promises, callbacks = plan.late_promises(), plan.hard_callbacks()
    for row in (*promises, *callbacks):
        row.leads_to_customer = permissions.sees_customer(request.user, row.customer)
    context = {"month": month, "plan": plan, "teams": plan.teams, "total": plan.total, "comments": plan.comments()}
    context |= {"promises": promises, "callbacks": callbacks, "form": form}
    return render(request, "visits/month.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def comment_add(request):
    require(permissions.may_lead(request.user))
    month = Month.asked(request.POST.get("month", ""))
    form = CommentForm(request.POST or None, user=request.user)
    if request.method != "POST" or not form.is_valid():
        return _page(request, month, form, status=422 if form.errors else 200)
    monthly.comment(month, by=request.user, **form.cleaned_data)
    messages.success(request, _("The comment stands with the month."))
    return redirect(f"{reverse('visits:month')}?month={month}#comments")


@require_safe
def month_export(request):
    require(permissions.may_read_logs(request.user))
    plan = Plan(request.user, Month.asked(request.GET.get("month", "")))
    response = StreamingHttpResponse(csv_lines(list(_lines(plan))), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="callbacks-{plan.month}.csv"'
    return response


def _lines(plan):
    yield [
        _("month"), _("team"), _("person"), _("planned"), _("done"), _("reached"), _("skipped"), _("left"), _("late"),
        _("late promises"), _("contacts logged"),
    ]  # fmt: skip
    for team in plan.teams:
        for person, row in team["rows"]:
            named = [str(plan.month), str(team["team"] or ""), str(person)]
            yield [*named, *(getattr(row, name) for name in COLUMNS)]
