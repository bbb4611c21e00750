"""The company as the approval chain sees it, read in one query."""

import datetime as dt

from django.db import connection
from django.utils import timezone

from crm.lib.prepared import Prepared
from plans.seats import Company, Person
from staff.permissions import DECIDERS

ROWS = """
    SELECT 'person', id, role, team_id, NULL::bigint[] FROM staff_user WHERE is_active AND role = ANY(%(roles)s)
    UNION ALL SELECT 'team', id, '', head_id, lineage FROM staff_team
    UNION ALL SELECT 'away', person_id, '', delegate_id, NULL FROM staff_absence
    WHERE since <= %(on)s AND until >= %(on)s
"""
TYPES = {"roles": "text[]", "on": "date"}
READ = Prepared("company", ROWS, TYPES)
# For a decision on a plan: nothing when it waits at the last step of its chain, because nobody is to be found then.
READ_ON = Prepared(
    "company_ahead",
    f"""
    SELECT * FROM ({ROWS}) AS company
    WHERE EXISTS (SELECT FROM plans_plan p JOIN plans_chainstep s ON s.chain_id = p.chain_id
                  WHERE p.id = %(plan)s AND s.position > p.position)
    """,  # noqa: S608 - constants only
    TYPES | {"plan": "bigint"},
)


def company(on: dt.date | None = None) -> Company:
    """Return the company on the business date `on` (today)."""
    with connection.cursor() as cursor:
        READ.execute(cursor, params(on))
        return of_rows(cursor.fetchall())


def params(on: dt.date | None = None) -> dict:
    """Return what READ asks with."""
    return {"roles": sorted(DECIDERS), "on": on or timezone.localdate()}


def of_rows(rows) -> Company:
    """Return the company that READ has answered."""
    people, lineage, heads, away = {}, {}, {}, {}
    for kind, pk, role, other, line in rows:
        if kind == "person":
            people[pk] = Person(pk, role, other)
        elif kind == "team":
            heads[pk], lineage[pk] = other, tuple(line)
        else:
            away[pk] = other
    return Company(people, lineage, heads, away)
