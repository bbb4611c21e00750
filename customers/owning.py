"""Giving customers to somebody: assigned, referred, transferred, handed over (policy 4.4, 4.6).

Everybody who is given customers is held first, then the customers in the order of their ids, as a claim does; so a
count of what somebody has in hand can't be passed by two at once.
"""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.lib.moves import TooLate
from customers import permissions
from customers.models import Activity, Customer, PoolRules, Stint
from customers.models.customer import hold_active
from customers.reactions import react
from staff import notices
from staff.permissions import is_seller


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
    """Make `to` the owner of the customers `pks`; return those that were not theirs, each with who had it as `was`.

    Raises PermissionDenied when `to` sells nothing or left, or `may` (by, owner's id, to) says no of one of them, Full
    as `assign` does; a `run` is the handover's.
    """
    if not is_seller(to):
        raise PermissionDenied
    with transaction.atomic():
        hold_active(to)
        rows = Customer.objects.filter(pk__in=pks).exclude(owner=to).order_by("pk")
        given = list(rows.select_for_update(of=("self",)).select_related("owner"))
        if may and not all(may(by, customer.owner_id, to) for customer in given):
            raise PermissionDenied
        _check_capacity(to, len(given), override=override and bool(note))
        for customer in given:
            customer.was = customer.owner_id
            _give(customer, to, by, note, reason, run)
        react([customer.pk for customer in given])
    return given


def _give(customer, to, by, note, reason, run):
    data = {"owner": str(to), "from": str(customer.owner) if customer.owner_id else "", "reason": reason}
    customer.own(to, by=by, reason=reason)
    customer.moved_in = run
    customer.save(update_fields=MOVED)
    Activity.objects.create(customer=customer, verb=Activity.Verb.ASSIGN, by=by, note=note, data=data)


MOVED = (
    "owner", "owned_since", "owned_at", "pool", "pooled_at", "pool_note", "stint_reason", "moved_by", "moved_in",
    "updated_at",
)  # fmt: skip


def _check_capacity(to, number, *, override):
    capacity = PoolRules.current().capacity
    if capacity is None or override:
        return
    in_hand = Customer.objects.filter(owner=to).count()
    if number and in_hand + number > capacity:
        text = _("%(person)s has %(number)d customers in hand; more than %(capacity)d need a reason.")
        raise Full(text % {"person": to, "number": in_hand, "capacity": capacity})
