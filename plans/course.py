"""The course of an approved plan: amended, paused, resumed, ended (policy 6.3)."""

from django.db import transaction
from django.utils import timezone

from plans import content, holding, telling, work
from plans.models import Plan, Task


def amend(plan: Plan, *, note: str, by) -> None:
    """Open the wording of a running plan for changes, which go through its chain again; its tasks go on."""
    with plan.moving("amend", by=by) as event:
        event.note = note
        plan.edition += 1
        plan.updated_at = timezone.now()
    telling.tell_approved()  # of the version in force, before another one can be


def discard(plan: Plan, *, by) -> None:
    """Give an amendment up: the wording is again exactly the version in force."""
    with plan.moving("discard", by=by):
        content.restore(plan, plan.in_force.content)
        plan.budget, plan.reach, plan.turnover = plan.in_force.budget, plan.in_force.reach, plan.in_force.turnover
        plan.edition += 1
        plan.updated_at = timezone.now()


def pause(plan: Plan, *, reason: str, by) -> None:
    """Let the tasks rest; the plan goes on holding its customers."""
    with plan.moving("pause", by=by) as event:
        event.note = plan.reason = reason
        plan.updated_at = timezone.now()


def resume(plan: Plan, *, by) -> None:
    with plan.moving("resume", by=by):
        plan.reason = ""
        plan.updated_at = timezone.now()


def end(plan: Plan, *, reason: str, by) -> None:
    """End the plan, at its last day or before it with a `reason`: open tasks are cancelled, its customers let go."""
    with transaction.atomic():
        with plan.moving("end", by=by) as event:
            event.note = plan.reason = reason
            plan.ended_at = plan.updated_at = timezone.now()
        open_tasks = plan.tasks.open()
        work.take_back(open_tasks, by=by)
        open_tasks.update(status=Task.Status.CANCELLED, result=reason)
        holding.follow(plan)
        telling.tell_customers(plan, "end", by=by)


def drop(plan: Plan, *, by) -> None:
    """Give a draft up."""
    with plan.moving("drop", by=by):
        plan.updated_at = timezone.now()
