"""A plan as people read it, and its author's verbs: submitting and taking back (policy 6.2)."""

import uuid

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from crm.lib.moves import TooLate, get_for_move
from crm.lib.shortcuts import get_visible, render_page
from plans import approval, chains, content, inbox, permissions, reading
from plans.checking import missing
from plans.forms.approving import WithdrawForm
from plans.models import Plan
from plans.track import seats_at, track
from plans.views.inbox import decision_context, number

# Frozen wordings are read where something is compared with them; of other records their names.
OWN = tuple(field.name for field in Plan._meta.concrete_fields if field.name not in {"criteria", "token"})
NAMES = ("author__name", "author__username", "team__name", "in_force__number")


def _plans():
    related = dict.fromkeys(name.partition("__")[0] for name in NAMES)
    return Plan.objects.select_related(*related).only(*OWN, *NAMES)


@require_safe
def plan_detail(request, pk):
    return draw_plan(request, get_visible(_plans(), request.user, pk=pk))


def draw_plan(request, plan, *, decision=None, withdrawal=None, lacks=None, status=200):
    """Draw the plan's page; the forms, if given, are those that could not be carried out."""
    seats = list(seats_at(plan)) if plan.is_waiting else []
    seat = next((one for one in seats if one.person_id == request.user.pk), None)
    context = {
        "plan": plan,
        "on_page": True,
        "people": plan.contributions.filter(is_open=True).values_list("person__name", flat=True),
        "token": uuid.uuid4(),
        "source": plan.copied_from_id and Plan.objects.visible_to(request.user).filter(pk=plan.copied_from_id).first(),
        "chain_number": chains.number_of(plan),
    }
    if seat or decision:
        context |= decision_context(request, plan, seat, decision, seats=seats)
        context |= {name: getattr(context["case"], name) for name in ("wording", "customers", "track")}
    else:
        context |= _read(request, plan, seats)
    context |= _possible(request.user, plan, withdrawal, lacks)
    return render_page(request, "plans/detail.html", context, status=status)


def _possible(user, plan, withdrawal, lacks):
    """Return what `user` may do with the plan as it stands, and what it lacks for that."""
    moves = plan.moves(user)
    return {
        "moves": moves,
        "may_draft": permissions.may_draft(user),
        "may_offer": permissions.may_offer(user, plan),
        "is_refused": lacks is not None,
        "lacks": lacks or (missing(plan) if "submit" in moves else []),
        "withdrawal": withdrawal or ("withdraw" in moves and WithdrawForm()),
    }


def _read(request, plan, seats):
    """Return the wording as it stands, with what was said of its measures since it was last approved."""
    prefetch_related_objects([plan], "goals", "lines")
    since = plan.in_force_id if plan.is_amendment else 0
    comments = reading.comments_of(plan).filter(version__gt=since) if plan.version_id else ()
    context = {
        "wording": reading.wording(content.wording(plan), comments),
        "customers": reading.customers_of(plan, request.user),
        "track": track(plan, seats=seats),
    }
    if plan.is_amendment:
        old, new = plan.in_force.content, content.freeze(plan)
        context["proposed"] = reading.changed(old, new, reading.seen_by(request.user, old, new))
    return context


@require_POST
def plan_submit(request, pk):
    plan = get_for_move(Plan, request.user, "submit", pk)
    seen = number(request.POST.get("edition"))
    if seen and seen != plan.edition and plan.status in Plan.WRITABLE:
        raise TooLate(_("Somebody saved this plan meanwhile. Look at it again before you submit it."))
    try:
        approval.submit(plan, by=request.user)
    except approval.Incomplete as lacking:
        return draw_plan(request, plan, lacks=lacking.missing, status=422)
    messages.success(request, _("Submitted. %(where)s") % {"where": inbox.passed_text(plan)})
    return redirect(plan)


@require_POST
def plan_withdraw(request, pk):
    plan = get_for_move(Plan, request.user, "withdraw", pk)
    form = WithdrawForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            approval.withdraw(plan, note=form.cleaned_data["note"], by=request.user)
        except TooLate as late:
            form.add_error(None, _("%(late)s Your text is still here.") % {"late": late})
            status = 409
        else:
            messages.success(request, _("Taken back: it is your draft again."))
            return redirect(plan)
    return draw_plan(request, plan, withdrawal=form, status=status)
