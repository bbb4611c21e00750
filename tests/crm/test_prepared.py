import pytest
from django.db import connection, transaction

from crm.lib.prepared import Prepared

SUM = Prepared("test_sum", "SELECT %(first)s - %(second)s, 5 %% 3", {"first": "integer", "second": "integer"})


def asked(**params):
    with connection.cursor() as cursor:
        SUM.execute(cursor, params)
        return cursor.fetchone()


def known():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name = 'test_sum'")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_a_statement_is_prepared_once_for_each_connection():
    assert asked(first=5, second=3) == asked(second=3, first=5) == (2, 2)
    assert known() == 1
    connection.close()
    assert known() == 0
    assert asked(first=1, second=None) == (None, 2)


@pytest.mark.django_db(transaction=True)
def test_it_outlives_the_transaction_that_was_rolled_back():
    connection.close()
    with transaction.atomic():
        asked(first=1, second=1)
        transaction.set_rollback(True)
    assert asked(first=9, second=2) == (7, 2)


@pytest.mark.django_db(transaction=True)
def test_it_is_planned_once_for_each_connection():
    connection.close()
    for number in range(3):
        asked(first=number, second=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE name = 'test_sum'")
        assert cursor.fetchone() == (3, 0)
