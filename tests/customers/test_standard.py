import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer, GradingStandard
from tests.factories import CustomerFactory, OrderFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin_client(client):
    client.force_login(UserFactory(administrator=True))
    return client


def thresholds(**changed):
    return {
        "vip": "100000",
        "a": "50000",
        "b": "30000",
        "poor_payment_drop": "1",
        "poor_payment_cap": "A",
        "in_force_from": timezone.localdate().isoformat(),
    } | changed


@pytest.fixture
def a_customer():
    customer = CustomerFactory()
    OrderFactory(customer=customer, paid=True, amount=Decimal(60000))
    Customer.objects.update(grade="A", dealt=60000)
    return customer


def test_a_raised_threshold_changes_grades_at_once(admin_client, a_customer):
    response = admin_client.post(reverse("customers:standard_edit"), thresholds(a="70000"))
    assert response.status_code == 302
    a_customer.refresh_from_db()
    assert a_customer.grade == "B"
    assert GradingStandard.objects.count() == 2


def test_the_preview_says_who_would_move_and_changes_nothing(admin_client, a_customer):
    response = admin_client.post(
        reverse("customers:standard_edit"), thresholds(a="70000", preview="1"), headers={"HX-Request": "true"}
    )
    assert response.context["preview"]["changed"] == [{"old": "A", "new": "B", "number": 1, "rises": False}]
    a_customer.refresh_from_db()
    assert a_customer.grade == "A"
    assert GradingStandard.objects.count() == 1


def test_a_standard_of_a_later_day_waits_for_it(admin_client, a_customer):
    later = timezone.localdate() + dt.timedelta(days=30)
    admin_client.post(reverse("customers:standard_edit"), thresholds(a="70000", in_force_from=later.isoformat()))
    a_customer.refresh_from_db()
    assert a_customer.grade == "A"
    assert GradingStandard.on(timezone.localdate()).rows.get(grade="A").minimum == 50000
    assert GradingStandard.on(later).rows.get(grade="A").minimum == 70000


@pytest.mark.parametrize(
    "wrong",
    [
        {"a": "100000"},
        {"b": "60000"},
        {"vip": "x"},
        {"b": "0"},
        {"in_force_from": "2001-01-01"},
        {"poor_payment_cap": "Z"},
    ],
)
def test_thresholds_that_make_no_sense_are_refused_with_what_was_typed(admin_client, wrong):
    response = admin_client.post(reverse("customers:standard_edit"), thresholds(note="因为", **wrong))
    assert response.status_code == 422
    assert "因为" in response.content.decode()
    assert GradingStandard.objects.count() == 1


def test_only_administrators_change_the_standard(client):
    client.force_login(UserFactory(director=True))
    assert client.post(reverse("customers:standard_edit"), thresholds()).status_code == 403
