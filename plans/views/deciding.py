"""Deciding on a plan, or on many at once (policy 6.2)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.lib.moves import TooLate
from crm.lib.shortcuts import get_visible, render_page, require
from plans import approval, deciding, inbox, permissions
from plans.forms.approving import PASS, DecisionForm
from plans.models import Plan
from plans.views.approving import draw_plan
from plans.views.inbox import draw_inbox, number


@require_POST
def plan_decide(request, pk):
    """Decide on the version and at the step that the page showed; what was typed is never lost."""
    with transaction.atomic():
        taken = deciding.take(pk, by=request.user)
        if taken:
            plan, held = taken
            form, status = _answer(request, plan, held)
    if not taken:
        plan = _plan_of_another(request, pk)
        form, status = _answer(request, plan)
    if form.is_valid():
        messages.success(request, _done(plan, form.cleaned_data["verb"]))
        return redirect(plan if "on_page" in request.POST else "plans:inbox")
    if "on_page" in request.POST:
        return draw_plan(request, plan, decision=form, status=status)
    return draw_inbox(request, plan=plan, form=form, status=status)


def _answer(request, plan, held=None):
    """Carry out what the form says, if it can be; return the form, with what stood against it, and the status."""
    form = DecisionForm(request.POST, document=plan.version.content)
    if form.is_valid():
        try:
            _decide(plan, form, held, by=request.user)
        except TooLate as late:
            form.add_error(None, _("%(late)s Your text is still here.") % {"late": late})
            return form, 409
    return form, 422


def _plan_of_another(request, pk):
    """Return the plan for who has no seat at it (any more); refuse it to whom the page can't have offered it."""
    plan = get_visible(Plan.objects.select_related("version"), request.user, pk=pk)
    require(_was_there(request, plan))
    if plan.version is None:
        raise TooLate(plan.too_late("withdraw"))
    return plan


def _was_there(request, plan):
    """Whether the page may have offered the decision: since then they made it, or somebody else did."""
    version, position = (number(request.POST.get(name)) for name in ("version", "position"))
    if not plan.is_waiting or version != plan.version_id or position not in {None, plan.position}:
        return True
    return plan.decisions.filter(version=version, by=request.user).exists()


def _decide(plan, form, held, *, by):
    """Decide; too late as well when the step that the page showed has been decided, and another waits by now."""
    data = form.cleaned_data
    said = {"version": data["version"], "by": by, "note": form.words, "comments": form.comments}
    try:
        if held:
            approval.decide_held(plan, data["verb"], held, **said)
        else:
            approval.decide(plan, data["verb"], **said)
    except PermissionDenied:
        if data["position"] in {None, plan.position}:
            raise
        raise TooLate(approval.too_late(plan, plan.version_id)) from None


def _done(plan, verb):
    text = inbox.passed_text(plan) if verb == PASS else _("Sent back to %(who)s.") % {"who": plan.author}
    return f"{plan.name}: {text}"


@require_POST
def decide_many(request):
    """Pass the chosen plans, each by itself, after the page has said how many and for how much money."""
    require(permissions.may_decide(request.user))
    chosen = list(dict.fromkeys(filter(None, map(_pair, request.POST.getlist("chosen")))))[: inbox.MOST_AT_ONCE]
    if not chosen:
        messages.warning(request, _("Choose the plans first."))
        return redirect("plans:inbox")
    if "confirm" in request.POST:
        results = inbox.pass_many(chosen, by=request.user)
        done = sum(result.is_done for result in results)
        return render_page(request, "plans/decide_many.html", {"results": results, "done": done})
    mine = inbox.seats_of(request.user).filter(plan__in=[pk for pk, _version in chosen]).select_related("plan__author")
    mine = [seat for seat in mine if (seat.plan_id, seat.plan.version_id) in chosen]
    context = {"chosen": [f"{pk}:{version}" for pk, version in chosen], "seats": mine, "lost": len(chosen) - len(mine)}
    context["sum"] = sum(seat.plan.budget for seat in mine)
    return render_page(request, "plans/decide_many.html", context)


def _pair(text):
    """Read "plan:version" as the form sends it; None for anything else."""
    plan, _colon, version = text.partition(":")
    pair = (number(plan), number(version))
    return pair if None not in pair else None
