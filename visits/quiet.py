"""When not to call: the company's rest hours and days off, and the contact's own quiet hours (policy 5.6)."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.remembered import remembered
from staff import calendar
from staff.models import Day, WorkingHours

# So many days ahead are known: the longest holidays are shorter, and the log form proposes days up to a month.
DAYS_AHEAD = 31
# Rests that follow on one another are one rest, up to so many.
MOST_STEPS = 12


@dataclass(frozen=True)
class CompanyHours:
    """The company's hours, and the working day that each of the next days opens on; read once a page."""

    hours: WorkingHours
    opens_on: dict[dt.date, dt.date]

    @classmethod
    def at(cls, now: dt.datetime):
        today = _company_time(now).date()
        return remembered(f"company-hours-{today}", lambda: cls.read(today))

    @classmethod
    def read(cls, today: dt.date):
        days = Day.objects.filter(day__range=(today, today + dt.timedelta(days=DAYS_AHEAD)))
        return cls(WorkingHours.current(), dict(days.values_list("day", "opens_on")))


def contact_rests(contact, hours: CompanyHours, now: dt.datetime) -> str | None:
    """Return until when `contact` (None: anybody of a customer) rests, in the reader's words; None when awake."""
    until = rests_until(contact, hours, now)
    return _("quiet until %(time)s") % {"time": _clock(until, _company_time(now).date())} if until else None


def rests_until(contact, hours: CompanyHours, now: dt.datetime) -> dt.datetime | None:
    """Return when, in company time, `contact` may be called again; None when it may be called at `now`.

    Quiet hours that leave nothing of the working day go before the working hours.
    """
    start, own = _company_time(now), _own(contact)
    moment = _awake(start, [*calendar.company_rests(hours.hours), *own], hours) or _awake(start, own, hours) or start
    return moment if moment > start else None


def next_moment(contact, hours: CompanyHours, now: dt.datetime) -> dt.datetime:
    """Return `now` when `contact` may be called or written to, else the next moment at which it may."""
    return rests_until(contact, hours, now) or now


def _awake(moment, spans, hours):
    """Return the first moment from `moment` on that lies in no rest; None when the first few rests end in others."""
    for _step in range(MOST_STEPS):
        later = _end_of_rest(moment, spans, hours)
        if later is None:
            return moment
        moment = later
    return None


def _company_time(now):
    return timezone.localtime(now, timezone.get_default_timezone())


def _own(contact):
    return [(contact.quiet_from, contact.quiet_until)] if contact and contact.quiet_from and contact.quiet_until else []


def _end_of_rest(moment, spans, hours):
    """Return when the rest that `moment` lies in ends, None when it lies in none."""
    day = moment.date()
    opens_on = hours.opens_on.get(day, day)
    if opens_on != day:
        return moment.replace(**_parts(hours.hours.opens), year=opens_on.year, month=opens_on.month, day=opens_on.day)
    until = calendar.rest_until(moment, spans)
    if until is None:
        return None
    end = moment.replace(**_parts(until))
    return end if end > moment else end + dt.timedelta(days=1)


def _parts(time):
    return {"hour": time.hour, "minute": time.minute, "second": 0, "microsecond": 0}


def _clock(until, today):
    days = (until.date() - today).days
    if days == 0:
        return f"{until:%H:%M}"
    return _("tomorrow %(time)s") % {"time": f"{until:%H:%M}"} if days == 1 else f"{until:%m-%d %H:%M}"
