"""Giving customers to somebody: assigned, referred, transferred, handed over (policy 4.4, 4.6).

Everybody who is given customers is held first, then the customers in the order of their ids, as a claim does; so a
count of what somebody has in hand can't be passed by two at once.
"""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.lib.moves import TooLate
from customers import permissions
from customers.models import Customer, PoolRules, Stint
from customers.models.customer import hold_active
from customers.reactions import react
from staff import notices
from staff.permissions import is_seller

# In one statement, whatever their number: `Customer.own` and its activity; the triggers write stints and due dates.
GIVE = """
    WITH given AS (
        UPDATE customers_customer c
        SET owner_id = %(to)s, owned_since = %(today)s, owned_at = %(now)s, pool_id = NULL, pooled_at = NULL,
            pool_note = '', stint_reason = %(reason)s, moved_by_id = %(by)s, moved_in_id = %(run)s, updated_at = %(now)s
        FROM unnest(%(customers)s::bigint[], %(owners)s::bigint[]) AS g (customer, owner)
        WHERE c.id = g.customer RETURNING c.id, g.owner
    )
    INSERT INTO customers_activity (customer_id, verb, by_id, at, note, data)
    SELECT given.id, 'assign', %(by)s, %(now)s, %(note)s,
           jsonb_build_object('owner', %(name)s::text, 'from', coalesce(nullif(u.name, ''), u.username, ''),
                              'reason', %(reason)s::text)
    FROM given LEFT JOIN staff_user u ON u.id = given.owner ORDER BY given.id
"""


class Full(TooLate):
    """Somebody has as many customers in hand as one may."""

    is_rule = True


def assign(customers: Iterable[Customer], *, to, by, note="", override=False, reason=Stint.Reason.ASSIGNED) -> int:
    """Give `customers`, owned or in the pool, to `to`; return how many were not theirs before.

    By a leader, within sight on both ends (`permissions.may_assign`), else PermissionDenied. Raises Full when `to`
    would have more in hand than the rules allow, unless `override` says so, which needs a `note`. A referral (policy
    4.4) is a manager's. The receiver is told by mail.
    """
    if reason == Stint.Reason.REFERRED and not permissions.may_refer(by):
        raise PermissionDenied
    pks = [customer.pk for customer in customers]
    with transaction.atomic():
        given = give(pks, to=to, by=by, note=note, reason=reason, override=override, may=permissions.may_assign)
        if given and to != by:
            notices.write([to], lambda: _assigned_words(by, len(given)))
    return len(given)


def _assigned_words(by, number):
    text = ngettext(
        "%(person)s has given you %(number)d customer", "%(person)s has given you %(number)d customers", number
    )
    return text % {"person": by, "number": number}


def give(pks: list[int], *, to, by, note="", reason=Stint.Reason.ASSIGNED, override=False, run=None, may=None):
    """Make `to` the owner of the customers `pks`; return those that were not theirs: {customer: whose it was or None}.

    Raises PermissionDenied when `to` sells nothing or left, or `may` (by, owner's id, to) says no of one of them, Full
    as `assign` does; a `run` is the handover's.
    """
    if not is_seller(to):
        raise PermissionDenied
    with transaction.atomic():
        hold_active(to)
        rows = Customer.objects.filter(pk__in=pks).exclude(owner=to).order_by("pk")
        was = dict(rows.select_for_update(of=("self",)).values_list("pk", "owner"))
        if may and not all(may(by, owner, to) for owner in set(was.values())):
            raise PermissionDenied
        _check_capacity(to, len(was), override=override and bool(note))
        _write(was, to, by, note, reason, run)
        react(list(was))
    return was


def _write(was, to, by, note, reason, run):
    params = {
        "customers": list(was),
        "owners": list(was.values()),
        "to": to.pk,
        "name": str(to),
        "by": by and by.pk,
        "run": run and run.pk,
        "reason": reason,
        "note": note,
        "today": timezone.localdate(),
        "now": timezone.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(GIVE, params)


def _check_capacity(to, number, *, override):
    capacity = PoolRules.current().capacity
    if capacity is None or override:
        return
    in_hand = Customer.objects.filter(owner=to).count()
    if number and in_hand + number > capacity:
        text = _("%(person)s has %(number)d customers in hand; more than %(capacity)d need a reason.")
        raise Full(text % {"person": to, "number": in_hand, "capacity": capacity})
