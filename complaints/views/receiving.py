"""Receiving a complaint or suggestion from any page, in one dialog (policy 7.1)."""

from django.db import transaction
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from complaints import linking, permissions, receiving, seen
from complaints.forms import TicketForm
from complaints.left import Clock
from complaints.models import File, Ticket
from crm.lib.shortcuts import render_page, require
from customers import search

FOUND = 8


@require_http_methods(["GET", "HEAD", "POST"])
def ticket_add(request):
    require(permissions.may_receive(request.user))
    if request.method != "POST":
        initial = {"received_at": timezone.now(), "customer": request.GET.get("customer", "")}
        return _form_page(request, TicketForm(initial=initial, user=request.user))
    if "find" in request.POST:
        return _form_page(request, TicketForm(initial=request.POST.dict(), user=request.user))
    form = TicketForm(request.POST, request.FILES, user=request.user)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    ticket, key = _receive(form, by=request.user)
    return _received_page(request, ticket, key)


def _form_page(request, form, status=200):
    text = (request.POST.get("q") or request.GET.get("q") or "")[:100]
    chosen = form.chosen_customer
    found = [one for one in search.quick(text, user=request.user, limit=FOUND) if one != chosen]
    context = {"form": form, "text": text, "found": found, "chosen": chosen}
    fragment = "found" if request.htmx.target == "found" else "form"
    return render_page(request, "complaints/add.html", context, fragment=fragment, status=status)


def _receive(form, *, by):
    """Receive what the form says, with its files; the same form twice is one ticket with the files of the first."""
    with transaction.atomic():
        wanted = form.ticket()
        ticket, key = receiving.receive(wanted, by=by)
        if ticket is wanted:
            files = form.cleaned_data["files"]
            for file in files:
                file.ticket, file.by, file.is_public = ticket, by, True
            File.objects.bulk_create(files)
    return ticket, key


def _received_page(request, ticket, key):
    """Show the number, who is responsible, until when, and the private link, this once."""
    ticket = seen.with_customers(Ticket.objects.select_related("customer", "holder"), request.user).get(pk=ticket.pk)
    clock = Clock()
    context = {
        "ticket": ticket,
        "who": seen.who(ticket),
        "link": _private_link(request, key),
        "first_answer": clock.first_answer(ticket),
        "resolution": clock.resolution(ticket),
        "others": linking.others_of(ticket.customer, user=request.user, besides=ticket) if ticket.customer_id else (),
    }
    response = render_page(request, "complaints/added.html", context, fragment="added")
    response["Cache-Control"] = "no-store"
    return trigger_client_event(response, "logged", {"customer": ticket.customer_id}) if request.htmx else response


def _private_link(request, key):
    try:
        return request.build_absolute_uri(reverse("complaints:link", args=[key])) if key else ""
    except NoReverseMatch:
        return ""
