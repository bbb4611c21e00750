import datetime as dt
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.models import Activity
from tests.factories import ContactFactory, CustomerFactory, UserFactory
from visits.models import CallLog

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
    next_on = timezone.localdate() + dt.timedelta(days=7)
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


def test_a_date_by_hand_goes_before_the_proposal(client, customer):
    day = timezone.localdate() + dt.timedelta(days=3)
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


def test_nobody_answering_needs_no_words(client, customer):
    assert post(client, customer, outcome="no_answer", note="").status_code == 302


def test_a_log_for_a_customer_that_went_to_the_pool_meanwhile_keeps_its_text(client, customer, monkeypatch):
    stale = CustomerFactory._meta.model.objects.get(pk=customer.pk)
    customer.release(note="搬走了", by=customer.owner)
    monkeypatch.setattr("visits.views.get_for_move", lambda *args: stale)
    response = post(client, customer)
    assert response.status_code == 409
    assert "要三米皮带" in response.content.decode()
    assert not CallLog.objects.exists()


def test_the_list_shows_a_supervisor_the_teams_calls_and_nobody_elses(client, world):
    client.force_login(world.people["supervisor"])
    seen = {log.customer for log in client.get(reverse("visits:list")).context["page"].rows}
    assert world.customers["team"] in seen
    assert world.customers["other"] not in seen


def test_finance_reads_no_calls(client):
    client.force_login(UserFactory(finance=True))
    assert client.get(reverse("visits:list")).status_code == 403
