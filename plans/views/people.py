"""Who helps to write a plan, and whose it is (policy 6.2, 4.6)."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.lib.moves import TooLate, get_for_move
from plans import contributing
from plans.forms import HandOnForm, HelpersForm
from plans.models import Plan


@require_http_methods(["GET", "HEAD", "POST"])
def plan_people(request, pk):
    plan = get_for_move(Plan.objects.select_related("author", "team"), request.user, "submit", pk)
    if plan.status not in Plan.WRITABLE:
        raise TooLate(plan.too_late("edit"))
    form = HelpersForm(request.POST if request.method == "POST" else None, plan=plan)
    if request.method != "POST" or not form.is_valid():
        return _people_page(request, plan, form, status=422 if form.errors else 200)
    contributing.invite(plan, list(form.cleaned_data["people"]), by=request.user)
    messages.success(request, _("Saved. Those who help find the plan in their list and can write it."))
    return redirect("plans:people", plan.pk)


def _people_page(request, plan, form, *, status):
    former = plan.contributions.filter(is_open=False, edited_at__isnull=False).select_related("person")
    return render(request, "plans/people.html", {"plan": plan, "form": form, "former": former}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_hand_on(request, pk):
    plan = get_for_move(Plan.objects.select_related("author", "team"), request.user, "hand_on", pk)
    if plan.status not in Plan.MOVES["hand_on"].source:
        raise TooLate(plan.too_late("hand_on"))
    form = HandOnForm(request.POST if request.method == "POST" else None, plan=plan)
    if request.method != "POST" or not form.is_valid():
        context = {"plan": plan, "form": form}
        return render(request, "plans/hand_on.html", context, status=422 if form.errors else 200)
    to = form.cleaned_data["to"]
    contributing.hand_on(plan, to=to, note=form.cleaned_data["note"], by=request.user)
    messages.success(request, _("%(person)s is the author of this plan now.") % {"person": to})
    still_seen = Plan.objects.visible_to(request.user).filter(pk=plan.pk).exists()
    return redirect(plan) if still_seen else redirect("plans:list")
