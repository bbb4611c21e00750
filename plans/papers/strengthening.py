"""客户关系强化表: for each customer of a plan what was done, what it said, and what comes next."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from django.db.models import Q, Sum
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from crm.lib.dates import add_months, first_of_month
from crm.lib.looks import money
from crm.lib.paper import Column, Paper
from customers.models import Customer, Turnover
from plans.models import Line, Plan, Task
from plans.papers.reading import Reader, day, hidden, period

MONTHS_BEFORE = 12
Status = Task.Status


def draw(paper: Paper, plan: Plan, reader: Reader) -> None:
    frozen = plan.in_force.content
    paper.remark(f"{period(frozen['starts_on'], frozen['ends_on'])} · {plan.get_status_display()}")
    columns = (
        Column("#", 1, "R"),
        Column(_("Customer"), 5),
        Column(_("Grade"), 2),
        Column(_("12 months before (yuan)"), 3, "R"),
        Column(_("Since it began (yuan)"), 3, "R"),
        Column(_("Measures and tasks done"), 8),
        Column(_("Feedback"), 8),
        Column(_("Next step"), 5),
    )
    shown = reader.customers(frozen)
    paper.table(columns, _rows(plan, reader, shown))
    hidden(paper, frozen, shown)
    paper.signatures([(_("Drawn up by"), ""), (_("Checked by"), "")])


def _rows(plan, reader, shown):
    ids = [row[0] for row in shown]
    now = {pk: rest for pk, *rest in Customer.objects.filter(pk__in=ids).values_list("pk", "grade", "next_contact_on")}
    bought = _bought(ids, dt.date.fromisoformat(plan.in_force.content["starts_on"]))
    tasks = defaultdict(list)
    for task in reader.tasks:
        tasks[task.customer_id].append(task)
    for n, (pk, name, was) in enumerate(shown, start=1):
        grade, contact = now[pk]
        done = [task for task in tasks[pk] if task.status == Status.DONE]
        feedback = "\n".join(reader.note(task.feedback) for task in done if task.feedback)
        before, since = bought[pk]
        next_step = _next(tasks[pk], contact)
        yield n, name, _grade(was, grade), money(before), money(since), _done(done), feedback, next_step


def _bought(ids, first: dt.date) -> dict[int, tuple[Decimal, Decimal]]:
    """Return what each customer bought in the twelve months before the month of `first`, and from it on, in yuan."""
    month = first_of_month(first)
    booked = Turnover.objects.filter(customer__in=ids, month__gte=add_months(month, -MONTHS_BEFORE))
    before, since = (Sum("amount", filter=it, default=Decimal(0)) for it in (Q(month__lt=month), Q(month__gte=month)))
    sums = booked.order_by().values("customer").annotate(before=before, since=since)
    nothing = defaultdict(lambda: (Decimal(0), Decimal(0)))
    return nothing | {row["customer"]: (row["before"], row["since"]) for row in sums}


def _grade(was, now):
    return was or "" if was == now else f"{was or '—'} → {now or '—'}"


def _done(tasks):
    return "\n".join(f"{day(task.done_at)} {_kind(task)}{task.what}" for task in tasks)


def _kind(task):
    return f"{capfirst(Line.Kind(task.line.kind).label)}: " if task.line else ""


def _next(tasks, contact):
    """Say the earliest open task, else when the customer is contacted next."""
    todo = min((task for task in tasks if task.status == Status.OPEN), key=lambda task: task.due_on, default=None)
    if todo:
        return f"{day(todo.due_on)} {todo.what}"
    return _("contact on %(day)s") % {"day": contact} if contact else ""
