"""A handover is carried out: all of it in one transaction (policy 4.6).

Held in the order that everybody keeps: the handover, people by id, what the upper rooms hold before customers (plans,
complaints), customers by id, the rest. What changed hands meanwhile is left and said so, never overwritten.
"""

import json
from collections import defaultdict
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.lib.moves import TooLate
from customers.models import Customer, Handover, HandoverItem, PoolRules
from customers.ownership import handovers
from customers.ownership.handing_over import CUSTOMERS, KINDS, Given, Kind, Work, in_turn
from jobs.models import Run
from staff import notices
from staff.changes import times_changed
from staff.models import User

JOB = "handover"
Status = HandoverItem.Status
FOR_YOU = gettext_lazy("Handed over to you by %(name)s: please confirm it")
WRITE = """
    UPDATE customers_handoveritem i
    SET status = w.status, receiver_id = w.receiver, before = w.before::jsonb, note = w.note
    FROM unnest(%(ids)s::bigint[], %(status)s::text[], %(receiver)s::bigint[], %(before)s::text[], %(note)s::text[])
        AS w (id, status, receiver, before, note)
    WHERE i.id = w.id
"""


class NotReady(ValueError):
    """The handover can't be carried out as it is chosen; the text says why."""


@dataclass
class Ending:
    """What became of an item: its state, who got it, what an undo needs, why it stayed."""

    item: HandoverItem
    status: str
    receiver: int | None = None
    before: dict | None = None
    note: str = ""


def carry_out(handover: Handover, *, override: str = "", by: User) -> None:
    """Give everything to whom it was chosen for; done before, it is done.

    Raises NotReady when something has no receiver or somebody can't get what they should; `override` says why
    somebody may have more customers in hand than the rules allow. Raises TooLate, PermissionDenied.
    """
    _look_again(handover, by)
    with transaction.atomic():
        handover.lock()
        if handover.status == Handover.Status.DONE and permits(handover, by):
            return
        handover.check_move("carry_out", by=by)
        chosen = _chosen(handover, by)
        _hold_people(handover, chosen, by, override)
        run = Run.objects.create(job=JOB, by=by, status=Run.Status.DONE, finished_at=timezone.now())
        work = work_of(handover, run, by, _("Handover: %(why)s"))
        endings = _give(chosen, work)
        _write(endings)
        times_changed([handover.leaver_id])
        handover.status, handover.done_at, handover.done_by = Handover.Status.DONE, work.at, by
        handover.run, handover.override = run, override
        handover.save()
        got = sorted({one.receiver for one in endings if one.status == Status.MOVED})
        notices.write_to(got, lambda: FOR_YOU % {"name": handover.leaver})


def permits(handover, by) -> bool:
    return Handover.MOVES["carry_out"].who(by, handover)


def _look_again(handover, by):
    """List what the leaver holds by now, so that what came since is asked for; of a handover that is done, nothing."""
    try:
        handovers.refresh(handover, by=by)
    except TooLate:
        handover.refresh_from_db(fields=("status",))


def work_of(handover: Handover, run, by: User, note: str) -> Work:
    """Return the work that histories describe with `note`, in which %(why)s is filled in."""
    return Work(handover.leaver, by, timezone.now(), handover.why, note % {"why": handover.get_why_display()}, run)


# Who gets what


def _chosen(handover, by) -> list[HandoverItem]:
    """Return the planned items, each with who gets it as `to` and whether it goes at all as `goes`."""
    items = list(handover.items.planned().resolved().only(*READ))
    owners = _owners(items)
    undecided = 0
    for item in items:
        kind = KINDS[item.kind]
        item.goes, item.to = _target(item, kind, owners, handover)
        item.goes = item.goes and kind.may(by, handover.leaver)
        undecided += not item.goes and kind.may(by, handover.leaver)
    if undecided and handover.why == Handover.Why.LEAVING:
        raise NotReady(undecided_words(undecided))
    return items


def undecided_words(number: int) -> str:
    """Return why a leaver's handover waits: so many things have nobody who gets them."""
    text = ngettext(
        "%(number)d thing has no receiver yet: choose one.",
        "%(number)d things have no receiver yet: choose one for each.",
        number,
    )
    return text % {"number": number}


READ = ("kind", "source", "follows", "receiver", "to_home", "handover", "customer", "before")


def _owners(items) -> dict[int, int]:
    """Return who owns the customers of what goes to its customer's owner."""
    asked = {item.customer_id for item in items if item.goes_home and KINDS[item.kind].home_is_owner}
    return dict(Customer.objects.owned().filter(pk__in=asked).values_list("pk", "owner"))


def _target(item, kind: Kind, owners, handover) -> tuple[bool, int | None]:
    if item.goes_to:
        return True, item.goes_to
    if not item.goes_home:
        return False, None
    owner = owners.get(item.customer_id) if kind.home_is_owner else None
    if owner == handover.leaver_id:  # its customer goes to the pool with this handover
        owner = None
    return True, owner or (handover.opened_by_id if kind.needs_somebody else None)


def _hold_people(handover, chosen, by, override):
    """Hold whoever takes part, and see that each may get what they are to get."""
    things = defaultdict(set)
    for item in chosen:
        if item.goes and item.to:
            things[item.to].add(item.kind)
    held = User.objects.filter(pk__in={*things, handover.leaver_id}).order_by("pk").select_for_update(no_key=True)
    people = {person.pk: person for person in held}
    allowed = set(User.objects.visible_to(by).filter(pk__in=things).values_list("pk", flat=True))
    for pk, codes in things.items():
        # What goes to its customer's owner does not ask who leads them.
        own = {code for code in codes if not KINDS[code].home_is_owner}
        _check(people[pk], codes, is_allowed=pk in allowed or not own)
    _check_capacity(chosen, people, override)


def _check(person, codes, *, is_allowed):
    if not person.is_active or not is_allowed:
        raise NotReady(_("%(person)s can't get anything any more: choose somebody else.") % {"person": person})
    for code in sorted(codes):
        if not KINDS[code].fits(person.role):
            words = {"things": KINDS[code].title, "person": person}
            raise NotReady(_("%(things)s can't go to %(person)s.") % words)


def _check_capacity(chosen, people, override):
    capacity = PoolRules.current().capacity
    if capacity is None or override:
        return
    number = defaultdict(int)
    for item in chosen:
        if item.kind == "customer" and item.goes and item.to:
            number[item.to] += 1
    for pk in sorted(number):
        in_hand = Customer.objects.filter(owner=pk).count()
        if in_hand + number[pk] > capacity:
            words = {"person": people[pk], "number": in_hand + number[pk], "capacity": capacity}
            text = _("%(person)s would have %(number)d customers in hand; more than %(capacity)d need a reason.")
            raise NotReady(text % words)


# Giving


def _give(chosen, work) -> list[Ending]:
    by_kind = defaultdict(list)
    for item in chosen:
        by_kind[item.kind].append(item)
    hold(item for item in chosen if item.goes)
    endings, moved = [], set()
    for kind in in_turn():
        if kind.phase == CUSTOMERS:
            hold_customers(item for item in chosen if item.goes)
        going = [item for item in by_kind[kind.code] if item.goes and (not item.follows or item.customer_id in moved)]
        done = kind.give([given(item) for item in going], work) if going else {}
        if kind.code == "customer":
            moved = set(done)
        endings += [_ending(item, kind, done) for item in by_kind[kind.code]]
    return endings


def hold(items) -> None:
    """Hold what the rooms of `items` hold before customers."""
    listed = defaultdict(list)
    for item in items:
        listed[item.kind].append(item.source)
    for kind in in_turn():
        if kind.code in listed:
            kind.hold(listed)


def hold_customers(items) -> None:
    """Hold the customers of `items`, in the order of their ids as everybody does."""
    pks = {item.customer_id for item in items if item.customer_id}
    list(Customer.objects.filter(pk__in=pks).order_by("pk").select_for_update(of=("self",), no_key=True).values("pk"))


def given(item) -> Given:
    return Given(item.source, item.to, item.customer_id, item.follows, item.before)


def _ending(item, kind, done) -> Ending:
    if item.source in done:
        # What goes to nobody needs nobody's word.
        status = Status.MOVED if item.to else Status.CONFIRMED
        return Ending(item, status, item.to, done[item.source])
    if item.goes:
        return Ending(item, Status.LEFT, item.receiver_id, note=_where_now(item, kind))
    return Ending(item, Status.LEFT, note=_("It stays: nobody was chosen for it."))


def _where_now(item, kind):
    """Say why it was not handed over, and of a customer with whom it is."""
    if kind.code != "customer":
        return str(kind.stays)
    now = Customer.objects.select_related("owner").filter(pk=item.source).first()
    if now and now.owner_id:
        return _("It is %(owner)s's by now.") % {"owner": now.owner}
    return _("It is in the pool by now.")


def _write(endings):
    params = {
        "ids": [one.item.pk for one in endings],
        "status": [one.status for one in endings],
        "receiver": [one.receiver for one in endings],
        "before": [json.dumps(one.before or {}, default=str) for one in endings],
        "note": [one.note[:300] for one in endings],
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE, params)
