"""The rows of lists and the cards of the board, prepared: their look-ups would cost more than the queries behind.

What can hold no letter of anybody's, as a number or an address, is marked safe: escaping costs more than writing it.
"""

from functools import lru_cache

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from crm.lib.dates import local_date
from crm.lib.looks import NOTHING, grade, money, number, when
from plans.models import Plan, Task

Status = Plan.Status
# Orange waits for somebody, red was sent back, azure runs, green is through.
COLORS = {
    Status.DRAFT: "secondary",
    Status.SUBMITTED: "orange",
    Status.RETURNED: "red",
    Status.RUNNING: "azure",
    Status.AMENDING: "azure",
    Status.AMENDMENT_SUBMITTED: "orange",
    Status.AMENDMENT_RETURNED: "red",
    Status.PAUSED: "yellow",
    Status.ENDED: "orange",
    Status.REPORTED: "orange",
    Status.CLOSED: "green",
    Status.DROPPED: "secondary",
}
OPEN = Task.Status.OPEN
TASK_COLORS = {OPEN: "azure", Task.Status.DONE: "green", Task.Status.CANCELLED: "secondary"}
# States that the column of the board says already.
PLAIN = {Status.DRAFT, Status.SUBMITTED, Status.RUNNING, Status.CLOSED}


def listed(plans) -> list[tuple]:
    """Return what each row of the list shows, in the order in which its template names it."""
    address = _address("plans:detail")
    return [
        (
            SafeString(address % plan.pk),
            plan.name,
            plan.is_template,
            badge(plan.status),
            _waited_for(plan),
            when(plan.waiting_since),
            str(plan.author),
            plan.team.name if plan.team else "",
            SafeString(number(plan.reach)),
            SafeString(money(plan.budget)),
            SafeString(money(plan.spent)) if plan.in_force_id else "",
            plan.spent > plan.approved,
            when(plan.updated_at),
        )
        for plan in plans
    ]


def cards(plans) -> list[tuple]:
    """Return what each card of the board shows, in the order in which its template names it."""
    address, tasks, yuan = _address("plans:detail"), _("%(done)s of %(total)s tasks"), _("%(amount)s yuan")
    return [
        (
            SafeString(address % plan.pk),
            plan.name,
            f"{plan.author} · {plan.team.name}" if plan.team else str(plan.author),
            "" if plan.status in PLAIN or plan.waits_for else badge(plan.status),
            _waited_for(plan),
            when(plan.waiting_since),
            SafeString(plan.all_tasks or ""),
            SafeString(plan.done),
            tasks % {"done": number(plan.done), "total": number(plan.all_tasks)} if plan.all_tasks else "",
            ngettext("%d late", "%d late", plan.late) % plan.late if plan.late else "",
            ngettext("%d customer", "%d customers", plan.reach) % plan.reach,
            yuan % {"amount": money(plan.budget)},
        )
        for plan in plans
    ]


def late(tasks) -> list[tuple]:
    """Return what each row of the late tasks shows, marked as `plans.lateness` and `plans.views.seen` do."""
    task_address, plan_address, hidden = (
        _address("plans:task"),
        _address("plans:tasks"),
        _("a customer out of your sight"),
    )
    return [
        (
            task.opens,
            SafeString(task_address % task.pk),
            task.what,
            SafeString(task.due_on.isoformat()),
            ngettext("%(days)s working day", "%(days)s working days", task.days_late) % {"days": task.days_late},
            str(task.person),
            SafeString(plan_address % task.plan_id),
            task.plan.name,
            str(task.plan.author),
            *_customer(task, hidden),
        )
        for task in tasks
    ]


def tasks(found) -> list[tuple]:
    """Return what each row of a plan's tasks shows, in the order in which its template names it."""
    address, hidden, planned = _address("plans:task"), _("a customer out of your sight"), _("planned %(cost)s")
    today = timezone.localdate()
    return [
        (
            SafeString(address % task.pk),
            task.what,
            *_customer(task, hidden),
            str(task.person),
            when(task.due_on, due=True) if task.status == OPEN else SafeString(task.due_on.isoformat()),
            _task_badge(task.status, task.is_late(today), get_language()),
            *_cost(task, planned),
        )
        for task in found
    ]


def _cost(task, planned) -> tuple[str, str]:
    """Return what a task has cost or is to cost, and how that looks: orange is more than was planned."""
    if task.status == Task.Status.DONE:
        return money(task.cost), "text-orange" if task.cost > task.planned else ""
    return (planned % {"cost": money(task.planned)}, "text-secondary") if task.status == OPEN else ("", "")


@lru_cache(maxsize=64)
def _task_badge(status, is_late, language):
    color = "red" if is_late else TASK_COLORS[status]
    return format_html('<span class="badge bg-{}-lt">{}</span>', color, Task.Status(status).label)


def _customer(task, hidden) -> tuple[str, str, str]:
    """Return grade and name of a task's customer; of one out of sight, `hidden` in the third place."""
    if task.seen_customer:
        return grade(task.seen_customer.grade), task.seen_customer.name, ""
    return "", "", hidden if task.customer_id else NOTHING


def waiting(seats, *, open_at) -> list[tuple]:
    """Return what each line of the inbox shows; `open_at` is the seat whose case is open below its line."""
    today, choose = timezone.localdate(), _("Choose %(name)s")
    return [
        (
            SafeString(f"{seat.plan_id}:{seat.plan.version_id}"),
            SafeString(f"?plan={seat.plan_id}"),
            seat.plan.name,
            choose % {"name": seat.plan.name},
            _words(seat, today),
            open_at is not None and seat.pk == open_at.pk,
        )
        for seat in seats
    ]


def _words(seat, today):
    """Say a line of the inbox: for how many, for how much, since when, in whose stead."""
    plan, days = seat.plan, (today - local_date(seat.since)).days
    words = [
        ngettext("%d customer", "%d customers", plan.reach) % plan.reach,
        _("%(sum)s yuan") % {"sum": money(plan.budget)},
        ngettext("waits %d day", "waits %d days", days) % days if days > 0 else _("since today"),
    ]
    if seat.stands_for:
        words.append(_("for %(name)s") % {"name": seat.stands_for})
    return " · ".join(words)


def badge(status: str) -> str:
    """Return how a state looks."""
    return _badge(status, get_language())


@lru_cache(maxsize=128)
def _badge(status, language):
    return format_html('<span class="badge bg-{}-lt">{}</span>', COLORS[status], Status(status).label)


def _waited_for(plan) -> str:
    """Return who may decide, first in turn; "" when nobody is waited for."""
    if not plan.waits_for:
        return ""
    return f"{plan.waits_for[0]} …" if len(plan.waits_for) > 1 else str(plan.waits_for[0])


def _address(view: str) -> str:
    """Return the address of a page with a place for the id of its plan or task."""
    return reverse(view, args=[0]).replace("0", "%d")
