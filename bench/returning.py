"""The night's return and reminders beside the bare statement that writes as much, and pages while it runs."""

import datetime as dt
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from django.db import connection, transaction
from django.utils import timezone

from bench import clock
from customers.models import Customer
from customers.ownership import pool, reminding

ROUNDS = 3
# One customer in twenty goes: so many of those that the product would return first are made due.
PART = 20
# The pages that are asked for while customers are returned.
BUSY = {"customers", "customer, owned", "pool", "today"}
MAKE_DUE = """
    UPDATE customers_customer SET returns_on = %(on)s WHERE id IN (
        SELECT id FROM customers_customer WHERE owner_id IS NOT NULL ORDER BY returns_on, id LIMIT %(number)s
    )
"""
# All at once, with its history, and nothing that makes it safe: no locks, no order, no batches, no triggers.
WITHOUT_TRIGGERS = "ALTER TABLE customers_customer DISABLE TRIGGER USER"
BARE = """
    WITH due AS (
        SELECT id, owner_id, returns_on, returns_rule, last_sale_on FROM customers_customer
        WHERE owner_id IS NOT NULL AND returns_on <= %(on)s
    ), moved AS (
        UPDATE customers_customer c
        SET owner_id = NULL, owned_since = NULL, owned_at = NULL, next_contact_on = NULL, returns_on = NULL,
            returns_rule = '', pool_id = %(pool)s, pooled_at = %(at)s, pool_note = '', stint_reason = due.returns_rule
        FROM due WHERE c.id = due.id
    ), ended AS (
        UPDATE customers_stint s SET ended_at = GREATEST(%(at)s, s.started_at), end_reason = due.returns_rule
        FROM due WHERE s.customer_id = due.id AND s.ended_at IS NULL
    )
    INSERT INTO customers_activity (customer_id, verb, at, note, data)
    SELECT due.id, 'return', %(at)s, '',
           jsonb_build_object('rule', returns_rule, 'owner', u.name, 'due', returns_on, 'last_sale', last_sale_on)
    FROM due JOIN staff_user u ON u.id = due.owner_id
"""
# Only one stint may be open, so the next ones come when the others are ended.
BARE_NEXT = """
    INSERT INTO customers_stint (customer_id, pool_id, started_at, start_reason, end_reason)
    SELECT id, pool_id, pooled_at, stint_reason, '' FROM customers_customer
    WHERE owner_id IS NULL AND pooled_at = %(at)s
"""


def night(say: Callable[[str], None]) -> list[dict]:
    """Time both in turn, each rolled back; return their rows, with the longest time that a batch held its customers."""
    seconds: dict[str, list[float]] = {"bare": [], "ours": []}
    longest, number = 0.0, 0
    for turn in range(ROUNDS):
        say(f"return {turn + 1} of {ROUNDS}")
        seconds["bare"].append(_timed(_bare)[0])
        took, (number, held) = _timed(_ours)
        seconds["ours"].append(took)
        longest = max(longest, held)
    bare, ours = (min(took) for took in seconds.values())
    return [
        {"name": "bare return, one statement", "seconds": round(bare, 3), "rows": number, "ratio_to_bare": 1.0},
        {
            "name": f"return and reminders, a batch at most {longest:.2f} s",
            "seconds": round(ours, 3),
            "rows": number,
            "ratio_to_bare": round(ours / bare, 2),
        },
    ]


def _timed(work):
    on = timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM customers_customer, customers_stint, customers_activity")
    with transaction.atomic():
        make_due(on)
        with connection.cursor() as cursor:  # the checks of foreign keys belong to the work, as at a commit
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        begun = time.perf_counter()
        result = work(on)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        took = time.perf_counter() - begun
        transaction.set_rollback(True)
    return took, result


def make_due(on: dt.date) -> None:
    number = Customer.objects.count() // PART
    with connection.cursor() as cursor:
        cursor.execute(MAKE_DUE, {"on": on, "number": number})


def _bare(on):
    params = {"on": on, "at": timezone.now(), "pool": Customer.objects.pooled().values_list("pool", flat=True)[0]}
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_TRIGGERS)
        cursor.execute(BARE, params)
        cursor.execute(BARE_NEXT, params)


def _ours(on):
    """Return how many went, and how long the longest batch took."""
    times, plain = [], pool._return_batch

    def noted(*args):
        begun = time.perf_counter()
        result = plain(*args)
        times.append(time.perf_counter() - begun)
        return result

    pool._return_batch = noted
    try:
        went = sum(pool.return_idle(on=on).values())
    finally:
        pool._return_batch = plain
    reminding.remind(on=on)
    return went, max(times)


# Pages while it runs


def beside() -> None:
    """Return customers and roll it back, again and again, until the parent goes away; a process of its own."""
    import django

    django.setup()
    on = timezone.localdate()
    gone = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), gone.set()), daemon=True).start()
    print("ready", flush=True)
    while not gone.is_set():
        with transaction.atomic():
            make_due(on)
            _ours(on)
            transaction.set_rollback(True)


def pages_beside(browser, pages, rounds, say) -> None:
    """Measure `pages`, floor and bare among them, while another process returns customers."""
    code = "from bench import returning; returning.beside()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as it:
        it.stdout.readline()
        clock.measure(browser, pages, rounds, say)
        it.stdin.close()
        it.wait(120)
