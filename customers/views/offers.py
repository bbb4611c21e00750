"""Offers between colleagues: to answer, and to take back (policy 4.6)."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.lib.moves import TooLate, get_for_move
from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import render_page, require
from customers.forms import DeclineForm
from customers.models import Customer, Transfer
from customers.ownership import transferring
from customers.views.choosing import Giving
from staff.permissions import is_finance


@require_safe
def offer_list(request):
    """Open offers, or with ?view=answered those that were answered or withdrawn."""
    require(not is_finance(request.user))
    view = "answered" if request.GET.get("view") == "answered" else "open"
    offers = Transfer.objects.visible_to(request.user)
    offers = offers.exclude(status=Transfer.Status.OFFERED) if view == "answered" else offers.offered()
    page = KeysetPage.of(request, offers.for_list(), "offered_at", descending=True)
    _say_what_may_be_done(page.rows, request.user)
    return render_page(request, "customers/offers.html", {"page": page, "view": view}, fragment="rows")


def _say_what_may_be_done(offers, user):
    """Say of each offer whether its customer's page is open to `user` already, and what they may do."""
    ids = [offer.customer_id for offer in offers]
    seen = set(Customer.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
    for offer in offers:
        offer.is_linked = offer.customer_id in seen
        offer.may = offer.moves(user)


@require_POST
def offer_accept(request, pk):
    offer = get_for_move(Transfer.objects.select_related("customer"), request.user, "accept", pk)
    transferring.accept(offer, by=request.user)
    messages.success(request, _("%(customer)s is yours now.") % {"customer": offer.customer})
    return redirect(offer.customer)


@require_http_methods(["GET", "HEAD", "POST"])
def offer_decline(request, pk):
    offer = get_for_move(Transfer.objects.select_related("customer", "sender"), request.user, "decline", pk)
    form = DeclineForm(request.POST if request.method == "POST" else None)
    facts = [(pgettext("person", "From"), offer.sender), (_("Why"), offer.reason)]
    back = "customers:offers"
    giving = Giving(_("Decline the offer"), _("Decline"), "x", [offer.customer], back, color="danger", facts=facts)
    if not form.is_valid():
        return giving.show(request, form)
    try:
        transferring.decline(offer, note=form.cleaned_data["note"], by=request.user)
    except TooLate as late:
        return giving.show_late(request, form, late)
    messages.success(request, _("Declined."))
    return redirect(back)


@require_POST
def offer_withdraw(request, pk):
    offer = get_for_move(Transfer, request.user, "withdraw", pk)
    transferring.withdraw(offer, by=request.user)
    messages.success(request, _("The offer is withdrawn."))
    return redirect("customers:offers")
