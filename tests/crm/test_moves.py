import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from crm.lib.moves import get_for_move
from customers.models import Customer
from sales.models import Order
from tests.factories import CustomerFactory, OrderFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_moves_are_those_that_state_and_person_allow():
    customer = CustomerFactory()
    assert customer.moves(customer.owner) == {"release", "edit", "log", "offer", "extend", "write_sheet"}
    assert customer.moves(UserFactory(finance=True)) == set()
    assert customer.moves(UserFactory()) == set()
    assert CustomerFactory(pooled=True).moves(customer.owner) == {"claim"}
    assert CustomerFactory(pooled=True).moves(UserFactory(director=True)) == {"give", "move"}


def test_get_for_move_is_404_for_what_one_cannot_see():
    with pytest.raises(Http404):
        get_for_move(Customer, UserFactory(), "release", CustomerFactory().pk)
    with pytest.raises(Http404):
        get_for_move(Customer, UserFactory(director=True), "release", 999_999)


def test_get_for_move_is_403_for_what_one_may_not():
    with pytest.raises(PermissionDenied):
        get_for_move(Customer, UserFactory(finance=True), "release", CustomerFactory().pk)
    with pytest.raises(PermissionDenied):
        order = OrderFactory()
        get_for_move(Order, order.salesperson, "confirm", order.pk)


def test_a_failed_move_leaves_neither_change_nor_activity():
    customer = CustomerFactory()
    with pytest.raises(ZeroDivisionError), customer.moving("edit", by=customer.owner):
        customer.name = "changed"
        raise ZeroDivisionError
    customer.refresh_from_db()
    assert customer.name != "changed"
    assert not customer.activities.exists()


def test_a_move_reads_the_row_anew_under_the_lock():
    customer = CustomerFactory()
    stale = Customer.objects.get(pk=customer.pk)
    Customer.objects.filter(pk=customer.pk).update(name="新名")
    with stale.moving("edit", by=customer.owner):
        assert stale.name == "新名"
