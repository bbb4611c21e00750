"""Open tickets at a glance, in columns by the next step."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
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
MOST = 10
FIRST = """
    SELECT state.name, shown.pk FROM unnest(%%s::text[]) AS state (name) CROSS JOIN LATERAL (%s) AS shown
    ORDER BY shown.due, shown.pk
"""


@dataclass
class Column:
    """A column of the board: its cards, and how many tickets it has in all."""

    key: str
    title: str
    state: str = ""
    has_more: bool = False
    cards: list[Ticket] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @property
    def number(self) -> str:
        return f"{len(self.cards)}{'+' if self.has_more else ''}"


def columns(tickets: QuerySet[Ticket], *, user) -> list[Column]:
    """Return the board of `tickets`, each column with at most MOST cards, in the order in which they are due.

    Two queries: which are shown, the cards; a third for what may be lent to `user`. How many more there are is not
    counted: each that `user` does not see would have to be looked at for that.
    """
    board = {key: Column(key, title, _word(key)) for key, (title, _states) in COLUMNS.items()}
    column_of = {state: key for key, (_title, states) in COLUMNS.items() for state in states}
    first = defaultdict(list)
    for status, pk in _first_of_each_state(tickets.open()):
        first[column_of[status]].append(pk)
    for key, ids in first.items():
        board[key].has_more = len(ids) > MOST
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


def _first_of_each_state(tickets) -> list[tuple[str, int]]:
    """Return (state, id) of the first of each state and one more, in their turn: each is walked along its index."""
    rows = tickets.in_turn().filter(status=RawSQL("state.name", ())).order_by("due", "id")
    sql, params = rows.values("pk", "due")[: MOST + 1].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(FIRST % sql, [sorted(Ticket.OPEN), *params])
        return cursor.fetchall()
