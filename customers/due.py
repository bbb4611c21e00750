"""When a customer returns to the pool: one rule, for Python and for SQL (policy 4.1, 4.3, 4.8).

Never dealt: start of ownership + `no_deal_months`. Dealt: the later of last sale and start of ownership +
`no_sale_months`. Calendar months, clipped to the month's last day; dates in the company's time zone. The customer
goes with the night dated that day.
"""

from crm.lib.dates import add_months

# `due_on` as SQL over customers c, null in the pool, with the periods as parameters; {sale} is the last sale.
DUE = """
    CASE WHEN c.owner_id IS NULL THEN NULL
    WHEN {sale} IS NULL THEN (c.owned_since + make_interval(months => %(no_deal_months)s))::date
    ELSE (GREATEST(c.owned_since, {sale}) + make_interval(months => %(no_sale_months)s))::date END
"""


def due_on(owned_since, last_sale_on, periods):
    """Return the date on which a customer owned since `owned_since` returns to the pool."""
    if last_sale_on is None:
        return add_months(owned_since, periods.no_deal_months)
    return add_months(max(owned_since, last_sale_on), periods.no_sale_months)


def due_params(periods) -> dict[str, int]:
    """Return the parameters of DUE."""
    return {"no_deal_months": periods.no_deal_months, "no_sale_months": periods.no_sale_months}
