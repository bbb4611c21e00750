"""A person's month, week and day: what it shows, whose it is, and what it costs."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from tests.factories import (
    CallbackFactory,
    CustomerFactory,
    PromiseFactory,
    SiteVisitFactory,
    TeamFactory,
    UserFactory,
    customer_for,
)
from visits import callbacks, sites
from visits.models import Callback, Purpose

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 9, 22)
URL = "/calendar/"


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(dt.datetime(2026, 9, 22, 2, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def person(client):
    person = UserFactory(name="李伟", team=TeamFactory(name="杭州组"))
    client.force_login(person)
    return person


@pytest.fixture
def customer(person):
    return CustomerFactory(name="丝路贸易", owner=person)


def days(client, **query):
    return {day.day: day for day in client.get(URL, query).context["days"]}


def titles(day):
    return [entry.title for entry in day.entries]


def test_the_month_shows_whole_weeks_with_days_off_and_their_names(client, person):
    month = days(client, on="2026-10-15")
    assert (min(month), max(month)) == (dt.date(2026, 9, 28), dt.date(2026, 11, 1))
    body = client.get(URL, {"on": "2026-10-15"}).content.decode()
    assert "October 2026" in body
    assert "National Day" in body
    off = {day for day in month if not month[day].is_working and month[day].day.month == 10}
    assert {dt.date(2026, 10, n) for n in range(1, 8)} <= off
    assert dt.date(2026, 10, 10) not in off


def test_callbacks_promises_and_visits_stand_on_their_days_each_with_its_time(client, person, customer):
    CallbackFactory(customer=customer, due_on=TODAY)
    PromiseFactory(customer=customer, text="报价", due_on=TODAY)
    late_evening = dt.datetime(2026, 9, 22, 15, 30, tzinfo=dt.UTC)  # 23:30 in the company's time zone
    SiteVisitFactory(customer=customer, planned_from=late_evening)
    CallbackFactory(customer=customer, purpose=Purpose.REPAIR, due_on=TODAY + dt.timedelta(days=1))
    shown = days(client, view="week")
    assert titles(shown[TODAY]) == ["Repair", "报价", "Follow-up"]
    assert shown[TODAY].entries[0].time == "23:30"
    assert titles(shown[TODAY + dt.timedelta(days=1)]) == ["After a repair"]


def test_what_is_closed_is_gone(client, person, customer):
    callback, promise, visit = (make(customer=customer) for make in (CallbackFactory, PromiseFactory, SiteVisitFactory))
    assert len(days(client, view="day")[TODAY].entries) == 3
    callbacks.skip(callback, reason="客户出差", by=person)
    promise.keep(note="", by=person)
    sites.cancel(visit, reason="改期", by=person)
    assert not days(client, view="day")[TODAY].entries


def test_a_full_day_shows_a_few_and_leads_to_all(client, person, customer):
    Callback.objects.bulk_create(CallbackFactory.build(customer=customer, purpose=f"rule-{n}") for n in range(14))
    PromiseFactory(customer=customer, text="报价")
    month = days(client)[TODAY]
    assert (len(month.entries), month.more) == (4, 11)
    assert titles(month)[0] == "报价"
    body = client.get(URL).content.decode()
    assert "+11 more" in body
    assert "?view=day&amp;on=2026-09-22" in body
    assert len(days(client, view="day")[TODAY].entries) == 15


@pytest.mark.parametrize("view", ["month", "week", "day"])
def test_thousands_of_callbacks_need_no_more_queries_than_none(
    client, person, customer, view, django_assert_num_queries
):
    client.get(URL, {"view": view})
    with django_assert_num_queries(7):  # session, person, days, visits, promises, callbacks, the sidebar's badge
        client.get(URL, {"view": view})
    Callback.objects.bulk_create(CallbackFactory.build(customer=customer, purpose=f"rule-{n}") for n in range(3000))
    with django_assert_num_queries(7):
        assert len(client.get(URL, {"view": view}).content) < 400_000


def test_a_leader_looks_into_the_calendars_of_people_in_sight_only(client, person, customer):
    CallbackFactory(customer=customer)
    stranger = CallbackFactory()
    client.force_login(UserFactory(supervisor=True, team=person.team))
    assert not days(client, view="day")[TODAY].entries
    assert [entry.is_movable for entry in days(client, view="day", person=person.pk)[TODAY].entries] == [True]
    assert not days(client, view="day", person=stranger.customer.owner_id)[TODAY].entries


def test_a_representative_sees_nobody_elses(client, person):
    other = CallbackFactory(customer__owner=UserFactory(team=person.team))
    assert not days(client, view="day", person=other.customer.owner_id)[TODAY].entries
    assert 'name="person"' not in client.get(URL).content.decode()


def test_a_callback_given_to_somebody_stands_in_their_calendar_not_in_the_owners(client, world):
    person, colleague = world.people["representative"], world.colleagues.team
    customer = customer_for(world, "representative", "team")
    Callback.objects.all().delete()
    CallbackFactory(customer=customer, purpose=Purpose.CALL_LIST, person=person, due_on=TODAY)
    client.force_login(world.people["supervisor"])
    assert "Call list" in titles(days(client, view="day", person=person.pk)[TODAY])
    assert "Call list" not in titles(days(client, view="day", person=colleague.pk)[TODAY])


def test_of_a_customer_out_of_sight_only_the_name_is_shown(client, person):
    promise = PromiseFactory(owner=person, follows=False, text="报价")
    [entry] = days(client, view="day")[TODAY].entries
    assert (entry.customer, entry.customer_url) == (promise.customer.name, "")


@pytest.mark.parametrize("query", [{"view": "year"}, {"on": "2026-13-01"}, {"on": "0001-01-01"}, {"person": "x"}])
def test_what_makes_no_sense_shows_this_month(client, person, query):
    response = client.get(URL, query)
    assert (response.status_code, response.context["span"].title) == (200, "September 2026")


@pytest.mark.parametrize(
    ("view", "previous", "following"),
    [
        ("month", dt.date(2026, 8, 1), dt.date(2026, 10, 1)),
        ("week", dt.date(2026, 9, 24), dt.date(2026, 10, 8)),
        ("day", dt.date(2026, 9, 30), dt.date(2026, 10, 2)),
    ],
)
def test_one_goes_from_one_span_to_the_next(client, person, view, previous, following):
    on = "2026-10-01" if view != "month" else "2026-09-30"
    span = client.get(URL, {"view": view, "on": on}).context["span"]
    assert (span.previous, span.next) == (previous, following)


def test_finance_has_no_calendar(client):
    client.force_login(UserFactory(finance=True))
    assert client.get(reverse("visits:calendar")).status_code == 403
