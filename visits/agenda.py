"""One person's days: callbacks, promises and visits on site, as the calendar and the private feed show them.

A day shows the first few entries and says how many more there are, so that a page costs the same whatever it holds.
Days are business dates in the company's time zone.
"""

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber, TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst

from crm.lib.dates import start_of
from customers.models import Customer
from staff import calendar
from staff.models import Day
from visits import permissions
from visits.models import Callback, Promise, SiteVisit

DAY = dt.timedelta(days=1)


@dataclass
class Entry:
    """A line of a day. `move_url` leads to the form that changes its day; only what is movable can be dragged."""

    kind: str
    icon: str
    title: str
    customer: str
    customer_url: str = ""
    move_url: str = ""
    is_movable: bool = False
    is_late: bool = False
    time: str = ""
    until: str = ""
    detail: str = ""


@dataclass
class DayOf:
    """A day of the calendar with its entries: at most so many as asked for, `total` in all."""

    day: dt.date
    is_working: bool
    holiday: str = ""
    is_today: bool = False
    entries: list[Entry] = field(default_factory=list)
    total: int = 0

    @property
    def more(self) -> int:
        return self.total - len(self.entries)


def days(user, person, first: dt.date, last: dt.date, *, limit: int) -> list[DayOf]:
    """Return the days from `first` to `last` with what `person` has to do on them, as `user` may see it."""
    found = _empty_days(first, last)
    between = (first, last)
    for rows, entry_of in (
        (site_visits(user, person, *between), _visit),
        (promises(user, person, *between), _promise),
        (callbacks(user, person, *between), _callback),
    ):
        for row in _first_of_each_day(rows, limit):
            day = found[row.day]
            if row.place == 1:
                day.total += row.count
            if len(day.entries) < limit:
                day.entries.append(entry_of(user, row))
    return list(found.values())


def _empty_days(first, last):
    known = {day.day: day for day in Day.objects.filter(day__range=(first, last))}
    today, found = timezone.localdate(), {}
    for n in range((last - first).days + 1):
        day = first + n * DAY
        of_table = known.get(day)
        is_working = of_table.is_working if of_table else day.weekday() < 5
        name = calendar.holiday_name(of_table.name) if of_table and of_table.name else ""
        found[day] = DayOf(day, is_working, name, is_today=day == today)
    return found


def _first_of_each_day(rows, limit):
    place = Window(RowNumber(), partition_by=[F("day")], order_by=["at", "id"])
    count = Window(Count("pk"), partition_by=[F("day")])
    return rows.annotate(place=place, count=count).filter(place__lte=limit).order_by("day", "place")


def callbacks(user, person, first, last):
    """Return the open callbacks that are `person`'s to make: two quick looks, of their customers and given to them."""
    planned = Callback.objects.open().filter(due_on__range=(first, last))
    own = planned.filter(person=None, customer__in=Customer.objects.filter(owner=person).values("pk"))
    given = planned.filter(person=person)
    rows = Callback.objects.visible_to(user).filter(pk__in=own.values("pk").union(given.values("pk")))
    return rows.select_related("customer", "rule").annotate(day=F("due_on"), at=F("due_on"))


def promises(user, person, first, last):
    rows = Promise.objects.visible_to(user).open().filter(owner=person, due_on__range=(first, last))
    return rows.select_related("customer").annotate(day=F("due_on"), at=F("due_on"))


def site_visits(user, person, first, last):
    between = (start_of(first), start_of(last + DAY))
    rows = SiteVisit.objects.visible_to(user).open().filter(planned_from__gte=between[0], planned_from__lt=between[1])
    rows = rows.filter(customer__in=Customer.objects.filter(owner=person).values("pk")).select_related("customer")
    return rows.annotate(day=TruncDate("planned_from", tzinfo=timezone.get_default_timezone()), at=F("planned_from"))


def _entry(user, row, **fields):
    links = permissions.sees_customer(user, row.customer)
    url = row.customer.get_absolute_url() if links else ""
    return Entry(customer=row.customer.name, customer_url=url, **fields)


def _callback(user, row):
    may_move = permissions.may_work_on(user, row)
    return _entry(
        user,
        row,
        kind="callback",
        icon="phone",
        title=capfirst(row.title),
        detail=row.reason_text,
        is_late=row.due_on < timezone.localdate(),
        is_movable=may_move,
        move_url=reverse("visits:callback_move", args=[row.pk]) if may_move else "",
    )


def _promise(user, row):
    return _entry(
        user,
        row,
        kind="promise",
        icon="heart-handshake",
        title=row.text,
        is_late=row.due_on < timezone.localdate(),
        move_url=reverse("visits:promise_renegotiate", args=[row.pk]),
    )


def _visit(user, row):
    start, until = (timezone.localtime(moment) for moment in (row.planned_from, row.planned_until))
    return _entry(
        user,
        row,
        kind="visit",
        icon="tool",
        title=capfirst(row.get_kind_display()),
        detail=row.task,
        is_late=row.planned_until < timezone.now(),
        time=f"{start:%H:%M}",
        until=f"{until:%H:%M}" if until.date() == start.date() else "",
        move_url=reverse("visits:site_edit", args=[row.pk]) if permissions.may_visit(user, row) else "",
    )
