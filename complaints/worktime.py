"""Working time as a clock counts it: the company's hours on its working days, without the rest at noon (policy 5.6).

Pure functions over moments; intervals are pairs (from, until) of aware datetimes.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

Span = tuple[dt.datetime, dt.datetime]
# Nothing is due later: a calendar without working days ends the search.
HORIZON = dt.timedelta(days=3 * 366)


@dataclass(frozen=True)
class WorkTime:
    """When people work: `works(day)` says on which days, `hours` are (from, until) of such a day, in order."""

    works: Callable[[dt.date], bool]
    hours: tuple[tuple[dt.time, dt.time], ...]
    zone: dt.tzinfo

    def spans(self, start: dt.datetime, stops: Iterable[Span] = ()) -> Iterator[Span]:
        """Yield the working intervals from `start` on, in order, without the times of `stops`."""
        stops = sorted(stops)
        day = start.astimezone(self.zone).date()
        last = day + HORIZON
        while day <= last:
            if self.works(day):
                for opens, closes in self.hours:
                    began = max(start, dt.datetime.combine(day, opens, self.zone))
                    ended = dt.datetime.combine(day, closes, self.zone)
                    yield from _without(began, ended, stops)
            day += dt.timedelta(days=1)

    def elapsed(self, start: dt.datetime, end: dt.datetime, stops: Iterable[Span] = ()) -> dt.timedelta:
        """Return the working time between two moments, stops left out."""
        total = dt.timedelta(0)
        for began, ended in self.spans(start, stops):
            if began >= end:
                break
            total += min(ended, end) - began
        return total

    def due(self, start: dt.datetime, span: dt.timedelta, stops: Iterable[Span] = ()) -> dt.datetime | None:
        """Return the moment at which `span` of working time is over; None when that is never."""
        left = span
        for began, ended in self.spans(start, stops):
            if left <= ended - began:
                return began + left
            left -= ended - began
        return None


def _without(began, ended, stops) -> Iterator[Span]:
    """Yield what of an interval lies in none of `stops`, which are sorted."""
    for since, until in stops:
        if until <= began or since >= ended:
            continue
        if since > began:
            yield began, since
        began = max(began, until)
    if began < ended:
        yield began, ended
