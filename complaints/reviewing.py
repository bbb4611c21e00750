"""Who reviews a ticket and who hears that it is late: the leaders above whoever looks after it (policy 7.5, 7.9)."""

from complaints.models import Ticket
from staff.models import User
from staff.roles import Role

UPWARDS = (Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR, Role.ADMINISTRATOR)


def leaders_of(ticket: Ticket, role: str) -> list[User]:
    """Return the active people of `role` above whoever looks after the ticket, but for those who work on it.

    Of a ticket that nobody has taken everybody of the role.
    """
    people = User.objects.active().filter(role=role).exclude(pk__in={ticket.holder_id, ticket.responsible_id} - {None})
    if ticket.holder_id:
        people = people.filter(ticket.holder.led_by())
    return list(people.order_by("pk").distinct())


def nearest_leaders(ticket: Ticket, *, first: str = Role.SUPERVISOR) -> list[User]:
    """Return the leaders of the lowest role, from `first` upwards, that has any."""
    for role in UPWARDS[UPWARDS.index(first) :]:
        if found := leaders_of(ticket, role):
            return found
    return []
