"""The report on ownership: in and out of the pool, how old, how soon spoken with, what came of it, who holds on.

Figures of the people in a leader's sight, or of one team among them, over whole months of the company. Each group is
one question, bounded by the period; each figure leads to its rows (`reports.ownership_rows`).
"""

import datetime as dt
from collections import namedtuple
from dataclasses import dataclass
from functools import cached_property

from django.db import connection
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Stint
from reports import ownership_sql as sql
from reports.scope import Period, Scope
from staff.models import User

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


class Report:
    """The figures of one scope and period; every group is asked of the database once, when it is needed."""

    def __init__(self, scope: Scope, period: Period):
        self.scope, self.period = scope, period

    def _rows(self, statement, **more) -> list[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(sql.of_people(statement, self.scope), sql.params(self.scope, self.period) | more)
            return cursor.fetchall()

    @cached_property
    def moves(self) -> dict[tuple, int]:
        """Return how often customers went in and out, by way, month and reason: moves, not customers."""
        return {(way, month, reason): number for way, month, reason, number in self._rows(sql.MOVES)}

    def moved(self, way, *, month=None, reason=None) -> int:
        return sum(
            number
            for (one, at, why), number in self.moves.items()
            if one == way and month in (None, at) and reason in (None, why)
        )

    def reasons(self, way) -> list[Stint.Reason]:
        """Return the reasons that occur, in the order of the list of reasons."""
        found = {why for one, _at, why in self.moves if one == way}
        return [reason for reason in Stint.Reason if reason.value in found]

    @cached_property
    def ages(self) -> list[int]:
        """Return how many customers have lain how long in the pools open to the viewer, now."""
        pooled = Customer.objects.pooled_visible_to(self.scope.user).order_by().values_list("pooled_at", flat=True)
        query, params = pooled.query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT width_bucket(extract(epoch FROM now() - pooled_at) / 86400, %s::float8[]), count(*) "  # noqa: S608
                f"FROM ({query}) AS pooled GROUP BY 1",
                [list(AGES), *params],
            )
            found = dict(cursor.fetchall())
        return [found.get(n, 0) for n in range(1, len(AGES) + 1)]

    @cached_property
    def claims_since(self) -> dt.datetime:
        """Return since when claims are followed: the whole period, unless there are too many in it."""
        found = self._rows(sql.CLAIMS_SINCE, claims=sql.MOST_CLAIMS)
        return found[0][0] if found else self.period.began

    @property
    def follows_all_claims(self) -> bool:
        return self.claims_since == self.period.began

    @cached_property
    def claims(self) -> Claims:
        [row] = self._rows(sql.CLAIMS, since=self.claims_since)
        return Claims(*row)

    @property
    def conversion(self) -> int:
        """Return the percentage of claims that led to a paid order while the claimer had the customer."""
        return 100 * self.claims.paid // self.claims.claims if self.claims.claims else 0

    @cached_property
    def _again(self) -> tuple[int, int]:
        counts = f"SELECT (SELECT count(*) FROM ({sql.BOUNCED}) AS b), (SELECT count(*) FROM ({sql.IN_TURN}) AS t)"  # noqa: S608
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
        numbers = {owner: counts for owner, *counts in self._rows(sql.HELD)}
        people = User.objects.select_related("team").in_bulk(numbers)
        rows = [Held(people[owner], *counts) for owner, counts in numbers.items()]
        return sorted(rows, key=lambda row: (-row.silent, str(row.person)))
