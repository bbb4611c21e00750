import datetime as dt

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.lib.dates import add_months
from customers.due import DUE, due_on, due_params
from customers.models import Customer, PoolPeriods
from tests.factories import CustomerFactory

PERIODS = PoolPeriods(no_deal_months=2, no_sale_months=3)
DAYS = st.dates(dt.date(1999, 1, 1), dt.date(2050, 12, 31))


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2022-04-01", 3, "2022-07-01"),
        ("2022-11-30", 3, "2023-02-28"),
        ("2023-11-30", 3, "2024-02-29"),
        ("2022-12-31", 2, "2023-02-28"),
        ("2022-08-31", 3, "2022-11-30"),
        ("2023-01-15", -2, "2022-11-15"),
        ("2022-12-01", 1, "2023-01-01"),
    ],
)
def test_calendar_months_are_clipped_to_the_months_last_day(start, months, end):
    assert add_months(dt.date.fromisoformat(start), months) == dt.date.fromisoformat(end)


@pytest.mark.django_db
def test_python_and_postgresql_add_months_alike_on_every_day_of_nine_years():
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT d::date, m, (d::date + interval '1 month' * m)::date
               FROM generate_series('2019-01-01'::date, '2027-12-31', '1 day') d, generate_series(-3, 24, 3) m"""
        )
        rows = cursor.fetchall()
    assert len(rows) == 3287 * 10
    assert [row for row in rows if add_months(row[0], row[1]) != row[2]] == []


def test_without_a_deal_two_months_count_from_the_start_of_ownership():
    assert due_on(dt.date(2022, 5, 1), None, PERIODS) == dt.date(2022, 7, 1)


def test_with_a_deal_three_months_count_from_the_later_of_sale_and_ownership():
    assert due_on(dt.date(2022, 1, 1), dt.date(2022, 4, 1), PERIODS) == dt.date(2022, 7, 1)
    assert due_on(dt.date(2022, 6, 1), dt.date(2022, 4, 1), PERIODS) == dt.date(2022, 9, 1)


@pytest.mark.django_db
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(owned_since=DAYS, last_sale_on=st.none() | DAYS, no_deal=st.integers(0, 36), no_sale=st.integers(0, 36))
def test_python_and_sql_agree_on_the_due_date(a_customer, owned_since, last_sale_on, no_deal, no_sale):
    periods = PoolPeriods(no_deal_months=no_deal, no_sale_months=no_sale)
    row = Customer.objects.filter(pk=a_customer.pk)
    row.update(owned_since=owned_since, last_sale_on=last_sale_on)
    assert due_in_sql(a_customer, periods) == due_on(owned_since, last_sale_on, periods)


def due_in_sql(customer, periods):
    with connection.cursor() as cursor:
        due = DUE.format(sale="c.last_sale_on")
        params = due_params(periods) | {"pk": customer.pk}
        cursor.execute(f"SELECT {due} FROM customers_customer c WHERE id = %(pk)s", params)
        return cursor.fetchone()[0]


@pytest.fixture
def a_customer(db):
    return CustomerFactory()


def test_a_customer_in_the_pool_has_no_due_date(db):
    assert due_in_sql(CustomerFactory(pooled=True), PERIODS) is None
