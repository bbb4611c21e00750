"""The private calendar address: made, renewed, revoked; what the file says, and what it does not."""

import datetime as dt
import logging

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar

from crm.logs import AccessLogger
from tests.access.cells import face
from tests.factories import CallbackFactory, ContactFactory, CustomerFactory, PromiseFactory, UserFactory
from visits import callbacks
from visits.models import CalendarFeed, Callback, Purpose, SiteVisit

pytestmark = pytest.mark.django_db
PAGE = "/calendar/feed/"


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(dt.datetime(2026, 9, 22, 2, tzinfo=dt.UTC), tick=False):
        yield dt.date(2026, 9, 22)


@pytest.fixture
def person(client):
    person = UserFactory(name="李伟")
    client.force_login(person)
    return person


def make(client):
    """Return the path of a new address."""
    return client.post(PAGE, {"do": "make"}).context["address"].removeprefix("http://testserver")


def read(path):
    return Client().get(path)


def events(path):
    response = read(path)
    assert response.status_code == 200
    return {str(event["uid"]): event for event in Calendar.from_ical(response.content).events}


def test_an_address_is_shown_once_and_kept_as_its_hash_only(client, person):
    path = make(client)
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    assert len(token) >= 43
    assert token not in client.get(PAGE).content.decode()
    assert token not in str(CalendarFeed.objects.values().get())
    assert read(path).headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in client.get(PAGE).headers["Cache-Control"]


def test_a_new_address_replaces_the_old_and_a_revoked_one_opens_nothing(client, person):
    old = make(client)
    new = make(client)
    assert [read(path).status_code for path in (old, new)] == [404, 200]
    assert client.post(PAGE, {"do": "revoke"}).url == PAGE
    assert read(new).status_code == 404
    assert client.post(PAGE, {"do": "everything"}).status_code == 422


def test_an_address_of_somebody_who_left_is_as_an_unknown_one(client, person):
    path, unknown = make(client), f"/calendar/{'x' * 43}.ics"
    person.is_active = False
    person.save()
    assert face(read(path), path) == face(read(unknown), unknown)
    person.is_active, person.role = True, "finance"
    person.save()
    assert face(read(path), path) == face(read(unknown), unknown)


def test_finance_has_no_feed(client):
    client.force_login(UserFactory(finance=True))
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"do": "make"}).status_code == 403


def test_the_file_names_customer_and_purpose_and_nothing_that_was_said(client, person, today):
    customer = CustomerFactory(name="丝路贸易", owner=person)
    ContactFactory(customer=customer, name="王经理", phone="13905710001")
    callback = CallbackFactory(customer=customer, purpose=Purpose.BY_HAND, reason="问门的报价", due_on=today)
    promise = PromiseFactory(customer=customer, text="月底打九折", due_on=today)
    start = dt.datetime(2026, 9, 23, 1, tzinfo=dt.UTC)
    visit = SiteVisit.objects.create(
        customer=customer, kind="repair", planned_from=start, planned_until=start + dt.timedelta(hours=2),
        technician="老周", task="换锁", by=person,
    )  # fmt: skip
    path = make(client)
    found = events(path)
    assert {uid: str(event["summary"]) for uid, event in found.items()} == {
        f"callback-{callback.pk}@evergreen": "Planned by hand: 丝路贸易",
        f"promise-{promise.pk}@evergreen": "Promise: 丝路贸易",
        f"visit-{visit.pk}@evergreen": "Repair: 丝路贸易",
    }
    assert found[f"callback-{callback.pk}@evergreen"].start == today
    assert found[f"visit-{visit.pk}@evergreen"].start == start
    assert all("last-modified" in event for event in found.values())
    body = read(path).content.decode().replace("\r\n ", "")
    assert not any(word in body for word in ("王经理", "1390571", "问门的报价", "月底打九折", "老周", "换锁"))


def test_only_the_last_week_and_the_next_sixty_days_of_ones_own_are_in_it(client, person, today):
    mine = {}
    for n in (-8, -7, 60, 61):
        customer = CustomerFactory(owner=person, name=f"客户{n}")
        mine[n] = CallbackFactory(customer=customer, due_on=today + dt.timedelta(days=n))
    given = CallbackFactory(purpose=Purpose.CALL_LIST, person=UserFactory(), customer=mine[60].customer, due_on=today)
    CallbackFactory(due_on=today)
    assert set(events(make(client))) == {f"callback-{mine[n].pk}@evergreen" for n in (-7, 60)}
    given.person = person
    given.save()
    assert f"callback-{given.pk}@evergreen" in events(make(client))


def test_the_file_is_in_the_persons_language(client, person):
    person.language = "zh-hans"
    person.save()
    assert "//ZH-HANS" in read(make(client)).content.decode()


def test_an_unchanged_calendar_is_not_sent_again(client, person, today):
    callback = CallbackFactory(customer__owner=person)
    path = make(client)
    etag = read(path).headers["ETag"]
    assert Client().get(path, headers={"If-None-Match": etag}).status_code == 304
    with time_machine.travel(dt.datetime(2026, 9, 22, 3, tzinfo=dt.UTC), tick=False):
        assert Client().get(path, headers={"If-None-Match": etag}).status_code == 304
        before = events(path)[f"callback-{callback.pk}@evergreen"]
        callbacks.move(callback, on=dt.date(2026, 9, 23), by=person)
        after = events(path)[f"callback-{callback.pk}@evergreen"]
        assert Client().get(path, headers={"If-None-Match": etag}).status_code == 200
    assert after.start == dt.date(2026, 9, 23)
    assert after["last-modified"].dt > before["last-modified"].dt


def test_it_holds_five_hundred_events_at_most_with_few_queries(client, person, today, django_assert_max_num_queries):
    customer = CustomerFactory(owner=person)
    rows = [CallbackFactory.build(customer=customer, purpose=f"rule-{n}") for n in range(520)]
    Callback.objects.bulk_create(rows)
    path = make(client)
    with django_assert_max_num_queries(5):
        assert len(events(path)) == 500


def test_no_log_shows_the_address(client, person, caplog, capsys):
    path = make(client)
    client.post(PAGE, {"do": "revoke"})
    handler = next(one for one in logging.getLogger().handlers if one.filters)
    with caplog.at_level(logging.WARNING):
        read(path)
    record = next(one for one in caplog.records if one.name == "django.request")
    assert handler.filter(record)
    assert record.getMessage() == "Not Found: /calendar/***.ics"


def test_gunicorns_access_log_does_not_show_it_either(monkeypatch):
    atoms = {"r": f"GET /calendar/{'x' * 43}.ics HTTP/1.1", "U": f"/calendar/{'x' * 43}.ics", "f": "-", "s": "200"}
    monkeypatch.setattr("gunicorn.glogging.Logger.atoms", lambda self, *args: dict(atoms))
    logger = AccessLogger.__new__(AccessLogger)
    assert logger.atoms() == atoms | {"r": "GET /calendar/***.ics HTTP/1.1", "U": "/calendar/***.ics"}
