"""Holds: customers that do not return to the pool for now, and why (policy 4; rooms above know the reasons)."""

from django.db import connection, transaction

from customers.models import Hold

PLACE = """
    WITH held AS (
        SELECT c.id FROM customers_customer c WHERE c.id = ANY(%(customers)s) ORDER BY c.id FOR KEY SHARE
    )
    INSERT INTO customers_hold (customer_id, kind, source, reason, since)
    SELECT id, %(kind)s, %(source)s, left(%(reason)s, 200), now() FROM held
    ON CONFLICT (customer_id, kind, source) DO UPDATE SET reason = excluded.reason
"""


def place(customers: list[int], *, kind: Hold.Kind, source: int, reason: str) -> None:
    """Let exactly `customers` be held by the record `source`: those that it held besides are let go.

    A customer in the pool may be held as well: it matters from the moment on when somebody owns it.
    """
    params = {"customers": list(customers), "kind": kind, "source": source, "reason": reason}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PLACE, params)
        Hold.objects.filter(kind=kind, source=source).exclude(customer__in=customers).delete()


def lift(*, kind: Hold.Kind, source: int) -> None:
    """Let go whatever the record `source` holds; what is due meanwhile returns in the next night."""
    Hold.objects.filter(kind=kind, source=source).delete()
