"""When not to call (policy 5.6): rest at noon and at night, days off, and the contact's own quiet hours."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from customers.models import Contact
from staff.models import Day
from visits import quiet

pytestmark = pytest.mark.django_db
FRIDAY = "2026-06-05"


def rests(now, quiet_from=None, quiet_until=None):
    moment = dt.datetime.fromisoformat(f"{now}:00+08:00")
    contact = Contact(quiet_from=quiet_from and dt.time.fromisoformat(quiet_from))
    contact.quiet_until = quiet_until and dt.time.fromisoformat(quiet_until)
    return quiet.contact_rests(contact, quiet.CompanyHours.at(moment), moment)


@pytest.mark.parametrize(
    ("time", "own", "text"),
    [
        ("10:00", (), None),
        ("12:00", (), "quiet until 13:30"),
        ("13:29", (), "quiet until 13:30"),
        ("13:30", (), None),
        ("07:15", (), "quiet until 09:00"),
        ("10:00", ("09:30", "10:30"), "quiet until 10:30"),
        ("10:30", ("09:30", "10:30"), None),
        ("12:10", ("13:00", "14:30"), "quiet until 14:30"),  # one rest leads into the next
        ("10:00", ("22:00", "10:15"), "quiet until 10:15"),  # over midnight
        ("17:30", ("17:00", "10:00"), "quiet until 06-08 10:00"),  # over the weekend, and their own morning
        ("18:00", (), "quiet until 06-08 09:00"),
    ],
)
def test_on_a_working_day(time, own, text):
    assert rests(f"{FRIDAY}T{time}", *own) == text


@pytest.mark.parametrize(
    ("now", "text"),
    [
        ("2026-06-06T10:00", "quiet until 06-08 09:00"),
        ("2026-06-07T23:00", "quiet until tomorrow 09:00"),
        ("2026-06-04T20:00", "quiet until tomorrow 09:00"),
        ("2026-09-30T18:30", "quiet until 10-08 09:00"),
        ("2026-10-10T10:00", None),  # a Saturday on which people work
    ],
)
def test_on_days_off_until_people_work_again(now, text):
    assert rests(now) == text


def test_a_day_made_a_holiday_is_one():
    Day.objects.filter(day="2026-06-05").update(is_working=False, opens_on="2026-06-08")
    assert rests(f"{FRIDAY}T10:00") == "quiet until 06-08 09:00"


def test_it_is_the_companys_time_wherever_the_reader_is():
    now = dt.datetime(2026, 6, 5, 4, 30, tzinfo=ZoneInfo("UTC"))
    assert quiet.contact_rests(None, quiet.CompanyHours.at(now), now) == "quiet until 13:30"


def test_who_rests_at_all_hours_rests_still():
    assert rests(f"{FRIDAY}T10:00", "09:00", "18:00") is not None


def test_it_asks_the_same_number_of_queries_for_any_number_of_contacts(django_assert_num_queries):
    now = dt.datetime.fromisoformat("2026-06-05T12:10:00+08:00")
    with django_assert_num_queries(2), translation.override("en"):
        hours = quiet.CompanyHours.at(now)
        assert {quiet.contact_rests(Contact(), hours, now) for _n in range(3)} == {"quiet until 13:30"}
