"""Letting the dates of all customers follow a new version of the rules (policy 4.8).

A trigger judges by the newest version whatever is written from its commit on; what nobody writes to is gone over here,
in batches by id. Until that is done the version has no `applied_at`, and no night returns anybody by dates that may be
those of the rules before (`pool.return_idle`).
"""

import time
from collections.abc import Callable

from django.db import connection
from django.utils import timezone

from crm.lib.locks import locked
from customers.models import Customer, PoolRules
from customers.ownership import due

JOB = "apply_rules"
# So many customers are looked at at once; a batch is done well within a second.
BATCH = 2000
LOOK_EVERY = 0.05  # seconds
IS_PENDING = """
    EXISTS (SELECT FROM customers_poolrules WHERE id = (SELECT max(id) FROM customers_poolrules)
            AND id > (SELECT min(id) FROM customers_poolrules) AND applied_at IS NULL)
"""
# Customers whose date the newest rules say otherwise; the last id that was looked at, and how many those were.
STALE = """
    WITH batch AS (
        SELECT * FROM customers_customer WHERE owner_id IS NOT NULL AND id > %(after)s ORDER BY id LIMIT %(batch)s
    )
    SELECT max(c.id), count(*), array_agg(c.id) FILTER (WHERE (c.returns_on, c.returns_rule) IS DISTINCT FROM
        (CASE WHEN c.is_held THEN %(far)s ELSE d.due_on END, d.rule))
    FROM (SELECT max(id) AS version FROM customers_poolrules) AS r, batch c,
        LATERAL customers_due(c.owner_id, c.owned_since, c.last_sale_on, c.talked_on, c.grade, c.stint_reason,
                              c.kept_until, r.version) AS d
"""
# Who is writing to customers at this moment, perhaps by the version before, as far as not yet committed.
WRITERS = """
    SELECT virtualtransaction FROM pg_locks
    WHERE relation = 'customers_customer'::regclass AND mode = 'RowExclusiveLock' AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid()
"""


def is_pending() -> bool:
    """Return whether there are dates that may still be those of the rules before the newest."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {IS_PENDING}")
        return cursor.fetchone()[0]


def catch_up(tell: Callable[[int], None] = lambda seen: None) -> None:
    """Let all dates follow the newest rules, unless they do; who comes while another is at it waits for them.

    `tell` hears how many customers were looked at so far. Broken off it is begun again: what is right is not written.
    """
    while is_pending():
        with locked("rules of the pool"):
            if is_pending():
                _follow(PoolRules.current(), tell)


def _follow(rules, tell):
    let_writers_finish()
    seen, after = 0, 0
    while after is not None:
        after, number, stale = _look(after)
        if stale:
            due.write(customers=stale)
        seen += number
        tell(seen)
    # Unless newer rules came meanwhile, which then have to be gone over themselves.
    newest = PoolRules.objects.order_by("-pk").values("pk")[:1]
    PoolRules.objects.filter(pk=newest, pk__lte=rules.pk).update(applied_at=timezone.now())


def _look(after):
    with connection.cursor() as cursor:
        cursor.execute(STALE, {"after": after, "batch": BATCH, "far": due.FAR})
        return cursor.fetchone()


def let_writers_finish() -> None:
    """Wait until every transaction that has written to customers up to now is over."""
    waiting = _writers()
    while waiting:
        time.sleep(LOOK_EVERY)
        waiting &= _writers()


def _writers() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(WRITERS)
        return {transaction for (transaction,) in cursor.fetchall()}


def work(run) -> dict:
    """Do the errand that a saved version asked for."""
    run.total = Customer.objects.owned().count()
    run.save(update_fields=["total"])

    def tell(seen):
        run.done = seen
        run.save(update_fields=["done"])

    catch_up(tell)
    return {}
