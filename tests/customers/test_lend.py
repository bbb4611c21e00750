"""A customer that is lent is seen through every door of the borrower's work, and through none of its owner's."""

import datetime as dt
import uuid

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from crm.lib.moves import TooLate
from customers import loans
from customers.models import Activity, Customer, Loan
from customers.ownership import claiming, pool
from sales.models import Order
from staff.models import User
from tests.factories import ContactFactory, CustomerFactory, OrderFactory, UserFactory
from visits import calls

pytestmark = pytest.mark.django_db


@pytest.fixture
def borrower(client):
    person = UserFactory(name="借用人")
    client.force_login(person)
    return person


@pytest.fixture
def customer(borrower):
    customer = CustomerFactory(name="借出的丝绸商行")
    ContactFactory(customer=customer, name="何经理", phone="13812345678")
    OrderFactory(customer=customer)
    return customer


def today():
    return timezone.localdate()


def lend(customer, person, days=3):
    until = today() + dt.timedelta(days=days)
    return loans.lend([(customer.pk, person.pk)], until=until, reason="春季抽样", by=customer.owner)


def fresh(person):
    """Return the person as the next request sees them: what they have borrowed is kept for one request."""
    return User.objects.get(pk=person.pk)


def sees(person, customer):
    return Customer.objects.visible_to(fresh(person)).filter(pk=customer.pk).exists()


def reads(person, customer):
    return Customer.objects.with_contacts_for(fresh(person)).filter(pk=customer.pk).exists()


def test_who_borrows_sees_exactly_that_customer(borrower, customer):
    other = CustomerFactory(owner=customer.owner)
    assert not sees(borrower, customer)
    assert lend(customer, borrower) == 1
    assert sees(borrower, customer)
    assert reads(borrower, customer)
    assert not sees(borrower, other)
    assert not reads(borrower, other)


def test_the_page_shows_contacts_and_the_record_but_no_way_to_edit_or_order(client, borrower, customer):
    detail = customer.get_absolute_url()
    assert client.get(detail).status_code == 404
    lend(customer, borrower)
    page = client.get(detail).content.decode()
    assert "13812345678" in page
    assert reverse("visits:add", args=[customer.pk]) in page
    for tab in ("contacts", "record", "ownership"):
        page += client.get(f"{detail}?tab={tab}").content.decode()
    for name in ("customers:edit", "customers:contact_add", "customers:release", "sales:add"):
        assert reverse(name, args=[customer.pk]) not in page
        assert client.get(reverse(name, args=[customer.pk])).status_code == 403
    contact = customer.contacts.get()
    assert client.get(reverse("customers:contact_edit", args=[contact.pk])).status_code == 403
    assert client.post(reverse("customers:contact_delete", args=[contact.pk])).status_code == 403


@pytest.mark.parametrize("text", ["借出的丝绸", "13812345678", "何经理"])
def test_search_finds_it_by_name_phone_and_contact(client, borrower, customer, text):
    search = reverse("customers:search")
    assert customer.name not in client.get(search, {"q": text}).content.decode().replace(text, "")
    lend(customer, borrower)
    assert customer.get_absolute_url() in client.get(search, {"q": text}).content.decode()


def test_the_archive_and_the_orders_stay_the_owners(client, borrower, customer):
    lend(customer, borrower)
    assert list(client.get(reverse("customers:list")).context["page"].rows) == []
    orders = client.get(reverse("sales:list"), {"customer": customer.pk})
    assert list(orders.context["page"].rows) == []
    assert not Order.objects.visible_to(fresh(borrower)).exists()


def test_the_borrower_logs_and_the_customer_stays_the_owners(borrower, customer):
    with pytest.raises(PermissionDenied):
        calls.log(customer, token=uuid.uuid4(), by=fresh(borrower), outcome="reached", note="谈了")
    lend(customer, borrower)
    entry = calls.log(customer, token=uuid.uuid4(), by=fresh(borrower), outcome="reached", note="谈了")
    assert entry.may_be_read_by(fresh(borrower))
    assert Customer.objects.get(pk=customer.pk).owner == customer.owner


def test_a_loan_ends_with_its_day(borrower, customer):
    lend(customer, borrower, days=0)
    assert sees(borrower, customer)
    Loan.objects.update(until=today() - dt.timedelta(days=1))
    assert not sees(borrower, customer)
    assert not reads(borrower, customer)


def test_finance_reads_no_contact_through_a_loan(customer):
    finance = UserFactory(finance=True)
    lend(customer, finance)
    assert sees(finance, customer)
    assert not reads(finance, customer)
    with pytest.raises(PermissionDenied):
        calls.log(customer, token=uuid.uuid4(), by=fresh(finance), outcome="reached", note="谈了")


def test_on_the_way_into_the_pool_loans_end_and_do_not_come_back_with_the_next_owner(borrower, customer):
    lend(customer, borrower)
    customer.release(note="搬走了", by=customer.owner)
    assert not reads(borrower, customer)
    claiming.claim(customer, by=UserFactory())
    assert not sees(borrower, customer)


def test_the_night_ends_the_loans_of_what_it_returns(borrower):
    customer = CustomerFactory(owned_since=dt.date(2020, 1, 1), last_sale_on=dt.date(2022, 3, 1))
    lend(customer, borrower)
    assert pool.return_idle(on=today())["no_sale"] == 1
    assert not Loan.objects.exists()


def test_what_lies_in_the_pool_can_not_be_lent_nor_logged(borrower):
    customer = CustomerFactory(pooled=True)
    loan = Loan.objects.create(customer=customer, person=borrower, until=today(), reason="x")
    assert not reads(borrower, customer)
    with pytest.raises(TooLate):
        calls.log(customer, token=uuid.uuid4(), by=fresh(borrower), outcome="reached", note="谈了")
    loan.delete()
    assert loans.lend([(customer.pk, borrower.pk)], until=today(), reason="x", by=borrower) == 0


def test_lent_twice_is_one_loan_with_the_later_day(borrower, customer):
    lend(customer, borrower, days=9)
    lend(customer, borrower, days=2)
    assert Loan.objects.get().until == today() + dt.timedelta(days=9)
    assert lend(customer, customer.owner) == 0


def test_lending_and_ending_stand_on_the_timeline(client, borrower, customer):
    lend(customer, borrower)
    assert loans.end([(customer.pk, borrower.pk), (customer.pk, customer.owner_id)], by=customer.owner) == 1
    assert customer.activities.filter(verb=Activity.Verb.LEND).count() == 2
    client.force_login(customer.owner)
    page = client.get(customer.get_absolute_url(), {"kind": "ownership"}).content.decode()
    assert "借用人" in page
    assert "春季抽样" in page


def test_a_borrowed_customer_can_not_be_claimed(client, borrower, customer):
    lend(customer, borrower)
    assert client.post(reverse("customers:claim", args=[customer.pk])).status_code == 409
