"""The clocks of a ticket (policy 7.9): when its first answer and its resolution are due, in working time.

They begin with the moment it was received and stand while the customer is waited for. Whatever changes — severity,
grade, calendar, a limit — they are counted anew from the record of stops.
"""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from complaints.models import Stop, Target, Ticket
from complaints.worktime import WorkTime
from staff.models import Day, WorkingHours

# Shares of the time: warned from here on; beyond the limit, the manager and the director are asked after so much more.
WARNED_AT = 0.8
MANAGER_AFTER, DIRECTOR_AFTER = dt.timedelta(hours=4), dt.timedelta(hours=8)


def work_time() -> WorkTime:
    """Return the company's working time as its calendar and hours stand."""
    off = dict(Day.objects.order_by().values_list("day", "is_working"))
    hours = WorkingHours.current()
    spans = ((hours.opens, hours.rests_from), (hours.rests_until, hours.closes))
    return WorkTime(lambda day: off.get(day, day.weekday() < 5), spans, timezone.get_default_timezone())


def limits(ticket: Ticket, targets: list[Target]) -> Target:
    """Return the limits for the ticket's severity and its customer's grade, else for any grade."""
    grade = ticket.customer.grade if ticket.customer_id else ""
    fitting = [target for target in targets if target.severity == ticket.severity and target.grade in {grade, ""}]
    return max(fitting, key=lambda target: target.grade != "")


def set_due(ticket: Ticket, *, at: WorkTime | None = None, targets=None) -> bool:
    """Write on `ticket`, without saving it, when it is due or how much time is left; return whether that changed."""
    at, targets = at or work_time(), targets or list(Target.objects.all())
    limit = limits(ticket, targets)
    stops = [(stop.since, stop.until) for stop in ticket.stops.all()] if ticket.pk else []
    before = ticket.first_due_at, ticket.due_at, ticket.stopped_at, ticket.left
    running = next((since for since, until in stops if until is None), None)
    over = [stop for stop in stops if stop[1] is not None]
    resolve = dt.timedelta(minutes=limit.resolve)
    ticket.stopped_at, ticket.left = running, None
    if running or not ticket.is_open:
        gone = at.elapsed(ticket.received_at, running or ticket.closed_at, over)
        ticket.first_due_at = ticket.due_at = None
        ticket.left = int((resolve - gone).total_seconds() // 60)
    else:
        first = at.due(ticket.received_at, dt.timedelta(minutes=limit.first), over)
        ticket.first_due_at = None if ticket.answered_at else first
        ticket.due_at = at.due(ticket.received_at, resolve, over)
    return before != (ticket.first_due_at, ticket.due_at, ticket.stopped_at, ticket.left)


def stop(ticket: Ticket, *, reason: str, by) -> None:
    """Let the clock stand while the customer is waited for."""
    with ticket.moving("stop", by=by) as step:
        if ticket.stopped_at is None:
            Stop.objects.create(ticket=ticket, reason=reason, by=by)
        step.note = reason
        set_due(ticket)


def resume(ticket: Ticket, *, by) -> None:
    """Let the clock go on; whatever the customer says does so too."""
    with ticket.moving("resume", by=by):
        go_on(ticket)


def go_on(ticket: Ticket) -> None:
    """End the stop of `ticket`, which is held, if there is one; it is not saved."""
    ticket.stops.filter(until=None).update(until=timezone.now())
    set_due(ticket)


def recompute() -> int:
    """Count the clocks of all open tickets anew; return how many are due at another time now."""
    at, targets = work_time(), list(Target.objects.all())
    changed = []
    with transaction.atomic():
        tickets = Ticket.objects.open().select_related("customer").prefetch_related("stops").defer("text", "grams")
        for ticket in tickets.order_by("pk").select_for_update(of=("self",), no_key=True):
            if set_due(ticket, at=at, targets=targets):
                changed.append(ticket)
        Ticket.objects.bulk_update(changed, ["first_due_at", "due_at", "stopped_at", "left"], batch_size=500)
    return len(changed)
