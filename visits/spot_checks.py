"""Spot checks (policy 5.6, 10.6): a random sample of records, called again by a leader, who says whether they agree."""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.moves import TooLate
from customers.models import Activity
from staff.models import User
from staff.permissions import is_leader
from visits.models import SpotCheck

# One draw after the other: two at once would meet on the same records, and wait for each other in a circle.
DRAW_LOCK = 5_607

# Each person's records in random order; the first of everybody, then the second, and so on. Whose records were drawn
# before, in this period, has had those turns already.
DRAW = """
    INSERT INTO visits_spotcheck (log_id, drawn_by_id, drawn_at, note)
    SELECT id, %(by)s, %(now)s, ''
    FROM (
        SELECT l.id, coalesce(d.number, 0) + row_number() OVER (PARTITION BY l.by_id ORDER BY random()) AS turn
        FROM visits_calllog l
        JOIN customers_customer c ON c.id = l.customer_id
        LEFT JOIN (
            SELECT g.by_id, count(*) AS number FROM visits_spotcheck s JOIN visits_calllog g ON g.id = s.log_id
            WHERE g.on >= %(since)s GROUP BY g.by_id
        ) AS d ON d.by_id = l.by_id
        WHERE l.outcome = 'reached' AND l.on >= %(since)s AND l.by_id <> %(by)s
          AND c.owner_id IS NOT NULL {in_sight}
          AND NOT EXISTS (SELECT 1 FROM visits_spotcheck s WHERE s.log_id = l.id)
    ) AS logs
    ORDER BY turn, random() LIMIT %(number)s
"""
IN_SIGHT = "AND l.by_id = ANY(%(people)s) AND c.owner_id = ANY(%(people)s)"


def draw(number: int, *, since: dt.date, people, by) -> int:
    """Draw up to `number` records of `people` (None: everybody) since the business date `since`; return how many.

    Only contacts that reached somebody, of customers who are `people`'s, are drawn, each once for ever, and about
    equally many of every person; never one of `by`, who draws.
    """
    statement = DRAW.format(in_sight="" if people is None else IN_SIGHT)
    params = {"by": by.pk, "since": since, "people": list(people or ()), "now": timezone.now(), "number": number}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [DRAW_LOCK])
        cursor.execute(statement, params)
        return cursor.rowcount


def check(drawn, *, agrees: bool, note: str, by) -> None:
    """Say whether the record agrees with what the customer says; the `note` on what differs is for leaders only.

    Raises PermissionDenied for a record of one's own, TooLate when it was checked already or when the customer's
    contacts can't be read any more.
    """
    with transaction.atomic():
        drawn = SpotCheck.objects.select_for_update(of=("self",)).select_related("log__customer").get(pk=drawn.pk)
        if not is_leader(by) or drawn.log.by_id == by.pk:
            raise PermissionDenied
        if drawn.checked_at:
            raise TooLate(_("%(who)s has checked this record already.") % {"who": drawn.checked_by})
        if not drawn.log.may_be_read_by(by):
            raise TooLate(_("This customer left your sight or is in the pool now: nobody can be called again."))
        drawn.checked_by, drawn.checked_at, drawn.agrees, drawn.note = by, timezone.now(), agrees, note
        drawn.save()
        data = {"log": drawn.log_id, "agrees": agrees}
        Activity.objects.create(customer=drawn.log.customer, verb=Activity.Verb.CHECK, by=by, data=data)


def rates(checks) -> list[User]:
    """Return whose records `checks` are, each with `checked`, `agreed` and `rate` (percent), the lowest rate first."""
    made = checks.made().values("log__by").annotate(checked=Count("pk"), agreed=Count("pk", filter=Q(agrees=True)))
    by_person = {row["log__by"]: row for row in made.order_by()}
    people = list(User.objects.filter(pk__in=by_person).select_related("team").only("name", "username", "team__name"))
    for person in people:
        person.checked, person.agreed = by_person[person.pk]["checked"], by_person[person.pk]["agreed"]
        person.rate = round(100 * person.agreed / person.checked)
    return sorted(people, key=lambda person: (person.rate, person.name))
