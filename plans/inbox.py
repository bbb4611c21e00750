"""What waits for somebody's decision, and the one case that they look at: the money, what changed, who said what."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import Case as Choose
from django.db.models import Exists, OuterRef, When
from django.utils.translation import gettext as _

from crm.lib.looks import listed
from crm.lib.moves import TooLate
from plans import approval, reading
from plans.changes import Change
from plans.models import Decision, Plan, Seat, Version
from plans.track import Mark, Track, track

Verb = Decision.Verb
# So many at once: each is a decision of its own, and the page has to answer.
MOST_AT_ONCE = 100
# How near a version is to the reader: it waits, they looked at it, they decided on it, another.
WAITS, SEEN, MINE, OTHER = range(4)
LISTED = (
    "name", "author", "team", "status", "reach", "budget", "approved", "turnover", "chain", "version", "in_force",
    "position", "waiting_since",
)  # fmt: skip
VERSION = (
    "number", "content", "by__name", "by__username", "plan__author__name", "plan__author__username", "plan__team__name",
)  # fmt: skip


@dataclass
class Case:
    """A waiting plan before whoever decides: `seat` is theirs, None once somebody was faster.

    `base` is the version that `changes` are counted from: the last that they decided on, else the one before.
    """

    plan: Plan
    version: Version
    seat: Seat | None
    base: Version | None
    since: str
    changes: list[Change]
    wording: reading.Wording
    customers: reading.Named
    grade: str
    track: Track
    said: list[Mark]
    passed_by: list[str]


def seats_of(user):
    """Return what waits for `user`, to be read oldest first; of the plans, what a line and the case of one show."""
    seats = Seat.objects.filter(person=user).select_related("plan", "stands_for")
    names = ("stands_for__name", "stands_for__username", *(f"plan__{name}" for name in LISTED))
    return seats.only("person", "since", "why", *names)


def case(plan: Plan, user, *, seat: Seat | None, seats=None, looked_at: int | None = None) -> Case:
    """Return the case of `plan`, which has been submitted; `looked_at` is the version that `user` saw before.

    `seats` are those of the plan, with their people, where they are loaded already.
    """
    version, base = _versions(plan, user, looked_at)
    plan.author, plan.team = version.plan.author, version.plan.team
    way = track(plan, seats=seats)
    seen = reading.seen_by(user, version.content, *([base.content] if base else []))
    comments = reading.comments_of(plan).filter(version__gte=base or version)
    return Case(
        plan=plan,
        version=version,
        seat=seat,
        base=base,
        since=_since(plan, base, way, user) if base else "",
        changes=reading.changed(base.content, version.content, seen) if base else [],
        wording=reading.wording(version.content, comments),
        customers=reading.customers_in(version.content, seen),
        grade=reading.grade_of(version.content),
        track=way,
        passed_by=[str(d.by) for d in way.decisions if d.verb == Verb.PASS and d.version_id == version.pk],
        said=[mark for mark in way.decided if mark.note and base and base.number <= mark.version < version.number],
    )


def _versions(plan, user, looked_at):
    """Return the version that waits and the one to compare it with, if there is any, with whose they are; one query."""
    decided = Decision.objects.filter(version=OuterRef("pk"), by=user, verb__in=(Verb.PASS, Verb.SEND_BACK))
    nearest = Choose(
        When(pk=plan.version_id, then=WAITS),
        When(pk=looked_at or 0, then=SEEN),
        When(Exists(decided), then=MINE),
        default=OTHER,
    )
    known = Version.objects.filter(plan=plan, pk__lte=plan.version_id).annotate(nearest=nearest)
    known = known.select_related("by", "plan__author", "plan__team").only(*VERSION)
    found = list(known.order_by("nearest", "-number")[:2])
    return found[0], found[1] if len(found) > 1 else None


def _since(plan, base, way, user):
    """Say what the changes are counted from."""
    if base.pk == plan.in_force_id:
        return _("Changed against what is in force")
    ended = {d.verb: d for d in way.decisions if d.version_id == base.pk and d.verb in (Verb.SEND_BACK, Verb.WITHDRAW)}
    back = ended.get(Verb.SEND_BACK)
    if back and back.by_id == user.pk:
        return _("Changed since you sent it back")
    if base.nearest == MINE:
        return _("Changed since you last decided")
    if back:
        return _("Changed since it was sent back")
    return _("Changed since it was withdrawn") if ended else _("Changed since you looked at it")


@dataclass(frozen=True)
class Result:
    """What became of one of many decisions; `plan` is None when there is none to be seen."""

    plan: Plan | None
    is_done: bool
    text: str


def pass_many(chosen: list[tuple[int, int]], *, by) -> list[Result]:
    """Pass each (plan, version seen) by itself, in its own transaction; say of each what happened."""
    plans = Plan.objects.visible_to(by).in_bulk([plan for plan, _version in chosen])
    return [_pass_one(plans.get(pk), version, by) for pk, version in chosen]


def _pass_one(plan, version, by):
    if plan is None:
        return Result(None, False, _("There is no such plan."))
    try:
        approval.decide(plan, Verb.PASS, version=version, by=by)
    except TooLate as late:
        return Result(plan, False, str(late))
    except PermissionDenied:
        return Result(plan, False, _("It does not wait for you (any more)."))
    return Result(plan, True, passed_text(plan))


def passed_text(plan: Plan) -> str:
    """Say where a plan went when it was passed; `plan` is as the decision left it, which knows for whom it waits."""
    if not plan.is_waiting:
        return _("Approved: it is carried out from now on.")
    known = getattr(plan, "waits_for", None)
    names = listed([seat.person for seat in plan.seats.select_related("person")] if known is None else known)
    return _("Passed on: it waits for %(names)s now.") % {"names": names or _("somebody who may decide")}
