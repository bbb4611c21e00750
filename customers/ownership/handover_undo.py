"""A handover is undone within some days: what nobody changed since goes back, in one transaction (policy 4.6)."""

import datetime as dt
from collections import defaultdict

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.moves import TooLate
from customers.models import Handover, HandoverItem
from customers.ownership.handing_over import CUSTOMERS, in_turn
from customers.ownership.handover_work import given, hold, hold_customers, work_of
from staff.changes import times_changed
from staff.models import User

Status = HandoverItem.Status


def undo(handover: Handover, *, by: User) -> tuple[int, int]:
    """Give back what nobody changed since; return how many things went back, and how many stayed where they are.

    Raises TooLate when it is too long ago, the leaver has left, or it was undone before; PermissionDenied.
    """
    with transaction.atomic():
        handover.lock()
        handover.check_move("undo", by=by)
        if timezone.now() > undone_until(handover):
            text = _("A handover can be undone within %(days)d days only.")
            raise TooLate(text % {"days": Handover.UNDO_DAYS})
        items = list(handover.items.filter(status__in=(Status.MOVED, Status.CONFIRMED, Status.MISSING)))
        _hold_for_undo(handover, items)
        work = work_of(handover, handover.run, by, _("Handover undone: %(why)s"))
        back = _give_back(items, work)
        HandoverItem.objects.filter(pk__in=back).update(status=Status.UNDONE)
        times_changed([handover.leaver_id])
        handover.status, handover.undone_at, handover.undone_by = Handover.Status.UNDONE, work.at, by
        handover.save()
    return len(back), len(items) - len(back)


def undone_until(handover: Handover) -> dt.datetime:
    return handover.done_at + dt.timedelta(days=Handover.UNDO_DAYS)


def _hold_for_undo(handover, items):
    pks = {handover.leaver_id, *(item.receiver_id for item in items if item.receiver_id)}
    people = {
        person.pk: person for person in User.objects.filter(pk__in=pks).order_by("pk").select_for_update(no_key=True)
    }
    leaver = people[handover.leaver_id]
    if not leaver.is_active:
        raise TooLate(_("%(person)s does not work here any more: nothing can go back to them.") % {"person": leaver})
    handover.leaver = leaver


def _give_back(items, work) -> list[int]:
    """Return the ids of the items that went back."""
    by_kind = defaultdict(list)
    for item in items:
        item.to = item.receiver_id
        by_kind[item.kind].append(item)
    hold(items)
    back, customers = [], set()
    for kind in in_turn():
        if kind.phase == CUSTOMERS:
            hold_customers(items)
        fits = (kind.fits_back or kind.fits)(work.leaver.role)
        listed = [item for item in by_kind[kind.code] if fits and (not item.follows or item.customer_id in customers)]
        gone = kind.give_back([given(item) for item in listed], work) if listed else set()
        if kind.code == "customer":
            customers = gone
        back += [item.pk for item in listed if item.source in gone]
    return back
