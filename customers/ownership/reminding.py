"""Telling owners, and then their supervisors, that customers are about to go to the pool (policy 4.1, 4.3).

Once per customer, due date and threshold (`PoolRules.remind_days`): a date that moved counts anew. What is told is on
Today and in the list of customers as well; this is the mail, one a night for each person.
"""

import datetime as dt

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
    SELECT soon.owner_id, count(*), count(*) FILTER (WHERE told.days <= %(supervisor)s)
    FROM told JOIN soon ON soon.id = told.customer_id GROUP BY soon.owner_id
"""
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
        told = cursor.fetchall()
    _write_mails(told)
    return sum(number for _owner, number, _late in told)


def _write_mails(told):
    """Tell each owner their number, and each supervisor that of their people."""
    by_number: dict[int, list[int]] = {}
    for owner, number, _late in told:
        by_number.setdefault(number, []).append(owner)
    for number, owners in by_number.items():
        notices.write_to(owners, lambda number=number: _own_words(number))
    for number, supervisors in _of_supervisors({owner: late for owner, _number, late in told if late}).items():
        notices.write_to(supervisors, lambda number=number: _team_words(number))


def _of_supervisors(late: dict[int, int]) -> dict[int, list[int]]:
    """Return the supervisors to tell, by the number of their people's customers; nobody is told of their own twice."""
    numbers: dict[int, int] = {}
    owners = User.objects.filter(pk__in=late).select_related("team__head")
    for owner in owners:
        head = owner.team and owner.team.head
        if head and head.pk != owner.pk:
            numbers[head.pk] = numbers.get(head.pk, 0) + late[owner.pk]
    by_number: dict[int, list[int]] = {}
    for supervisor, number in numbers.items():
        by_number.setdefault(number, []).append(supervisor)
    return by_number


def _own_words(number):
    return ngettext(
        "%(number)d of your customers returns to the pool soon",
        "%(number)d of your customers return to the pool soon",
        number,
    ) % {"number": number}


def _team_words(number):
    return ngettext(
        "%(number)d customer of your team returns to the pool within days",
        "%(number)d customers of your team return to the pool within days",
        number,
    ) % {"number": number}
