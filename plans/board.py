"""Plans at a glance, in columns by how far they are; and what the rows of a list tell of each."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from plans.models import Plan, Seat, Task

Status = Plan.Status
# The groups of states, as columns and as filters: word in the address → (title, states).
GROUPS = {
    "writing": (_("Being written"), (Status.DRAFT, Status.RETURNED)),
    "waiting": (_("Waiting for a decision"), (Status.SUBMITTED, Status.AMENDMENT_SUBMITTED)),
    "working": (
        _("Being carried out"),
        (Status.RUNNING, Status.AMENDING, Status.AMENDMENT_RETURNED, Status.PAUSED),
    ),
    "judging": (_("To be judged"), (Status.ENDED, Status.REPORTED)),
    "closed": (_("Archived"), (Status.CLOSED,)),
}
# So many cards a column; all together as many as a page of the list has rows.
MOST = 10
NAMED = ("person__name", "person__username")
# Of each state how many plans there are since then, and the newest: one walk along its part of the index `plan_board`,
# whose order that is.
NEWEST = """
    SELECT state, number, pk FROM unnest(%%s::text[], %%s::timestamptz[]) AS asked (state, since), LATERAL (
        SELECT count(*) AS number, (array_agg(pk ORDER BY updated_at, pk))[count(*) - %%s + 1:] AS newest,
               (array_agg(updated_at ORDER BY updated_at, pk))[count(*) - %%s + 1:] AS moments
        FROM (%s) AS seen WHERE status = state AND updated_at >= since
    ) AS of_state, unnest(newest, moments) AS card (pk, moment)
    ORDER BY moment DESC, pk DESC
"""
# An archived plan stays on the board so long.
CLOSED_DAYS = 90
ALWAYS = "-infinity"


@dataclass
class Column:
    """A column of the board: its newest cards, and how many plans it has in all."""

    key: str
    title: str
    number: int = 0
    cards: list[Plan] = field(default_factory=list)

    @property
    def more(self) -> int:
        return self.number - len(self.cards)


def columns(plans: QuerySet[Plan]) -> list[Column]:
    """Return the board of `plans`, each column with at most MOST cards, those that changed last first.

    Four queries: how many plans there are and which are the newest, the cards, who is waited for, the tasks.
    """
    board = {key: Column(key, title) for key, (title, _states) in GROUPS.items()}
    group_of = {state: key for key, (_title, states) in GROUPS.items() for state in states}
    newest, numbers = defaultdict(list), {}
    for status, number, pk in _newest_of_each_state(plans):
        newest[group_of[status]].append(pk)
        numbers[status] = number
    for status, number in numbers.items():
        board[group_of[status]].number += number
    for card in _cards([pk for ids in newest.values() for pk in ids[:MOST]]):
        board[group_of[card.status]].cards.append(card)
    return list(board.values())


def _newest_of_each_state(plans) -> list[tuple[str, int, int]]:
    """Return (state, number of its plans, id) of the newest plans of each state on the board, newest first."""
    since = {state: ALWAYS for _title, states in GROUPS.values() for state in states}
    since[Status.CLOSED] = str(timezone.now() - dt.timedelta(days=CLOSED_DAYS))
    sql, params = plans.order_by().values("pk", "status", "updated_at").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(NEWEST % sql, [list(since), list(since.values()), MOST, MOST, *params])
        return cursor.fetchall()


def _cards(ids):
    cards = list(Plan.objects.filter(pk__in=ids).for_list().order_by("-updated_at", "-id"))
    mark_waiting(cards)
    mark_progress(cards)
    return cards


def mark_waiting(plans: list[Plan]) -> None:
    """Note on each plan that is decided on `waits_for`: who may decide on it, first in turn first."""
    by_id = {plan.pk: plan for plan in plans if plan.is_waiting}
    for plan in plans:
        plan.waits_for = []
    seats = Seat.objects.filter(plan__in=by_id).select_related("person").only("plan", *NAMED)
    for seat in seats.order_by("since", "id"):
        by_id[seat.plan_id].waits_for.append(seat.person)


def mark_progress(plans: list[Plan]) -> None:
    """Note on each plan how many tasks it has (`all_tasks`), are `done` and are `late`; cancelled ones are none."""
    late = Q(status=Task.Status.OPEN, due_on__lt=timezone.localdate())
    counted = Task.objects.filter(plan__in=[plan.pk for plan in plans if plan.in_force_id])
    counted = counted.exclude(status=Task.Status.CANCELLED).order_by().values_list("plan")
    counts = {
        pk: numbers
        for pk, *numbers in counted.annotate(
            all=Count("pk"), done=Count("pk", filter=Q(status=Task.Status.DONE)), late=Count("pk", filter=late)
        )
    }
    for plan in plans:
        plan.all_tasks, plan.done, plan.late = counts.get(plan.pk, (0, 0, 0))
        plan.late = plan.late if plan.status in Plan.WORKING else 0
