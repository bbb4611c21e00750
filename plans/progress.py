"""How far the tasks of a plan are, and its money: approved, planned in tasks, spent (policy 6.3)."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from plans import content
from plans.models import Plan, Task

DONE, OPEN = Q(status=Task.Status.DONE), Q(status=Task.Status.OPEN)
MOST_POINTS = 27  # of the picture: half a year of weeks
NUMBERS = ("all", "done", "done_late", "open", "late", "cancelled")


@dataclass
class Share:
    """What one person has of the tasks."""

    person: int
    name: str
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NUMBERS, 0))

    @property
    def given(self) -> int:
        return self.counts["all"] - self.counts["cancelled"]


@dataclass
class Money:
    """One measure's money in yuan; `planned` counts open and done tasks."""

    name: str
    approved: Decimal = Decimal(0)
    planned: Decimal = Decimal(0)
    spent: Decimal = Decimal(0)

    @property
    def is_over(self) -> bool:
        return self.spent > self.approved

    @property
    def over(self) -> Decimal:
        return self.spent - self.approved


class Progress:
    """The figures of `tasks`, which are tasks of `plan`: two queries, however many tasks there are."""

    def __init__(self, plan: Plan, tasks):
        self.plan, self.tasks, self.today = plan, tasks.order_by(), timezone.localdate()

    @cached_property
    def _groups(self) -> list[dict]:
        groups = self.tasks.values("line", "person", "person__name", "person__username")
        return list(
            groups.annotate(
                all=Count("pk"),
                done=Count("pk", filter=DONE),
                done_late=Count("pk", filter=DONE & Q(done_at__date__gt=F("due_on"))),
                open=Count("pk", filter=OPEN),
                late=Count("pk", filter=OPEN & Q(due_on__lt=self.today)),
                cancelled=Count("pk", filter=~DONE & ~OPEN),
                money=Sum("planned", filter=DONE | OPEN, default=Decimal(0)),
                spent=Sum("cost", filter=DONE, default=Decimal(0)),
            )
        )

    @cached_property
    def counts(self) -> dict[str, int]:
        return {name: sum(group[name] for group in self._groups) for name in NUMBERS}

    @property
    def given(self) -> int:
        return self.counts["all"] - self.counts["cancelled"]

    @property
    def planned(self) -> Decimal:
        return sum((group["money"] for group in self._groups), Decimal(0))

    @cached_property
    def shares(self) -> list[Share]:
        """Return each person's part, who has most late first."""
        found = {}
        for group in self._groups:
            name = group["person__name"] or group["person__username"]
            share = found.setdefault(group["person"], Share(group["person"], name))
            for number in NUMBERS:
                share.counts[number] += group[number]
        return sorted(found.values(), key=lambda share: (-share.counts["late"], -share.given, share.name))

    @cached_property
    def money(self) -> list[Money]:
        """Return the money of each measure of the version in force; what belongs to none comes last, unnamed."""
        lines = {row["id"]: Money(row["what"], content.amount(row)) for row in self.plan.in_force.content["lines"]}
        rest = Money("")
        for group in self._groups:
            money = lines.get(group["line"], rest)
            money.planned += group["money"]
            money.spent += group["spent"]
        return [*lines.values(), *([rest] if rest.planned or rest.spent else [])]

    @cached_property
    def _days(self) -> list[tuple[dt.date, dt.date | None, int]]:
        """(deadline, day done, number) of the tasks that count."""
        days = self.tasks.filter(DONE | OPEN).annotate(done_on=TruncDate("done_at"))
        return list(days.values_list("due_on", "done_on").annotate(Count("pk")))

    @cached_property
    def course(self) -> list[tuple[dt.date, int, int | None]]:
        """Return (day, tasks due up to then, tasks done up to then) over the plan; None done on days to come."""
        due, done = defaultdict(int), defaultdict(int)
        for due_on, done_on, number in self._days:
            due[due_on] += number
            if done_on:
                done[done_on] += number
        return [(day, _up_to(due, day), _up_to(done, day) if day <= self.today else None) for day in self._points()]

    def _points(self) -> list[dt.date]:
        frozen = self.plan.in_force.content
        days = [dt.date.fromisoformat(frozen["starts_on"]), dt.date.fromisoformat(frozen["ends_on"])]
        days += [day for due_on, done_on, _n in self._days for day in (due_on, done_on) if day]
        first, last = min(days), max(days)
        step = -(-((last - first).days or 1) // (MOST_POINTS - 1))
        points = {first + dt.timedelta(days=n) for n in range(0, (last - first).days, step)} | {last}
        return sorted(points | ({self.today} if first <= self.today <= last else set()))


def _up_to(numbers, day):
    return sum(number for on, number in numbers.items() if on <= day)
