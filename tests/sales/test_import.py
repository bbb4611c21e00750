import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from crm.lib.dates import start_of
from customers.models import Turnover
from sales.importing import OrderImport
from sales.models import Order, SalesMonth
from tests.factories import CustomerFactory, OrderFactory, UserFactory
from tests.imports import command, fields_refused, take

HEADER = "number,customer,date,units,amount,paid_on,salesperson"


@pytest.fixture
def finance(db):
    return UserFactory(finance=True, username="finance")


@pytest.fixture
def customer(db):
    return CustomerFactory(code="C1", owner=UserFactory(username="rep01"), owned_since=dt.date(2021, 1, 1))


def test_a_paid_line_is_a_sale_everywhere(finance, customer):
    report = take(OrderImport(finance), HEADER, "O1,C1,2021-01-10,5,7700.00,2021-01-31,rep01")
    assert report == {"read": 1, "created": 1, "updated": 0, "unchanged": 0, "errors": []}
    order = Order.objects.get()
    assert (order.status, order.paid_on, order.confirmed_by) == ("paid", dt.date(2021, 1, 31), finance)
    assert (order.units, order.amount, order.salesperson) == (5, Decimal("7700.00"), customer.owner)
    customer.refresh_from_db()
    assert (customer.last_sale_on, customer.returns_on) == (dt.date(2021, 1, 31), dt.date(2021, 4, 30))
    assert Turnover.objects.values_list("month", "amount", "orders").get() == (dt.date(2021, 1, 1), 7700, 1)
    assert SalesMonth.objects.values_list("salesperson", "amount").get() == (customer.owner_id, 7700)
    activity = customer.activities.get()
    assert (activity.verb, activity.at) == ("pay", start_of(dt.date(2021, 1, 31)))
    assert activity.data == {"order": "O1", "amount": "7700.00", "paid_on": "2021-01-31"}


def test_an_order_confirmed_today_counts_for_the_grade_at_once(finance, customer):
    today = timezone.localdate()
    take(OrderImport(finance), HEADER, f"O1,C1,{today},1,60000,{today},")
    customer.refresh_from_db()
    assert (customer.grade, customer.dealt) == ("A", 60000)


def test_the_same_file_again_books_nothing_twice(finance, customer):
    lines = HEADER, "O1,C1,2021-01-10,5,7700,2021-01-31,rep01", "O2,C1,2021-02-10,1,10.5,,"
    take(OrderImport(finance), *lines)
    report = take(OrderImport(finance), *lines)
    assert report == {"read": 2, "created": 0, "updated": 0, "unchanged": 2, "errors": []}
    assert Turnover.objects.get().amount == SalesMonth.objects.get().amount == 7700
    assert customer.activities.count() == 2


def test_an_open_order_follows_the_file_until_it_is_paid(finance, customer):
    header = "订单编号,客户编号,日期,数量,金额,到账日期"
    take(OrderImport(finance), header, "O1,C1,2021-01-10,1,100,")
    assert customer.activities.get().verb == "order"
    assert take(OrderImport(finance), header, "O1,C1,2021-01-11,2,200,")["updated"] == 1
    assert take(OrderImport(finance), header, "O1,C1,2021-01-11,2,200,2021-02-01")["updated"] == 1
    assert Order.objects.values_list("units", "amount", "status").get() == (2, 200, "paid")
    assert Turnover.objects.get().amount == 200


@pytest.mark.parametrize("line", ["O1,C1,2021-01-10,1,101,2021-01-31,", "O1,C1,2021-01-10,1,100,2021-02-01,"])
def test_a_confirmed_order_never_changes(finance, customer, line):
    take(OrderImport(finance), HEADER, "O1,C1,2021-01-10,1,100,2021-01-31,")
    assert fields_refused(take(OrderImport(finance), HEADER, line)) == [(2, "number")]
    assert Turnover.objects.get().amount == 100


def test_a_free_order_is_taken_and_is_no_sale(finance, customer):
    take(OrderImport(finance), HEADER, "O1,C1,2021-01-10,1,0.00,2021-01-10,")
    assert Order.objects.get().status == "paid"
    customer.refresh_from_db()
    assert customer.last_sale_on is None
    assert not Turnover.objects.exists()


def test_every_fault_of_a_line_is_told_and_good_lines_stay(finance, customer):
    CustomerFactory(code="P1", pooled=True)
    OrderFactory(number="X1")
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    report = take(
        OrderImport(finance),
        HEADER,
        "O1,NONE,today,some,-5,2021-02-30,nobody",
        f"O2,C1,{tomorrow},1,1.005,{tomorrow},",
        ",,,,,,",
        "O3,C1,2021-01-10,1,100,2021-01-10,",
        "O3,C1,2021-01-10,1,100,2021-01-10,",
        "O4,P1,2021-01-10,1,100,2021-01-10,",
        "X1,C1,2021-01-10,1,100,,",
        ",C1,,1,,,",
    )
    assert report["created"] == 1
    assert fields_refused(report) == [
        (2, "date"), (2, "amount"), (2, "units"), (2, "paid_on"), (2, "salesperson"), (2, "customer"),
        (3, "date"), (3, "amount"), (3, "paid_on"), (6, "number"), (7, "salesperson"), (8, "number"),
        (9, "number"), (9, "date"), (9, "amount"),
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_the_command_says_by_its_status_how_it_went(tmp_path):
    UserFactory(username="finance", finance=True)
    CustomerFactory(code="C1", owner=UserFactory(username="rep01"))
    file = tmp_path / "orders.csv"
    file.write_text(f"{HEADER}\nO1,C1,2021-01-10,1,100,2021-01-10,rep01\n")
    done = {"read": 1, "created": 1, "updated": 0, "unchanged": 0, "errors": []}
    assert command("import_orders", file, "--by", "finance")[:2] == (0, done)
    file.write_text(f"{HEADER}\nO2,C9,2021-01-10,1,100,2021-01-10,rep01\n")
    status, report, _noise = command("import_orders", file, "--by", "finance")
    assert (status, fields_refused(report)) == (1, [(2, "customer")])
    status, report, _noise = command("import_orders", file, "--by", "rep01")
    assert (status, list(report)) == (2, ["error"])
