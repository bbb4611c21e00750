"""Days that people choose for what comes next: one answer to a past day, a holiday or a slip of the year."""

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.dates import add_months
from crm.lib.looks import day_name
from staff import calendar

MONTHS_AHEAD = 12


class DayInput(forms.DateInput):
    """The browser's own calendar, open from today to a year ahead."""

    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%d")

    def build_attrs(self, base_attrs, extra_attrs=None):
        today = timezone.localdate()
        limits = {"min": today.isoformat(), "max": last_day(today).isoformat()}
        return limits | super().build_attrs(base_attrs, extra_attrs)


class WorkingDayField(forms.DateField):
    """A working day, not past, at most a year ahead; `check_working_day` says what is wrong with another."""

    widget = DayInput

    def validate(self, value):
        super().validate(value)
        if value is not None:
            check_working_day(value)


def last_day(today: dt.date) -> dt.date:
    return add_months(today, MONTHS_AHEAD)


def check_working_day(day: dt.date) -> None:
    """Raise ValidationError, naming a day that will do, unless `day` is a working day from today to a year ahead."""
    today = timezone.localdate()
    if day < today:
        raise ValidationError(_("%(day)s is past. Today is %(today)s.") % _names(day=day, today=today))
    if day > last_day(today):
        text = _("%(day)s is more than a year ahead. The last day that can be chosen is %(last)s.")
        raise ValidationError(text % _names(day=day, last=last_day(today)))
    holiday = calendar.closed_name(day)
    if holiday is not None:
        raise ValidationError(closed_text(day, holiday))


def closed_text(day: dt.date, holiday: str) -> str:
    """Return that nobody works on `day`, why, and when people do again; `holiday` is "" for a weekend."""
    names = _names(day=day, next=calendar.opens_on(day))
    if not holiday:
        return _("%(day)s is a weekend. The next working day is %(next)s.") % names
    names["holiday"] = calendar.holiday_name(holiday)
    return _("%(day)s is a holiday (%(holiday)s). The next working day is %(next)s.") % names


def _names(**days):
    return {key: day_name(day) for key, day in days.items()}
