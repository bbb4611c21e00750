import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.lib.dates import add_months, first_of_month
from customers.models import Customer, Stint
from reports import pictures
from reports.dashboard import Dashboard
from staff.roles import Role
from tests.factories import CallLogFactory, CustomerFactory, OrderFactory, UserFactory

pytestmark = pytest.mark.django_db
URL = "/dashboard/"
ROLES = [role.value for role in Role]
WORKERS = [role for role in ROLES if role != "finance"]


@pytest.fixture
def busy(world):
    """The world with customers that leave, came and went, with calls and sales of two months."""
    now = timezone.now()
    for person in (*world.people.values(), *vars(world.colleagues).values()):
        leaving = CustomerFactory(owner=person, grade="A")
        CallLogFactory(customer=leaving, by=person, on=timezone.localdate() - dt.timedelta(days=2))
        earlier = add_months(first_of_month(timezone.localdate()), -1)
        OrderFactory(customer=leaving, salesperson=person, paid=True, ordered_on=earlier, amount=Decimal("250.50"))
        Customer.objects.filter(pk=leaving.pk).update(returns_on=timezone.localdate() + dt.timedelta(days=4))
        come_and_gone(person, now)
    return world


def come_and_gone(person, now):
    """A customer claimed and returned twice within the month; another holds it now."""
    customer = CustomerFactory(pooled=True)
    for hours in (8, 4):
        Stint.objects.create(
            customer=customer,
            owner=person,
            started_at=now - dt.timedelta(hours=hours),
            ended_at=now - dt.timedelta(hours=hours - 1),
            start_reason=Stint.Reason.CLAIMED,
            end_reason=Stint.Reason.RELEASED,
        )


def rows_of(client, url):
    """Return all rows of the list that a figure links to."""
    response = client.get(url)
    assert response.status_code == 200, url
    return response.context["page"].queryset


def signed_in(client, world, role):
    client.force_login(world.people[role])
    return client, Dashboard(world.people[role])


@pytest.mark.parametrize("role", ROLES)
def test_the_grades_are_the_rows_behind_them(client, busy, role):
    client, board = signed_in(client, busy, role)
    assert rows_of(client, pictures.links(board)["in_hand"]).count() == board.in_hand > 0
    [series] = pictures.grades(board)["series"]
    assert [rows_of(client, url).count() for url in series["urls"]] == series["values"]


@pytest.mark.parametrize("role", WORKERS)
def test_who_is_about_to_return_are_the_rows_behind_it(client, busy, role):
    client, board = signed_in(client, busy, role)
    rows = rows_of(client, pictures.links(board)["returning"])
    assert rows.count() == board.returning > 0
    assert {customer.pk for customer in board.returning_first} <= set(rows.values_list("pk", flat=True))


@pytest.mark.parametrize("role", ROLES)
def test_sales_by_month_are_the_sum_of_the_orders_behind_them(client, busy, role):
    client, board = signed_in(client, busy, role)
    [series] = pictures.sales(board)["series"]
    for url, value in list(zip(series["urls"], series["values"], strict=True))[-3:]:
        assert sum(order.amount for order in rows_of(client, url)) == value


@pytest.mark.parametrize("role", WORKERS)
def test_calls_a_day_are_the_logs_behind_them(client, busy, role):
    client, board = signed_in(client, busy, role)
    [series] = pictures.calls(board)["series"]
    assert [rows_of(client, url).count() for url in series["urls"]] == series["values"]
    assert board.calls_today > 0


@pytest.mark.parametrize("role", WORKERS)
def test_the_pool_figures_are_the_moves_behind_them_also_of_a_customer_that_came_and_went_twice(client, busy, role):
    client, board = signed_in(client, busy, role)
    assert rows_of(client, pictures.links(board)["pool"]).count() == board.in_pool
    for series in pictures.pool(board)["series"]:
        assert [rows_of(client, url).count() for url in series["urls"]] == series["values"]
        assert sum(series["values"]) >= 2


@pytest.mark.parametrize("role", ["supervisor", "manager", "director", "administrator"])
def test_each_persons_figures_are_the_rows_behind_them(client, busy, role):
    client, board = signed_in(client, busy, role)
    for team in pictures.team_table(board):
        sellers = [(row, links) for row, links in team["rows"] if row.person.role in ("representative", "supervisor")]
        for row, links in sellers:
            for name in ("held", "returning", "calls"):
                assert rows_of(client, links[name]).count() == getattr(row, name), (name, row.person)
            assert sum(order.amount for order in rows_of(client, links["dealt"])) == row.dealt


def test_the_dashboard_follows_the_role(busy):
    held = {role: Dashboard(person).in_hand for role, person in busy.people.items()}
    assert held["representative"] == 2
    assert held["supervisor"] < held["manager"] < held["director"] == held["administrator"] == held["finance"]


def test_a_customer_out_of_sight_is_not_named_among_the_moves(client, world):
    rep = world.people["representative"]
    customer = CustomerFactory(name="秘密客户", owner=world.colleagues.other, owned_at=timezone.now())
    Stint.objects.create(
        customer=customer,
        owner=rep,
        started_at=timezone.now() - dt.timedelta(hours=2),
        ended_at=timezone.now() - dt.timedelta(hours=1),
        start_reason=Stint.Reason.CLAIMED,
        end_reason=Stint.Reason.NO_DEAL,
    )
    client.force_login(rep)
    page = client.get(reverse("reports:pool_moves")).content.decode()
    assert "秘密客户" not in page
    assert "now with people out of your sight" in page


def test_finance_sees_money_and_no_contacts(client, busy):
    client.force_login(busy.people["finance"])
    page = client.get(URL).content.decode()
    assert "Awaiting payment" in page
    assert "Contacts" not in page
    board = Dashboard(busy.people["finance"])
    assert rows_of(client, pictures.links(board)["awaiting"]).count() == board.awaiting["number"] > 0
    assert client.get(reverse("reports:pool_moves")).status_code == 403


@pytest.mark.parametrize("role", ROLES)
def test_fifteen_queries_whatever_the_rows(client, busy, role, django_assert_max_num_queries):
    client.force_login(busy.people[role])
    with django_assert_max_num_queries(15):
        client.get(URL)


@pytest.mark.parametrize("query", ["", "?way=in&month=2026-13", "?way=x&month=9999-12", "?month=0001-01&after=x"])
def test_odd_addresses_of_the_moves_show_a_page(client, query):
    client.force_login(UserFactory())
    assert client.get(reverse("reports:pool_moves") + query).status_code == 200
