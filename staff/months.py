"""A year of the company's calendar as a page draws it."""

import datetime as dt
from calendar import Calendar
from dataclasses import dataclass, field
from itertools import groupby

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.lib.looks import listed
from staff import calendar
from staff.models import Day

WEEKDAYS = Calendar(firstweekday=0)


@dataclass
class Month:
    """`weeks` hold seven days each, None outside of the month; `notes` say in words what is out of the ordinary."""

    first: dt.date
    weeks: list[list]
    working: int
    notes: list[str] = field(default_factory=list)

    @property
    def summary(self) -> str:
        return ngettext("%(number)d working day", "%(number)d working days", self.working) % {"number": self.working}


def address(on: dt.date) -> str:
    return f"{reverse('staff:calendar')}?year={on.year}#month-{on.month}"


def of_year(year: int) -> list[Month]:
    days = {day.day: _dressed(day) for day in Day.objects.filter(day__year=year)}
    return [_month(dt.date(year, number, 1), days) for number in range(1, 13)]


def _dressed(day):
    """Add what a cell shows: what kind of day it is, and in words why."""
    weekend = day.day.weekday() >= 5
    day.kind = ("moved" if weekend else "work") if day.is_working else ("holiday" if day.name or not weekend else "off")
    day.title = _title(day)
    day.is_past = day.day < timezone.localdate()
    return day


def _title(day):
    if day.kind in {"work", "off"}:
        return _("changed by hand") if day.is_edited else ""
    if day.kind == "moved":
        return _("people work on this weekend day")
    return calendar.holiday_name(day.name) or _("day off")


def _month(first, days):
    weeks = [
        [days.get(date) if date.month == first.month else None for date in week]
        for week in WEEKDAYS.monthdatescalendar(first.year, first.month)
    ]
    own = [day for week in weeks for day in week if day]
    return Month(first, weeks, sum(day.is_working for day in own), [*_notes(own)])


def _notes(days):
    """Yield a line for each run of holidays of one name, then one for the weekend days on which people work."""
    for (kind, title), run in groupby(days, key=lambda day: (day.kind, day.title)):
        numbers = [day.day.day for day in run]
        if kind == "holiday":
            span = str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"
            yield f"{span} {title}"
    moved = listed(day.day.day for day in days if day.kind == "moved")
    if moved:
        yield _("work on %(days)s") % {"days": moved}
