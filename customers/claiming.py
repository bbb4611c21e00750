"""Claiming from the pool: exactly one winner, and the same limits for everybody (policy 4.5).

In two statements on one way to the server: the first holds the claimer's row, so that what the second counts is true;
the second is decided by the customer's row, so that of claimers at once one wins. What limits a claim is counted from
stints, which nothing takes back: a release gives no claim back, and no colleague's turn in between makes an earlier
owner a new one.
"""

import datetime as dt

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.lib.dates import start_of
from crm.lib.moves import TooLate
from crm.lib.prepared import Prepared
from customers import permissions
from customers.models import Customer
from customers.reactions import react

HOLD = "SELECT is_active FROM staff_user WHERE id = %(by)s FOR NO KEY UPDATE"
CLAIM = """
WITH facts AS (
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
    SELECT *, CASE WHEN cool_on > %(today)s THEN 'cooldown' WHEN claims >= claims_a_day THEN 'daily'
                   WHEN in_hand >= capacity THEN 'capacity' ELSE '' END AS rule
    FROM facts
), taken AS (
    UPDATE customers_customer c
    SET owner_id = %(by)s, owned_since = %(today)s, owned_at = %(now)s, pool_id = NULL, pooled_at = NULL,
        pool_note = '', stint_reason = 'claimed', moved_by_id = %(by)s, moved_in_id = NULL, updated_at = %(now)s
    FROM verdict v, customers_pool p
    WHERE c.id = %(customer)s AND c.owner_id IS NULL AND v.rule = '' AND p.id = c.pool_id
      AND (p.team_id IS NULL OR p.team_id = ANY (v.lineage))
      AND (c.pooled_at AT TIME ZONE %(zone)s)::date + v.embargo_days <= %(today)s
    RETURNING c.id
), told AS (
    INSERT INTO customers_activity (customer_id, verb, by_id, at, note, data)
    SELECT id, 'claim', %(by)s, %(now)s, '', '{}' FROM taken
)
SELECT (SELECT count(*) FROM taken), rule, cool_on, claims_a_day, capacity, embargo_days FROM verdict
"""
TYPES = {
    "customer": "bigint", "by": "bigint", "today": "date", "now": "timestamptz", "began": "timestamptz", "zone": "text",
}  # fmt: skip
TAKE = Prepared("claim", CLAIM, TYPES)


class Refused(TooLate):
    """A rule of the pool forbids the claim for now; the message says which, and until when."""

    is_rule = True


def claim(customer, *, by) -> None:
    """Take `customer` out of the pool for `by`.

    Raises TooLate, naming the winner, when somebody was first, Refused when a rule forbids it, and PermissionDenied
    when `by` does not sell, left, or is no member of its pool.
    """
    if not permissions.may_claim(by, customer):
        raise PermissionDenied
    with transaction.atomic():
        is_active, row = _take(customer, by)
        if not is_active:
            raise PermissionDenied
        if not row[0]:
            raise _refusal(customer, by, *row[1:])
        react([customer.pk])
    customer.refresh_from_db()


def _take(customer, by):
    """Hold the claimer, take the customer; return whether they work here, and the row of CLAIM."""
    today, now = timezone.localdate(), timezone.now()
    params = {"customer": customer.pk, "by": by.pk, "today": today, "now": now, "zone": settings.TIME_ZONE}
    with connection.cursor() as cursor:
        TAKE.execute(cursor, params | {"began": start_of(today)}, after=HOLD)
        [is_active] = cursor.fetchone() or [False]
        cursor.nextset()
        return is_active, cursor.fetchone()


def _refusal(customer, by, rule, cool_on, claims_a_day, capacity, embargo_days) -> Exception:
    """Return why the claim failed: by a rule, or because the customer is no longer where it was."""
    if rule == "cooldown":
        return Refused(_("You had this customer before: you can claim it again from %(day)s on.") % {"day": cool_on})
    if rule == "daily":
        text = ngettext(
            "You have claimed %(number)d customer today, as many as a day allows: go on tomorrow.",
            "You have claimed %(number)d customers today, as many as a day allows: go on tomorrow.",
            claims_a_day,
        )
        return Refused(text % {"number": claims_a_day})
    if rule == "capacity":
        text = _("You have %(number)d customers in hand, as many as one may: release one first.")
        return Refused(text % {"number": capacity})
    return _not_there(customer, by, embargo_days)


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
