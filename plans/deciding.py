"""What a decision asks and what it writes, each in one statement that is prepared once; `plans.approval` calls them.

HOLD, SEEN and the company go to the server together: once the plan's row is held, what follows sees what everybody
before has left.
DECIDED is all that a step on the way through the chain writes:

1. `made` are the decisions, in order: what somebody decided, then the steps that it passes over. The partial unique
   indexes have the last word on them.
2. `moved` is where the plan stands from then on. A new step begins without reminders.
3. `gone` and `seated` let exactly the new chairs decide (`plans.seating`).
4. `noted` are the mails to who decides next, or to the author (`staff.notices`).
5. `freed` lets go whom an approved amendment leaves out: until then both versions hold their customers.

The timelines of an approved plan's customers, who may be many, hear of it later (`plans.telling`). It returns the id of
the first decision, and the names of those who decide next, in turn.
"""

import json
from typing import NamedTuple

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils import timezone

from crm.lib.prepared import Prepared
from plans import company, seating
from plans.models import Decision, Plan, Version
from plans.seating import GONE, SEATED, Facts
from staff import notices

HOLD = "SELECT id FROM plans_plan WHERE id = %(plan)s FOR NO KEY UPDATE"
# A plan as whoever has a seat at it decides on it; what is not loaded is of no account for that.
PLAN = tuple(field for field in Plan._meta.concrete_fields if field.name not in {"criteria", "answers"})
LOADED = tuple(field.attname for field in PLAN)
SEEN = Prepared(
    "plan_to_decide",
    f"""
    SELECT v.content, s.why, s.stands_for_id,
           ARRAY(SELECT person_id FROM plans_contribution WHERE plan_id = p.id),
           ARRAY(SELECT by_id FROM plans_decision WHERE version_id = p.version_id AND verb = 'pass' ORDER BY id),
           {", ".join(f"p.{field.column}" for field in PLAN)}
    FROM plans_plan p LEFT JOIN plans_seat s ON s.plan_id = p.id AND s.person_id = %(by)s
    LEFT JOIN plans_version v ON v.id = p.version_id WHERE p.id = %(plan)s
    """,  # noqa: S608 - constants only
    {"plan": "bigint", "by": "bigint"},
)
SEEN_FIRST = 5  # of its columns are not the plan's
# What a step on the way through the chain changes of the plan, and says anew.
WRITTEN = (
    "status", "chain_id", "version_id", "in_force_id", "position", "waiting_since", "budget", "reach", "approved",
    "approved_at",
)  # fmt: skip
MADE = "position smallint, role text, verb text, by bigint, stands_for bigint, why text, note text, data jsonb"
DECIDED = Prepared(
    "plan_decided",
    f"""
    WITH made AS (
        INSERT INTO plans_decision (plan_id, version_id, position, role, verb, by_id, stands_for_id, why, note, data,
                                    at)
        SELECT %(plan)s, %(version)s, position, role, verb, by, stands_for, why, note, data, %(now)s
        FROM jsonb_to_recordset(%(made)s) AS d ({MADE})
        RETURNING id
    ), moved AS (
        UPDATE plans_plan
        SET status = %(status)s, chain_id = %(chain)s, version_id = %(version)s, in_force_id = %(in_force)s,
            position = %(position)s, waiting_since = %(waiting_since)s, reminded_at = NULL, escalated = 0,
            budget = %(budget)s, reach = %(reach)s, approved = %(approved)s, approved_at = %(approved_at)s,
            is_told = is_told AND NOT %(is_approved)s, updated_at = %(now)s
        WHERE id = %(plan)s
    ), gone AS (
        {GONE}
    ), seated AS (
        {SEATED}
    ), noted AS (
        {notices.NOTED}
    ), freed AS (
        DELETE FROM customers_hold
        WHERE %(is_approved)s AND kind = 'plan' AND source = %(plan)s AND customer_id NOT IN (
            SELECT (member ->> 0)::bigint
            FROM plans_version v, jsonb_array_elements(v.content -> 'customers') AS member WHERE v.id = %(version)s)
    )
    SELECT (SELECT min(id) FROM made), ARRAY(
        SELECT coalesce(nullif(u.name, ''), u.username)
        FROM unnest(%(people)s) WITH ORDINALITY AS chair (person, place) JOIN staff_user u ON u.id = person
        ORDER BY place)
    """,  # noqa: S608 - constants only
    {
        "plan": "bigint",
        "version": "bigint",
        "made": "jsonb",
        # the plan
        "status": "text",
        "chain": "bigint",
        "in_force": "bigint",
        "position": "smallint",
        "waiting_since": "timestamptz",
        "budget": "numeric",
        "reach": "integer",
        "approved": "numeric",
        "approved_at": "timestamptz",
        # its seats
        "people": "bigint[]",
        "stand_for": "bigint[]",
        "why": "text[]",
        "since": "timestamptz",
        "is_approved": "boolean",
    }
    | notices.TYPES,
)


class Chairman(NamedTuple):
    """By what right somebody decides, and in whose stead."""

    why: str
    stands_for: int | None


class Held(NamedTuple):
    """What decides over the seats of a plan whose row is held, and by what right somebody may decide, if they may."""

    facts: Facts
    chair: Chairman | None


def take(pk: int, *, by) -> tuple[Plan, Held] | None:
    """Hold the plan with this id until the transaction ends, if `by` has a seat at it; with the version that waits."""
    row, members = _ask(pk, by)
    if row is None or row[1] is None:
        return None
    content, *seat_and_ties = row[:SEEN_FIRST]
    plan = Plan.from_db(connection.alias, LOADED, row[SEEN_FIRST:])
    names, known = ("id", "plan_id", "content"), (plan.version_id, plan.pk, json.loads(content))
    plan.version = Version.from_db(connection.alias, names, known)
    return plan, _held(plan, *seat_and_ties, members)


def hold(plan: Plan, *, by) -> Held:
    """Hold the row of `plan` until the transaction ends and read it anew, with all that `by` decides by."""
    row, members = _ask(plan.pk, by)
    for name, value in zip(LOADED, row[SEEN_FIRST:], strict=True):
        setattr(plan, name, value)
    return _held(plan, *row[1:SEEN_FIRST], members)


def _ask(pk, by):
    """Hold the plan's row; return what SEEN says of it, None when it is gone, and the company's rows."""
    with connection.cursor() as cursor:
        SEEN.make_known(cursor)
        params = {"plan": pk, "by": by.pk} | company.params()
        company.READ_ON.execute(cursor, params, after=f"{HOLD}; {SEEN.call}")
        cursor.nextset()
        row = cursor.fetchone()
        cursor.nextset()
        return row, cursor.fetchall()


def _held(plan, why, stands_for, wrote, signed, members):
    facts = Facts(frozenset({plan.author_id, *wrote}), signed, company.of_rows(members), seating.steps_of(plan))
    return Held(facts, Chairman(why, stands_for) if why else None)


def write(plan: Plan, made: list[Decision], mails: dict, *, chairs=(), is_approved=False) -> None:
    """Write the decisions `made`, the state of `plan`, which is held, and that exactly `chairs` decide on it now.

    Notes the names of those on `plan` as `waits_for`. `mails` are told of it (`telling.mails`).
    """
    plan.updated_at, plan.reminded_at, plan.escalated = timezone.now(), None, 0
    columns = zip(*chairs, strict=True) if chairs else ((), (), ())
    people, stand_for, why = (list(column) for column in columns)
    params = mails | {column.removesuffix("_id"): getattr(plan, column) for column in WRITTEN}
    params |= {"plan": plan.pk, "made": json.dumps([_row(one) for one in made], cls=DjangoJSONEncoder)}
    params |= {"people": people, "stand_for": stand_for, "why": why, "since": plan.waiting_since}
    params |= {"now": plan.updated_at, "is_approved": is_approved}
    with connection.cursor() as cursor:
        DECIDED.execute(cursor, params)
        first, plan.waits_for = cursor.fetchone()
    if made:
        made[0].pk, made[0]._state.adding = first, False


def _row(decision):
    names = ("position", "role", "verb", "why", "note", "data")
    return {name: getattr(decision, name) for name in names} | {
        "by": decision.by_id,
        "stands_for": decision.stands_for_id,
    }
