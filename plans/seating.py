"""Which step of the chain decides next, and who may: written as the plan's seats, which their inboxes show.

Seats follow from rows: the chain, the teams, absences and who wrote the plan. They are written when a plan moves on,
when the company changes, and by the clock; whoever has a seat decides.
"""

from typing import NamedTuple

from django.db import connection

from crm.lib.remembered import remembered
from plans.company import company
from plans.models import ChainStep, Plan
from plans.seats import Chair, Company, holds_own_seat, seats

WROTE_AND_SIGNED = """
    SELECT ARRAY(SELECT person_id FROM plans_contribution WHERE plan_id = %(plan)s),
           ARRAY(SELECT by_id FROM plans_decision WHERE version_id = %(version)s AND verb = 'pass' ORDER BY id)
"""
GONE = "DELETE FROM plans_seat WHERE plan_id = %(plan)s AND person_id <> ALL(%(people)s::bigint[])"
SEATED = """
    INSERT INTO plans_seat (plan_id, person_id, stands_for_id, why, since)
    SELECT %(plan)s, person, stands_for, why, %(since)s
    FROM unnest(%(people)s::bigint[], %(stand_for)s::bigint[], %(why)s::text[]) AS chair (person, stands_for, why)
    ON CONFLICT (plan_id, person_id)
    DO UPDATE SET stands_for_id = excluded.stands_for_id, why = excluded.why, since = excluded.since
"""


class Facts(NamedTuple):
    """What decides over the seats of a plan: the steps of its chain, and the company as it stands.

    And the ids of whoever wrote any of it, and of whoever has passed its waiting version, in order.
    """

    wrote: frozenset[int]
    signed: list[int]
    company: Company
    steps: list[ChainStep]


class Next(NamedTuple):
    """The step that decides and who may at it; `step` is None when the plan is through.

    `skipped` are the steps passed over, each with the id of the person whose signature stands for it.
    """

    step: ChainStep | None
    chairs: list[Chair]
    skipped: list[tuple[ChainStep, int | None]]


def next_step(plan: Plan, *, after: int, facts: Facts | None = None) -> Next:
    """Return who decides on the waiting version of `plan` after the position `after`.

    Signatures are of different people: a step whose seat belongs to somebody who has signed this version is theirs
    already, and so is one at which nobody else is left. With nobody at all the plan waits at the step, without seats,
    until the company changes. `facts` of the plan are asked for unless the caller has them.
    """
    barred, signed, the_company, steps = facts or facts_of(plan)
    sought = {"team": plan.team_id, "company": the_company}
    skipped = []
    for step in steps:
        if step.position <= after or not step.is_for(plan.budget):
            continue
        owner = next((pk for pk in signed if holds_own_seat(pk, step, barred=barred, **sought)), None)
        chairs = [] if owner else seats(step, barred=barred.union(signed), **sought)
        if owner is None and not chairs:
            left = seats(step, barred=barred, **sought)
            owner = left[0].person if left else None
        if owner is None:
            return Next(step, chairs, skipped)
        skipped.append((step, owner))
    return Next(None, [], skipped)


def facts_of(plan: Plan) -> Facts:
    """Return what decides over the seats of `plan`; its company as it stands."""
    with connection.cursor() as cursor:
        cursor.execute(WROTE_AND_SIGNED, {"plan": plan.pk, "version": plan.version_id})
        wrote, signed = cursor.fetchone()
    return Facts(frozenset({plan.author_id, *wrote}), signed, company(), steps_of(plan))


def steps_of(plan: Plan) -> list[ChainStep]:
    """Return all steps of the plan's chain, which never change."""
    chain = plan.chain_id
    return remembered(f"plans.chain:{chain}", lambda: list(ChainStep.objects.filter(chain=chain).order_by("position")))


def write(plan: Plan, chairs: list[Chair], *, since) -> None:
    """Let exactly `chairs` decide on `plan`, which waits for them since the moment `since`."""
    columns = zip(*chairs, strict=True) if chairs else ((), (), ())
    people, stand_for, why = (list(column) for column in columns)
    params = {"plan": plan.pk, "people": people, "stand_for": stand_for, "why": why, "since": since}
    with connection.cursor() as cursor:
        cursor.execute(f"WITH gone AS ({GONE}) {SEATED}", params)
