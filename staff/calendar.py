"""The company's calendar: which days people work, from the Chinese calendar and from what an administrator says.

The table `staff.Day` reaches from EARLIEST to AHEAD_YEARS beyond this year, so that SQL finds the next working day by a
join. Beyond the years whose holidays are announced, Monday to Friday count as working days until they are.
"""

import datetime as dt

import chinese_calendar
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from staff.changes import calendar_changed
from staff.models import Day, WorkingHours

EARLIEST = dt.date(2020, 1, 1)
AHEAD_YEARS = 4
# The names that the Chinese calendar gives in English, in the reader's language.
HOLIDAYS = {
    "New Year's Day": _("New Year's Day"),
    "Spring Festival": _("Spring Festival"),
    "Tomb-sweeping Day": _("Tomb-sweeping Day"),
    "Labour Day": _("Labour Day"),
    "Dragon Boat Festival": _("Dragon Boat Festival"),
    "Mid-autumn Festival": _("Mid-autumn Festival"),
    "National Day": _("National Day"),
    "Anti-Fascist 70th Day": _("70th anniversary of victory in the war"),
}
NUMBER = """
    WITH counted AS (
        SELECT day, min(day) FILTER (WHERE is_working) OVER later AS opens_on,
               count(*) FILTER (WHERE is_working) OVER earlier + (NOT is_working)::int AS number
        FROM staff_day
        WINDOW later AS (ORDER BY day ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING),
               earlier AS (ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    )
    UPDATE staff_day d SET opens_on = coalesce(c.opens_on, d.day), number = c.number
    FROM counted c
    WHERE d.day = c.day AND (d.opens_on, d.number) IS DISTINCT FROM (coalesce(c.opens_on, d.day), c.number)
"""


def announced(day: dt.date) -> tuple[bool, str]:
    """Return whether people work on `day` by the Chinese calendar, and the English name of its holiday.

    A year not announced yet knows weekends only.
    """
    try:
        is_off, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return day.weekday() < 5, ""
    return not is_off, name or ""


def last_day(today: dt.date | None = None) -> dt.date:
    """Return the last day that the table reaches to."""
    return dt.date((today or timezone.localdate()).year + AHEAD_YEARS, 12, 31)


def sync(today: dt.date | None = None) -> int:
    """Bring the table up to date with the calendar; return how many days changed. An administrator's word stays."""
    last = last_day(today)
    if not any(_differences(last)):
        return 0
    with transaction.atomic():
        _hold()
        is_first = not Day.objects.exists()
        new, changed = _differences(last)
        Day.objects.bulk_create(new, ignore_conflicts=True)
        Day.objects.bulk_update(changed, ["is_working", "name"])
        renumber()
        if not is_first:  # nobody counted by it before; the tables of the rooms above may not be there yet
            calendar_changed()
    return len(new) + len(changed)


def _differences(last):
    """Return the days up to `last` that are missing, and those that the calendar has announced otherwise."""
    known = {day.day: day for day in Day.objects.all()}
    new, changed = [], []
    for n in range((last - EARLIEST).days + 1):
        date = EARLIEST + dt.timedelta(days=n)
        is_working, name = announced(date)
        day = known.get(date)
        if day is None:
            new.append(Day(day=date, is_working=is_working, name=name, opens_on=date, number=0))
        elif not day.is_edited and (day.is_working, day.name) != (is_working, name):
            day.is_working, day.name = is_working, name
            changed.append(day)
    return new, changed


def _hold():
    """Let nobody else change a day until the transaction ends: numbers are counted over all of them; readers go on."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE staff_day IN SHARE ROW EXCLUSIVE MODE")


def renumber():
    """Write anew which day each day opens on and its number, after days have changed."""
    with connection.cursor() as cursor:
        cursor.execute(NUMBER)


def say(on: dt.date, *, is_working: bool, name: str = "") -> None:
    """Let `on` be a working day or a day off whatever is announced; callbacks leave a day off in the next night."""
    _write(on, is_working=is_working, name=name, is_edited=True)


def as_announced(on: dt.date) -> None:
    """Take back what was said of `on`: it is what the Chinese calendar announces."""
    is_working, name = announced(on)
    _write(on, is_working=is_working, name=name, is_edited=False)


def _write(on, **fields):
    with transaction.atomic():
        _hold()
        Day.objects.filter(day=on).update(**fields)
        renumber()
        calendar_changed()


def opens_on(day: dt.date) -> dt.date:
    """Return `day` when people work on it, else the next working day."""
    found = Day.objects.filter(day=day).values_list("opens_on", flat=True).first()
    return found or day


def holiday_name(name: str) -> str:
    """Return the name of a holiday in the reader's language; what an administrator called it stays as written."""
    return str(HOLIDAYS.get(name, name))


def closed_name(day: dt.date) -> str | None:
    """Return None for a working day, else the name of the holiday ("" for a weekend)."""
    found = Day.objects.filter(day=day).values_list("is_working", "name").first()
    return None if found is None or found[0] else found[1]


def days_ahead(days) -> dict[dt.date, dt.date]:
    """Return for each of `days` the working day that it opens on, in one query."""
    found = dict(Day.objects.filter(day__in=days).values_list("day", "opens_on"))
    return {day: found.get(day, day) for day in days}


def working_days(first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the working days from `first` to `last`, both included."""
    days = Day.objects.filter(day__range=(first, last), is_working=True)
    return list(days.order_by("day").values_list("day", flat=True))


def working_days_between(first: dt.date, last: dt.date) -> int:
    """Return how many working days lie after `first`, up to and including `last`."""
    return Day.objects.filter(day__gt=first, day__lte=last, is_working=True).count()


def rest_until(now: dt.datetime, spans) -> dt.time | None:
    """Return until when somebody rests at the moment `now` (company time), None when they may be called.

    `spans` are pairs of times (from, until); one that ends before it begins goes over midnight.
    """
    clock = timezone.localtime(now, timezone.get_default_timezone()).time()
    ends = [until for start, until in spans if _within(clock, start, until)]
    return max(ends) if ends else None


def _within(clock, start, until):
    return start <= clock < until if start <= until else clock >= start or clock < until


def company_rests(hours: WorkingHours):
    """Return the spans of a working day in which customers rest."""
    return [(hours.closes, hours.opens), (hours.rests_from, hours.rests_until)]


def is_announced(year: int) -> bool:
    """Whether the holidays of `year` are known; until then only its weekends are off."""
    try:
        chinese_calendar.get_holiday_detail(dt.date(year, 12, 31))
    except NotImplementedError:
        return False
    return True
