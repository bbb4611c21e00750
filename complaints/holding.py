"""An open complaint holds its customer and stops its grade from rising (policy 4, 7)."""

from complaints.choices import Kind
from complaints.models import Ticket
from customers.models import Hold
from customers.ownership import holds


def follow(ticket: Ticket) -> None:
    """Hold the customer of an open complaint; let it go once it is closed. A suggestion holds nobody."""
    is_holding = ticket.is_open and ticket.kind == Kind.COMPLAINT and ticket.customer_id
    if is_holding:
        holds.place([ticket.customer_id], kind=Hold.Kind.COMPLAINT, source=ticket.pk, reason=ticket.number)
    else:
        holds.lift(kind=Hold.Kind.COMPLAINT, source=ticket.pk)
