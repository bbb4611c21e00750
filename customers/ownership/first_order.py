"""The first order (policy 4.2): whoever closed a customer's deal owns it, once finance confirmed the money.

Out of the pool any paid order makes its salesperson the owner. Of an owned customer the first deal does, unless it is
the owner's own: there another owner is in place, so it is a dispute, which a leader decides.
"""

from django.conf import settings
from django.db import connection

from customers.models import Activity, Dispute, Stint
from customers.ownership import disputes
from staff.permissions import SELLERS

SALES = """
    SELECT DISTINCT ON (customer) customer, seller, paid_on, number, amount
    FROM unnest(%(customers)s::bigint[], %(sellers)s::bigint[], %(dates)s::date[], %(amounts)s::numeric[],
                %(numbers)s::text[]) WITH ORDINALITY
        AS sale (customer, seller, paid_on, amount, number, n)
    WHERE amount > 0 ORDER BY customer, paid_on, n
"""
# It starts with the day of the payment, but not before the customer came to the pool.
OWN = f"""
    WITH sales AS ({SALES}),
    won AS (
        SELECT c.id, u.id AS owner_id, u.name, s.paid_on, s.number,
               GREATEST(CASE WHEN s.paid_on = %(today)s THEN %(now)s
                        ELSE s.paid_on::timestamp AT TIME ZONE %(zone)s END, c.pooled_at) AS at
        FROM sales s JOIN customers_customer c ON c.id = s.customer AND c.owner_id IS NULL
        JOIN staff_user u ON u.id = s.seller AND u.is_active AND u.role = ANY(%(roles)s)
    ),
    moved AS (
        UPDATE customers_customer c
        SET owner_id = won.owner_id, owned_at = won.at, owned_since = (won.at AT TIME ZONE %(zone)s)::date,
            pool_id = NULL, pooled_at = NULL, pool_note = '', stint_reason = %(reason)s, moved_by_id = %(by)s,
            moved_in_id = NULL
        FROM won WHERE c.id = won.id
    )
    INSERT INTO customers_activity (customer_id, verb, by_id, at, note, data)
    SELECT id, %(verb)s, %(by)s, at, '', jsonb_build_object('owner', name, 'reason', %(reason)s, 'order', number)
    FROM won RETURNING customer_id
"""  # noqa: S608 - constants only
DISPUTE = f"""
    WITH sales AS ({SALES}),
    raised AS (
        INSERT INTO customers_dispute (customer_id, kind, owner_id, claimant_id, reason, evidence, at, note)
        SELECT c.id, %(kind)s, c.owner_id, s.seller, '',
               jsonb_build_object('order', s.number, 'paid_on', s.paid_on, 'amount', s.amount), %(now)s, ''
        FROM sales s JOIN customers_customer c ON c.id = s.customer
        WHERE c.owner_id IS NOT NULL AND c.owner_id <> s.seller AND c.last_sale_on IS NULL ORDER BY c.id
        ON CONFLICT (customer_id, claimant_id) WHERE decided_at IS NULL DO NOTHING
        RETURNING id, customer_id, owner_id, claimant_id, evidence
    ),
    told AS (
        INSERT INTO customers_activity (customer_id, verb, by_id, at, note, data)
        SELECT r.customer_id, %(verb)s, %(by)s, %(now)s, '',
               r.evidence || jsonb_build_object('owner', o.name, 'claimant', u.name)
        FROM raised r JOIN staff_user o ON o.id = r.owner_id JOIN staff_user u ON u.id = r.claimant_id
    )
    SELECT id FROM raised
"""  # noqa: S608 - constants only


def settle(sales: dict, *, today, now, by) -> None:
    """Give customers to whoever sold to them, or note the dispute; before the last sale is written, customers held.

    `sales` are arrays of customers, sellers, dates, amounts in yuan and order numbers, as for `record_sales`.
    """
    params = sales | {"today": today, "now": now, "zone": settings.TIME_ZONE, "by": by and by.pk}
    with connection.cursor() as cursor:
        cursor.execute(DISPUTE, params | {"kind": Dispute.Kind.FIRST_ORDER, "verb": Activity.Verb.DISPUTE})
        disputed = [pk for (pk,) in cursor.fetchall()]
        words = {"reason": Stint.Reason.FIRST_ORDER, "verb": Activity.Verb.ASSIGN, "roles": sorted(SELLERS)}
        cursor.execute(OWN, params | words)
    if disputed:
        disputes.settle_in(disputed)
