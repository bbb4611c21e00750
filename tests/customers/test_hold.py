"""Holds: customers that do not return to the pool for now (policy 4)."""

import datetime as dt

import pytest
from django.utils import timezone

from customers import grading
from customers.models import Customer, Hold, Turnover
from customers.ownership import holds, pool
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db
PLAN = Hold.Kind.PLAN


def due(**fields):
    return CustomerFactory(owned_since=timezone.localdate() - dt.timedelta(days=200), **fields)


def hold(*customers, source=1):
    holds.place([customer.pk for customer in customers], kind=PLAN, source=source, reason="春节方案")


def test_a_held_customer_stays_with_its_owner_while_others_return():
    held, free = due(), due()
    hold(held)
    today = timezone.localdate()
    assert pool.would_return(on=today) == pool.return_idle(on=today) == {"no_deal": 1, "no_sale": 0}
    assert set(Customer.objects.owned()) == {held} and set(Customer.objects.pooled()) == {free}


def test_of_two_holds_one_is_enough_and_once_both_are_lifted_it_goes():
    customer = due()
    hold(customer, source=1)
    hold(customer, source=2)
    holds.lift(kind=PLAN, source=1)
    assert pool.return_idle(on=timezone.localdate())["no_deal"] == 0
    holds.lift(kind=PLAN, source=2)
    assert pool.return_idle(on=timezone.localdate())["no_deal"] == 1


def test_a_record_that_holds_others_lets_the_former_go_and_names_its_reason_anew():
    first, second = due(), due()
    hold(first)
    holds.place([second.pk, second.pk], kind=PLAN, source=1, reason="夏季方案")
    assert list(Hold.objects.values_list("customer", "reason")) == [(second.pk, "夏季方案")]


def test_what_is_held_is_not_said_to_be_leaving(client):
    customer = due()
    client.force_login(customer.owner)
    assert customer.name in client.get("/today/").content.decode()
    hold(customer)
    page = client.get("/today/").content.decode()
    assert f"line-{customer.pk}" not in page
    assert "春节方案" in client.get(customer.get_absolute_url()).content.decode()


def test_while_a_complaint_is_open_a_grade_may_fall_but_not_rise():
    today = timezone.localdate()
    rising, free, falling = (CustomerFactory(grade=grade) for grade in ("C", "C", "VIP"))
    for customer in (rising, free):
        Turnover.objects.create(customer=customer, month=today.replace(day=1), amount=60_000, orders=1)
    for customer in (rising, falling):
        holds.place([customer.pk], kind=Hold.Kind.COMPLAINT, source=customer.pk, reason="2026-000001")
    grading.regrade(on=today)
    grades = [Customer.objects.get(pk=customer.pk).grade for customer in (rising, free, falling)]
    assert grades == ["C", "A", "C"]
    assert Customer.objects.get(pk=rising.pk).dealt == 60_000
    assert grading.regrade(on=today) == 0
    holds.lift(kind=Hold.Kind.COMPLAINT, source=rising.pk)
    assert grading.regrade(on=today) == 1
