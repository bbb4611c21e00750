"""The shared pool (公海): who goes there at night, and what the night leaves on record (policy 4.1, 4.3).

The night goes in batches, each a transaction of its own, so that no row is locked for long. What decides stands in the
customer's own row; a row that changed while the night waited for it is judged anew by PostgreSQL. A night that was
killed goes on where it stopped: what it returned is known by its run.
"""

import datetime as dt
from collections import Counter

from django.db import connection, transaction
from django.db.models import Count

from crm.lib.dates import moment
from customers.models import Activity, Customer, Stint
from customers.ownership import applying, restoring

# So many customers at once: a batch is done within a second (`make bench`).
BATCH = 1000
RETURN_IDLE = """
    WITH due AS (
        SELECT id, owner_id, returns_on, returns_rule, last_sale_on
        FROM customers_customer c WHERE owner_id IS NOT NULL AND returns_on <= %(on)s AND NOT {pending}
        {some}
    ),
    moved AS (
        UPDATE customers_customer c
        SET owner_id = NULL, owned_since = NULL, owned_at = NULL, next_contact_on = NULL, pooled_at = %(at)s,
            pool_note = '', stint_reason = due.returns_rule, moved_by_id = NULL, moved_in_id = %(run)s
        FROM due WHERE c.id = due.id
    ),
    told AS (
        INSERT INTO customers_activity (customer_id, verb, at, note, data)
        SELECT due.id, %(verb)s, %(at)s, '',
               jsonb_build_object('rule', returns_rule, 'owner', u.name, 'due', returns_on, 'last_sale', last_sale_on)
               || {noted}
        FROM due JOIN staff_user u ON u.id = due.owner_id
    )
    SELECT returns_rule, count(*) FROM due GROUP BY 1
"""
# Without waiting in the order of the index; waiting in the order in which everybody holds customers, by id.
SOME = ("ORDER BY returns_on, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED", "ORDER BY id LIMIT %(batch)s FOR UPDATE")


def return_idle(*, on: dt.date, run=None) -> dict[str, int]:
    """Return to the pool every customer due on or before `on`, in `run` if given; return how many, by rule.

    First what nobody else is at, then, waiting for it, the rest: an order confirmed before its customer is decided on
    keeps it. Dates follow the newest rules first, also those saved while it goes on.
    """
    params = {"on": on, "at": moment(on), "verb": Activity.Verb.RETURN, "batch": BATCH, "run": run and run.pk}
    went = Counter(_none())
    while True:
        applying.catch_up()
        for some in SOME:
            while batch := _return_batch(
                RETURN_IDLE.format(some=some, pending=applying.IS_PENDING, noted=restoring.NOTED), params
            ):
                went.update(batch)
        if not applying.is_pending():
            return dict(went)


def _return_batch(statement, params) -> dict[str, int]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, params)
        return dict(cursor.fetchall())


def by_rule(run) -> dict[str, int]:
    """Return how many customers went to the pool in `run`, by rule."""
    went = Stint.objects.filter(run=run, pool__isnull=False).order_by().values_list("start_reason")
    return _none() | dict(went.annotate(number=Count("pk")))


def would_return(*, on: dt.date) -> dict[str, int]:
    """Return what `return_idle` would do on `on`, changing nothing."""
    due = Customer.objects.due_to_return(by=on).order_by().values_list("returns_rule")
    return _none() | dict(due.annotate(number=Count("pk")))


def _none():
    """Return the policy's two rules with nobody gone yet; the others are named where they took somebody."""
    return {Stint.Reason.NO_DEAL.value: 0, Stint.Reason.NO_SALE.value: 0}
