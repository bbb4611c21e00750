"""How many calls the schedule asks of each person in the next weeks, and how many with a draft of a rule or cadence.

A draft is tried out on temporary copies that stand before the tables of the same name, in a transaction that is rolled
back: nothing is locked and nobody waits. Follow-ups are counted on through the weeks, as if each were made in time.
"""

import datetime as dt
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from crm.lib.copying import whole_tables
from staff.models import User
from visits import schedule
from visits.models import Cadence, CallbackRule
from visits.schedule_sql import CADENCE, EVERYBODY

WEEKS = 8
PLANNED = """
    SELECT coalesce(b.person_id, c.owner_id), (GREATEST(b.due_on, %(on)s) - %(on)s) / 7, count(*)
    FROM visits_callback b JOIN customers_customer c ON c.id = b.customer_id
    WHERE b.status = 'open' AND b.due_on < %(until)s AND coalesce(b.person_id, c.owner_id) IS NOT NULL AND {which}
    GROUP BY 1, 2
"""
FOLLOW_UPS = """
    SELECT coalesce(k.owner_id, b.owner_id), (f.first + n * coalesce(k.days, 0) - %(on)s) / 7, count(*)
    FROM ({cadence}) AS k
    FULL JOIN (
        SELECT b.customer_id, coalesce(b.person_id, c.owner_id) AS owner_id, b.due_on,
               b.made_by_id IS NOT NULL OR b.tries > 0 AS is_touched
        FROM visits_callback b JOIN customers_customer c ON c.id = b.customer_id
        WHERE b.status = 'open' AND b.purpose = 'follow_up' AND coalesce(b.person_id, c.owner_id) IS NOT NULL
    ) AS b ON b.customer_id = k.customer_id
    CROSS JOIN LATERAL (
        SELECT GREATEST(CASE WHEN b.is_touched OR b.due_on <= %(on)s THEN b.due_on ELSE k.wanted_on END, %(on)s)
                   AS first
        WHERE b.is_touched OR k.customer_id IS NOT NULL
    ) AS f
    CROSS JOIN LATERAL generate_series(0, coalesce((%(until)s - 1 - f.first) / k.days, 0)) AS n
    WHERE f.first < %(until)s
    GROUP BY 1, 2
"""
COPY_CALLBACKS = """
    CREATE TEMPORARY TABLE visits_callback AS
    SELECT * FROM visits_callback WHERE purpose = %(purpose)s AND (status = 'open' OR covers_until >= %(since)s)
"""
FORGET_UNTOUCHED = """
    DELETE FROM pg_temp.visits_callback
    WHERE status = 'open' AND made_by_id IS NULL AND tries = 0 AND (due_on > %(on)s OR NOT %(is_active)s)
"""
DRAFT_RULE = """
    CREATE TEMPORARY TABLE visits_callbackrule AS
    SELECT %(id)s::bigint AS id, %(purpose)s::varchar AS code, %(event)s::varchar AS event,
           %(earliest)s::int AS earliest, %(latest)s::int AS latest, %(unit)s::varchar AS unit,
           %(channel)s::varchar AS channel, %(is_active)s::boolean AS is_active
"""
DRAFT_CADENCE = """
    CREATE TEMPORARY TABLE visits_cadence AS
    SELECT id, intention, grade, days, channel, is_active FROM visits_cadence WHERE id <> %(id)s
    UNION ALL SELECT %(id)s, %(intention)s, %(grade)s, %(days)s, %(channel)s, %(is_active)s
"""
# What a draft has for an id, and for a purpose, before it is saved.
NEW_ID, NEW_PURPOSE = 0, "=draft"
Weeks = dict[int, list[int]]


@dataclass
class Line:
    """The calls of a person, or of all, as things are and with the draft; `now` and `then` by week."""

    name: str
    now: list[int]
    then: list[int]

    @property
    def per_week(self) -> tuple[float, float]:
        return sum(self.now) / WEEKS, sum(self.then) / WEEKS

    @property
    def more(self) -> int:
        return sum(self.then) - sum(self.now)

    @property
    def more_per_week(self) -> float:
        return self.more / WEEKS

    @property
    def sums(self) -> tuple[int, int]:
        return sum(self.now), sum(self.then)


@dataclass
class Preview:
    lines: list[Line]
    total: Line

    @property
    def weeks(self) -> list[tuple[int, int, int]]:
        """Return the calls of all people by week: its number, now, then."""
        return [(n, *pair) for n, pair in enumerate(zip(self.total.now, self.total.then, strict=True), start=1)]


class Trial:
    """Asks the tables how many calls they hold, and the copies once they stand before them."""

    def __init__(self, cursor, on, draft):
        self.cursor, self.on = cursor, on
        self.params = schedule.plan_params(on, None) | {"until": on + dt.timedelta(days=7 * WEEKS)} | draft

    def do(self, *statements):
        for statement in statements:
            self.cursor.execute(statement, self.params)

    def planned(self, which) -> Weeks:
        return self._weeks(PLANNED.format(which=which))

    def follow_ups(self) -> Weeks:
        return self._weeks(FOLLOW_UPS.format(cadence=CADENCE.format(only=EVERYBODY)))

    def _weeks(self, statement):
        self.do(statement)
        found = defaultdict(lambda: [0] * WEEKS)
        for person, week, number in self.cursor.fetchall():
            found[person][week] += number
        return found


@contextmanager
def _trial(draft: dict):
    """Undo afterwards whatever is tried in the block."""
    with transaction.atomic(), connection.cursor() as cursor:
        whole_tables(cursor)
        yield Trial(cursor, timezone.localdate(), draft)
        transaction.set_rollback(True)


def of_rule(rule: CallbackRule) -> Preview:
    """Return what the `rule`, not saved yet, would change."""
    draft = {name: getattr(rule, name) for name in ("event", "earliest", "latest", "unit", "channel", "is_active")}
    with _trial(draft | {"id": rule.pk or NEW_ID, "purpose": rule.code or NEW_PURPOSE}) as trial:
        rest = [trial.planned("b.purpose NOT IN (%(purpose)s, 'follow_up')"), trial.follow_ups()]
        now = trial.planned("b.purpose = %(purpose)s")
        trial.do(COPY_CALLBACKS, FORGET_UNTOUCHED, DRAFT_RULE)
        schedule.follow_events(trial.cursor, EVERYBODY, schedule.plan_params(trial.on, None))
        return _preview(rest, now, trial.planned("b.purpose = %(purpose)s"))


def of_cadence(cadence: Cadence) -> Preview:
    """Return what the `cadence`, not saved yet, would change."""
    draft = {name: getattr(cadence, name) for name in ("intention", "grade", "days", "channel", "is_active")}
    with _trial(draft | {"id": cadence.pk or NEW_ID}) as trial:
        rest = [trial.planned("b.purpose <> 'follow_up'")]
        now = trial.follow_ups()
        trial.do(DRAFT_CADENCE)
        return _preview(rest, now, trial.follow_ups())


def _preview(rest: list[Weeks], now: Weeks, then: Weeks) -> Preview:
    """Return a line for each person whose calls there are, those with the largest change first."""
    lines = [
        Line(person.name, _sum([*rest, now], person.pk), _sum([*rest, then], person.pk))
        for person in User.objects.filter(pk__in={pk for part in (*rest, now, then) for pk in part})
    ]
    lines.sort(key=lambda line: (-abs(line.more), -line.sums[1], line.name))
    columns = (
        [sum(column) for column in zip(*([0] * WEEKS, *weeks), strict=True)]
        for weeks in ([line.now for line in lines], [line.then for line in lines])
    )
    return Preview(lines, Line("", *columns))


def _sum(parts, person):
    return [
        sum(column) for column in zip(*([0] * WEEKS, *(part[person] for part in parts if person in part)), strict=True)
    ]
