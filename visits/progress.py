"""How far the calls of a list are (policy 5.1), as much of it as a person may see."""

from dataclasses import dataclass

from django.db.models import Case, Count, Q, QuerySet, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from staff.models import User
from visits.models import Callback, CallList, CallLog

# Whose an open call is, and who is named for a closed one.
CALLER = Case(
    When(status=Callback.Status.OPEN, then=Coalesce("person", "customer__owner")),
    default=Coalesce("person", "closed_by"),
)
DONE = Q(status=Callback.Status.DONE)
REACHED = DONE & Q(log__outcome=CallLog.Outcome.REACHED)
SKIPPED = Q(status=Callback.Status.SKIPPED)
OPEN = Q(status=Callback.Status.OPEN)


@dataclass
class Share:
    """What became of the calls that one person got; `person` is None for customers that lie in the pool by now."""

    person: User | None
    given: int
    done: int
    reached: int
    skipped: int
    left: int
    late: int


def calls(call_list: CallList, user) -> QuerySet[Callback]:
    return Callback.objects.visible_to(user).filter(call_list=call_list)


def late():
    return OPEN & Q(due_on__lt=timezone.localdate())


def mark(lists: list[CallList], user) -> None:
    """Note on each list how many of its calls are closed, of how many, and how many are late; in one question."""
    found = Callback.objects.visible_to(user).filter(call_list__in=lists).order_by().values("call_list")
    found = found.annotate(number=Count("pk"), open=Count("pk", filter=OPEN), late=Count("pk", filter=late()))
    numbers = {row["call_list"]: row for row in found}
    for call_list in lists:
        row = numbers.get(call_list.pk, {"number": 0, "open": 0, "late": 0})
        call_list.calls, call_list.late = row["number"], row["late"]
        call_list.closed = row["number"] - row["open"]


def by_person(call_list: CallList, user) -> list[Share]:
    """Return what became of the calls by who has them, by name."""
    rows = calls(call_list, user).order_by().values(caller=CALLER).annotate(
        given=Count("pk"),
        done=Count("pk", filter=DONE),
        reached=Count("pk", filter=REACHED),
        skipped=Count("pk", filter=SKIPPED),
        left=Count("pk", filter=OPEN),
        late=Count("pk", filter=late()),
    )  # fmt: skip
    rows = list(rows)
    people = User.objects.in_bulk([row["caller"] for row in rows if row["caller"]])
    shares = [Share(people.get(row.pop("caller")), **row) for row in rows]
    return sorted(shares, key=lambda share: (share.person is None, str(share.person)))


def narrowed(found: QuerySet[Callback], *, state: str, caller: str) -> QuerySet[Callback]:
    """Return the calls in a `state` and of one `caller` (an id, as an address has it); other words narrow nothing."""
    states = {"left": OPEN, "late": late(), "done": DONE, "skipped": SKIPPED}
    found = found.annotate(caller=CALLER).filter(states.get(state, Q()))
    if caller.isdecimal() and len(caller) < 19:
        return found.filter(caller=int(caller))
    return found


def for_rows(found: QuerySet[Callback]) -> QuerySet[Callback]:
    return found.select_related("customer__owner", "person", "closed_by", "log")
