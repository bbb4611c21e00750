"""A plan as people read it: its wording with what was said of it, and what changed from one version to the next.

A plan is read by people who do not see all its customers: those are counted, never named (policy 1.8).
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.grading import RANKS
from customers.models import Customer
from plans import changes, content
from plans.models import Goal, Line, Plan
from plans.questions import QUESTIONS
from staff.permissions import people_in_sight

MOST_NAMES = 20
WORDS = {
    "aim": gettext_lazy("What it is for"),
    "method": gettext_lazy("Method"),
    "lessons": gettext_lazy("Learnt from the earlier plan"),
}


@dataclass
class Measure:
    """A measure as a row of the page; `field` is where whoever decides may comment on it."""

    number: int
    row: dict
    comments: list = field(default_factory=list)
    field: object = None

    @property
    def kind(self):
        return Line.Kind(self.row["kind"]).label

    @property
    def amount(self) -> Decimal:
        return content.amount(self.row)

    @property
    def quantity(self):
        return self.row["quantity"].removesuffix(".00")

    @property
    def period(self):
        days = (self.row["starts_on"], self.row["ends_on"])
        return " – ".join(day or "…" for day in days) if any(days) else ""


@dataclass
class Wording:
    """A document for the page: texts, goals, measures with their comments, answers, remarks on the whole."""

    words: list
    goals: list
    lines: list[Measure]
    answers: list
    remarks: list
    budget: Decimal
    days: tuple


def wording(document: dict, comments=()) -> Wording:
    """Return `document` ready to be drawn; `comments` are LineComments with their writers."""
    by_line = defaultdict(list)
    for comment in comments:
        by_line[comment.line].append(comment)
    rows = document["lines"]
    lines = [Measure(n, row, by_line.pop(row["id"], [])) for n, row in enumerate(rows, start=1)]
    return Wording(
        words=[(title, document[name]) for name, title in WORDS.items() if document[name]],
        goals=[(Goal.Measure(row["measure"]).label, Decimal(row["target"]), row["text"]) for row in document["goals"]],
        lines=lines,
        answers=[(text, document["answers"].get(key, "")) for key, text in QUESTIONS.items()],
        remarks=[comment for rest in by_line.values() for comment in rest],
        budget=content.budget(document),
        days=tuple(document[name] and dt.date.fromisoformat(document[name]) for name in content.DAYS),
    )


def comments_of(record):
    """Return the comments on a plan or a version, with the names of their writers."""
    return record.comments.select_related("by").only(
        "plan", "version", "line", "text", "at", "by__name", "by__username"
    )


@dataclass(frozen=True)
class Named:
    """The first customers of a plan that the reader sees, how many more they see, and how many they do not."""

    shown: list
    more: int
    hidden: int


def customers_of(plan: Plan, user) -> Named:
    """Return the customers of the wording."""
    found = Customer.objects.visible_to(user).filter(plan_members__plan=plan).order_by("id")
    shown = list(found.values_list("pk", "name", "grade")[: MOST_NAMES + 1])
    seen = len(shown) if len(shown) <= MOST_NAMES else (_sees_all(user) and plan.reach) or found.count()
    return Named(shown[:MOST_NAMES], max(seen - MOST_NAMES, 0), max(plan.reach - seen, 0))


def customers_in(document: dict, seen) -> Named:
    """Return the customers of a frozen document, as they were called then; `seen` is what `seen_by` says."""
    rows = [row for row in document["customers"] if seen is None or row[0] in seen]
    return Named(rows[:MOST_NAMES], max(len(rows) - MOST_NAMES, 0), len(document["customers"]) - len(rows))


def grade_of(document: dict) -> str:
    """Return the grade that all customers of a document had; "" when they differ."""
    grades = {row[2] for row in document["customers"]}
    return grades.pop() or "" if len(grades) == 1 and grades <= set(RANKS) else ""


def changed(old: dict, new: dict, seen) -> list[changes.Change]:
    """Return what changed from `old` to `new`, with the names of the customers that are `seen`."""
    return changes.between(_masked(old, seen), _masked(new, seen))


def seen_by(user, *documents) -> set[int] | None:
    """Return the ids of the documents' customers that `user` sees; None for all."""
    if _sees_all(user):
        return None
    known = {row[0] for document in documents for row in document["customers"]}
    return set(Customer.objects.visible_to(user).filter(pk__in=known).order_by().values_list("pk", flat=True))


def _sees_all(user):
    return people_in_sight(user) is None


def _masked(document, seen):
    if seen is None:
        return document
    hidden = _("a customer out of your sight")
    rows = [[pk, name if pk in seen else hidden, grade] for pk, name, grade in document["customers"]]
    return document | {"customers": rows}
