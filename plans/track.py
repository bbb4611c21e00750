"""How far a plan has come on its way through the chain: what was decided, who decides now, what is still to come."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from plans.models import Chain, ChainStep, Decision, Plan, Seat
from plans.seating import steps_of

Verb = Decision.Verb
SAYS = {
    Verb.SUBMIT: _("%(who)s submitted it"),
    Verb.PASS: _("%(who)s passed it"),
    Verb.SEND_BACK: _("%(who)s sent it back"),
    Verb.WITHDRAW: _("%(who)s withdrew it"),
    Verb.SKIP: _("%(role)s: nobody else is left to ask"),
    Verb.REMIND: _("Those who decide were reminded"),
    Verb.ESCALATE: _("It waited long: the next above may decide as well"),
}
SIGNED = _("%(role)s: signed by %(who)s already")
MOST = 12
LOADED = (
    "plan", "verb", "at", "role", "why", "note", "data", "version__number", "by__name", "by__username",
    "stands_for__name", "stands_for__username",
)  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """One step of the track: `kind` is the verb of a decision."""

    kind: str
    title: str
    at: dt.datetime
    role: str
    stands_for: str
    why: str
    note: str
    version: int


@dataclass(frozen=True)
class Track:
    """`decided` and, where it waits, the `seats` of whoever decides at the step `now`; then the steps `to_come`.

    `decisions` are the rows behind it, `earlier` says how many of them are not shown.
    """

    decisions: list[Decision]
    decided: list[Mark]
    earlier: int
    now: ChainStep | None
    seats: list[Seat]
    to_come: list[ChainStep]

    @property
    def last_back(self) -> Mark | None:
        """Return why the plan came back, when that is the last that happened."""
        last = self.decided[-1] if self.decided else None
        return last if last and last.kind == Verb.SEND_BACK else None


def track(plan: Plan, *, seats=None) -> Track:
    """Return the way of `plan` since the last version that was approved, or to it once it runs."""
    decisions = list(of_round(plan))
    steps = _steps(plan)
    now = next((step for step in steps if step.position == plan.position), None)
    if now and seats is None:
        seats = list(seats_at(plan))
    return Track(
        decisions=decisions,
        decided=marks(decisions[-MOST:]),
        earlier=max(len(decisions) - MOST, 0),
        now=now,
        seats=seats or [],
        to_come=[step for step in steps if step.position > (plan.position or 0)],
    )


def seats_at(plan):
    """Return the seats of `plan` with the names of their people."""
    names = (f"{person}__{name}" for person in ("person", "stands_for") for name in ("name", "username"))
    return plan.seats.select_related("person", "stands_for").only("plan", "since", "why", *names)


def of_round(plan):
    """Return the decisions of this round: those of an amendment leave out what came before it was begun."""
    made = with_names(plan.decisions)
    if plan.in_force_id is None:
        return made
    return made.filter(version__gt=plan.in_force_id) if plan.is_amendment else made.filter(version=plan.in_force_id)


def with_names(decisions):
    """Load what `marks` says of decisions: neither whole people nor the wordings of the versions."""
    return decisions.select_related("by", "stands_for", "version").only(*LOADED)


def _steps(plan):
    """Return the steps of a plan that is written or decided on; before its first submission, those in force."""
    if not plan.is_waiting and plan.status not in Plan.WRITABLE:
        return []
    if plan.chain_id is None:
        return Chain.current().steps_for(plan.budget)
    return [step for step in steps_of(plan) if step.is_for(plan.budget)]


def marks(decisions: list[Decision]) -> list[Mark]:
    """Return decisions, loaded with their people and version, as people read them."""
    signed = {decision.by_id: str(decision.by) for decision in decisions if decision.verb == Verb.PASS}
    return [_mark(decision, signed) for decision in decisions]


def _mark(decision, signed):
    role = ChainStep(role=decision.role).get_role_display() if decision.role else ""
    who = signed.get(decision.data.get("signed_by"), "") if decision.verb == Verb.SKIP else str(decision.by or "")
    says = SIGNED if decision.verb == Verb.SKIP and who else SAYS[decision.verb]
    return Mark(
        kind=decision.verb,
        title=str(says) % {"who": who, "role": str(role)},
        at=decision.at,
        role="" if decision.verb == Verb.SKIP else role,
        stands_for=str(decision.stands_for or ""),
        why=str(Seat.Why(decision.why).label) if decision.why and decision.why != Seat.Why.OWN else "",
        note=decision.note,
        version=decision.version.number,
    )
