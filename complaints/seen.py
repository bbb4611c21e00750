"""What of a ticket whom is shown: its customer only to whoever sees them, consequences to leaders only."""

from django.db.models import Exists, OuterRef

from complaints import permissions
from complaints.models import Action, Ticket
from customers.models import Customer
from staff.permissions import people_in_sight


def with_customers(tickets, user):
    """Annotate the queryset `tickets` with `sees_customer`: whether `user` may be told which customer each is of."""
    return tickets.annotate(sees_customer=Exists(Customer.objects.visible_to(user).filter(pk=OuterRef("customer_id"))))


def mark_customers(tickets: list[Ticket], user) -> None:
    """Note the same on each of `tickets`, which know their customer's `owner`: quicker than to ask with their rows.

    A query is needed only for what may be lent to `user`, which is little.
    """
    people = people_in_sight(user)
    for ticket in tickets:
        is_seen = people is None or ticket.owner is None or ticket.owner in people
        ticket.sees_customer = ticket.customer_id is not None and is_seen
    rest = [ticket for ticket in tickets if ticket.customer_id and not ticket.sees_customer]
    if not rest:
        return
    lent = set(user.loans.running().values_list("customer", flat=True))
    for ticket in rest:
        ticket.sees_customer = ticket.customer_id in lent


def who(ticket: Ticket) -> str:
    """Return who complains, as whoever loaded it `with_customers` may know."""
    return str(ticket.customer) if ticket.sees_customer else ticket.reporter or ticket.phone or ticket.email


def without_hidden(actions: list[Action], ticket: Ticket, user) -> list[Action]:
    """Return those of the ticket's `actions`, which are read already, that `user` sees."""
    sees_all = permissions.sees_consequences(user, ticket)
    return [action for action in actions if sees_all or action.kind != Action.Kind.CONSEQUENCE]


def actions(ticket: Ticket, user):
    """Return the ticket's actions that `user` sees, as a queryset."""
    found = ticket.actions.select_related("person", "done_by")
    if permissions.sees_consequences(user, ticket):
        return found
    return found.exclude(kind=Action.Kind.CONSEQUENCE)
