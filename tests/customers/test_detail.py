import datetime as dt

import pytest

from customers.models import Activity, Customer
from customers.ownership import claiming
from tests.factories import ContactFactory, CustomerFactory, UserFactory

pytestmark = pytest.mark.django_db


def text(client, customer, **params):
    return client.get(customer.get_absolute_url(), params).content.decode()


def test_the_page_says_the_grade_why_and_how_far_the_next_is(client):
    customer = CustomerFactory()
    Customer.objects.update(grade="A", dealt=62300)
    client.force_login(customer.owner)
    page = text(client, customer)
    assert "62,300" in page
    assert "37,700" in page
    assert "VIP" in page


@pytest.mark.parametrize(("last_sale", "rule"), [(None, "2-month rule"), ("2026-01-31", "3-month rule")])
def test_the_page_says_when_and_why_it_returns_to_the_pool(client, last_sale, rule):
    customer = CustomerFactory(last_sale_on=last_sale and dt.date.fromisoformat(last_sale))
    client.force_login(customer.owner)
    page = text(client, customer)
    assert rule in page
    assert customer.returns_on.isoformat() in page


def test_contacts_are_masked_in_the_pool_and_shown_after_the_claim(client):
    customer, rep = CustomerFactory(pooled=True), UserFactory()
    ContactFactory(customer=customer, phone="139 5555 0000", is_main=True)
    client.force_login(rep)
    assert all("5555" not in text(client, customer, tab=tab) for tab in ("timeline", "contacts", "record"))
    claiming.claim(customer, by=rep)
    assert "139 5555 0000" in text(client, customer)


def test_a_note_of_a_call_is_not_read_in_the_pool(client):
    customer = CustomerFactory(pooled=True)
    data = {"channel": "phone", "outcome": "reached"}
    Activity.objects.create(customer=customer, verb=Activity.Verb.LOG, note="打她手机 13955550000", data=data)
    client.force_login(UserFactory())
    page = text(client, customer)
    assert "13955550000" not in page
    assert "Phone" in page


@pytest.mark.parametrize(
    ("verb", "data"),
    [
        ("complaint", {"did": "close", "number": "2026-000001", "subject": "打她手机 13955550000", "ticket": 1}),
        ("plan", {"did": "end", "name": "打她手机 13955550000", "plan": 1}),
        ("task", {"what": "打她手机 13955550000", "name": "打她手机 13955550000", "task": 1}),
        ("lend", {"person": "Li", "until": "2026-03-01"}),
        ("pay", {"order": "SO-1", "amount": "5.00", "reversed": True}),
        ("assign", {"reason": "assigned", "owner": "Li"}),
    ],
)
def test_in_the_pool_nobody_reads_what_people_wrote_of_the_customer(client, verb, data):
    customer = CustomerFactory(pooled=True)
    Activity.objects.create(customer=customer, verb=verb, note="打她手机 13955550000", data=data)
    client.force_login(UserFactory())
    [activity] = client.get(customer.get_absolute_url()).context["page"].rows
    line = activity.line
    assert "13955550000" not in f"{line.title} {line.detail} {line.badges}"
    assert line.title
    assert not line.url


@pytest.mark.parametrize(
    ("verb", "data"), [("release", {"owner": "Li"}), ("assign", {"reason": "moved", "from": "A", "pool": "B"})]
)
def test_what_was_written_for_the_next_claimer_is_read_in_the_pool(client, verb, data):
    customer = CustomerFactory(pooled=True)
    Activity.objects.create(customer=customer, verb=verb, note="他们要账期", data=data)
    client.force_login(UserFactory())
    assert "他们要账期" in text(client, customer)


def test_finance_reads_why_a_payment_was_taken_back(client):
    customer = CustomerFactory(pooled=True)
    data = {"order": "SO-1", "amount": "5.00", "reversed": True}
    Activity.objects.create(customer=customer, verb=Activity.Verb.PAY, note="支票退回", data=data)
    client.force_login(UserFactory(role="finance"))
    assert "支票退回" in text(client, customer)


def test_the_timeline_shows_one_kind_when_asked(client):
    customer = CustomerFactory()
    Activity.objects.create(customer=customer, verb=Activity.Verb.PAY, data={"order": "SO-1", "amount": "5.00"})
    Activity.objects.create(customer=customer, verb=Activity.Verb.CREATE)
    client.force_login(customer.owner)
    response = client.get(customer.get_absolute_url(), {"kind": "money"})
    assert [activity.verb for activity in response.context["page"].rows] == ["pay"]
