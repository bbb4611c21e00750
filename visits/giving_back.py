"""What ends the loans of call lists (policy 1.8, 5.1), by rows alone, so that a lost ring or a second one does no harm.

A loan is over once its day has passed, or once its calls are made, may no longer be corrected and the list is done. A
borrower who stands for an open promise keeps the customer until it is kept (policy 1.7). A call that was not made
while the customer was lent goes back to the owner.
"""

import datetime as dt

from django.db import connection, transaction
from django.utils import timezone

from customers import loans
from customers.models import Customer
from visits import permissions, schedule

PROMISED = """
    SELECT l.id, p.due_on FROM customers_loan l
    JOIN visits_promise p ON p.customer_id = l.customer_id AND p.owner_id = l.person_id AND p.status = 'open'
    WHERE l.until < GREATEST(p.due_on, %(on)s)
"""
CALLED = """
    EXISTS (
        SELECT 1 FROM visits_callback b
        WHERE b.customer_id = l.customer_id AND b.person_id = l.person_id AND b.call_list_id IS NOT NULL)
    AND NOT EXISTS (
        SELECT 1 FROM visits_promise p
        WHERE p.customer_id = l.customer_id AND p.owner_id = l.person_id AND p.status = 'open')
    AND NOT EXISTS (
        SELECT 1 FROM visits_callback b
        WHERE b.customer_id = l.customer_id AND b.person_id = l.person_id
          AND (b.status = 'open' OR b.closed_at > %(correctable)s
               OR EXISTS (SELECT 1 FROM visits_callback o
                          WHERE o.call_list_id = b.call_list_id AND o.status = 'open')))
"""
OVER = f"SELECT l.customer_id, l.person_id FROM customers_loan l WHERE l.until < %(on)s OR {CALLED}"  # noqa: S608
NOT_LENT = """
    b.status = 'open' AND b.call_list_id IS NOT NULL AND b.person_id IS NOT NULL
    AND NOT EXISTS (
        SELECT 1 FROM customers_loan l JOIN customers_customer c ON c.id = l.customer_id
        WHERE l.customer_id = b.customer_id AND l.person_id = b.person_id AND c.owner_id <> b.person_id)
"""
CONCERNED = f"""
    SELECT l.customer_id FROM customers_loan l JOIN ({PROMISED}) AS promised ON promised.id = l.id
    UNION SELECT customer_id FROM ({OVER}) AS over
    UNION SELECT b.customer_id FROM visits_callback b WHERE {NOT_LENT}
"""  # noqa: S608 - constants only
STEPS = (
    f"""
    UPDATE customers_loan l SET until = GREATEST(promised.due_on, %(on)s)
    FROM ({PROMISED}) AS promised WHERE promised.id = l.id AND l.customer_id = ANY(%(held)s)
    """,  # noqa: S608 - constants only
    f"SELECT * FROM ({OVER}) AS over WHERE customer_id = ANY(%(held)s)",  # noqa: S608 - constants only
    f"UPDATE visits_callback b SET person_id = NULL WHERE {NOT_LENT} AND b.customer_id = ANY(%(held)s)",  # noqa: S608
)


def end_loans(*, on: dt.date | None = None) -> int:
    """End the loans that are over on the date `on` (today), give back what was not called; return how many ended.

    The customers concerned are found first, then held in the order of their ids, as everywhere, then judged again.
    """
    correctable = timezone.now() - dt.timedelta(hours=permissions.CORRECTABLE_HOURS)
    params = {"on": on or timezone.localdate(), "correctable": correctable}
    extend, over, give_back = STEPS
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CONCERNED, params)
        params["held"] = _hold([pk for (pk,) in cursor.fetchall()])
        if not params["held"]:
            return 0
        cursor.execute(extend, params)
        cursor.execute(over, params)
        ended = loans.end(cursor.fetchall())
        cursor.execute(give_back, params)
        schedule.write_next_dates(params["held"])
    return ended


def _hold(customers):
    held = Customer.objects.filter(pk__in=customers).order_by("pk").select_for_update(no_key=True)
    return list(held.values_list("pk", flat=True))
