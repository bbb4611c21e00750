"""The company as the approval chain sees it, read in one query."""

import datetime as dt

from django.db import connection
from django.utils import timezone

from crm.lib.prepared import Prepared
from plans.permissions import DECIDERS
from plans.seats import Company, Person

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
    people, lineage, heads, away = {}, {}, {}, {}
    with connection.cursor() as cursor:
        READ.execute(cursor, {"roles": sorted(DECIDERS), "on": on or timezone.localdate()})
        for kind, pk, role, other, line in cursor.fetchall():
            if kind == "person":
                people[pk] = Person(pk, role, other)
            elif kind == "team":
                heads[pk], lineage[pk] = other, tuple(line)
            else:
                away[pk] = other
    return Company(people, lineage, heads, away)
