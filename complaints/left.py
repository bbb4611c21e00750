"""How much working time the clocks of a ticket have left (policy 7.9), as people read it."""

import datetime as dt
from dataclasses import dataclass

from django.db.models.functions import ExtractIsoWeekDay
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints import clocks
from complaints.models import Ticket
from complaints.worktime import WorkTime
from crm.lib.remembered import remembered
from staff.models import Day, WorkingHours

# A clock turns orange when less than this share of its working time is left.
SOON = 1 - clocks.WARNED_AT
HOUR = 60
LAST_WEEKDAY = 5
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Left:
    """Working minutes until `due_at`, negative beyond it; `color` is red beyond it and orange soon before."""

    minutes: int
    due_at: dt.datetime | None
    color: str
    text: str


class Clock:
    """Reads clocks for one page: the company's hours are asked for once, and remembered for moments."""

    def __init__(self, now: dt.datetime | None = None):
        self.now = now or timezone.now()
        exceptions, spans = remembered("complaints.hours", _hours)
        self.spans = spans
        works = lambda day: exceptions.get(day, day.isoweekday() <= LAST_WEEKDAY)  # noqa: E731
        self.time = WorkTime(works, spans, timezone.get_default_timezone())
        self.seconds = [(_minute(since) * 60, _minute(until) * 60) for since, until in spans]
        self.a_day = sum(closes - opens for opens, closes in self.seconds)
        self.first = self.last = self.now.astimezone(self.time.zone).date()
        self.sums = {self.first: 0}

    def resolution(self, ticket: Ticket) -> Left | None:
        """Return what is left until it is to be settled; None when it is closed."""
        if not ticket.is_open:
            return None
        if ticket.due_at is None:
            return self._left(ticket, ticket.left or 0, None)
        return self._until(ticket, ticket.due_at)

    def first_answer(self, ticket: Ticket) -> Left | None:
        """Return what is left until the first answer; None when it was given, or the clock stands."""
        return self._until(ticket, ticket.first_due_at) if ticket.first_due_at and ticket.is_open else None

    def _until(self, ticket, due_at):
        begin, end, sign = (self.now, due_at, 1) if due_at > self.now else (due_at, self.now, -1)
        minutes = int(self.worked(begin, end) // 60) * sign
        return self._left(ticket, min(minutes, -1) if sign < 0 else minutes, due_at)

    def _left(self, ticket, minutes, due_at):
        if minutes < 0:
            return Left(minutes, due_at, "red", _("%(time)s late") % {"time": self.said(-minutes)})
        gone = self.worked(ticket.received_at, self.now) / 60
        is_soon = due_at and minutes < (gone + minutes) * SOON
        text = _("%(time)s left") % {"time": self.said(minutes)}
        return Left(minutes, due_at, "orange" if is_soon else "green", text)

    def worked(self, begin: dt.datetime, end: dt.datetime) -> float:
        """Return the seconds of working time from `begin` to `end`, as `WorkTime.elapsed` does; for many pairs."""
        return self._since(end) - self._since(begin)

    def _since(self, moment):
        """Return the working seconds since the beginning of `self.first`, negative before it."""
        local = moment.astimezone(self.time.zone)
        day, second = local.date(), local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6
        gone = self._before(day)
        if self.time.works(day):
            for opens, closes in self.seconds:
                gone += min(max(second - opens, 0), closes - opens)
        return gone

    def _before(self, day):
        """Return the working seconds before `day`, counted day by day from those that are known."""
        while day > self.last:
            self.sums[self.last + DAY] = self.sums[self.last] + self.a_day * self.time.works(self.last)
            self.last += DAY
        while day < self.first:
            self.first -= DAY
            self.sums[self.first] = self.sums[self.first + DAY] - self.a_day * self.time.works(self.first)
        return self.sums[day]

    def said(self, minutes: int) -> str:
        """Return working minutes in words: working days and hours, or hours and minutes."""
        day = sum((_minute(until) - _minute(since)) for since, until in self.spans) or 8 * HOUR
        if minutes >= day:
            return _("%(days)d d %(hours)d h") % {"days": minutes // day, "hours": minutes % day // HOUR}
        if minutes >= HOUR:
            return _("%(hours)d h %(minutes)d min") % {"hours": minutes // HOUR, "minutes": minutes % HOUR}
        return _("%(minutes)d min") % {"minutes": minutes}


def _minute(moment: dt.time) -> int:
    return moment.hour * HOUR + moment.minute


def _hours():
    """Return the days that are worked otherwise than their weekday says, and the hours of a working day."""
    days = Day.objects.annotate(weekday=ExtractIsoWeekDay("day")).order_by()
    free = days.filter(is_working=False, weekday__lte=LAST_WEEKDAY).values_list("day", "is_working")
    worked = days.filter(is_working=True, weekday__gt=LAST_WEEKDAY).values_list("day", "is_working")
    hours = WorkingHours.current()
    return dict(free.union(worked)), ((hours.opens, hours.rests_from), (hours.rests_until, hours.closes))
