"""Calendar months in the company's time zone."""

import datetime as dt
from calendar import monthrange

from django.utils import timezone


def first_of_month(day: dt.date) -> dt.date:
    return day.replace(day=1)


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the same day `months` later (or earlier), clipped to the month's last day, as PostgreSQL does."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def moment(on: dt.date) -> dt.datetime:
    """Return now for today's date, else the start of `on` in the company's time zone."""
    if on == timezone.localdate():
        return timezone.now()
    return start_of(on)


def start_of(on: dt.date) -> dt.datetime:
    """Return 00:00 of `on` in the company's time zone."""
    return timezone.make_aware(dt.datetime.combine(on, dt.time.min), timezone.get_default_timezone())


def local_date(moment: dt.datetime) -> dt.date:
    """Return the business date of `moment`, in the company's time zone."""
    return timezone.localtime(moment, timezone.get_default_timezone()).date()
