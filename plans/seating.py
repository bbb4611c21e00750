"""Which step of the chain decides next, and who may: written as the plan's seats, which their inboxes show.

Seats follow from rows: the chain, the teams, absences and who wrote the plan. They are written when a plan moves on,
when the company changes, and by the clock; whoever has a seat decides.
"""

from typing import NamedTuple

from crm.lib.remembered import remembered
from plans.company import company
from plans.models import ChainStep, Decision, Plan, Seat
from plans.seats import Chair, Company, holds_own_seat, seats


class Next(NamedTuple):
    """The step that decides and who may at it; `step` is None when the plan is through.

    `skipped` are the steps passed over, each with the id of the person whose signature stands for it.
    """

    step: ChainStep | None
    chairs: list[Chair]
    skipped: list[tuple[ChainStep, int | None]]


def next_step(plan: Plan, *, after: int, the_company: Company | None = None) -> Next:
    """Return who decides on the waiting version of `plan` after the position `after`.

    Signatures are of different people: a step whose seat belongs to somebody who has signed this version is theirs
    already, and so is one at which nobody else is left. With nobody at all the plan waits at the step, without seats,
    until the company changes.
    """
    passed = Decision.objects.filter(version=plan.version_id, verb=Decision.Verb.PASS)
    signed = list(passed.order_by("id").values_list("by", flat=True))
    facts = {"team": plan.team_id, "company": the_company or company()}
    barred, skipped = plan.barred(), []
    for step in steps_of(plan):
        if step.position <= after or not step.is_for(plan.budget):
            continue
        owner = next((pk for pk in signed if holds_own_seat(pk, step, barred=barred, **facts)), None)
        chairs = [] if owner else seats(step, barred=barred.union(signed), **facts)
        if owner is None and not chairs:
            left = seats(step, barred=barred, **facts)
            owner = left[0].person if left else None
        if owner is None:
            return Next(step, chairs, skipped)
        skipped.append((step, owner))
    return Next(None, [], skipped)


def steps_of(plan: Plan) -> list[ChainStep]:
    """Return all steps of the plan's chain, which never change."""
    steps = ChainStep.objects.filter(chain=plan.chain_id).order_by("position")
    return remembered(f"plans.chain:{plan.chain_id}", lambda: list(steps))


def write(plan: Plan, chairs: list[Chair], *, since) -> None:
    """Let exactly `chairs` decide on `plan`; who may already keeps the time since when."""
    Seat.objects.filter(plan=plan).delete()
    Seat.objects.bulk_create(
        Seat(plan=plan, person_id=chair.person, stands_for_id=chair.stands_for, why=chair.why, since=since)
        for chair in chairs
    )
