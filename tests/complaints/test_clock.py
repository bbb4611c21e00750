"""The clocks of tickets, against an oracle that counts minute by minute (issue: over holidays and stops)."""

import datetime as dt
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from complaints.worktime import WorkTime

ZONE = ZoneInfo("Asia/Shanghai")
HOURS = ((dt.time(9), dt.time(12)), (dt.time(13, 30), dt.time(18)))
# The National Day week of 2026 is off; the Saturday after it is worked.
FIRST = dt.datetime(2026, 9, 28, tzinfo=ZONE)
OFF = {dt.date(2026, 10, day) for day in range(1, 8)}
EXTRA = {dt.date(2026, 10, 10)}
MINUTE = dt.timedelta(minutes=1)
REACH = 14 * 24 * 60


def works(day):
    return day in EXTRA or (day.weekday() < 5 and day not in OFF)


WORK = WorkTime(works, HOURS, ZONE)
MOMENTS = st.integers(0, REACH - 1).map(lambda minutes: FIRST + minutes * MINUTE)
STOPS = st.lists(st.tuples(MOMENTS, st.integers(0, 3000)), max_size=4).map(
    lambda pairs: [(since, since + minutes * MINUTE) for since, minutes in pairs]
)


def counts(moment, stops):
    """Whether the minute that begins at `moment` is working time that no stop takes away."""
    if not works(moment.date()) or not any(opens <= moment.time() < closes for opens, closes in HOURS):
        return False
    return not any(since <= moment < until for since, until in stops)


@settings(max_examples=60, deadline=None)
@given(start=MOMENTS, end=MOMENTS, stops=STOPS)
def test_working_time_between_two_moments_is_what_a_count_of_its_minutes_gives(start, end, stops):
    minutes = int((end - start) / MINUTE)
    expected = sum(counts(start + n * MINUTE, stops) for n in range(max(0, minutes)))
    assert WORK.elapsed(start, end, stops) == expected * MINUTE


@settings(max_examples=60, deadline=None)
@given(start=MOMENTS, minutes=st.integers(1, 2400), stops=STOPS)
def test_something_is_due_when_its_last_minute_is_over(start, minutes, stops):
    left, moment = minutes, start
    while left:
        left -= counts(moment, stops)
        moment += MINUTE
    due = WORK.due(start, minutes * MINUTE, stops)
    assert due == moment
    assert WORK.elapsed(start, due, stops) == minutes * MINUTE


def test_a_calendar_without_working_days_has_no_due_moment():
    assert WorkTime(lambda day: False, HOURS, ZONE).due(FIRST, MINUTE) is None
