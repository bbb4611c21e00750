"""The tasks of an approved plan: given, generated for its customers, done, cancelled (policy 6.3).

Each holds the plan's row, so that `spent` is always the sum of the costs of its done tasks. Whoever gets a task for a
customer of somebody else borrows the customer until the task is over.
"""

import datetime as dt
from contextlib import contextmanager
from decimal import ROUND_DOWN, Decimal

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.moves import TooLate
from customers import loans
from customers.models import Activity, Customer
from plans import content
from plans.models import Plan, Task, TaskFile
from staff import calendar
from visits import sharing, wording

# A borrowed customer may be worked with so many days beyond the task's deadline.
GRACE_DAYS = 14


def assign(task: Task, *, by) -> Task:
    """Save the new `task` of its plan; its token sent twice is one task. Raises TooLate, PermissionDenied."""
    with _working(task.plan, by):
        earlier = Task.objects.filter(token=task.token, by=by).first()
        if earlier:
            return earlier
        if task.line_id:
            _approved(task.plan, task.line)
        task.by = by
        task.save()
        _lend([task], by)
        task.plan.events.create(verb="assign", by=by, data={"task": task.pk, "what": task.what})
    return task


@contextmanager
def _working(plan, by, verb="assign"):
    """Hold the plan through work on its tasks."""
    with transaction.atomic():
        plan.lock()
        if plan.status not in Plan.WORKING:
            raise TooLate(plan.too_late(verb))
        if not Plan.MOVES[verb].who(by, plan):
            raise PermissionDenied
        yield


def generate(plan: Plan, line, *, by, **choice) -> list[Task]:
    """Give a task of `line` for each customer of the version in force that has none of it yet; return the new ones.

    `choice` is what `draft` takes.
    """
    with _working(plan, by):
        tasks = draft(plan, line, by=by, **choice)
        Task.objects.bulk_create(tasks)
        _lend(tasks, by)
        plan.events.create(verb="generate", by=by, data={"line": line.what, "number": len(tasks)})
    return tasks


def draft(plan: Plan, line, *, what: str, people, own: bool, first: dt.date, last: dt.date, by) -> list[Task]:
    """Return what `generate` would write.

    `own`: each customer's owner does it, if among `people`; the others are shared out evenly. The deadlines are spread
    over the working days from `first` to `last`; the approved amount of the line is shared among the customers as
    planned cost. In `what`, {customer} becomes the customer's name.
    """
    customers = _without_task(plan, line, by)
    owners = {pk: owner for pk, owner, _name in customers}
    doers = sharing.share(owners, load(people), among_all=not own)
    days = sharing.days_for(doers, calendar.working_days(max(first, timezone.localdate()), last) or [last])
    fields = {"plan": plan, "line": line, "planned": _per_task(plan, line), "by": by}
    return [
        Task(customer_id=pk, person_id=doers[pk], due_on=days[pk], what=_named(what, name), **fields)
        for pk, _owner, name in customers
    ]


def _named(what, customer):
    return wording.fill(what, customer=customer)[: Task._meta.get_field("what").max_length]


def lines_in_force(plan: Plan):
    """Return the measures of the version in force that the wording still has; tasks are given for these only."""
    return plan.lines.filter(pk__in=[row["id"] for row in plan.in_force.content["lines"]])


def customers_in_force(plan: Plan) -> list[int]:
    return [row[0] for row in plan.in_force.content["customers"]]


def _without_task(plan, line, by) -> list[tuple[int, int, str]]:
    """Return (id, owner, name) of the owned customers in sight that have no task of the line, done or open."""
    given = (
        plan.tasks.filter(line=line, customer__isnull=False).exclude(status=Task.Status.CANCELLED).values("customer")
    )
    found = Customer.objects.owned_visible_to(by).filter(pk__in=customers_in_force(plan)).exclude(pk__in=given)
    return list(found.order_by("pk").values_list("pk", "owner", "name"))


def load(people) -> dict[int, int]:
    """Return how many open tasks of running plans each of `people` has."""
    numbers = {person.pk: 0 for person in people}
    given = Task.objects.workable().filter(person__in=numbers).order_by().values_list("person").annotate(Count("pk"))
    return numbers | dict(given)


def _per_task(plan, line) -> Decimal:
    """Return the approved amount of `line`, shared among all customers; raises TooLate when it is not approved."""
    frozen = _approved(plan, line)
    number = len(plan.in_force.content["customers"])
    return (content.amount(frozen) / number).quantize(Decimal("0.01"), ROUND_DOWN) if number else Decimal(0)


def _approved(plan, line):
    for row in plan.in_force.content["lines"]:
        if row["id"] == line.pk:
            return row
    raise TooLate(_("This measure is not part of the approved plan."))


def edit(task: Task, *, fields: dict, by) -> None:
    """Change what, who or by when of an open task."""
    with _working(task.plan, by):
        take_back(Task.objects.filter(pk=task.pk), by=by)
        with task.moving("edit", by=by) as event:
            event.data |= {"fields": sorted(fields)}
            for name, value in fields.items():
                setattr(task, name, value)
        _lend([task], by)


def finish(task: Task, *, result: str, feedback: str, cost: Decimal, files=(), by) -> None:
    """Say that a task is done, with what came of it and what it cost; `files` are unsaved TaskFiles.

    Raises TooLate when it was done or cancelled before, or its plan rests or is over.
    """
    plan = task.plan
    with transaction.atomic():
        plan.lock()
        if plan.status not in Plan.WORKING:
            raise TooLate(plan.too_late("assign"))
        with task.moving("finish", by=by) as event:
            task.plan = plan
            task.result, task.feedback, task.cost = result, feedback, cost
            task.done_at, task.done_by = timezone.now(), by
            event.note, event.data = result, event.data | {"cost": cost}
        for file in files:
            file.task, file.by = task, by
        TaskFile.objects.bulk_create(files)
        count_spent(plan)
        take_back(Task.objects.filter(pk=task.pk), by=by)
        if task.customer_id:
            _tell(task, by)


def _tell(task, by):
    data = {"plan": task.plan_id, "name": task.plan.name, "task": task.pk, "what": task.what}
    note = "\n".join(text for text in (task.result, task.feedback) if text)
    Activity.objects.create(customer_id=task.customer_id, verb=Activity.Verb.TASK, by=by, note=note, data=data)


def cancel(task: Task, *, reason: str, by) -> None:
    with _working(task.plan, by):
        with task.moving("cancel", by=by) as event:
            event.note = task.result = reason
        take_back(Task.objects.filter(pk=task.pk), by=by)


def reopen(task: Task, *, reason: str, by) -> None:
    """Open a done or cancelled task again: its cost counts no longer, what was written stays in the plan's history."""
    with _working(task.plan, by):
        with task.moving("reopen", by=by) as event:
            event.note, event.data = reason, event.data | {"was": task.result, "cost": task.cost}
            task.cost, task.done_at, task.done_by = Decimal(0), None, None
        count_spent(task.plan)
        _lend([task], by)


def count_spent(plan: Plan) -> None:
    """Write what the done tasks of `plan`, which is held, have cost."""
    done = plan.tasks.filter(status=Task.Status.DONE)
    plan.spent = done.aggregate(sum=Sum("cost"))["sum"] or 0
    plan.updated_at = timezone.now()
    plan.save(update_fields=["spent", "updated_at"])


def _lend(tasks, by):
    """Lend each task's customer to whoever does it; of its owner's own nothing is lent."""
    for until in {task.due_on for task in tasks}:
        pairs = [(task.customer_id, task.person_id) for task in tasks if task.customer_id and task.due_on == until]
        reason = _("Plan: %(name)s") % {"name": tasks[0].plan.name}
        loans.lend(pairs, until=until + dt.timedelta(days=GRACE_DAYS), reason=reason, by=by)


def take_back(tasks, *, by) -> None:
    """End the loans of `tasks`, but of those customers that the same person has another open task for."""
    pairs = set(tasks.filter(customer__isnull=False).values_list("customer", "person"))
    others = Task.objects.open().exclude(pk__in=tasks.values("pk")).filter(customer__in=[pair[0] for pair in pairs])
    pairs -= set(others.values_list("customer", "person"))
    loans.end(pairs, by=by)


LEND_AGAIN = """
    SELECT t.customer_id, t.person_id, max(t.due_on) FROM plans_task t
    JOIN plans_plan p ON p.id = t.plan_id AND p.status = ANY(%(working)s)
    JOIN customers_customer c ON c.id = t.customer_id AND c.owner_id <> t.person_id
    WHERE t.status = 'open' AND NOT EXISTS (
        SELECT 1 FROM customers_loan l
        WHERE l.customer_id = t.customer_id AND l.person_id = t.person_id AND l.until >= %(today)s)
    GROUP BY t.customer_id, t.person_id
"""


def lend_again() -> int:
    """Lend what open tasks need and nobody has lent: the owner changed, or a loan ended before; return how many."""
    today = timezone.localdate()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LEND_AGAIN, {"working": sorted(Plan.WORKING), "today": today})
        rows = cursor.fetchall()
        for due_on in {row[2] for row in rows}:
            pairs = [row[:2] for row in rows if row[2] == due_on]
            until = max(due_on, today) + dt.timedelta(days=GRACE_DAYS)
            loans.lend(pairs, until=until, reason=_("Maintenance plan"), by=None)
    return len(rows)
