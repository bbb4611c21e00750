"""When a customer returns to the pool: one rule, for Python and for SQL (policy 4.1, 4.3, 4.8).

Never dealt: start of ownership + `no_deal_months`. Dealt: the later of last sale and start of ownership +
`no_sale_months`. Calendar months, clipped to the month's last day; dates in the company's time zone. The customer
goes with the night dated that day.
"""

from django.db.models import Case, F, Value, When
from django.db.models.functions import Greatest

from crm.lib.dates import AddMonths, add_months


def due_on(owned_since, last_sale_on, periods):
    """Return the date on which a customer owned since `owned_since` returns to the pool."""
    if last_sale_on is None:
        return add_months(owned_since, periods.no_deal_months)
    return add_months(max(owned_since, last_sale_on), periods.no_sale_months)


def due_expression(periods):
    """Return `due_on` as a database expression over customers; null for those in the pool."""
    return Case(
        When(owner=None, then=Value(None)),
        When(last_sale_on=None, then=AddMonths(F("owned_since"), Value(periods.no_deal_months))),
        default=AddMonths(Greatest("owned_since", "last_sale_on"), Value(periods.no_sale_months)),
    )


# `due_on` after a sale on {sale}, as SQL over customers c with the parameter no_sale_months.
DUE_AFTER_SALE = """
    CASE WHEN c.owner_id IS NULL THEN NULL
    ELSE (GREATEST(c.owned_since, {sale}) + make_interval(months => %(no_sale_months)s))::date END
"""
