"""The list of orders, finance's confirmation on it, and a new order from a customer's page."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer, Turnover
from sales.models import Order
from tests.factories import CustomerFactory, OrderFactory, UserFactory

URL = "/orders/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def finance(db, client):
    person = UserFactory(finance=True)
    client.force_login(person)
    return person


def numbers(client, **query):
    return [order.number for order in client.get(URL, query).context["page"].rows]


def test_finance_sees_first_what_waits_for_them(client, finance):
    OrderFactory(number="OPEN"), OrderFactory(number="PAID", paid=True)
    assert numbers(client) == ["OPEN"]
    assert sorted(numbers(client, status="all")) == ["OPEN", "PAID"]
    assert numbers(client, status="paid") == ["PAID"]
    assert numbers(client, month=f"{timezone.localdate():%Y-%m}") == ["PAID"]


def test_the_newest_order_comes_first(client, finance):
    today = timezone.localdate()
    OrderFactory(number="OLD", ordered_on=today - dt.timedelta(days=9)), OrderFactory(number="NEW")
    assert numbers(client) == ["NEW", "OLD"]


def test_each_filter_narrows(client, finance):
    one = OrderFactory(
        number="SO-77", customer=CustomerFactory(name="宁波远洋"), paid=True, ordered_on=dt.date(2022, 5, 9)
    )
    OrderFactory(number="SO-88", paid=True)
    for query in ({"q": "so-77"}, {"q": "远洋"}, {"month": "2022-05"}, {"salesperson": one.salesperson_id},
                  {"customer": one.customer_id}):  # fmt: skip
        assert numbers(client, **query) == ["SO-77"], query


def test_sold_counts_what_people_in_sight_sold_only(client, world):
    supervisor = world.people["supervisor"]
    customer = world.customers["team"]
    OrderFactory(number="MINE", customer=customer, salesperson=supervisor, paid=True)
    OrderFactory(number="THEIRS", customer=customer, salesperson=world.colleagues.other, paid=True)
    client.force_login(supervisor)
    month = f"{timezone.localdate():%Y-%m}"
    assert {"MINE", "THEIRS"} <= set(numbers(client, month=month))
    sold = numbers(client, month=month, sold=1)
    assert "MINE" in sold
    assert "THEIRS" not in sold


def test_the_list_asks_the_same_few_questions_for_any_number_of_orders(client, finance, django_assert_max_num_queries):
    counted = []
    for number in (1, 3):
        while Order.objects.count() < number:
            OrderFactory()
        with django_assert_max_num_queries(12) as asked:
            client.get(URL)
        counted.append(len(asked))
    assert counted[0] == counted[1]


def test_the_fragment_is_the_same_part_of_the_page(client, world):
    client.force_login(world.people["supervisor"])
    fragment = client.get(URL, headers=HTMX).content.decode()
    assert "<html" not in fragment
    assert fragment.strip() in client.get(URL).content.decode()


def confirm(client, order, paid_on="", **headers):
    return client.post(reverse("sales:confirm", args=[order.pk]), {"paid_on": paid_on}, headers=headers)


def test_confirming_books_the_payment_and_answers_the_row(client, finance):
    order = OrderFactory(amount=Decimal("120000"))
    response = confirm(client, order, **HTMX)
    assert response.content.decode().strip().startswith(f'<tr id="order-{order.pk}">')
    assert "toast" in response.headers["HX-Trigger"]
    order.refresh_from_db()
    assert (order.paid_on, order.confirmed_by) == (timezone.localdate(), finance)
    assert Turnover.objects.get().amount == 120000
    order.customer.refresh_from_db()
    assert order.customer.grade == "VIP"


def test_the_row_after_confirming_equals_the_row_of_a_fresh_list(client, finance):
    order = OrderFactory()
    row = confirm(client, order, **HTMX).content.decode().strip()
    assert row in client.get(URL, {"status": "all"}).content.decode()


def test_confirming_without_script_leads_back_to_the_list(client, finance):
    assert confirm(client, OrderFactory()).headers["Location"] == URL


def test_a_payment_is_confirmed_once(client, finance):
    order = OrderFactory()
    confirm(client, order)
    assert confirm(client, order).status_code == 409
    assert Turnover.objects.get().amount == order.amount


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("day", ["tomorrow", "soon"])
def test_a_day_to_come_or_no_day_is_refused(client, finance, day, headers):
    order = OrderFactory()
    paid_on = timezone.localdate() + dt.timedelta(days=1) if day == "tomorrow" else day
    response = confirm(client, order, paid_on, **headers)
    assert response.status_code == 422
    assert b"invalid-feedback" in response.content
    order.refresh_from_db()
    assert order.status == "open"


def test_a_representative_writes_an_order_for_their_own_customer(client, db):
    customer = CustomerFactory()
    client.force_login(customer.owner)
    url = reverse("sales:add", args=[customer.pk])
    form = client.get(url).context["form"]
    assert form["salesperson"].value() == customer.owner_id
    assert list(form.fields["salesperson"].queryset) == [customer.owner]
    today = timezone.localdate()
    data = {"number": "SO-1", "ordered_on": today, "units": 2, "amount": "99.50", "salesperson": customer.owner_id}
    assert client.post(url, data).headers["Location"] == customer.get_absolute_url()
    order = Order.objects.get()
    assert (order.customer, order.status, order.amount) == (customer, "open", Decimal("99.50"))
    activity = customer.activities.get(verb="order")
    assert (activity.by, activity.data) == (customer.owner, {"order": "SO-1", "amount": "99.50"})
    assert client.post(url, data).status_code == 422


def test_an_order_is_credited_to_nobody_out_of_sight(client, world):
    customer = world.customers["team"]
    client.force_login(world.people["supervisor"])
    data = {"number": "SO-1", "ordered_on": timezone.localdate(), "units": 1, "amount": "1"}
    url = reverse("sales:add", args=[customer.pk])
    response = client.post(url, data | {"salesperson": world.colleagues.other.pk})
    assert response.status_code == 422
    assert not Order.objects.filter(number="SO-1").exists()


def test_for_a_customer_in_the_pool_only_finance_writes(client, world):
    url = reverse("sales:add", args=[world.customers["pool"].pk])
    for role, status in (("representative", 403), ("manager", 403), ("director", 403), ("finance", 200)):
        client.force_login(world.people[role])
        assert client.get(url).status_code == status


def test_finance_takes_a_payment_back_with_a_reason_and_once(client, world):
    customer = world.customers["team"]
    order = customer.orders.get(status="paid")
    dealt = Customer.objects.get(pk=customer.pk).dealt
    client.force_login(world.people["finance"])
    url = reverse("sales:reverse", args=[order.pk])
    assert client.post(url, {"note": ""}).status_code == 422
    assert client.post(url, {"note": "银行退票"}).status_code == 302
    order.refresh_from_db()
    customer.refresh_from_db()
    assert (order.status, order.reversed_on) == ("reversed", timezone.localdate())
    assert (customer.last_sale_on, customer.returns_rule) == (None, "no_deal")
    assert customer.dealt <= dealt
    assert not Order.objects.paid_in(order.paid_on).filter(pk=order.pk).exists()
    assert client.post(url, {"note": "再来一次"}).status_code == 409
    assert "银行退票" in client.get(customer.get_absolute_url()).content.decode()
