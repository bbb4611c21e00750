import datetime as dt
import uuid
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from customers.models import Activity, Customer
from customers.timeline import DESCRIBE
from staff import calendar
from tests.factories import CallbackFactory, ContactFactory, CustomerFactory, TeamFactory, UserFactory
from visits import calls
from visits.models import CallLog, Promise

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(client):
    customer = CustomerFactory(intention="A")
    client.force_login(customer.owner)
    return customer


def fields(**changed):
    return {"token": str(uuid.uuid4()), "channel": "phone", "outcome": "reached", "note": "要三米皮带"} | changed


def post(client, customer, htmx=False, **changed):
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(reverse("visits:add", args=[customer.pk]), fields(**changed), headers=headers)


def test_a_call_is_logged_with_the_next_date(client, customer):
    post(client, customer, next_in="7")
    log = CallLog.objects.get()
    customer.refresh_from_db()
    next_on = calendar.opens_on(timezone.localdate() + dt.timedelta(days=7))
    assert (log.by, log.next_on, customer.next_contact_on) == (customer.owner, next_on, next_on)
    assert customer.last_contact_at == log.at
    activity = customer.activities.get(verb=Activity.Verb.LOG)
    assert (activity.note, activity.data["outcome"]) == ("要三米皮带", "reached")


def test_htmx_hears_that_it_was_logged_without_leaving_the_page(client, customer):
    response = post(client, customer, htmx=True, next_in="0")
    assert response.status_code == 200
    assert "logged" in response.headers["HX-Trigger"]
    customer.refresh_from_db()
    assert customer.next_contact_on is None


def test_a_log_keeps_everything_that_was_given(client, customer):
    contact = ContactFactory(customer=customer)
    script = opened(client, customer)["script"].value()
    given = {"satisfaction": "2", "contact": contact.pk, "script": script, "channel": "visit", "next_in": "14"}
    post(client, customer, **given, token=str(uuid.UUID(int=7)))
    log = CallLog.objects.get()
    empty = {field.name for field in CallLog._meta.concrete_fields if getattr(log, field.attname) in {None, ""}}
    assert empty == {"corrected_at"}
    assert (log.contact, log.satisfaction, log.script_id, log.channel) == (contact, 2, script, "visit")
    assert (log.token, log.note, log.on) == (uuid.UUID(int=7), "要三米皮带", timezone.localdate(log.at))
    assert customer.callbacks.open().get().channel == "visit"


def test_a_save_asks_who_whose_and_holds_the_customer_before_it_writes_all_at_once(client, customer):
    post(client, customer, next_in="7")  # what is remembered and prepared
    with CaptureQueriesContext(connection) as asked:
        post(client, customer, htmx=True, next_in="7")
    said = [query["sql"] for query in asked if "SAVEPOINT" not in query["sql"]]
    words = ["django_session", "staff_user", "owner_id = ", "staff_day", "FOR NO KEY UPDATE; EXECUTE contact_met"]
    assert len(said) == len(words)
    assert all(word in sql for word, sql in zip(words, said, strict=True))


def test_a_date_by_hand_goes_before_the_proposal(client, customer):
    day = calendar.opens_on(timezone.localdate() + dt.timedelta(days=3))
    post(client, customer, next_in="30", next_on=day.isoformat())
    assert CallLog.objects.get().next_on == day


def test_the_proposal_follows_the_intention(client, customer):
    form = client.get(reverse("visits:add", args=[customer.pk])).context["form"]
    assert form["next_in"].value() == "7"


def test_the_same_form_sent_twice_is_one_log(client, customer):
    token = str(uuid.uuid4())
    for _again in range(2):
        assert post(client, customer, token=token).status_code == 302
    assert CallLog.objects.count() == 1
    assert customer.activities.filter(verb=Activity.Verb.LOG).count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"next_on": "2001-01-01"},
        {"outcome": ""},
        {"outcome": "maybe"},
        {"note": " "},
        {"token": "x"},
        {"channel": "owl"},
    ],
)
def test_what_makes_no_sense_is_said_beside_the_field_and_nothing_is_lost(client, customer, wrong):
    response = post(client, customer, satisfaction="4", **wrong)
    assert response.status_code == 422
    assert not CallLog.objects.exists()
    assert response.context["form"]["satisfaction"].value() == "4"


def test_a_contact_of_another_customer_is_refused(client, customer):
    stranger = ContactFactory()
    assert post(client, customer, contact=stranger.pk).status_code == 422
    assert not CallLog.objects.exists()


def opened(client, customer):
    return client.get(reverse("visits:add", args=[customer.pk])).context["form"]


def test_two_windows_the_second_is_told_and_its_text_is_saved_when_sent_again(client, customer):
    first, second = opened(client, customer), opened(client, customer)
    assert post(client, customer, seen=first["seen"].value()).status_code == 302
    late = post(client, customer, seen=second["seen"].value(), note="另一句话")
    assert late.status_code == 409
    assert "in another window" in late.content.decode()
    assert "另一句话" in late.content.decode()
    again = late.context["form"]
    assert (
        post(client, customer, token=again["token"].value(), seen=again["seen"].value(), note="另一句话").status_code
        == 302
    )
    assert CallLog.objects.count() == 2


def test_a_token_used_again_with_another_text_is_not_swallowed(client, customer):
    token = str(uuid.uuid4())
    post(client, customer, token=token)
    response = post(client, customer, token=token, note="后来写的")
    assert response.status_code == 409
    assert "后来写的" in response.content.decode()
    assert response.context["form"]["token"].value() != token


def test_a_promise_has_somebody_who_stands_for_it_and_a_day(client, customer):
    day = timezone.localdate() + dt.timedelta(days=2)
    post(client, customer, promise_text="三米皮带的报价", promise_on=day.isoformat())
    promise = Promise.objects.get()
    assert (promise.owner, promise.due_on, promise.log) == (customer.owner, day, CallLog.objects.get())
    line = DESCRIBE[Activity.Verb.LOG](customer.activities.get(verb=Activity.Verb.LOG))
    assert "三米皮带的报价" in line.detail


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"promise_text": "报价"}, "promise_on"),
        ({"promise_on": "2099-01-01"}, "promise_text"),
        ({"promise_text": "报价", "promise_on": "2001-01-01"}, "promise_on"),
        ({"at": "2001-01-01T10:00:00Z"}, "at"),
        ({"next_in": "9999"}, "next_in"),
        ({"next_on": "2026-02-30"}, "next_on"),
    ],
)
def test_half_a_promise_or_an_impossible_day_is_said_beside_the_field(client, customer, wrong, field):
    response = post(client, customer, **wrong)
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {field}
    assert not CallLog.objects.exists()
    assert "要三米皮带" in response.content.decode()


def test_a_holiday_is_named_with_the_next_working_day(client, customer):
    with time_machine.travel(dt.datetime(2026, 9, 28, 10, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False):
        client.force_login(customer.owner)
        response = post(client, customer, next_on="2026-10-01")
    [error] = response.context["form"].errors["next_on"]
    assert "National Day" in error
    assert "8 October" in error or "Oct" in error


def test_a_contact_sent_late_keeps_the_moment_it_was_written(client, customer):
    at = timezone.now() - dt.timedelta(hours=3)
    post(client, customer, at=at.isoformat())
    log = CallLog.objects.get()
    assert abs(log.at - at) < dt.timedelta(seconds=1)
    assert log.on == timezone.localdate(at)
    assert log.created_at > at


def test_a_moment_still_to_come_is_now(client, customer):
    post(client, customer, at=(timezone.now() + dt.timedelta(days=1)).isoformat())
    assert CallLog.objects.get().at <= timezone.now()


def test_the_script_that_was_shown_stays_with_the_log(client, customer):
    form = opened(client, customer)
    post(client, customer, script=form["script"].value())
    assert CallLog.objects.get().script == form.script_shown.version


def test_the_script_is_that_of_what_the_customer_is_due_for(client, customer):
    CallbackFactory(customer=customer)
    CallbackFactory(customer=customer, purpose="complaint")
    assert opened(client, customer).script_shown.version.script.purpose == "complaint"


def test_a_spoken_contact_closes_what_is_due_and_plans_the_next(client, customer):
    today = timezone.localdate()
    due = CallbackFactory(customer=customer, purpose="complaint", due_on=today)
    later = CallbackFactory(customer=customer, purpose="purchase_half", due_on=today + dt.timedelta(days=90))
    post(client, customer, next_in="7")
    due.refresh_from_db()
    later.refresh_from_db()
    assert (due.status, due.closed_by, due.log) == ("done", customer.owner, CallLog.objects.get())
    assert later.status == "open"
    follow_up = customer.callbacks.open().get(purpose="follow_up")
    assert follow_up.due_on == calendar.opens_on(today + dt.timedelta(days=7))


def test_a_day_that_holds_a_callback_already_gets_no_second_one(client, customer):
    day = calendar.opens_on(timezone.localdate() + dt.timedelta(days=7))
    CallbackFactory(customer=customer, purpose="purchase_half", due_on=day)
    post(client, customer, next_on=day.isoformat())
    assert [callback.purpose for callback in customer.callbacks.open()] == ["purchase_half"]


def test_a_call_given_to_another_stays_theirs(client, customer):
    given = CallbackFactory(customer=customer, purpose="call_list", person=UserFactory())
    post(client, customer)
    given.refresh_from_db()
    assert given.status == "open"


def test_nobody_answering_needs_no_words(client, customer):
    assert post(client, customer, outcome="no_answer", note="").status_code == 302


def test_a_log_for_a_customer_that_went_to_the_pool_meanwhile_keeps_its_text(client, customer, monkeypatch):
    stale = CustomerFactory._meta.model.objects.get(pk=customer.pk)
    customer.release(note="搬走了", by=customer.owner)
    monkeypatch.setattr("visits.views.logs.get_for_move", lambda *args: stale)
    response = post(client, customer)
    assert response.status_code == 409
    assert "要三米皮带" in response.content.decode()
    assert not CallLog.objects.exists()


def test_who_leads_both_owners_logs_though_the_customer_changed_hands_meanwhile_and_the_first_owner_no_more():
    team = TeamFactory()
    first, second = UserFactory(team=team), UserFactory(team=team)
    supervisor = UserFactory(role="supervisor", team=team)
    customer = CustomerFactory(owner=first)
    Customer.objects.filter(pk=customer.pk).update(owner=second)
    said = {"outcome": "reached", "note": "谈了", "next_on": calendar.opens_on(timezone.localdate())}
    with pytest.raises(PermissionDenied):
        calls.log(Customer(pk=customer.pk, owner=first), token=uuid.uuid4(), by=first, **said)
    assert not CallLog.objects.exists()
    log = calls.log(Customer(pk=customer.pk, owner=first), token=uuid.uuid4(), by=supervisor, **said)
    assert (log.customer.owner_id, log.customer.next_contact_on) == (second.pk, said["next_on"])


@pytest.mark.parametrize("few", [0, 20])
def test_the_list_shows_a_supervisor_the_teams_calls_and_nobody_elses(client, world, monkeypatch, few):
    monkeypatch.setattr("visits.models.log.TEAM", few)
    client.force_login(world.people["supervisor"])
    seen = {log.customer for log in client.get(reverse("visits:list")).context["page"].rows}
    assert world.customers["team"] in seen
    assert world.customers["other"] not in seen


def test_finance_reads_no_calls(client):
    client.force_login(UserFactory(finance=True))
    assert client.get(reverse("visits:list")).status_code == 403
