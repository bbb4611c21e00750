"""Open tickets at a glance, in columns by the next step."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext_lazy as _

from complaints import seen
from complaints.models import Ticket

Status = Ticket.Status
# The columns: word in the address → (title, states).
COLUMNS = {
    "judging": (_("Judge and assign"), (Status.RECEIVED, Status.JUSTIFIED)),
    "investigating": (_("Investigate"), (Status.INVESTIGATING,)),
    "proposing": (_("Propose"), (Status.PROPOSING,)),
    "reviewing": (_("Choose and review"), (Status.CHOOSING, Status.ANSWERING)),
    "acting": (_("Agree and carry out"), (Status.AGREEING, Status.ACTING)),
    "calling": (_("Call back"), (Status.CALLING,)),
}
# So many cards a column.
MOST = 15


@dataclass
class Column:
    """A column of the board: its cards, and how many tickets it has in all."""

    key: str
    title: str
    state: str = ""
    number: int = 0
    cards: list[Ticket] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @property
    def more(self) -> int:
        return self.number - len(self.cards)


def columns(tickets: QuerySet[Ticket], *, user) -> list[Column]:
    """Return the board of `tickets`, each column with at most MOST cards, in the order in which they are due.

    Two queries: which are shown and how many there are, the cards; a third for what may be lent to `user`.
    """
    board = {key: Column(key, title, _word(key)) for key, (title, _states) in COLUMNS.items()}
    column_of = {state: key for key, (_title, states) in COLUMNS.items() for state in states}
    first, numbers = defaultdict(list), {}
    for status, pk, number in _first_of_each_state(tickets.open()):
        first[column_of[status]].append(pk)
        numbers[status] = number
    for status, number in numbers.items():
        board[column_of[status]].number += number
    shown = [pk for ids in first.values() for pk in ids[:MOST]]
    cards = list(Ticket.objects.filter(pk__in=shown).for_queue().order_by("due", "id"))
    seen.mark_customers(cards, user)
    for card in cards:
        board[column_of[card.status]].cards.append(card)
    return list(board.values())


def _word(key):
    """Return the word by which the queue is narrowed to a column: its own, or that of its only state."""
    states = COLUMNS[key][1]
    return key if len(states) > 1 else states[0].value


def _first_of_each_state(tickets):
    """Return (state, id, how many of the state there are) of the first of each state, in their turn."""
    of_state = {"place": Window(RowNumber(), F("status"), ("due", "id")), "many": Window(Count("pk"), F("status"))}
    found = tickets.in_turn().annotate(**of_state).filter(place__lte=MOST).order_by("due", "id")
    return found.values_list("status", "pk", "many")
