"""The queues of tickets: mine, what waits for my review, the team's, what nobody has taken, and what is over."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.models import Ticket
from staff.permissions import is_leader

Status = Ticket.Status
# What a leader chooses or approves (policy 7.5).
REVIEWED = (Status.CHOOSING, Status.ANSWERING)
IN_TURN, NEWEST, LATELY_CLOSED = ("due", False), ("received_at", True), ("closed_at", True)


def everybody(user) -> bool:
    return True


def follows_others(user) -> bool:
    return not is_leader(user)


@dataclass(frozen=True)
class Queue:
    """A queue: its word in the address, its title, who has it, which tickets are in it, and in which order.

    One that `is_short` can be counted by the way.
    """

    key: str
    title: str
    who: Callable
    find: Callable
    order: tuple[str, bool] = IN_TURN
    is_short: bool = False


def worked_on_by(user):
    """Return the open tickets that `user` looks after or is responsible for; they see all of them."""
    return Ticket.objects.open().filter(Q(holder=user) | Q(responsible=user))


def _to_review(user):
    waiting = Ticket.objects.visible_to(user).open().filter(status__in=REVIEWED)
    return waiting.exclude(holder=user).exclude(responsible=user)


def _open(user):
    return Ticket.objects.visible_to(user).open()


QUEUES = (
    Queue("mine", _("My queue"), everybody, worked_on_by, is_short=True),
    Queue("review", _("To be reviewed"), is_leader, _to_review),
    Queue("open", _("Team queue"), is_leader, _open),
    Queue("open", pgettext_lazy("complaints", "Open"), follows_others, _open),
    Queue(
        "unassigned", _("Nobody's"), is_leader, lambda user: Ticket.objects.visible_to(user).open().filter(holder=None)
    ),
    Queue(
        "closed",
        _("Closed"),
        everybody,
        lambda user: Ticket.objects.visible_to(user).filter(status=Status.CLOSED),
        LATELY_CLOSED,
    ),
    Queue("all", _("All"), everybody, Ticket.objects.visible_to, NEWEST),
)


def queues_of(user) -> list[Queue]:
    return [queue for queue in QUEUES if queue.who(user)]
