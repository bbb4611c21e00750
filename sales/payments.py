"""Booking confirmed money where the other rooms read it: turnover, last sale, sales by person and month."""

from django.db import connection

from customers.turnover import record_sales

ADD_SALES = """
    INSERT INTO sales_salesmonth AS m (salesperson_id, month, amount, orders)
    SELECT seller, date_trunc('month', paid_on)::date, sum(amount), count(*)
    FROM unnest(%s::bigint[], %s::date[], %s::numeric[]) AS sale (seller, paid_on, amount)
    WHERE amount > 0 GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (salesperson_id, month)
    DO UPDATE SET amount = m.amount + excluded.amount, orders = m.orders + excluded.orders
"""


def book(payments):
    """Book payments, given as (customer id, salesperson id, paid on, amount in yuan), once each.

    Call it within the transaction that marks the orders as paid.
    """
    if not payments:
        return
    customers, sellers, dates, amounts = zip(*payments, strict=True)
    record_sales(list(zip(customers, dates, amounts, strict=True)))
    with connection.cursor() as cursor:
        cursor.execute(ADD_SALES, [list(sellers), list(dates), list(amounts)])
