"""Putting goals and measures into a plan's wording, and what saving would change of it."""

from django.db import transaction
from django.utils.translation import gettext as _

from plans import changes, content
from plans.models import Line, Plan


class HasTasks(ValueError):
    """A measure that is to go has tasks; its text says which, and the cure."""


def put_rows(plan: Plan, model, rows: list[dict]) -> None:
    """Let the goals or lines of `plan`, held by the caller, be exactly `rows`, in this order.

    A row with the `id` of one that is there changes it; others are new, also when their row is gone by now. Raises
    HasTasks when a line is to go that tasks belong to.
    """
    known = {record.pk: record for record in model.objects.filter(plan=plan)}
    for position, row in enumerate(rows):
        record = known.pop(row["id"], None) or model(plan=plan)
        for name, value in row.items():
            if name != "id":
                setattr(record, name, value)
        record.position = position
        record.save()
    if model is Line:
        _check_tasks(known)
    model.objects.filter(pk__in=known).delete()


def _check_tasks(lines):
    used = Line.objects.filter(pk__in=lines, tasks__isnull=False).first()
    if used:
        text = _("Tasks belong to the measure “%(what)s”: it stays. Set its price to 0 to spend nothing more on it.")
        raise HasTasks(text % {"what": used.what})


def against_saved(plan: Plan, write) -> list[changes.Change]:
    """Return what `write` would change of the wording as it is saved now, writing nothing."""
    with transaction.atomic():
        saved = content.freeze(plan)
        try:
            write(plan)
            mine = content.freeze(plan)
        except HasTasks:
            mine = saved
        transaction.set_rollback(True)
    plan.refresh_from_db()
    return changes.between(saved, mine)
