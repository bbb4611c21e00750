"""Preparing a handover: opened for somebody, what they hold listed, each thing given a receiver (policy 4.6)."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crm.lib.moves import TooLate
from customers import permissions
from customers.models import Handover, HandoverItem
from customers.ownership.handing_over import Held, Kind, kinds
from staff.models import User

Status = HandoverItem.Status


def open_for(leaver: User, *, why: str, note: str = "", by: User) -> Handover:
    """Open a handover of all that `leaver` holds, or return the one that is open already.

    Raises PermissionDenied for whoever does not lead them.
    """
    if not permissions.may_open_handover_of(by, leaver.pk):
        raise PermissionDenied
    try:
        with transaction.atomic():
            handover = Handover.objects.create(leaver=leaver, why=why, note=note, opened_by=by)
    except IntegrityError:  # one is open already
        handover = Handover.objects.get(leaver=leaver, status=Handover.Status.DRAFT)
    refresh(handover, by=by)
    return handover


def refresh(handover: Handover, *, by: User) -> None:
    """List anew what the leaver holds: what came is added, what went is left out, what was chosen stays.

    Raises TooLate when the handover is no draft any more.
    """
    with transaction.atomic():
        handover.lock()
        handover.check_move("edit", by=by)
        for kind in kinds():
            _refresh(handover, kind)


def _refresh(handover, kind: Kind):
    held = {one.source: one for one in kind.held(handover.leaver)}
    listed = handover.items.filter(kind=kind.code)
    known = dict(listed.values_list("source", "status"))
    new = [_item(handover, kind, one) for source, one in held.items() if source not in known]
    HandoverItem.objects.bulk_create(new, batch_size=1000)
    went = [source for source, status in known.items() if status == Status.PLANNED and source not in held]
    came = [source for source, status in known.items() if status == Status.LEFT and source in held]
    listed.filter(source__in=went).update(status=Status.LEFT, note=str(kind.stays))
    listed.filter(source__in=came).update(status=Status.PLANNED, note="")
    _follow(listed, held)


def _follow(listed, held):
    """Note what goes with its customer by now, or does so no longer."""
    for follows in (True, False):
        sources = [source for source, one in held.items() if one.follows is follows]
        listed.filter(source__in=sources).exclude(follows=follows).update(follows=follows)


def _item(handover, kind, one: Held):
    return HandoverItem(
        handover=handover,
        kind=kind.code,
        source=one.source,
        customer_id=one.customer,
        label=one.label[:200],
        amount=one.amount,
        follows=one.follows,
        to_home=one.at_home,
    )


def drop(handover: Handover, *, by: User) -> None:
    """Give up a draft; nothing was moved."""
    with transaction.atomic():
        handover.lock()
        handover.check_move("drop", by=by)
        handover.status = Handover.Status.DROPPED
        handover.save(update_fields=["status"])


class DoesNotFit(ValueError):
    """Somebody can't get what was chosen for them; the text says what."""


def choose(handover: Handover, items: Iterable[HandoverItem], *, to: User | None, home: bool = False, by: User) -> int:
    """Let `to` get these items of the draft; with `home` they go where their kind goes by itself; else they wait.

    What follows its customer is passed over. Returns how many were chosen; raises DoesNotFit when `to` may not hold
    one of them, or it can't go anywhere by itself.
    """
    items = [item for item in items if not item.follows]
    by_code = {kind.code: kind for kind in kinds()}
    for code in sorted({item.kind for item in items}):
        _check(by_code[code], to, home, by, handover.leaver)
    with transaction.atomic():
        lock_draft(handover, by=by)
        chosen = handover.items.planned().filter(pk__in=[item.pk for item in items])
        return chosen.update(receiver=to, to_home=home)


def _check(kind: Kind, to, home, by, leaver):
    if not kind.may(by, leaver):
        raise DoesNotFit(_("%(things)s: somebody above you gives them on.") % {"things": kind.title})
    if home and not kind.home:
        raise DoesNotFit(_("%(things)s: choose a person.") % {"things": kind.title})
    if to and not kind.fits(to.role):
        raise DoesNotFit(_("%(things)s can't go to %(person)s.") % {"things": kind.title, "person": to})


def lock_draft(handover: Handover, *, by: User) -> None:
    """Hold the draft; raises TooLate when it is none any more, PermissionDenied."""
    handover.lock()
    handover.check_move("edit", by=by)


def receivers(by: User, leaver: User):
    """Return the people whom `by` may give something of `leaver`."""
    return User.objects.visible_to(by).active().exclude(pk=leaver.pk).select_related("team").order_by("name", "pk")


def too_late(item: HandoverItem) -> TooLate:
    return TooLate(_("This is %(state)s by now.") % {"state": item.get_status_display()})
