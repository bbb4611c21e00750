"""The report on ownership: in and out of the pool, how old, how soon spoken with, what came of it, who holds on.

Figures of the people in a leader's sight, or of one team among them, over whole months of the company. Each group is
one question, bounded by the period; each figure leads to its rows (`reports.ownership_rows`).
"""

import datetime as dt
from collections import namedtuple
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Stint
from reports.scope import Period, Scope
from staff.models import User

# Who is not spoken with for so many days is held without being worked on.
SILENT_DAYS = 30
Reason = Stint.Reason
# By which an ownership ends in the pool; the last two may lead elsewhere too, so their next stint is looked at.
INTO = tuple(reason.value for reason in (*Stint.IDLE, Reason.RELEASED, Reason.PROBLEM))
INTO_MAYBE = (Reason.HANDED_OVER.value, Reason.UNDONE.value)
# By which one begins out of the pool, for sure or if the stint before was in one.
OUT = (Reason.CLAIMED.value, Reason.FIRST_ORDER.value)
OUT_MAYBE = tuple(
    reason.value
    for reason in (
        Reason.ASSIGNED, Reason.REFERRED, Reason.DECIDED, Reason.HANDED_OVER, Reason.UNDONE, Reason.TRANSFERRED,
    )
)  # fmt: skip
# Ages in the pool, in days: from the first up to the next.
AGES = (0, 7, 30, 90, 180, 365)
AGE_NAMES = (
    _("under a week"), _("under a month"), _("one to three months"), _("three to six months"),
    _("six to twelve months"), _("over a year"),
)  # fmt: skip
TALKS = {
    "day": _("within a day"),
    "three": _("within three days"),
    "week": _("within a week"),
    "later": _("later"),
    "none": _("not yet, or never"),
}
MOVES = """
    SELECT 'in', date_trunc('month', s.ended_at AT TIME ZONE %(zone)s)::date, s.end_reason, count(*)
    FROM customers_stint s
    WHERE s.owner_id {whose} AND s.ended_at >= %(began)s AND s.ended_at < %(ended)s
      AND (s.end_reason = ANY(%(into)s) OR s.end_reason = ANY(%(into_maybe)s) AND EXISTS (
          SELECT FROM customers_stint n
          WHERE n.customer_id = s.customer_id AND n.pool_id IS NOT NULL AND n.started_at = s.ended_at))
    GROUP BY 2, 3
    UNION ALL
    SELECT 'out', date_trunc('month', s.started_at AT TIME ZONE %(zone)s)::date, s.start_reason, count(*)
    FROM customers_stint s
    WHERE s.owner_id {whose} AND s.started_at >= %(began)s AND s.started_at < %(ended)s
      AND (s.start_reason = ANY(%(out)s) OR s.start_reason = ANY(%(out_maybe)s) AND EXISTS (
          SELECT FROM customers_stint b
          WHERE b.customer_id = s.customer_id AND b.pool_id IS NOT NULL AND b.ended_at = s.started_at))
    GROUP BY 2, 3
"""
CLAIMS = """
    SELECT count(*) AS claims, count(*) FILTER (WHERE days <= 1) AS day,
           count(*) FILTER (WHERE days > 1 AND days <= 3) AS three,
           count(*) FILTER (WHERE days > 3 AND days <= 7) AS week,
           count(*) FILTER (WHERE days > 7) AS later, count(*) FILTER (WHERE days IS NULL) AS none,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY days) AS days,
           count(paid_on) AS paid,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY paid_on - claimed_on) AS days_to_paid
    FROM (
        SELECT (s.started_at AT TIME ZONE %(zone)s)::date AS claimed_on, paid.paid_on,
               extract(epoch FROM talk.at - s.started_at) / 86400 AS days
        FROM customers_stint s
        LEFT JOIN LATERAL (
            SELECT min(l.at) AS at FROM visits_calllog l
            WHERE l.customer_id = s.customer_id AND l.outcome = 'reached'
              AND l."on" >= (s.started_at AT TIME ZONE %(zone)s)::date AND l.at >= s.started_at
              AND (s.ended_at IS NULL OR l.at < s.ended_at)
        ) AS talk ON true
        LEFT JOIN LATERAL (
            SELECT min(o.paid_on) AS paid_on FROM sales_order o
            WHERE o.customer_id = s.customer_id AND o.status = 'paid' AND o.amount > 0
              AND o.paid_on >= (s.started_at AT TIME ZONE %(zone)s)::date
              AND (s.ended_at IS NULL OR o.paid_on <= (s.ended_at AT TIME ZONE %(zone)s)::date)
        ) AS paid ON true
        WHERE s.start_reason = 'claimed' AND s.owner_id {whose}
          AND s.started_at >= %(began)s AND s.started_at < %(ended)s
    ) AS claims
"""
BOUNCED = """
    SELECT s.customer_id FROM customers_stint s
    WHERE s.owner_id {whose} AND s.ended_at >= %(began)s AND s.ended_at < %(ended)s AND s.end_reason = ANY(%(into)s)
    GROUP BY s.customer_id HAVING count(*) >= 2
"""
IN_TURN = """
    SELECT DISTINCT t.customer_id FROM (
        SELECT s.customer_id, s.owner_id, lag(s.owner_id) OVER w AS before, lag(s.owner_id, 2) OVER w AS first
        FROM customers_stint s
        WHERE s.start_reason = 'claimed' AND s.started_at >= %(began)s AND s.started_at < %(ended)s
        WINDOW w AS (PARTITION BY s.customer_id ORDER BY s.started_at)
    ) AS t
    WHERE t.owner_id = t.first AND t.owner_id <> t.before AND t.owner_id {whose}
"""
HELD = """
    SELECT owner_id, count(*), count(*) FILTER (WHERE talked_on >= %(talked)s)
    FROM customers_customer WHERE owner_id {whose} GROUP BY owner_id
"""
Claims = namedtuple("Claims", "claims day three week later none days paid days_to_paid")


@dataclass
class Held:
    """What one person holds, and with how much of it somebody spoke lately."""

    person: User
    held: int
    talked: int

    @property
    def silent(self) -> int:
        return self.held - self.talked

    @property
    def percent(self) -> int:
        return 100 * self.talked // self.held


def params(scope: Scope, period: Period) -> dict:
    """Return what the statements above ask about."""
    return {
        "people": scope.people,
        "began": period.began,
        "ended": period.ended,
        "zone": settings.TIME_ZONE,
        "into": list(INTO),
        "into_maybe": list(INTO_MAYBE),
        "out": list(OUT),
        "out_maybe": list(OUT_MAYBE),
        "talked": timezone.localdate() - dt.timedelta(days=SILENT_DAYS),
    }


def of_people(statement: str, scope: Scope) -> str:
    """Return one of the statements above for the people of `scope`."""
    return statement.format(whose="IS NOT NULL" if scope.people is None else "= ANY(%(people)s)")


class Report:
    """The figures of one scope and period; every group is asked of the database once, when it is needed."""

    def __init__(self, scope: Scope, period: Period):
        self.scope, self.period = scope, period

    def _rows(self, statement) -> list[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(of_people(statement, self.scope), params(self.scope, self.period))
            return cursor.fetchall()

    @cached_property
    def moves(self) -> dict[tuple, int]:
        """Return how often customers went in and out, by way, month and reason: moves, not customers."""
        return {(way, month, reason): number for way, month, reason, number in self._rows(MOVES)}

    def moved(self, way, *, month=None, reason=None) -> int:
        return sum(
            number
            for (one, at, why), number in self.moves.items()
            if one == way and month in (None, at) and reason in (None, why)
        )

    def reasons(self, way) -> list[Reason]:
        """Return the reasons that occur, in the order of the list of reasons."""
        found = {why for one, _at, why in self.moves if one == way}
        return [reason for reason in Reason if reason.value in found]

    @cached_property
    def ages(self) -> list[int]:
        """Return how many customers have lain how long in the pools open to the viewer, now."""
        pooled = Customer.objects.pooled_visible_to(self.scope.user).order_by().values_list("pooled_at", flat=True)
        sql, params = pooled.query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT width_bucket(extract(epoch FROM now() - pooled_at) / 86400, %s::float8[]), count(*) "  # noqa: S608
                f"FROM ({sql}) AS pooled GROUP BY 1",
                [list(AGES), *params],
            )
            found = dict(cursor.fetchall())
        return [found.get(n, 0) for n in range(1, len(AGES) + 1)]

    @cached_property
    def claims(self) -> Claims:
        [row] = self._rows(CLAIMS)
        return Claims(*row)

    @property
    def conversion(self) -> int:
        """Return the percentage of claims that led to a paid order while the claimer had the customer."""
        return 100 * self.claims.paid // self.claims.claims if self.claims.claims else 0

    @cached_property
    def _again(self) -> tuple[int, int]:
        counts = f"SELECT (SELECT count(*) FROM ({BOUNCED}) AS b), (SELECT count(*) FROM ({IN_TURN}) AS t)"  # noqa: S608
        [row] = self._rows(counts)
        return row

    @property
    def bounced(self) -> int:
        return self._again[0]

    @property
    def in_turn(self) -> int:
        return self._again[1]

    @cached_property
    def held(self) -> list[Held]:
        """Return by person what they hold, most of it silent first."""
        numbers = {owner: counts for owner, *counts in self._rows(HELD)}
        people = User.objects.select_related("team").in_bulk(numbers)
        rows = [Held(people[owner], *counts) for owner, counts in numbers.items()]
        return sorted(rows, key=lambda row: (-row.silent, str(row.person)))
