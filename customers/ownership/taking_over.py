"""What receivers say of what came to them: it is complete, or something is missing (policy 4.6).

While anything is open or missing the commission of whoever handed over is withheld: a flag, with what is missing.
"""

from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib.moves import TooLate
from customers import permissions
from customers.models import Handover, HandoverItem
from customers.ownership.handovers import too_late
from staff import notices
from staff.models import User

Status = HandoverItem.Status
MISSES = gettext_lazy("%(name)s misses something of your handover: %(thing)s")
SUPPLIED = gettext_lazy("What you missed is supplied: %(thing)s")
# So many of what is missing a page names.
MOST = 20


@dataclass(frozen=True)
class Lacks:
    """What keeps a handover from being complete."""

    unconfirmed: int
    missing: int
    not_done: bool

    @property
    def is_withheld(self) -> bool:
        return self.not_done or bool(self.unconfirmed or self.missing)


def lacks(handover: Handover) -> Lacks:
    """Return why the commission is withheld; one undone or given up withholds nothing."""
    if handover.status in (Handover.Status.UNDONE, Handover.Status.DROPPED):
        return Lacks(0, 0, not_done=False)
    found = [handover.items.filter(status=status).count() for status in (Status.MOVED, Status.MISSING)]
    return Lacks(*found, not_done=handover.status == Handover.Status.DRAFT)


def confirm(handover: Handover, items: Iterable[int] | None, *, by: User) -> int:
    """Confirm the items with these ids, or all (None) that came to `by` and wait; return how many were."""
    with transaction.atomic():
        _hold(handover)
        waiting = handover.items.filter(receiver=by, status=Status.MOVED)
        if items is not None:
            waiting = waiting.filter(pk__in=items)
        return waiting.update(status=Status.CONFIRMED, confirmed_by=by, confirmed_at=timezone.now())


def miss(item: HandoverItem, *, note: str, by: User) -> None:
    """Say that something of what came to `by` is missing, also after it was confirmed; the leaver and leaders hear."""
    with _held(item, permissions.may_confirm_item, (Status.MOVED, Status.CONFIRMED), by):
        item.status, item.note, item.supplied = Status.MISSING, note, ""
        item.confirmed_by = item.confirmed_at = None
        item.save(update_fields=["status", "note", "supplied", "confirmed_by", "confirmed_at"])
        handover = item.handover
        people = {handover.leaver_id, handover.opened_by_id} - {by.pk}
        notices.write_to(sorted(people), lambda: MISSES % {"name": by, "thing": item.label})


def supply(item: HandoverItem, *, text: str, by: User) -> None:
    """Say that what was missing is supplied: the receiver confirms it, or misses it still."""
    with _held(item, permissions.may_supply_item, (Status.MISSING,), by):
        item.status, item.supplied = Status.MOVED, text
        item.save(update_fields=["status", "supplied"])
        notices.write_to([item.receiver_id], lambda: SUPPLIED % {"thing": item.label})


@contextmanager
def _held(item, may, states, by):
    """Hold the handover and its item; raises TooLate when the item is in none of `states`, PermissionDenied."""
    with transaction.atomic():
        _hold(item.handover)
        item.refresh_from_db(fields=("status", "receiver", "note", "supplied"))
        if not may(by, item):
            raise PermissionDenied
        if item.status not in states:
            raise too_late(item)
        yield


def _hold(handover):
    handover.lock()
    if handover.status != Handover.Status.DONE:
        raise TooLate(_("This handover is %(state)s.") % {"state": handover.get_status_display()})
