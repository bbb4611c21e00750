import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from staff import calendar, months
from staff.models import Day, WorkingHours
from tests.factories import UserFactory
from tests.visits.days import at
from tests.walls.racing import racers

NATIONAL_DAY = dt.date(2026, 10, 1)
TUESDAY = dt.date(2026, 6, 9)


@pytest.fixture
def admin(db, client):
    with at(dt.date(2026, 6, 1)):
        client.force_login(UserFactory(administrator=True))
        yield client


def say(client, on, state, name=""):
    return client.post(reverse("staff:day_edit"), {"on": on.isoformat(), "state": state, "name": name})


def test_the_year_shows_holidays_and_the_weekend_days_on_which_people_work(admin):
    page = admin.get(reverse("staff:calendar"), {"year": "2026"})
    notes = {month.first.month: month.notes for month in page.context["months"]}
    assert notes[10] == ["1–7 National Day", "work on 10"]
    assert (
        page.context["months"][5].working == Day.objects.filter(day__year=2026, day__month=6, is_working=True).count()
    )


@pytest.mark.parametrize("year", ["1066", "9999", "x", "", "２０２６"])
def test_a_year_beyond_the_calendar_leads_to_the_nearest(admin, year):
    assert admin.get(reverse("staff:calendar"), {"year": year}).context["year"] in {2020, 2026, 2030}


def test_a_day_off_has_its_name_and_moves_the_working_days_on(admin):
    before = Day.objects.get(day=dt.date(2026, 6, 10)).number
    assert say(admin, TUESDAY, "off", "店庆").status_code == 302
    day = Day.objects.get(day=TUESDAY)
    assert (day.is_working, day.name, day.is_edited, day.opens_on) == (False, "店庆", True, dt.date(2026, 6, 10))
    assert Day.objects.get(day=dt.date(2026, 6, 10)).number == before - 1
    assert calendar.closed_name(TUESDAY) == "店庆"
    assert "9 店庆" in months.of_year(2026)[5].notes


def test_a_holiday_can_be_worked_and_given_back(admin):
    say(admin, NATIONAL_DAY, "working")
    calendar.sync()
    assert calendar.opens_on(NATIONAL_DAY) == NATIONAL_DAY
    say(admin, NATIONAL_DAY, "announced")
    day = Day.objects.get(day=NATIONAL_DAY)
    assert (day.is_working, day.name, day.is_edited) == (False, "National Day", False)
    assert calendar.opens_on(NATIONAL_DAY) == dt.date(2026, 10, 8)


@pytest.mark.parametrize(
    ("on", "state", "field"),
    [
        (dt.date(2026, 5, 29), "off", "on"),
        (dt.date(2050, 1, 3), "off", "on"),
        (TUESDAY, "", "state"),
        (TUESDAY, "perhaps", "state"),
    ],
)
def test_a_day_that_is_over_or_unknown_is_refused(admin, on, state, field):
    response = say(admin, on, state)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not Day.objects.filter(is_edited=True).exists()


def test_the_form_opens_on_the_day_as_it_stands(admin):
    say(admin, TUESDAY, "off", "店庆")
    form = admin.get(reverse("staff:day_edit"), {"on": TUESDAY.isoformat()}).context["form"]
    assert form.initial == {"on": TUESDAY, "state": "off", "name": "店庆"}


HOURS = {"opens": "09:00", "rests_from": "12:00", "rests_until": "13:30", "closes": "18:00"}


def test_the_working_hours_are_one_row_however_often_saved(admin):
    for closes in ("17:00", "17:30"):
        assert admin.post(reverse("staff:hours_edit"), HOURS | {"closes": closes}).status_code == 302
    assert WorkingHours.objects.get().closes == dt.time(17, 30)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"opens": "12:30"}, "rests_from"),
        ({"rests_until": "11:00"}, "rests_until"),
        ({"closes": "13:30"}, "closes"),
        ({"closes": "25:00"}, "closes"),
        ({"opens": ""}, "opens"),
    ],
)
def test_hours_out_of_order_are_said_beside_the_later_one(admin, wrong, field):
    response = admin.post(reverse("staff:hours_edit"), HOURS | wrong)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not WorkingHours.objects.exists()


def test_a_day_without_a_rest_is_possible(admin):
    assert admin.post(reverse("staff:hours_edit"), HOURS | {"rests_until": "12:00"}).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_days_changed_at_once_are_all_counted():
    """Each change counts all days anew; without waiting for one another they would forget each other's."""
    today = timezone.localdate()
    days = [day.day for day in Day.objects.filter(day__gt=today, is_working=True)[:6]]
    with racers(6) as them:
        assert them.run(*[lambda on=on: calendar.say(on, is_working=False) for on in days]) == [None] * 6
    numbers = list(Day.objects.filter(is_working=True).order_by("day").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_calendar_that_is_up_to_date_is_left_alone(db):
    assert calendar.sync() == 0
    Day.objects.filter(day=NATIONAL_DAY).update(is_working=True)
    assert calendar.sync() == 1
