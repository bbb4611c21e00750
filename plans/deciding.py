"""What a decision asks and what it writes, each in one statement that is prepared once; `plans.approval` calls them.

HOLD, FACTS and the company go to the server together: once the plan's row is held, what follows sees what everybody
before has left.
DECIDED is all that a step on the way through the chain writes:

1. `made` are the decisions, in order: what somebody decided, then the steps that it passes over. The partial unique
   indexes have the last word on them.
2. `moved` is where the plan stands from then on. A new step begins without reminders.
3. `gone` and `seated` let exactly the new chairs decide (`plans.seating`).
4. `told` is the word on the timelines of its customers, when `did` says what (`plans.telling`).
5. `freed` lets go whom an approved amendment leaves out: until then both versions hold their customers.

It returns the id of the first decision, and the names of those who decide next, in turn.
"""

import json
from typing import NamedTuple

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils import timezone

from crm.lib.prepared import Prepared
from plans import company
from plans.models import Decision, Plan, Version
from plans.seating import GONE, SEATED, Facts
from plans.telling import TELL

# What the way through the chain goes by; most of it changes on the way.
HELD = (
    "status", "chain_id", "version_id", "in_force_id", "position", "waiting_since", "reminded_at", "escalated",
    "budget", "reach", "approved", "approved_at", "author_id", "team_id",
)  # fmt: skip
HOLD = f"SELECT {', '.join(HELD)} FROM plans_plan WHERE id = %(plan)s FOR NO KEY UPDATE"  # noqa: S608 - constants only
FACTS = Prepared(
    "plan_facts",
    """
    SELECT ARRAY(SELECT person_id FROM plans_contribution WHERE plan_id = p.id),
           ARRAY(SELECT by_id FROM plans_decision WHERE version_id = p.version_id AND verb = 'pass' ORDER BY id),
           s.why, s.stands_for_id
    FROM plans_plan p LEFT JOIN plans_seat s ON s.plan_id = p.id AND s.person_id = %(by)s WHERE p.id = %(plan)s
    """,
    {"plan": "bigint", "by": "bigint"},
)
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
            updated_at = %(now)s
        WHERE id = %(plan)s
    ), gone AS (
        {GONE}
    ), seated AS (
        {SEATED}
    ), told AS (
        {TELL}
    ), freed AS (
        DELETE FROM customers_hold
        WHERE %(did)s = 'amend' AND kind = 'plan' AND source = %(plan)s AND customer_id NOT IN (
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
        "now": "timestamptz",
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
        # its seats, and its customers
        "people": "bigint[]",
        "stand_for": "bigint[]",
        "why": "text[]",
        "since": "timestamptz",
        "name": "text",
        "did": "text",
        "by": "bigint",
    },
)
# A plan as whoever has a seat at it decides on it; what is not loaded is of no account for that.
PLAN = tuple(field for field in Plan._meta.concrete_fields if field.name not in {"criteria", "answers"})
SEEN = Prepared(
    "plan_to_decide",
    f"""
    SELECT v.content, {", ".join(f"p.{field.column}" for field in PLAN)}
    FROM plans_seat s JOIN plans_plan p ON p.id = s.plan_id JOIN plans_version v ON v.id = p.version_id
    WHERE s.plan_id = %(plan)s AND s.person_id = %(by)s
    """,  # noqa: S608 - constants only
    {"plan": "bigint", "by": "bigint"},
)


class Chairman(NamedTuple):
    """By what right somebody decides, and in whose stead."""

    why: str
    stands_for: int | None


def seated(plan: int, person) -> Plan | None:
    """Return the plan with this id, and its waiting version, if `person` has a seat at it."""
    with connection.cursor() as cursor:
        SEEN.execute(cursor, {"plan": plan, "by": person.pk})
        row = cursor.fetchone()
    if row is None:
        return None
    content, *values = row
    found = Plan.from_db(connection.alias, [field.attname for field in PLAN], values)
    names, known = ("id", "plan_id", "content"), (found.version_id, found.pk, json.loads(content))
    found.version = Version.from_db(connection.alias, names, known)
    return found


def hold(plan: Plan, *, by) -> tuple[Facts, Chairman | None]:
    """Hold the row of `plan` until the transaction ends and read anew what counts of it.

    Return what decides over its seats, and by what right `by` may decide, None without a seat.
    """
    with connection.cursor() as cursor:
        FACTS.make_known(cursor)
        params = {"plan": plan.pk, "by": by.pk} | company.params()
        company.READ.execute(cursor, params, after=f"{HOLD}; {FACTS.call}")
        for name, value in zip(HELD, cursor.fetchone(), strict=True):
            setattr(plan, name, value)
        cursor.nextset()
        wrote, signed, *seat = cursor.fetchone()
        cursor.nextset()
        facts = Facts(frozenset({plan.author_id, *wrote}), signed, company.of_rows(cursor.fetchall()))
    return facts, Chairman(*seat) if seat[0] else None


def write(plan: Plan, made: list[Decision], *, chairs, did: str = "") -> None:
    """Write the decisions `made`, the state of `plan`, which is held, and that exactly `chairs` decide on it now.

    Notes the names of those on `plan` as `waits_for`. `did` is what its customers hear of, if anything.
    """
    plan.updated_at, plan.reminded_at, plan.escalated = timezone.now(), None, 0
    columns = zip(*chairs, strict=True) if chairs else ((), (), ())
    people, stand_for, why = (list(column) for column in columns)
    params = {column.removesuffix("_id"): getattr(plan, column) for column in HELD}
    params |= {"plan": plan.pk, "made": json.dumps([_row(one) for one in made], cls=DjangoJSONEncoder)}
    params |= {"people": people, "stand_for": stand_for, "why": why, "since": plan.waiting_since}
    params |= {"now": plan.updated_at, "name": plan.name, "did": did, "by": None}
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
