"""What customers bought: the facts that sales writes and grading and the pool read."""

from django.db import connection

from customers.due import DUE, due_params
from customers.models import Customer, PoolPeriods

SALES = """
    SELECT customer, paid_on, amount
    FROM unnest(%(customers)s::bigint[], %(dates)s::date[], %(amounts)s::numeric[]) AS sale (customer, paid_on, amount)
    WHERE amount > 0
"""
ADD_TURNOVER = f"""
    INSERT INTO customers_turnover AS t (customer_id, month, amount, orders)
    SELECT customer, date_trunc('month', paid_on)::date, sum(amount), count(*) FROM ({SALES}) AS sales
    GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (customer_id, month)
    DO UPDATE SET amount = t.amount + excluded.amount, orders = t.orders + excluded.orders
"""  # noqa: S608 - constants only
LAST_SALE = f"""
    UPDATE customers_customer c SET last_sale_on = s.latest, returns_on = {DUE.format(sale="s.latest")}
    FROM (SELECT customer, max(paid_on) AS latest FROM ({SALES}) AS sales GROUP BY 1) AS s
    WHERE c.id = s.customer AND (c.last_sale_on IS NULL OR c.last_sale_on < s.latest)
"""  # noqa: S608 - constants only


def record_sales(sales):
    """Write confirmed payments, given as (customer id, paid on, amount in yuan), into turnover and last sale.

    No money, no sale: rows of 0.00 change nothing. Call it once per payment, within the payment's transaction.
    """
    customers, dates, amounts = zip(*sales, strict=True) if sales else ((), (), ())
    arrays = {"customers": list(customers), "dates": list(dates), "amounts": list(amounts)}
    # One order of locks for all who confirm payments: customers by id.
    list(Customer.objects.filter(pk__in=set(customers)).order_by("pk").select_for_update(of=("self",)).values("pk"))
    with connection.cursor() as cursor:
        cursor.execute(ADD_TURNOVER, arrays)
        cursor.execute(LAST_SALE, arrays | due_params(PoolPeriods.current()))
