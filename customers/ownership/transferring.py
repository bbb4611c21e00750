"""Transfers: a customer offered to a colleague, who becomes its owner by accepting (policy 4.6).

An answer holds the receiver, then the customer, then the offer: in that order every other verb takes them, so of an
acceptance, a withdrawal and a release at the same moment one comes first and the others hear so. Whatever else changes
the owner withdraws the offer (migration 0008).
"""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.lib.moves import TooLate
from customers.models import Activity, Customer, PoolRules, Stint, Transfer
from customers.models.customer import hold_active
from customers.ownership import owning
from customers.ownership.allowance import full
from staff import notices
from staff.permissions import is_seller


def offer(customers: Iterable[Customer], *, to, reason, by) -> list[Transfer]:
    """Offer `customers` to `to`, who is told by mail; an offer that is open already gives way to the new one.

    Raises PermissionDenied when `by` neither owns nor leads one of them or `to` does not sell, TooLate when one has
    gone to the pool or is `to`'s own by now.
    """
    if not is_seller(to) or not to.is_active:
        raise PermissionDenied
    with transaction.atomic():
        held = _hold([customer.pk for customer in customers])
        for customer in held:
            _check(customer, to, by)
        open_ = Transfer.objects.offered().filter(customer__in=held)
        open_.update(status=Transfer.Status.WITHDRAWN, answered_by=by, answered_at=timezone.now())
        made = [Transfer(customer=c, sender=c.owner, receiver=to, reason=reason, by=by) for c in held]
        Transfer.objects.bulk_create(made)
        Activity.objects.bulk_create(_activity(transfer, "offered", by, reason) for transfer in made)
        notices.write([to], lambda: _offered_words(by, len(made)))
    return made


def _hold(pks) -> list[Customer]:
    rows = Customer.objects.filter(pk__in=pks).select_related("owner").order_by("pk")
    return list(rows.select_for_update(of=("self",)))


def _check(customer, to, by):
    customer.check_move("offer", by=by)
    if customer.owner_id == to.pk:
        raise TooLate(_("%(customer)s is %(person)s's already.") % {"customer": customer, "person": to})


def _offered_words(by, number):
    text = ngettext(
        "%(person)s offers you %(number)d customer: please accept or decline",
        "%(person)s offers you %(number)d customers: please accept or decline",
        number,
    )
    return text % {"person": by, "number": number}


def accept(transfer: Transfer, *, by) -> None:
    """Make the receiver the owner.

    Raises TooLate when the offer has been answered or withdrawn, `owning.Full` when the receiver has as many in hand
    as one may, PermissionDenied when they left.
    """
    with transaction.atomic():
        hold_active(by)
        _answer(transfer, "accept", by)
        _take_over(transfer, by)
        notices.write([transfer.sender], lambda: _("%(person)s has taken over a customer of yours") % {"person": by})


def _take_over(transfer, by):
    reason = Stint.Reason.TRANSFERRED
    try:
        owning.give([transfer.customer_id], to=by, by=by, note=transfer.reason, reason=reason)
    except owning.Full as late:
        # A reason, of which it speaks, is a leader's to give.
        raise owning.Full(full(PoolRules.current().capacity)) from late


def decline(transfer: Transfer, *, note, by) -> None:
    """Say no; the sender, who keeps the customer, reads why. Raises TooLate as `accept` does."""
    with transaction.atomic():
        _answer(transfer, "decline", by, note)
        _activity(transfer, "declined", by, note).save()
        told = {transfer.sender, transfer.by}
        notices.write(told, lambda: _("%(person)s has declined the customer that you offered") % {"person": by})


def withdraw(transfer: Transfer, *, by) -> None:
    """Take the offer back. Raises TooLate when it has been answered."""
    with transaction.atomic():
        _answer(transfer, "withdraw", by)
        _activity(transfer, "withdrawn", by).save()


def _answer(transfer, verb, by, note=""):
    """Hold the customer and then the offer, check that `by` may and is in time, and write the answer."""
    _hold([transfer.customer_id])
    transfer.lock()
    transfer.check_move(verb, by=by)
    transfer.status = transfer.MOVES[verb].target
    transfer.answered_by, transfer.answered_at, transfer.note = by, timezone.now(), note
    transfer.save(update_fields=["status", "answered_by", "answered_at", "note"])


def _activity(transfer, what, by, note=""):
    data = {"what": what, "from": str(transfer.sender), "to": str(transfer.receiver)}
    return Activity(customer_id=transfer.customer_id, verb=Activity.Verb.TRANSFER, by=by, note=note, data=data)
