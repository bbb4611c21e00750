"""Open tickets at a glance, in columns by the next step."""

from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.query import RawQuerySet
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
COLUMN_OF = {state.value: key for key, (_title, states) in COLUMNS.items() for state in states}
# So many cards a column.
MOST = 10
FIRST = """
    SELECT * FROM (
        SELECT shown.*, row_number() OVER (PARTITION BY state."column" ORDER BY shown.due, shown.id) AS place
        FROM unnest(%%s::text[], %%s::text[]) AS state (name, "column") CROSS JOIN LATERAL (%s) AS shown
    ) AS placed
    WHERE place <= %%s ORDER BY due, id
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

    One query, and a second one for what may be lent to `user`. How many more there are is not counted: each that `user`
    does not see would have to be looked at for that.
    """
    board = {key: Column(key, title, _word(key)) for key, (title, _states) in COLUMNS.items()}
    for card in _first_of_each_column(tickets.open()):
        column = board[COLUMN_OF[card.status]]
        if len(column.cards) < MOST:
            column.cards.append(card)
        else:
            column.has_more = True
    seen.mark_customers([card for column in board.values() for card in column.cards], user)
    return list(board.values())


def _word(key):
    """Return the word by which the queue is narrowed to a column: its own, or that of its only state."""
    states = COLUMNS[key][1]
    return key if len(states) > 1 else states[0].value


def _first_of_each_column(tickets) -> RawQuerySet:
    """Return the first tickets of each column and one more, in their turn: each state is walked along its index."""
    rows = tickets.for_queue().filter(status=RawSQL("state.name", ())).order_by("due", "id")
    sql, params = rows[: MOST + 1].query.sql_with_params()
    return Ticket.objects.raw(FIRST % sql, [list(COLUMN_OF), list(COLUMN_OF.values()), *params, MOST + 1])
