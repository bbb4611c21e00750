"""Holds: customers that do not return to the pool for now, and why (policy 4; rooms above know the reasons).

Whatever places or lifts one writes what follows into the customer's own row (`is_held`, `kept_until`), where a trigger
finds the date: a night that decides at the same moment waits for the row and sees it.
"""

import datetime as dt

from django.db import connection, transaction
from django.utils import timezone

from customers.models import Customer, Hold

PLACE = """
    INSERT INTO customers_hold (customer_id, kind, source, reason, since, until, by_id)
    SELECT id, %(kind)s, %(source)s, left(%(reason)s, 200), %(now)s, %(until)s, %(by)s
    FROM customers_customer WHERE id = ANY(%(customers)s) ORDER BY id
    ON CONFLICT (customer_id, kind, source)
    DO UPDATE SET reason = excluded.reason, until = excluded.until, by_id = excluded.by_id
"""
WRITE = """
    UPDATE customers_customer c SET is_held = h.is_held, kept_until = h.kept_until
    FROM (
        SELECT c.id, coalesce(bool_or(h.id IS NOT NULL AND h.until IS NULL), false) AS is_held,
               max(h.until) AS kept_until
        FROM customers_customer c LEFT JOIN customers_hold h ON h.customer_id = c.id
        WHERE c.id = ANY(%(customers)s) GROUP BY c.id
    ) AS h
    WHERE c.id = h.id AND (c.is_held, c.kept_until) IS DISTINCT FROM (h.is_held, h.kept_until)
"""


def place(
    customers: list[int], *, kind: Hold.Kind, source: int, reason: str, until: dt.date | None = None, by=None
) -> None:
    """Let exactly `customers` be held by the record `source`: those that it held besides are let go.

    With `until` they are held to the end of that day. A customer in the pool may be held by a plan or a complaint as
    well: it matters from the moment on when somebody owns it.
    """
    params = {"customers": list(customers), "kind": kind, "source": source, "reason": reason, "until": until}
    with transaction.atomic():
        held = Hold.objects.filter(kind=kind, source=source)
        others = list(held.exclude(customer__in=customers).values_list("customer", flat=True))
        _lock([*customers, *others])
        with connection.cursor() as cursor:
            cursor.execute(PLACE, params | {"by": by and by.pk, "now": timezone.now()})
        held.filter(customer__in=others).delete()
        _write([*customers, *others])


def lift(*, kind: Hold.Kind, source: int) -> None:
    """Let go whatever the record `source` holds; what is due meanwhile returns in the next night."""
    with transaction.atomic():
        held = Hold.objects.filter(kind=kind, source=source)
        customers = list(held.values_list("customer", flat=True))
        _lock(customers)
        held.delete()
        _write(customers)


def restore(rows: list[tuple]) -> None:
    """Place holds with an end anew, given as (customer id, kind, source, reason, until, by), of an ownership restored.

    Within the transaction that restored it, the customers held.
    """
    names = ("customer_id", "kind", "source", "reason", "until", "by_id")
    placed = [Hold(**dict(zip(names, row, strict=True))) for row in rows]
    Hold.objects.bulk_create(placed, ignore_conflicts=True)
    _write([hold.customer_id for hold in placed])


def _lock(customers):
    rows = Customer.objects.filter(pk__in=customers).order_by("pk")
    list(rows.select_for_update(no_key=True, of=("self",)).values_list("pk"))


def _write(customers):
    with connection.cursor() as cursor:
        cursor.execute(WRITE, {"customers": customers})
