"""Booking confirmed money where the other rooms read it: turnover, last sale, sales by person and month."""

from django.db import connection

from customers.turnover import record_sales, take_back

ADD_SALES = """
    INSERT INTO sales_salesmonth AS m (salesperson_id, month, amount, orders)
    SELECT seller, date_trunc('month', paid_on)::date, sum(amount), count(*)
    FROM unnest(%s::bigint[], %s::date[], %s::numeric[]) AS sale (seller, paid_on, amount)
    WHERE amount > 0 GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (salesperson_id, month)
    DO UPDATE SET amount = m.amount + excluded.amount, orders = m.orders + excluded.orders
"""
TAKE_SALES = """
    UPDATE sales_salesmonth SET amount = amount - %(amount)s, orders = orders - 1
    WHERE salesperson_id = %(seller)s AND month = date_trunc('month', %(paid_on)s::date)::date
"""


def book(payments, *, by=None):
    """Book payments, given as (customer id, salesperson id, paid on, amount in yuan, order number), once each.

    Call it within the transaction that marks the orders as paid.
    """
    if not payments:
        return
    record_sales(payments, by=by)
    _customers, sellers, dates, amounts, _numbers = zip(*payments, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(ADD_SALES, [list(sellers), list(dates), list(amounts)])


def unbook(order, *, last_sale_on) -> None:
    """Take back what `book` wrote of the paid `order`; `last_sale_on` is the customer's last sale that remains."""
    if order.amount <= 0:
        return
    take_back(order.customer_id, month=order.paid_on, amount=order.amount, last_sale_on=last_sale_on)
    months = {"seller": order.salesperson_id, "paid_on": order.paid_on, "amount": order.amount}
    with connection.cursor() as cursor:
        cursor.execute(TAKE_SALES, months)
