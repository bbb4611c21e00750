"""The company as the approval chain sees it, read in one query."""

import datetime as dt

from django.db import connection
from django.utils import timezone

from crm.lib.prepared import Prepared
from plans.seats import Company, Person
from staff.permissions import DECIDERS

READ = Prepared(
    "company",
    """
    SELECT 'person', id, role, team_id, NULL::bigint[] FROM staff_user WHERE is_active AND role = ANY(%(roles)s)
    UNION ALL SELECT 'team', id, '', head_id, lineage FROM staff_team
    UNION ALL SELECT 'away', person_id, '', delegate_id, NULL FROM staff_absence
    WHERE since <= %(on)s AND until >= %(on)s
    """,
    {"roles": "text[]", "on": "date"},
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
