"""Tickets due soon or late rise: to whoever works on it, the supervisor, the manager, the director (policy 7.9)."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from complaints import clocks, telling
from complaints.models import Target, Ticket
from complaints.reviewing import nearest_leaders
from complaints.steps import told
from staff.roles import Role

IN_TIME, WARNED, SUPERVISOR, MANAGER, DIRECTOR = range(5)
ROLES = {SUPERVISOR: Role.SUPERVISOR, MANAGER: Role.MANAGER, DIRECTOR: Role.DIRECTOR}
# Nobody is warned longer before, in calendar time.
SOON = dt.timedelta(days=30)


def level_of(ticket: Ticket, now: dt.datetime, at, targets) -> int:
    """Return how far the ticket has risen by the moment `now`, by its first answer or its resolution."""
    limit = clocks.limits(ticket, targets)
    stops = [(stop.since, stop.until) for stop in ticket.stops.all() if stop.until]
    gone = at.elapsed(ticket.received_at, now, stops)
    limits = [dt.timedelta(minutes=limit.resolve)]
    if ticket.answered_at is None:
        limits.append(dt.timedelta(minutes=limit.first))
    return max(_level(gone, allowed) for allowed in limits)


def _level(gone, allowed):
    if gone < allowed * clocks.WARNED_AT:
        return IN_TIME
    if gone < allowed:
        return WARNED
    over = gone - allowed
    return SUPERVISOR + (over >= clocks.MANAGER_AFTER) + (over >= clocks.DIRECTOR_AFTER)


def run(*, now: dt.datetime | None = None) -> int:
    """Tell whom it concerns of each ticket that has risen since the last call; return how many have.

    One whose time was prolonged sinks again, silently. Each level is told of once.
    """
    now = now or timezone.now()
    at, targets = clocks.work_time(), list(Target.objects.all())
    risen = 0
    with transaction.atomic():
        tickets = Ticket.objects.open().filter(due_at__lte=now + SOON) | Ticket.objects.open().filter(level__gt=0)
        tickets = tickets.select_related("customer", "holder__team", "responsible").prefetch_related("stops")
        for ticket in tickets.order_by("pk").select_for_update(of=("self",), no_key=True, skip_locked=True):
            level = ticket.level if ticket.stopped_at else level_of(ticket, now, at, targets)
            if level != ticket.level:
                risen += level > ticket.level
                _rise(ticket, level)
    return risen


def _rise(ticket, level):
    for reached in range(ticket.level + 1, level + 1):
        if reached == WARNED:
            telling.notify(ticket, told(ticket), "warned")
        else:
            telling.notify(ticket, nearest_leaders(ticket, first=ROLES[reached]), "late")
        ticket.steps.create(verb="rise", by=None, data={"level": reached}, round=ticket.rounds)
    ticket.level = level
    ticket.save(update_fields=["level"])
