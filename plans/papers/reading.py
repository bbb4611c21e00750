"""What somebody who prints a plan may read of it (policy 1.8), and how its parts are said."""

import datetime as dt
from functools import cached_property

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.lib.dates import local_date
from crm.lib.looks import NOTHING, money
from crm.lib.paper import Column, Paper
from customers.models import Customer
from plans import judging
from plans.models import Goal, Plan
from staff.permissions import is_finance, is_in_sight


class Reader:
    """Whoever prints `plan`: its customers and tasks as far as they see them."""

    def __init__(self, plan: Plan, user):
        self.plan, self.user = plan, user
        # Finance reads the money of any customer, what was said with it of none.
        self.reads_notes = not is_finance(user)
        # Whoever only has a task in it gets no sums of money.
        self.sees_whole = is_in_sight(user, plan.author_id)

    def customers(self, content: dict) -> list[list]:
        """Return [id, name, grade] of the document's customers that the reader sees, in its order."""
        ids = [row[0] for row in content["customers"]]
        seen = set(Customer.objects.visible_to(self.user).filter(pk__in=ids).values_list("pk", flat=True))
        return [row for row in content["customers"] if row[0] in seen]

    @cached_property
    def tasks(self) -> list:
        """Return the tasks in sight, each with `seen`: whether its customer may be named."""
        tasks = list(self.plan.tasks.visible_to(self.user).select_related("customer", "person", "line"))
        ids = {task.customer_id for task in tasks}
        seen = set(Customer.objects.visible_to(self.user).filter(pk__in=ids).values_list("pk", flat=True))
        for task in tasks:
            task.seen = task.customer_id in seen
        return tasks

    def note(self, text: str) -> str:
        return text if self.reads_notes else ""


def day(value) -> str:
    """Return a date, a moment or a document's text as 2026-12-01."""
    if isinstance(value, dt.datetime):
        value = local_date(value)
    return str(value or "")


def period(first, last) -> str:
    return f"{day(first)} – {day(last)}" if first or last else ""


def hidden(paper: Paper, content: dict, shown: list) -> None:
    """Count the customers that the reader does not see."""
    number = len(content["customers"]) - len(shown)
    if number:
        text = ngettext("and %(n)d customer out of your sight", "and %(n)d customers out of your sight", number)
        paper.prose(text % {"n": number})


def results(paper: Paper, found: dict) -> None:
    """Draw goals against results, and what the customers did before the plan and in its time (policy 6.4)."""
    paper.section(_("Goals and results"))
    columns = (Column("#", 1, "R"), Column(_("Goal"), 8), Column(_("Target"), 4, "R"), Column(_("Result"), 4, "R"))
    rows = [
        (n, _goal(goal), figure(goal["target"]), figure(goal["result"]), _verdict(goal))
        for n, goal in enumerate(found["goals"], start=1)
    ]
    paper.table([*columns, Column(_("Reached"), 3)], rows)
    paper.section(_("Before and after"))
    before, after = (period(*found[name]) for name in ("before_days", "after_days"))
    columns = [Column(_("Measured"), 6), Column(before, 5, "R"), Column(after, 5, "R")]
    rows = [
        (capfirst(name.label), figure(found["before"].get(name)), figure(found["after"].get(name)))
        for name in judging.MEASURES
    ]
    paper.table(columns, rows)


def _goal(goal):
    label = capfirst(Goal.Measure(goal["measure"]).label)
    return f"{label}: {goal['text']}" if goal["text"] else label


def _verdict(goal):
    if goal["reached"] is None:
        return _("judged by hand")
    return _("yes") if goal["reached"] else _("no")


def figure(text) -> str:
    return NOTHING if text is None else money(text)


def today() -> dt.date:
    return timezone.localdate()
