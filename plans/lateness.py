"""Tasks past their day: whose business they are by how long they wait (policy 6.3).

A late task is its author's from the first working day on; after some more it stands before the author's manager as
well, then before the director. Nothing is sent: the page of late tasks shows each leader what has come up to them.
"""

import datetime as dt
from bisect import bisect_right

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib.remembered import remembered
from plans.models import Task
from staff import calendar
from staff.models import Day
from staff.permissions import people_in_sight
from staff.roles import Role

# From how many working days past its day on a task concerns whom.
AUTHOR, MANAGER, DIRECTOR = 1, 3, 6
LEVELS = (DIRECTOR, MANAGER, AUTHOR)
CONCERNS = {Role.MANAGER: MANAGER, Role.DIRECTOR: DIRECTOR}
TITLES = {
    DIRECTOR: _("6 working days late or more: before the director"),
    MANAGER: _("3 to 5 working days late: before the manager"),
    AUTHOR: _("1 or 2 working days late: the author's"),
}


def level_for(user) -> int:
    """Return from how many working days on a late task of somebody else's plan is `user`'s business."""
    return CONCERNS.get(user.role, AUTHOR)


def cutoffs() -> dict[int, dt.date]:
    """Return for each level the date before which a task was due that is so many working days late, or more."""
    today = timezone.localdate()
    return remembered(f"plans.lateness-{today}", lambda: _cutoffs(today))


def _cutoffs(today):
    days = Day.objects.filter(day__lte=today, is_working=True).order_by("-day").values_list("day", flat=True)
    latest = list(days[:DIRECTOR])
    return {level: latest[level - 1] if len(latest) >= level else today - dt.timedelta(days=level) for level in LEVELS}


def late(user, level: int):
    """Return the late tasks in sight that are `level` or more working days late, and all late ones of own plans."""
    return _late(Task.objects.visible_to(user), user, level)


def counted(user, level: int):
    """Return a row for each of the same tasks: those of plans by people in sight first, then theirs in other plans.

    Each half is found by an index of its own, where the two in one question would go through all late tasks. The first
    names the plans, for which it need not look beyond the index.
    """
    people = people_in_sight(user)
    if people is None:
        return _late(Task.objects.all(), user, level).order_by().values("pk")
    parts = (Task.objects.filter(plan__author__in=people), Task.objects.filter(person__in=people))
    own, others = (_late(part, user, level).order_by() for part in parts)
    return own.values("plan").union(others.exclude(plan__author__in=people).values("pk"), all=True)


def _late(tasks, user, level):
    before = cutoffs()
    condition = Q(due_on__lt=before[level])
    if level > AUTHOR:
        condition |= Q(due_on__lt=before[AUTHOR], plan__author=user)
    return tasks.late(timezone.localdate()).filter(condition)


def mark(tasks) -> None:
    """Note on each of `tasks`, oldest first, how many working days it is late and on what level that is.

    The first of each level has `opens`, the level's title.
    """
    if not tasks:
        return
    working = calendar.working_days(tasks[0].due_on, timezone.localdate())
    before = None
    for task in tasks:
        task.days_late = len(working) - bisect_right(working, task.due_on)
        level = next((level for level in LEVELS if task.days_late >= level), AUTHOR)
        task.opens = TITLES[level] if level != before else ""
        before = level
