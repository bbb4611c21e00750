"""Handovers (policy 4.6): opened, split, carried out, confirmed, undone."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.lib.moves import TooLate, get_for_move
from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import get_visible, render_page, require
from customers import permissions
from customers.forms import CarryOutForm, HandForm, HandoverForm, SplitForm
from customers.models import Handover
from customers.ownership import handover_rows, handovers, taking_over
from customers.ownership.handing_over import holdings
from customers.ownership.handover_paper import print_list
from customers.ownership.handover_rows import Chosen
from customers.ownership.handover_split import apply, give_rest, preview, received
from customers.ownership.handover_undo import undo, undone_until
from customers.ownership.handover_work import NotReady, carry_out, undecided_words

LOADED = ("leaver__team", "opened_by", "done_by", "undone_by", "run")


def found(request, pk) -> Handover:
    return get_visible(Handover.objects.select_related(*LOADED), request.user, pk=pk)


def for_move(request, verb, pk) -> Handover:
    """Return the handover for a verb; raises TooLate when it left the states from which that starts."""
    handover = get_for_move(Handover.objects.select_related(*LOADED), request.user, verb, pk)
    if handover.status not in Handover.MOVES[verb].source:
        raise TooLate(handover.too_late(verb))
    return handover


@require_safe
def handover_list(request):
    """Those in sight, the newest first; with ?view=open those whose commission is withheld."""
    only = request.GET.get("view", "")
    seen = Handover.objects.visible_to(request.user).exclude(status=Handover.Status.DROPPED)
    seen = seen.incomplete() if only == "open" else seen
    page = KeysetPage.of(request, seen.for_list(), "opened_at", descending=True)
    handover_rows.count(page.rows)
    waiting = handover_rows.open_things(request.user)
    for handover in page.rows:
        handover.waiting = waiting.get(handover.pk, 0)
    context = {"page": page, "view": only, "may_open": permissions.may_open_handovers(request.user)}
    return render_page(request, "customers/handovers.html", context, fragment="rows")


@require_http_methods(["GET", "HEAD", "POST"])
def handover_add(request):
    require(permissions.may_open_handovers(request.user))
    initial = {"leaver": request.GET.get("leaver"), "why": Handover.Why.LEAVING}
    form = HandoverForm(request.POST if request.method == "POST" else None, user=request.user, initial=initial)
    if not form.is_valid():
        context = {"form": form}
        return render(request, "customers/handover_add.html", context, status=422 if form.errors else 200)
    data = form.cleaned_data
    return redirect(handovers.open_for(data["leaver"], why=data["why"], note=data["note"], by=request.user))


@require_http_methods(["GET", "HEAD", "POST"])
def handover_detail(request, pk):
    """Everything of a handover; of a draft the things that are ticked are given to somebody here."""
    handover = found(request, pk)
    if request.method == "POST":
        handover = for_move(request, "edit", pk)
    items = handover.items.visible_to(request.user)
    chosen = Chosen.of(request.GET)
    shown = chosen.among(items)
    form = None
    if "edit" in handover.moves(request.user):
        form = HandForm(
            request.POST if request.method == "POST" else None, handover=handover, user=request.user, shown=shown
        )
    if request.method == "POST" and form.is_valid() and _given(request, handover, form):
        return redirect(request.get_full_path())
    context = _page(request, handover, items, shown) | {"form": form, "chosen": chosen}
    status = 422 if form and form.errors else 200
    return render_page(request, "customers/handover.html", context, fragment="rows", status=status)


def _given(request, handover, form) -> bool:
    """Give what was chosen by hand; say on the form what does not go."""
    to, home = form.cleaned_data["to"], "home" in request.POST
    try:
        number = handovers.choose(handover, form.chosen, to=None if home else to, home=home, by=request.user)
    except handovers.DoesNotFit as trouble:
        form.add_error("to", str(trouble))
        return False
    messages.success(request, ngettext("%d thing chosen.", "%d things chosen.", number) % number)
    return True


def _page(request, handover, items, shown):
    user = request.user
    leads = permissions.may_hand_over(user, handover)
    may_supply = leads or handover.leaver_id == user.pk
    page = KeysetPage.of(request, shown.resolved(), "id")
    context = {
        "handover": handover,
        "page": page,
        "rows": handover_rows.rows(page.rows, handover, user=user, may_supply=may_supply),
        "numbers": handover_rows.numbers(items),
        "states": handover_rows.states(items),
        "moves": handover.moves(user),
        "leads": leads,
        "lacks": taking_over.lacks(handover),
        "waiting": handover_rows.open_things(user).get(handover.pk, 0),
    }
    if handover.status == Handover.Status.DRAFT:
        return context | {"preview": preview(handover, by=user)}
    return context | {
        "received": received(handover, user),
        "undo_until": undone_until(handover) if handover.done_at else None,
        "still": holdings(handover.leaver, None) if leads and handover.status == "done" else [],
    }


@require_http_methods(["GET", "HEAD", "POST"])
def handover_split(request, pk):
    handover = for_move(request, "edit", pk)
    data = request.POST if request.method == "POST" else None
    form = SplitForm(data, handover=handover, user=request.user)
    if not form.is_valid():
        context = {"form": form, "handover": handover}
        return render(request, "customers/handover_split.html", context, status=422 if form.errors else 200)
    handovers.refresh(handover, by=request.user)
    cleaned = form.cleaned_data
    number = apply(handover, form.rule(), only_open=cleaned["only_open"], by=request.user)
    if cleaned["rest"]:
        number += give_rest(handover, cleaned["rest"], by=request.user)
    messages.success(request, ngettext("%d thing chosen.", "%d things chosen.", number) % number)
    return redirect(handover)


@require_http_methods(["GET", "HEAD", "POST"])
def handover_carry_out(request, pk):
    """Who gets what, and the button that does it; pressed twice it is done once."""
    handover = get_for_move(Handover.objects.select_related(*LOADED), request.user, "carry_out", pk)
    if handover.status == Handover.Status.DONE:
        return redirect(handover)
    if handover.status != Handover.Status.DRAFT:
        raise TooLate(handover.too_late("carry_out"))
    form = CarryOutForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            carry_out(handover, override=form.cleaned_data["override"], by=request.user)
        except NotReady as trouble:
            form.add_error(None, str(trouble))
        else:
            messages.success(request, _("It is handed over. The receivers confirm it now."))
            return redirect(handover)
    found = preview(handover, by=request.user)
    waits = found.open and handover.why == Handover.Why.LEAVING
    context = {"form": form, "handover": handover, "preview": found, "waits": waits and undecided_words(found.open)}
    return render(request, "customers/handover_carry_out.html", context, status=422 if form.errors else 200)


@require_POST
def handover_drop(request, pk):
    handover = for_move(request, "drop", pk)
    handovers.drop(handover, by=request.user)
    messages.success(request, _("Given up: nothing was handed over."))
    return redirect("customers:handovers")


@require_POST
def handover_undo(request, pk):
    handover = for_move(request, "undo", pk)
    back, stayed = undo(handover, by=request.user)
    text = ngettext("%(number)d thing went back.", "%(number)d things went back.", back) % {"number": back}
    if stayed:
        more = ngettext("%(number)d stays: it was changed since.", "%(number)d stay: they were changed since.", stayed)
        text += " " + more % {"number": stayed}
    messages.success(request, text)
    return redirect(handover)


@require_safe
def handover_paper(request, pk):
    """交接清单 as PDF, as far as one may read the handover."""
    name, pdf = print_list(found(request, pk), by=request.user)
    response = HttpResponse(pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=False, filename=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response
