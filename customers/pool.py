"""The shared pool (公海): who goes there at night, and what the night leaves on record (policy 4.1, 4.3)."""

import datetime as dt

from django.db import connection, transaction

from crm.lib.copying import whole_tables
from crm.lib.dates import moment
from customers.models import Activity, Customer, Stint

RULES = (Stint.Reason.NO_DEAL.value, Stint.Reason.NO_SALE.value)
RETURN_IDLE = """
    WITH due AS (
        SELECT id, owner_id, returns_on, last_sale_on,
               CASE WHEN last_sale_on IS NULL THEN 'no_deal' ELSE 'no_sale' END AS rule
        FROM customers_customer c WHERE owner_id IS NOT NULL AND returns_on <= %(on)s
          AND NOT EXISTS (SELECT 1 FROM customers_hold h WHERE h.customer_id = c.id)
        ORDER BY id FOR UPDATE
    ),
    ended AS (
        UPDATE customers_stint s SET ended_at = GREATEST(%(at)s, s.started_at), end_reason = due.rule
        FROM due WHERE s.customer_id = due.id AND s.ended_at IS NULL
    ),
    moved AS (
        UPDATE customers_customer c
        SET owner_id = NULL, owned_since = NULL, returns_on = NULL, next_contact_on = NULL,
            pooled_at = %(at)s, pool_reason = due.rule, pool_note = ''
        FROM due WHERE c.id = due.id
    ),
    called_back AS (
        DELETE FROM customers_loan l USING due WHERE l.customer_id = due.id
    ),
    told AS (
        INSERT INTO customers_activity (customer_id, verb, at, note, data)
        SELECT due.id, %(verb)s, %(at)s, '',
               jsonb_build_object('rule', rule, 'owner', u.name, 'due', returns_on, 'last_sale', last_sale_on)
        FROM due JOIN staff_user u ON u.id = due.owner_id
    )
    SELECT rule, count(*) FROM due GROUP BY rule
"""


def return_idle(*, on: dt.date) -> dict[str, int]:
    """Return to the pool every customer due on or before `on` that nothing holds; return how many went by each rule.

    One statement with row locks: an order confirmed before it decides keeps its customer.
    """
    params = {"on": on, "at": moment(on), "verb": Activity.Verb.RETURN}
    with transaction.atomic(), connection.cursor() as cursor:
        whole_tables(cursor)
        cursor.execute(RETURN_IDLE, params)
        went = dict(cursor.fetchall())
    return {rule: went.get(rule, 0) for rule in RULES}


def would_return(*, on: dt.date) -> dict[str, int]:
    """Return what `return_idle` would do on `on`, changing nothing."""
    due = Customer.objects.due_to_return(by=on)
    without_deal = due.filter(last_sale_on=None).count()
    return {"no_deal": without_deal, "no_sale": due.count() - without_deal}
