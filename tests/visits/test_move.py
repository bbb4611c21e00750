"""Callbacks moved, skipped and planned by hand, one by one and all that is due together."""

import datetime as dt
import json

import pytest
import time_machine
from django.urls import reverse

from customers.models import Activity
from tests.factories import CallbackFactory, CustomerFactory, UserFactory, customer_for
from visits.models import Callback, Purpose

pytestmark = pytest.mark.django_db
# A Tuesday; Friday the 25th to Sunday the 27th are the Mid-autumn Festival, 1 to 7 October are holidays.
TODAY = dt.date(2026, 9, 22)
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(dt.datetime(2026, 9, 22, 10, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def customer(client):
    customer = CustomerFactory(name="丝路贸易")
    client.force_login(customer.owner)
    return customer


@pytest.fixture
def callback(customer):
    return CallbackFactory(customer=customer, due_on=TODAY)


def post(client, name, record, headers=None, **data):
    return client.post(reverse(f"visits:{name}", args=[record.pk]), data, headers=headers)


def day(n, month=9):
    return dt.date(2026, month, n)


def test_a_callback_moved_tells_the_page_below_and_the_timeline(client, callback):
    response = post(client, "callback_move", callback, HTMX, on="2026-09-24")
    heard = json.loads(response.headers["HX-Trigger"])
    assert heard["logged"] == {"customer": callback.customer_id}
    assert {"toast", "closeDialog"} <= set(heard)
    callback.refresh_from_db()
    callback.customer.refresh_from_db()
    assert (callback.due_on, callback.first_due_on) == (day(24), TODAY)
    assert callback.customer.next_contact_on == day(24)
    assert "2026-09-22 → 2026-09-24" in client.get(callback.customer.get_absolute_url()).content.decode()


def test_without_javascript_one_is_led_back_to_the_customer(client, callback):
    assert post(client, "callback_move", callback, on="2026-09-24").url == callback.customer.get_absolute_url()


def test_the_full_page_is_left_after_saving_also_by_htmx(client, callback):
    path = reverse("visits:callback_move", args=[callback.pk])
    response = client.post(path, {"on": "2026-09-24"}, headers=HTMX | {"HX-Current-URL": f"http://testserver{path}"})
    assert response.headers["HX-Redirect"] == callback.customer.get_absolute_url()


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ("2026-09-21", "21 September is past. Today is 22 September."),
        ("2026-10-01", "1 October is a holiday (National Day). The next working day is 8 October."),
        ("2026-09-25", "25 September is a holiday (Mid-autumn Festival). The next working day is 28 September."),
        ("2026-10-18", "18 October is a weekend. The next working day is 19 October."),
        ("2027-09-23", "23 September 2027 is more than a year ahead. The last day that can be chosen is"),
        ("9999-12-31", "is more than a year ahead"),
        ("", "This field is required."),
        ("soon", "Enter a valid date."),
    ],
)
@pytest.mark.parametrize("name", ["callback_move", "callback_add"])
def test_a_day_on_which_nobody_works_is_refused_with_one_that_will_do(client, callback, name, on, said):
    record = callback if name == "callback_move" else callback.customer
    response = post(client, name, record, on=on, reason="客户要求")
    assert response.status_code == 422
    assert said in response.context["form"].errors["on"][0]
    assert response.context["form"]["reason"].value() == "客户要求"
    assert Callback.objects.get() == callback
    callback.refresh_from_db()
    assert callback.due_on == TODAY


def test_a_weekend_that_is_worked_instead_of_a_holiday_will_do(client, callback):
    assert post(client, "callback_move", callback, on="2026-10-10").status_code == 302


def test_a_day_with_another_callback_of_the_customer_needs_a_reason(client, callback):
    CallbackFactory(customer=callback.customer, purpose=Purpose.REPAIR, due_on=day(24))
    response = post(client, "callback_move", callback, on="2026-09-24")
    assert response.status_code == 409
    assert "give a reason" in response.context["form"].errors["reason"][0]
    assert response.context["form"]["on"].value() == "2026-09-24"
    assert post(client, "callback_move", callback, on="2026-09-24", reason="一起问").status_code == 302
    callback.refresh_from_db()
    assert (callback.due_on, callback.reason) == (day(24), "一起问")


def test_what_a_callback_planned_by_hand_is_about_outlasts_a_move(client, customer):
    post(client, "callback_add", customer, on="2026-09-23", reason="问门的报价")
    callback = Callback.objects.get()
    assert (callback.purpose, callback.due_on) == (Purpose.BY_HAND, day(23))
    post(client, "callback_move", callback, on="2026-09-24")
    callback.refresh_from_db()
    assert callback.reason == "问门的报价"


def test_a_second_callback_by_hand_is_refused_and_its_words_are_kept(client, customer):
    post(client, "callback_add", customer, on="2026-09-23", reason="问报价")
    response = post(client, "callback_add", customer, on="2026-09-24", reason="问交期")
    assert response.status_code == 409
    assert "问交期" in response.content.decode()


def test_a_callback_is_skipped_only_with_a_reason(client, callback):
    assert post(client, "callback_skip", callback, reason=" ").status_code == 422
    assert post(client, "callback_skip", callback, reason="客户出差").status_code == 302
    callback.refresh_from_db()
    assert (callback.status, callback.reason) == ("skipped", "客户出差")
    assert "客户出差" in client.get(callback.customer.get_absolute_url()).content.decode()


@pytest.mark.parametrize("name", ["callback_move", "callback_skip"])
def test_one_that_is_closed_meanwhile_is_answered_with_what_was_typed(client, callback, name):
    post(client, "callback_skip", callback, reason="客户出差")
    response = post(client, name, callback, on="2026-09-24", reason="还要打")
    assert response.status_code == 409
    assert "closed already" in response.content.decode()
    assert "还要打" in response.content.decode()


# All that is due of a customer


@pytest.fixture
def due(callback):
    """Two that are due, one of them with a reason of its own, and one of later."""
    overdue = CallbackFactory(customer=callback.customer, purpose=Purpose.BY_HAND, due_on=day(18), reason="问门的报价")
    CallbackFactory(customer=callback.customer, purpose=Purpose.REPAIR, due_on=day(29))
    return callback, overdue


def days(customer):
    return {row.purpose: row.due_on for row in customer.callbacks.open()}


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [({"days": "1"}, day(23)), ({"days": "3"}, day(28)), ({"days": "7"}, day(29)), ({"on": "2026-09-24"}, day(24))],
)
def test_all_that_is_due_is_put_off_together_to_a_working_day(client, customer, due, chosen, expected):
    assert post(client, "snooze", customer, HTMX, **chosen).status_code == 200
    assert days(customer) == {Purpose.FOLLOW_UP: expected, Purpose.BY_HAND: expected, Purpose.REPAIR: day(29)}
    follow_up, by_hand = (Callback.objects.get(pk=row.pk) for row in due)
    assert (follow_up.reason, by_hand.reason) == (Callback.TOGETHER, "问门的报价")
    activity = customer.activities.get(verb=Activity.Verb.MOVE)
    assert (activity.data["from"], activity.data["to"]) == ("2026-09-18", expected.isoformat())
    assert "follow-up, planned by hand" in client.get(customer.get_absolute_url()).content.decode()


@pytest.mark.parametrize("wrong", [{}, {"days": "2"}, {"on": "2026-09-22"}, {"on": "2026-10-01"}])
def test_nothing_is_put_off_to_no_later_working_day(client, customer, due, wrong):
    assert post(client, "snooze", customer, HTMX, **wrong).status_code == 422
    assert days(customer)[Purpose.FOLLOW_UP] == TODAY


def test_all_that_is_due_is_skipped_with_one_reason_and_stands_for_what_led_to_it(client, customer, due):
    assert post(client, "skip", customer, HTMX, reason="").status_code == 422
    assert post(client, "skip", customer, HTMX, reason="客户停产").status_code == 200
    assert list(days(customer)) == [Purpose.REPAIR]
    closed = customer.callbacks.exclude(status="open")
    assert {(row.status, row.reason, row.closed_by) for row in closed} == {("skipped", "客户停产", customer.owner)}
    assert all(row.covers_until for row in closed)
    customer.refresh_from_db()
    assert customer.next_contact_on == day(29)


@pytest.mark.parametrize("name", ["snooze", "skip"])
def test_the_forms_name_what_is_due_in_the_dialog_and_as_a_page(client, customer, due, name):
    for headers in (HTMX, {}):
        body = client.get(reverse(f"visits:{name}", args=[customer.pk]), headers=headers).content.decode()
        assert "Planned by hand" in body
        assert "after a repair" not in body.lower()
        assert ("<!doctype" in body) == (not headers)


def test_what_was_given_to_another_person_is_neither_put_off_nor_skipped(client, customer, callback):
    given = CallbackFactory(customer=customer, purpose=Purpose.CALL_LIST, due_on=TODAY, person=UserFactory())
    post(client, "snooze", customer, days="1")
    given.refresh_from_db()
    assert given.due_on == TODAY
    post(client, "skip", customer, reason="x")
    given.refresh_from_db()
    assert given.status == "open"


def test_when_nothing_is_due_any_more_the_reason_typed_is_not_lost(client, customer):
    response = post(client, "skip", customer, HTMX, reason="客户停产")
    assert response.status_code == 409
    assert "客户停产" in response.content.decode()


def test_whoever_was_given_a_callback_of_a_customer_out_of_sight_moves_it_without_a_link_to_the_customer(client, world):
    person = world.people["representative"]
    hidden = customer_for(world, "representative", "other")
    given = CallbackFactory(customer=hidden, purpose=Purpose.REPAIR, due_on=TODAY, person=person)
    client.force_login(person)
    page = client.get(reverse("visits:callback_move", args=[given.pk])).content.decode()
    assert hidden.name in page
    assert f'href="{hidden.get_absolute_url()}"' not in page
    assert post(client, "callback_move", given, on="2026-09-24").status_code == 302
