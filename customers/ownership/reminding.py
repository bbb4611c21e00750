"""Telling owners, and then their supervisors, that customers are about to go to the pool (policy 4.1, 4.3).

Once per customer, due date and threshold (`PoolRules.remind_days`): a date that moved counts anew. What is told is on
Today and in the list of customers as well; this is the mail, one a night for each person.
"""

import datetime as dt
from collections import namedtuple
from functools import partial

from django.db import connection, transaction
from django.utils.translation import ngettext

from customers.models import PoolRules
from staff import notices
from staff.models import User

# The smallest threshold that a date has reached; what a night that failed has not told, the next one tells.
REMIND = """
    WITH soon AS (
        SELECT c.id, c.owner_id, c.returns_on,
               (SELECT min(d) FROM unnest(%(days)s::int[]) AS d WHERE d >= c.returns_on - %(on)s) AS days
        FROM customers_customer c
        WHERE c.owner_id IS NOT NULL AND c.returns_on > %(on)s AND c.returns_on <= %(until)s
    ),
    told AS (
        INSERT INTO customers_reminder (customer_id, returns_on, days, "on")
        SELECT id, returns_on, days, %(on)s FROM soon
        ON CONFLICT (customer_id, returns_on, days) DO NOTHING
        RETURNING customer_id, days
    )
    SELECT soon.owner_id, count(*), min(soon.returns_on), count(*) FILTER (WHERE told.days <= %(supervisor)s),
           min(soon.returns_on) FILTER (WHERE told.days <= %(supervisor)s)
    FROM told JOIN soon ON soon.id = told.customer_id GROUP BY soon.owner_id ORDER BY soon.owner_id
"""
# What one owner hears, and of it what their supervisor hears as well: how many, and the first day.
Told = namedtuple("Told", "owner number first late first_late")
# Reminders of dates so long past are forgotten.
FORGET_AFTER = dt.timedelta(days=90)
FORGET = "DELETE FROM customers_reminder WHERE returns_on < %s"


@transaction.atomic
def remind(*, on: dt.date) -> int:
    """Write the reminders of the night `on`; return of how many customers somebody is told."""
    rules = PoolRules.current()
    days = sorted(rules.remind_days)
    if not days:
        return 0
    params = {"on": on, "days": days, "until": on + dt.timedelta(days=days[-1]), "supervisor": rules.supervisor_days}
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [on - FORGET_AFTER])
        cursor.execute(REMIND, params)
        told = list(map(Told._make, cursor.fetchall()))
    _write_mails(told)
    return sum(row.number for row in told)


def _write_mails(told):
    """Tell each owner how many go and when the first does, and each supervisor the same of their people."""
    notices.write_each({row.owner: partial(_own_words, row.number, row.first) for row in told})
    of_team = _of_supervisors({row.owner: (row.late, row.first_late) for row in told if row.late})
    notices.write_each({pk: partial(_team_words, *found) for pk, found in of_team.items()})


def _of_supervisors(late: dict[int, tuple]) -> dict[int, tuple]:
    """Return of each supervisor to tell how many of their people's customers go, and when the first does.

    Nobody is told of their own twice.
    """
    found: dict[int, tuple] = {}
    owners = User.objects.filter(pk__in=late).select_related("team__head")
    for owner in owners:
        head = owner.team and owner.team.head
        if head and head.pk != owner.pk:
            (number, first), known = late[owner.pk], found.get(head.pk)
            found[head.pk] = (known[0] + number, min(known[1], first)) if known else (number, first)
    return found


def _own_words(number, day):
    return ngettext(
        "%(number)d of your customers returns to the pool on %(day)s",
        "%(number)d of your customers return to the pool soon, the first on %(day)s",
        number,
    ) % {"number": number, "day": day}


def _team_words(number, day):
    return ngettext(
        "%(number)d customer of your team returns to the pool on %(day)s",
        "%(number)d customers of your team return to the pool within days, the first on %(day)s",
        number,
    ) % {"number": number, "day": day}
