"""What receivers of a handover say: it is complete, or something is missing (policy 4.6)."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from crm.lib.shortcuts import get_visible, require
from customers import permissions
from customers.forms import MissingForm, SupplyForm
from customers.models import Handover, HandoverItem
from customers.ownership import taking_over
from customers.ownership.handing_over import KINDS
from customers.ownership.handovers import too_late
from customers.views.choosing import chosen_ids


@require_POST
def handover_confirm(request, pk):
    """Confirm what was ticked, or with `all` everything that came to oneself."""
    handover = get_visible(Handover.objects.select_related("leaver"), request.user, pk=pk)
    require(handover.items.filter(receiver=request.user).exists())
    number = taking_over.confirm(handover, None if "all" in request.POST else chosen_ids(request), by=request.user)
    if number:
        messages.success(request, ngettext("%d thing confirmed.", "%d things confirmed.", number) % number)
    else:
        messages.info(request, _("Nothing was ticked that waits for you."))
    return redirect(handover)


def _item(request, pk, may, states):
    loaded = HandoverItem.objects.select_related("handover__leaver__team", "receiver")
    item = get_visible(loaded, request.user, pk=pk)
    require(may(request.user, item))
    if item.handover.status != Handover.Status.DONE or item.status not in states:
        raise too_late(item)
    return item


@require_http_methods(["GET", "HEAD", "POST"])
def item_missing(request, pk):
    item = _item(request, pk, permissions.may_confirm_item, ("moved", "confirmed"))
    form = MissingForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _form(request, item, form, _("Something is missing"), _("Say that it is missing"))
    taking_over.miss(item, note=form.cleaned_data["note"], by=request.user)
    messages.success(request, _("Noted. The commission is withheld until it is supplied and you have confirmed it."))
    return redirect(item.handover)


@require_http_methods(["GET", "HEAD", "POST"])
def item_supply(request, pk):
    item = _item(request, pk, permissions.may_supply_item, ("missing",))
    form = SupplyForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _form(request, item, form, _("Supply what is missing"), _("It is supplied"))
    taking_over.supply(item, text=form.cleaned_data["text"], by=request.user)
    messages.success(request, _("%(person)s is asked to confirm it.") % {"person": item.receiver})
    still = Handover.objects.visible_to(request.user).filter(pk=item.handover_id).exists()
    return redirect(item.handover if still else "customers:handovers")


def _form(request, item, form, title, button):
    kind = KINDS[item.kind]
    context = {"item": item, "handover": item.handover, "kind": kind, "text": kind.say(item.label), "form": form}
    context |= {"title": title, "button": button}
    return render(request, "customers/handover_item.html", context, status=422 if form.errors else 200)
