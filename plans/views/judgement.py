"""What came of a plan: results against goals, the report, the guidance (policy 6.4)."""

import datetime as dt
import uuid
from decimal import Decimal

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from crm.lib.moves import TooLate, get_for_move
from crm.lib.shortcuts import get_visible, render_page
from plans import judging, permissions, pictures
from plans.forms import GuideForm, ReportForm
from plans.models import Goal, Plan

REPORTED = {Plan.Status.REPORTED, Plan.Status.CLOSED}
LOADED = Plan.objects.select_related("author", "in_force", "judgement__by", "judgement__guided_by")


@require_safe
def judgement_page(request, pk):
    return _page(request, get_visible(LOADED.all(), request.user, pk=pk), {})


@require_POST
def report_write(request, pk):
    plan = get_for_move(LOADED.all(), request.user, "report", pk)
    form = ReportForm(request.POST)
    return _written(request, plan, "report", form, judging.report, _("The report is written and waits for guidance."))


@require_POST
def guidance_write(request, pk):
    plan = get_for_move(LOADED.all(), request.user, "guide", pk)
    form = GuideForm(request.POST)
    return _written(request, plan, "guide", form, judging.guide, _("The plan is archived with all its papers."))


def _written(request, plan, verb, form, write, done):
    """Write it when its form is in order; what was typed stays in the form when it is not, or comes too late."""
    if not form.is_valid():
        return _page(request, plan, {verb: form}, status=422)
    try:
        write(plan, **form.cleaned_data, by=request.user)
    except TooLate as late:
        form.add_error(None, _("%(late)s Your text is still here.") % {"late": late})
        return _page(request, LOADED.get(pk=plan.pk), {verb: form}, status=409)
    messages.success(request, done)
    return redirect("plans:judgement", plan.pk)


def _page(request, plan, bound, status=200):
    moves = plan.moves(request.user)
    blank = {"report": ReportForm, "guide": GuideForm}
    forms = {verb: bound.get(verb) or form() for verb, form in blank.items() if verb in moves or verb in bound}
    context = {"plan": plan, "moves": moves, "forms": forms, "form": next(iter(bound.values()), None)}
    if plan.in_force_id:
        context |= _results(plan) | {"on_time": judging.on_time(plan)}
    context["may_copy"] = plan.status in REPORTED and permissions.may_draft(request.user)
    context["token"] = uuid.uuid4()
    return render_page(request, "plans/judgement.html", context, status=status)


def _results(plan):
    """Return the results: frozen once the report is written, else as they stand today."""
    judgement = getattr(plan, "judgement", None)
    is_frozen = judgement is not None and judgement.reported_at is not None
    found = judgement.results if is_frozen else judging.results(plan)
    return {
        "judgement": judgement,
        "is_frozen": is_frozen,
        "goals": [_goal(goal) for goal in found["goals"]],
        "compared": [_row(name, found) for name in judging.MEASURES],
        "before_days": _days(found["before_days"]),
        "after_days": _days(found["after_days"]),
        "chart": pictures.change(found),
    }


def _goal(goal):
    label = Goal.Measure(goal["measure"]).label
    return {
        "title": goal["text"] or label,
        "label": label if goal["text"] else "",
        "target": Decimal(goal["target"]),
        "result": None if goal["result"] is None else Decimal(goal["result"]),
        "reached": goal["reached"],
    }


def _row(name, found):
    was, now = (None if found[when][name] is None else Decimal(found[when][name]) for when in ("before", "after"))
    change = None if was is None or now is None else now - was
    return {"label": Goal.Measure(name).label, "was": was, "now": now, "change": change}


def _days(days):
    return [dt.date.fromisoformat(day) for day in days]
