"""What ends with an ownership, and runs again when the handover or the return that ended it is undone (policy 4, 4.6).

Triggers let extensions that are asked for lapse, withdraw offers, and end locks and loans when a customer changes
hands; what was granted and the clearing sheet stay with the ownership that is over. What a handover keeps of them
stands in its items (`before`), what a return ended in its activity. Undone, the ownership goes on with all of it, as if
nothing had happened.
"""

import json
from collections.abc import Iterable
from itertools import chain

from django.db import connection
from django.utils import timezone

from customers.models import Extension, Hold, Loan, Stint, Transfer
from customers.ownership import holds
from staff.permissions import SELLERS

# Granted ones count in the ownership that goes on; of those that were asked for, what lapsed is asked for again.
EXTENSIONS = """
    UPDATE customers_extension e
    SET stint_id = now.id,
        status = CASE WHEN e.id = ANY(%(asked)s) AND e.status = 'lapsed' THEN 'asked' ELSE e.status END
    FROM unnest(%(stints)s::bigint[]) AS before (id)
    JOIN customers_stint was ON was.id = before.id
    JOIN customers_stint now ON now.customer_id = was.customer_id AND now.ended_at IS NULL
    WHERE e.stint_id = was.id
"""
SHEETS = """
    UPDATE customers_clearingsheet k SET stint_id = now.id
    FROM unnest(%(stints)s::bigint[]) AS before (id)
    JOIN customers_stint was ON was.id = before.id
    JOIN customers_stint now ON now.customer_id = was.customer_id AND now.ended_at IS NULL
    WHERE k.stint_id = was.id
"""
# Only what the trigger withdrew, and only to whoever may still take it.
OFFERS = """
    UPDATE customers_transfer t SET status = 'offered', answered_at = NULL
    FROM staff_user u
    WHERE t.id = ANY(%(offered)s) AND t.status = 'withdrawn' AND t.answered_by_id IS NULL
      AND u.id = t.receiver_id AND u.is_active AND u.role = ANY(%(sellers)s)
"""
# What `return_idle` notes of a customer that is `due`: the offer and the loans that end with the ownership.
NOTED = """
    jsonb_strip_nulls(jsonb_build_object(
        'offered', (SELECT t.id FROM customers_transfer t WHERE t.customer_id = due.id AND t.status = 'offered'),
        'lent', (SELECT jsonb_agg(jsonb_build_array(l.person_id, l.until, l.reason) ORDER BY l.id)
                 FROM customers_loan l WHERE l.customer_id = due.id)))
"""
# Of each that lies in the pool from a return: the owner's stint that it ended, what lapsed with that, what was noted.
RETURNED = """
    SELECT was.customer_id, was.id,
           (SELECT max(e.id) FROM customers_extension e WHERE e.stint_id = was.id AND e.status = 'lapsed'),
           (SELECT a.data FROM customers_activity a
            WHERE a.customer_id = was.customer_id AND a.verb = 'return' ORDER BY a.at DESC, a.id DESC LIMIT 1)
    FROM customers_stint pool
    JOIN customers_stint was ON was.customer_id = pool.customer_id AND was.ended_at = pool.started_at
    WHERE pool.customer_id = ANY(%(customers)s) AND pool.ended_at IS NULL AND pool.run_id = %(run)s
      AND was.owner_id IS NOT NULL
"""


def kept(customers: Iterable[int]) -> dict[int, dict]:
    """Return by customer what `again` needs, before the owned `customers`, which are held, change hands."""
    customers = list(customers)
    found = {pk: {} for pk in customers}
    running = Stint.objects.filter(customer__in=customers, ended_at=None)
    asked = Extension.objects.asked().filter(customer__in=customers)
    offered = Transfer.objects.offered().filter(customer__in=customers)
    for name, rows in (("stint", running), ("asked", asked), ("offered", offered)):
        for pk, customer in rows.order_by().values_list("pk", "customer"):
            found[customer][name] = pk
    held = Hold.objects.filter(customer__in=customers, until__isnull=False).order_by("pk")
    for pk, *hold in held.values_list("customer", "kind", "source", "reason", "until", "by"):
        found[pk].setdefault("held", []).append(hold)
    lent = Loan.objects.filter(customer__in=customers).order_by("pk")
    for pk, *loan in lent.values_list("customer", "person", "until", "reason"):
        found[pk].setdefault("lent", []).append(loan)
    return found


def again(before: dict[int, dict]) -> None:
    """Let what `kept` noted of customers run again, which are their former owner's by now; within the transaction."""
    stints, asked = _noted(before, "stint"), _noted(before, "asked")
    with connection.cursor() as cursor:
        for statement in (EXTENSIONS, SHEETS):
            cursor.execute(statement, {"stints": stints, "asked": asked})
        cursor.execute(OFFERS, {"offered": _noted(before, "offered"), "sellers": sorted(SELLERS)})
    holds.restore(_rows(before, "held"))
    today = timezone.localdate().isoformat()
    loans = [
        Loan(customer_id=pk, person_id=person, until=until, reason=reason)
        for pk, person, until, reason in _rows(before, "lent")
        if until >= today
    ]
    Loan.objects.bulk_create(loans, ignore_conflicts=True)


def ended_by_return(customers: list[int], run) -> dict[int, dict]:
    """Return by customer what `again` needs, of those of `customers` that lie in the pool from the return `run`."""
    with connection.cursor() as cursor:
        cursor.execute(RETURNED, {"customers": customers, "run": run.pk})
        rows = cursor.fetchall()
    ended = {pk: {"stint": stint} | ({"asked": asked} if asked else {}) for pk, stint, asked, _noted in rows}
    for pk, _stint, _asked, noted in rows:
        ended[pk] |= {name: it for name, it in json.loads(noted or "{}").items() if name in ("offered", "lent")}
    return ended


def _noted(before, name) -> list[int]:
    return [noted[name] for noted in before.values() if name in noted]


def _rows(before, name) -> list[tuple]:
    return list(chain.from_iterable([(pk, *row) for row in noted.get(name, ())] for pk, noted in before.items()))
