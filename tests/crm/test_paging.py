import datetime as dt

import pytest
from django.db.models.functions import Coalesce
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.lib.paging import COUNT_LIMIT, KeysetPage
from customers.models import Customer
from customers.sorting import NEVER
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def customers(db):
    """Eleven customers, many of them with the same sort key."""
    days = [None, None, dt.date(2022, 1, 1), dt.date(2022, 1, 1), dt.date(2022, 3, 1)]
    for n in range(11):
        CustomerFactory(pooled=True, name="同名" if n % 2 else f"甲{n}", last_sale_on=days[n % 5], dealt=n // 3)
    return Customer.objects.annotate(sale_sort=Coalesce("last_sale_on", NEVER))


def walk(queryset, **options):
    """Return the ids seen page by page to the end, and on the way back to the first page."""
    there, pages = [], []
    page = KeysetPage(queryset, **options)
    while True:
        pages.append([row.pk for row in page.rows])
        there += pages[-1]
        if not page.next or len(pages) > 50:
            break
        page = KeysetPage(queryset, **options, after=page.next)
    back = [pages[-1]]
    while page.previous and len(back) <= 50:
        page = KeysetPage(queryset, **options, before=page.previous)
        back.append([row.pk for row in page.rows])
    return there, pages, back[::-1]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    key=st.sampled_from(["pinyin", "dealt", "sale_sort", "created_at"]),
    descending=st.booleans(),
    size=st.integers(1, 12),
)
def test_walking_forth_and_back_shows_every_row_once_in_order(customers, key, descending, size):
    sign = "-" if descending else ""
    wanted = list(customers.order_by(f"{sign}{key}", f"{sign}id").values_list("pk", flat=True))
    there, pages, back = walk(customers, key=key, descending=descending, size=size)
    assert there == wanted
    assert back == pages


@pytest.mark.parametrize("cursor", ["x", "W10:abc:def", "'; DROP TABLE customers_customer; --", "\x00", "⚠"])
def test_a_cursor_that_was_tampered_with_shows_the_first_page(customers, cursor):
    first = [row.pk for row in KeysetPage(customers, "pinyin", size=3).rows]
    assert [row.pk for row in KeysetPage(customers, "pinyin", size=3, after=cursor).rows] == first
    assert [row.pk for row in KeysetPage(customers, "pinyin", size=3, before=cursor).rows] == first


def test_a_cursor_of_a_list_sorted_otherwise_shows_the_first_page(customers):
    """Its value would be of another type: a name where a date is compared."""
    cursor = KeysetPage(customers, "pinyin", size=3).next
    assert cursor
    first = [row.pk for row in KeysetPage(customers, "sale_sort", size=3).rows]
    assert [row.pk for row in KeysetPage(customers, "sale_sort", size=3, after=cursor).rows] == first


def test_one_page_has_no_neighbours(customers):
    page = KeysetPage(customers, "pinyin", size=11)
    assert (len(page.rows), page.next, page.previous) == (11, "", "")


def test_an_empty_list_has_no_neighbours(db):
    page = KeysetPage(Customer.objects.all(), "pinyin")
    assert (page.rows, page.next, page.previous, page.count) == ([], "", "", 0)


def test_the_count_stops_at_the_limit(customers, monkeypatch):
    monkeypatch.setattr("crm.lib.paging.COUNT_LIMIT", 10)
    assert COUNT_LIMIT == 1000
    page = KeysetPage(customers, "pinyin")
    assert (page.count, page.is_count_capped) == (11, True)
