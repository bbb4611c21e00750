"""When a customer may be written to: working days and hours, never at the rest or in a contact's quiet hours (5.6)."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from crm.lib.dates import start_of
from staff import calendar
from staff.models import WorkingHours

DAYS_AHEAD = 30
STEPS = 3 * DAYS_AHEAD


@dataclass(frozen=True)
class Openings:
    """The company's rests, and for each day from today on the working day it opens on; read once for many messages."""

    rests: list[tuple[dt.time, dt.time]]
    opens_on: dict[dt.date, dt.date]

    @classmethod
    def load(cls):
        today = timezone.localdate()
        days = [today + dt.timedelta(days=n) for n in range(DAYS_AHEAD)]
        return cls(calendar.company_rests(WorkingHours.current()), calendar.days_ahead(days))

    def next(self, now: dt.datetime, contact=None) -> dt.datetime:
        """Return `now` when `contact` may be written to, else the next moment at which they may.

        Quiet hours that leave nothing of the working day go before the working hours.
        """
        has_quiet = contact and contact.quiet_from and contact.quiet_until
        quiet = [(contact.quiet_from, contact.quiet_until)] if has_quiet else []
        return self._first(now, [*self.rests, *quiet]) or self._first(now, quiet) or now

    def _first(self, now, rests):
        moment = now
        for _step in range(STEPS):
            later = self._later(moment, rests)
            if later is None:
                return moment
            moment = later
        return None

    def _later(self, moment, rests):
        """Return a later moment to try, None when nobody rests at `moment`."""
        local = timezone.localtime(moment, timezone.get_default_timezone())
        opens_on = self.opens_on.get(local.date(), local.date())
        if opens_on != local.date():
            return start_of(opens_on)
        until = calendar.rest_until(local, rests)
        if until is None:
            return None
        over_midnight = dt.timedelta(days=int(until <= local.time()))
        return timezone.make_aware(dt.datetime.combine(local.date() + over_midnight, until), local.tzinfo)
