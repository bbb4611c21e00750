"""A person's month, week or day: what is planned, and moving it (policy 5.5)."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_safe

from crm.lib.dates import add_months, first_of_month
from crm.lib.looks import day_name
from crm.lib.shortcuts import render_page, require
from staff.models import User
from staff.permissions import is_leader
from staff.roles import Role
from visits import agenda, permissions

# Entries that a day shows before it says how many more there are.
LIMITS = {"month": 4, "week": 12, "day": 200}
VIEWS = (
    ("month", pgettext_lazy("calendar", "Month")),
    ("week", pgettext_lazy("calendar", "Week")),
    ("day", pgettext_lazy("calendar", "Day")),
)
YEARS = 10
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(days=7)


@dataclass(frozen=True)
class Span:
    """The days that one page of the calendar shows, those before and after it."""

    view: str
    on: dt.date

    @classmethod
    def of(cls, get):
        """Read what was asked for; anything odd is this month, a day far away is today."""
        view, today = get("view"), timezone.localdate()
        try:
            on = dt.date.fromisoformat(get("on", ""))
        except ValueError:
            on = today
        return cls(view if view in LIMITS else "month", on if abs(on.year - today.year) <= YEARS else today)

    @property
    def first(self) -> dt.date:
        start = first_of_month(self.on) if self.view == "month" else self.on
        return start if self.view == "day" else start - start.weekday() * DAY

    @property
    def last(self) -> dt.date:
        if self.view == "month":
            end = add_months(first_of_month(self.on), 1) - DAY
            return end + (6 - end.weekday()) * DAY
        return self.first + (6 * DAY if self.view == "week" else 0 * DAY)

    @property
    def previous(self) -> dt.date:
        return self._step(-1)

    @property
    def next(self) -> dt.date:
        return self._step(1)

    def _step(self, n):
        if self.view == "month":
            return add_months(first_of_month(self.on), n)
        return self.on + n * (WEEK if self.view == "week" else DAY)

    @property
    def title(self) -> str:
        if self.view == "month":
            return date_format(self.on, "YEAR_MONTH_FORMAT")
        if self.view == "week":
            return f"{day_name(self.first)} – {day_name(self.last)}"
        return date_format(self.on, pgettext("today's date", "l, j F"))

    def shows(self, day: dt.date) -> bool:
        """Whether `day` belongs to it, not only to a week that it begins or ends in."""
        return self.view != "month" or (day.year, day.month) == (self.on.year, self.on.month)


@require_safe
def calendar(request):
    require(permissions.may_read_logs(request.user))
    span = Span.of(request.GET.get)
    people = _people(request.user)
    person = next((one for one in people if str(one.pk) == request.GET.get("person")), request.user)
    days = agenda.days(request.user, person, span.first, span.last, limit=LIMITS[span.view])
    for day in days:
        day.is_beside = not span.shows(day.day)
    context = {
        "span": span,
        "views": VIEWS,
        "weekdays": WEEKDAYS_ABBR.values(),
        "days": days,
        "is_empty": not any(day.total for day in days),
        "person": person,
        "people": people,
        "today": timezone.localdate(),
    }
    return render_page(request, "visits/calendar.html", context, fragment="calendar")


def _people(user):
    """Return the people whose calendar a leader may look into."""
    if not is_leader(user):
        return []
    people = User.objects.visible_to(user).active().exclude(role=Role.FINANCE)
    return list(people.only("name", "username").order_by("name", "pk"))
