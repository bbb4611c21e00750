"""Tickets of people who left, or who work on none any more, pass to somebody who is here (policy 1.7)."""

from django.db import transaction
from django.db.models import Q

from complaints import receiving, telling
from complaints.models import Ticket
from complaints.reviewing import nearest_leaders
from staff.permissions import is_finance
from staff.roles import Role

# As `is_gone` says of one.
GONE = Q(holder__is_active=False) | Q(holder__role=Role.FINANCE)


def run() -> int:
    """Hand the open tickets of whoever is gone on; return how many."""
    with transaction.atomic():
        left = Ticket.objects.open().filter(GONE).select_related("customer__owner", "holder__team").order_by("pk")
        tickets = list(left.select_for_update(of=("self",), no_key=True, skip_locked=True))
        for ticket in tickets:
            step = ticket.activity("take", by=None)
            step.data = {"from": str(ticket.holder)}
            inherit(ticket)
            step.data["to"] = str(ticket.holder or "")
            ticket.save(update_fields=["holder"])
            step.save()
    return len(tickets)


def is_gone(person) -> bool:
    return not person.is_active or is_finance(person)


def inherit(ticket: Ticket) -> None:
    """Give the ticket, without saving it, to the customer's owner, else the desk, else the nearest leader."""
    leaders = nearest_leaders(ticket)
    ticket.holder = receiving.first_holder(ticket) or next(iter(leaders), None)
    telling.notify(ticket, [ticket.holder] if ticket.holder else [], "received")
