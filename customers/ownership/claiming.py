"""Claiming from the pool: exactly one winner, and the same limits for everybody (policy 4.5).

On one way to the server: first the claimer's row is held, so that what is counted then is true, and the customer's, so
that of claimers at once one wins; then one statement decides, plans what rooms above have for the new owner
(`customers.reactions`), and writes. What limits a claim is counted from stints, which nothing takes back: a release
gives no claim back, and no colleague's turn in between makes an earlier owner a new one.
"""

import datetime as dt
from collections import namedtuple
from functools import cache, reduce
from operator import or_

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.dates import start_of
from crm.lib.moves import TooLate
from crm.lib.prepared import Prepared, rows_of_all
from customers import permissions
from customers.models import Customer
from customers.ownership.allowance import Facts, full, used_up
from customers.reactions import Arrival, at_arrival, go_on

HOLD_CLAIMER = "SELECT is_active FROM staff_user WHERE id = %(by)s FOR NO KEY UPDATE"
HOLD_CUSTOMER = "SELECT id FROM customers_customer WHERE id = %(customer)s FOR NO KEY UPDATE"
CLAIM = """
WITH facts AS MATERIALIZED (
    SELECT r.claims_a_day, r.capacity, r.cooldown_days, r.embargo_days, u.name, t.lineage,
           (SELECT count(*) FROM customers_stint s
            WHERE s.owner_id = u.id AND s.start_reason = 'claimed' AND s.started_at >= %(began)s) AS claims,
           CASE WHEN r.capacity IS NOT NULL
                THEN (SELECT count(*) FROM customers_customer c WHERE c.owner_id = u.id) END AS in_hand,
           (SELECT (max(s.ended_at) AT TIME ZONE %(zone)s)::date + r.cooldown_days FROM customers_stint s
            WHERE s.customer_id = %(customer)s AND s.owner_id = u.id) AS cool_on
    FROM customers_poolrules r, staff_user u LEFT JOIN staff_team t ON t.id = u.team_id
    WHERE r.id = (SELECT max(id) FROM customers_poolrules) AND u.id = %(by)s
), verdict AS (
    SELECT *, CASE WHEN cool_on > %(on)s THEN 'cooldown' WHEN claims >= claims_a_day THEN 'daily'
                   WHEN in_hand >= capacity THEN 'capacity' ELSE '' END AS rule
    FROM facts
), coming AS MATERIALIZED (
    SELECT c.id, u.id AS owner_id, %(on)s AS owned_since, c.intention, c.grade, c.last_contact_at
    FROM verdict v, staff_user u, customers_customer c JOIN customers_pool p ON p.id = c.pool_id
    WHERE c.id = %(customer)s AND c.owner_id IS NULL AND v.rule = '' AND u.id = %(by)s AND u.is_active
      AND (p.team_id IS NULL OR p.team_id = ANY (v.lineage))
      AND (c.pooled_at AT TIME ZONE %(zone)s)::date + v.embargo_days <= %(on)s
){steps}, taken AS (
    UPDATE customers_customer c
    SET owner_id = %(by)s, owned_since = %(on)s, owned_at = %(now)s, pool_id = NULL, pooled_at = NULL,
        pool_note = '', stint_reason = 'claimed', moved_by_id = %(by)s, moved_in_id = NULL, updated_at = %(now)s,
        next_contact_on = LEAST({next_contact_on})
    FROM coming WHERE c.id = coming.id
    RETURNING c.id, c.name
), told AS (
    INSERT INTO customers_activity (customer_id, verb, by_id, at, note, data)
    SELECT id, 'claim', %(by)s, %(now)s, '', '{{}}' FROM taken
)
SELECT (SELECT name FROM taken), rule, cool_on, claims_a_day, capacity, embargo_days, claims, in_hand, {left}
FROM verdict
"""
TYPES = {
    "customer": "bigint", "by": "bigint", "on": "date", "now": "timestamptz", "began": "timestamptz", "zone": "text",
}  # fmt: skip
Row = namedtuple("Row", "name rule cool_on claims_a_day capacity embargo_days claims in_hand left")


@cache
def _statement() -> Prepared:
    """Return the claim with all that rooms above plan in it; they have said so by the time of the first one."""
    parts = at_arrival()
    days = ", ".join(f"({part.next_contact_on})" for part in parts) or "c.next_contact_on"
    left = f"ARRAY[{', '.join(part.left for part in parts)}]::text[]"
    sql = CLAIM.format(steps="".join(f", {part.steps}" for part in parts), next_contact_on=days, left=left)
    return Prepared(f"claim_{len(parts)}", sql, reduce(or_, (part.types for part in parts), TYPES))


class Refused(TooLate):
    """A rule of the pool forbids the claim for now; the message says which, and until when."""

    is_rule = True


def claim(customer: Customer, *, by) -> Facts:
    """Take `customer`, of which the id is enough, out of the pool for `by`; it knows its name and owner then.

    Returns what the rules leave to `by` now.
    Raises TooLate, naming the winner, when somebody was first, Refused when a rule forbids it, and PermissionDenied
    when `by` does not sell, left, or is no member of its pool, or there is no such customer.
    """
    if not permissions.may_claim(by, customer):
        raise PermissionDenied
    arrival = Arrival(customer.pk, by.pk, timezone.localdate(), timezone.now())
    with transaction.atomic():
        is_active, row = _take(arrival)
        if not is_active:
            raise PermissionDenied
        if row.name is None:
            raise _refusal(customer, by, row)
        go_on(arrival, row.left)
    customer.name, customer.owner, customer.owned_since = row.name, by, arrival.on
    customer.pool = customer.pooled_at = None
    in_hand = None if row.in_hand is None else row.in_hand + 1
    return Facts(row.claims_a_day, row.capacity, row.embargo_days, row.claims + 1, in_hand, {})


def _take(arrival: Arrival):
    """Hold the claimer and the customer, take it; return whether they work here, and the row of CLAIM."""
    params = arrival._asdict() | {"zone": settings.TIME_ZONE, "began": start_of(arrival.on)}
    for part in at_arrival():
        params |= part.params(arrival)
    held, _it, [row] = rows_of_all([_statement()], params, after=f"{HOLD_CLAIMER}; {HOLD_CUSTOMER}")
    return held == [(True,)], Row(*row)


def _refusal(customer, by, row: Row) -> Exception:
    """Return why the claim failed: by a rule, or because the customer is no longer where it was."""
    if row.rule == "cooldown":
        return Refused(
            _("You had this customer before: you can claim it again from %(day)s on.") % {"day": row.cool_on}
        )
    if row.rule == "daily":
        return Refused(used_up(row.claims_a_day))
    if row.rule == "capacity":
        return Refused(full(row.capacity))
    return _not_there(customer, by, row.embargo_days)


def _not_there(customer, by, embargo_days):
    now = Customer.objects.select_related("owner", "pool").filter(pk=customer.pk).first()
    if now is None:
        return PermissionDenied()
    if now.owner_id:
        customer.owner = now.owner
        return TooLate(_("%(owner)s has claimed %(customer)s.") % {"owner": now.owner, "customer": now})
    if not now.pool.has_member(by):
        return PermissionDenied()
    free = timezone.localdate(now.pooled_at) + dt.timedelta(days=embargo_days)
    return Refused(_("It came to the pool only lately: it can be claimed from %(day)s on.") % {"day": free})
