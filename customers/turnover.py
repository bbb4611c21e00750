"""What customers bought: the facts that sales writes and grading and the pool read."""

import datetime as dt

from django.db import connection
from django.utils import timezone

from customers.models import Customer
from customers.ownership import first_order
from staff.models import User

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
    UPDATE customers_customer c SET last_sale_on = s.latest
    FROM (SELECT customer, max(paid_on) AS latest FROM ({SALES}) AS sales GROUP BY 1) AS s
    WHERE c.id = s.customer AND (c.last_sale_on IS NULL OR c.last_sale_on < s.latest)
"""  # noqa: S608 - constants only
TAKE_BACK = """
    UPDATE customers_turnover SET amount = amount - %(amount)s, orders = orders - 1
    WHERE customer_id = %(customer)s AND month = date_trunc('month', %(month)s::date)::date
"""


def record_sales(sales, *, by=None):
    """Write confirmed payments, given as (customer id, seller id, paid on, amount in yuan, order number).

    They count in the turnover and as last sale, and make whoever sold the owner (policy 4.2). No money, no sale: rows
    of 0.00 change nothing. Call it once per payment, within the payment's transaction.
    """
    names = ("customers", "sellers", "dates", "amounts", "numbers")
    arrays = dict(zip(names, map(list, zip(*sales, strict=True)), strict=True))
    lock_sellers(arrays)
    lock(arrays["customers"])
    first_order.settle(arrays, today=timezone.localdate(), now=timezone.now(), by=by)
    with connection.cursor() as cursor:
        cursor.execute(ADD_TURNOVER, arrays)
        cursor.execute(LAST_SALE, arrays)


def take_back(customer: int, *, month: dt.date, amount, last_sale_on: dt.date | None) -> None:
    """Take one payment out of the turnover of its `month` (policy 8.2); `last_sale_on` is the last that remains.

    Whose the customer is stays as it was; when it returns follows. Within the transaction that takes the order back.
    """
    lock([customer])
    with connection.cursor() as cursor:
        cursor.execute(TAKE_BACK, {"customer": customer, "month": month, "amount": amount})
    Customer.objects.filter(pk=customer).update(last_sale_on=last_sale_on)


def lock_sellers(sales):
    """Hold whoever sold to a customer in the pool, and is to get it, before the customers: as a claim does."""
    pooled = set(Customer.objects.pooled().filter(pk__in=set(sales["customers"])).values_list("pk", flat=True))
    sellers = {
        seller for customer, seller in zip(sales["customers"], sales["sellers"], strict=True) if customer in pooled
    }
    if sellers:
        list(User.objects.filter(pk__in=sellers).order_by("pk").select_for_update(no_key=True).values("pk"))


def lock(customers) -> None:
    """Hold the customers, in one order for all who confirm payments: by id."""
    list(Customer.objects.filter(pk__in=set(customers)).order_by("pk").select_for_update(of=("self",)).values("pk"))
