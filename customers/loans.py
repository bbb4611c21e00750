"""Lending customers: somebody who does not own one works with it for a time (policy 1.8, 5.1).

The room that gives out the work writes the loans, in the transaction that gives it out, with the customers locked.
`permissions.works_with` and the sight of `Customer.objects` read them.
"""

import datetime as dt
from collections.abc import Iterable

from django.db import connection, transaction
from django.utils import timezone

from customers.models import Activity

Pairs = Iterable[tuple[int, int]]

# Of a loan that runs already the later date and the newer reason stand.
LEND = """
    WITH lent AS (
        INSERT INTO customers_loan (customer_id, person_id, until, reason)
        SELECT DISTINCT c.id, given.person, %(until)s::date, left(%(reason)s, 120)
        FROM unnest(%(customers)s::bigint[], %(people)s::bigint[]) AS given(customer, person)
        JOIN customers_customer c ON c.id = given.customer
        WHERE c.owner_id IS NOT NULL AND c.owner_id <> given.person
        ORDER BY c.id, given.person
        ON CONFLICT (customer_id, person_id)
        DO UPDATE SET until = GREATEST(customers_loan.until, excluded.until), reason = excluded.reason
        RETURNING customer_id, person_id, until, reason
    )
    INSERT INTO customers_activity (customer_id, verb, by_id, at, note, data)
    SELECT l.customer_id, %(verb)s, %(by)s, %(now)s, l.reason,
           jsonb_build_object('person', u.name, 'until', l.until)
    FROM lent l JOIN staff_user u ON u.id = l.person_id
"""
END = """
    WITH ended AS (
        DELETE FROM customers_loan l
        USING unnest(%(customers)s::bigint[], %(people)s::bigint[]) AS given(customer, person)
        WHERE l.customer_id = given.customer AND l.person_id = given.person
        RETURNING l.customer_id, l.person_id
    )
    INSERT INTO customers_activity (customer_id, verb, by_id, at, note, data)
    SELECT e.customer_id, %(verb)s, %(by)s, %(now)s, '', jsonb_build_object('person', u.name)
    FROM ended e JOIN staff_user u ON u.id = e.person_id
"""


def lend(pairs: Pairs, *, until: dt.date, reason: str, by) -> int:
    """Lend customers to people, given as pairs of ids, up to and including `until`; return how many were lent.

    A customer in the pool can't be lent, nor one to its owner: such pairs are passed over.
    """
    return _write(LEND, pairs, by, until=until, reason=reason)


def end(pairs: Pairs, *, by=None) -> int:
    """End the loans of the pairs of customer and person that have one; return how many there were.

    `by` is None when nobody ends them by hand.
    """
    return _write(END, pairs, by)


def _write(statement, pairs, by, **params):
    pairs = list(pairs)
    if not pairs:
        return 0
    customers, people = zip(*pairs, strict=True)
    params |= {
        "customers": list(customers),
        "people": list(people),
        "verb": Activity.Verb.LEND,
        "by": by.pk if by else None,
        "now": timezone.now(),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.rowcount
