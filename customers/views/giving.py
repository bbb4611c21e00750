"""Giving customers to somebody: assigned by a leader, or offered to a colleague; one, or those ticked in a list."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from crm.lib.moves import TooLate, get_for_move
from crm.lib.shortcuts import require
from customers.forms import AssignForm, OfferForm
from customers.models import Customer
from customers.ownership import owning, transferring
from customers.views.choosing import Giving, chosen, none_chosen
from staff.permissions import is_finance, is_leader

form_page = require_http_methods(["GET", "HEAD", "POST"])


@form_page
def customer_assign(request, pk):
    customer = get_for_move(Customer.objects.with_owner(), request.user, "give", pk)
    return _assign(request, [customer], data=request.POST if request.method == "POST" else None)


@require_POST
def assign_many(request):
    require(is_leader(request.user))
    customers = chosen(request, "give")
    if not customers:
        return none_chosen(request, "customers:list")
    return _assign(request, customers, data=request.POST if "to" in request.POST else None, is_many=True)


def _assign(request, customers, *, data, is_many=False):
    form = AssignForm(data, user=request.user)
    text = _("Whoever is given customers hears of it by mail; their time with them begins today.")
    back = "customers:list" if is_many else customers[0].get_absolute_url()
    giving = Giving(_("Assign"), _("Assign"), "user-share", customers, back, text, is_many=is_many)
    if not form.is_valid():
        return giving.show(request, form)
    try:
        number = owning.assign(customers, by=request.user, **form.verb)
    except TooLate as late:
        return giving.show_late(request, form, late)
    messages.success(request, _now_theirs(number, form.cleaned_data["to"]))
    return redirect(back)


def _now_theirs(number, person):
    text = ngettext("%(number)d customer is %(person)s's now.", "%(number)d customers are %(person)s's now.", number)
    return text % {"number": number, "person": person}


@form_page
def customer_offer(request, pk):
    customer = get_for_move(Customer.objects.with_owner(), request.user, "offer", pk)
    return _offer(request, [customer], data=request.POST if request.method == "POST" else None)


@require_POST
def offer_many(request):
    require(not is_finance(request.user))
    customers = chosen(request, "offer")
    if not customers:
        return none_chosen(request, "customers:list")
    return _offer(request, customers, data=request.POST if "to" in request.POST else None, is_many=True)


def _offer(request, customers, *, data, is_many=False):
    form = OfferForm(data, customers=customers)
    text = _("They become the owner by accepting. Until then nothing changes, and you can withdraw the offer.")
    back = "customers:offers" if is_many else customers[0].get_absolute_url()
    giving = Giving(_("Offer to a colleague"), _("Offer"), "arrows-exchange", customers, back, text, is_many=is_many)
    if not form.is_valid():
        return giving.show(request, form)
    try:
        made = transferring.offer(customers, by=request.user, **form.cleaned_data)
    except TooLate as late:
        return giving.show_late(request, form, late)
    messages.success(request, _offered(len(made), form.cleaned_data["to"]))
    return redirect(back)


def _offered(number, person):
    text = ngettext(
        "%(number)d customer is offered to %(person)s.", "%(number)d customers are offered to %(person)s.", number
    )
    return text % {"number": number, "person": person}
