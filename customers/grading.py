"""Grades from the standard: one judgement for the night, the preview and the customer page (policy 3.1, 3.2).

Amounts are yuan dealt over the current calendar month and the eleven before. What the policy's table leaves open
stands here: a short-term customer below the VIP amount gets the grade of its amount and is flagged for the supervisor,
as is one whose payment is not good (so many grades lower as the standard says, never above its cap).
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from crm.lib.copying import whole_tables
from crm.lib.dates import add_months, first_of_month, moment
from customers.choices import Payment
from customers.models import Activity, Grade, GradeRow, GradingStandard

RANKS = [grade.value for grade in Grade]
PERIOD_MONTHS = 12


def period(on: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first days of the first and the last month counted on `on`."""
    last = first_of_month(on)
    return add_months(last, 1 - PERIOD_MONTHS), last


@dataclass(frozen=True)
class Step:
    """A grade from `minimum` yuan on, for customers whose cooperation fits."""

    grade: str
    minimum: Decimal
    cooperation: str = GradeRow.Cooperation.ANY

    def fits(self, dealt, cooperation):
        return dealt >= self.minimum and self.cooperation in {GradeRow.Cooperation.ANY, cooperation}


@dataclass(frozen=True)
class Scale:
    """A grading standard ready to judge by; `steps` best grade first, the last one taking everybody."""

    steps: tuple[Step, ...]
    poor_payment_drop: int
    poor_payment_cap: str

    @classmethod
    def of(cls, standard: GradingStandard):
        steps = tuple(Step(row.grade, row.minimum, row.cooperation) for row in standard.rows.all())
        return cls(steps, standard.poor_payment_drop, standard.poor_payment_cap)

    @classmethod
    def on(cls, day: dt.date):
        """Return the scale in force on `day`; raises LookupError before the first standard."""
        standard = GradingStandard.on(day)
        if standard is None:
            raise LookupError(f"No grading standard is in force on {day}.")
        return cls.of(standard)

    def judge(self, *, dealt, payment, cooperation) -> str:
        """Return the grade of one customer; the Python twin of `sql`."""
        step = next((step for step in self.steps if step.fits(dealt, cooperation)), self.steps[-1])
        return step.grade if payment == Payment.GOOD else self.lowered(step.grade)

    def lowered(self, grade) -> str:
        rank = max(RANKS.index(grade) + self.poor_payment_drop, RANKS.index(self.poor_payment_cap))
        return RANKS[min(rank, len(RANKS) - 1)]

    def sql(self) -> tuple[str, dict]:
        """Return `judge` as SQL over columns dealt, payment and cooperation, with its parameters."""
        cases, params = [], {}
        for n, step in enumerate(self.steps):
            params |= {f"min{n}": step.minimum, f"coop{n}": step.cooperation, f"good{n}": step.grade}
            params[f"poor{n}"] = self.lowered(step.grade)
            cases.append(
                f"WHEN dealt >= %(min{n})s AND %(coop{n})s IN ('any', cooperation) "
                f"THEN CASE payment WHEN 'good' THEN %(good{n})s ELSE %(poor{n})s END"
            )
        last = f"CASE payment WHEN 'good' THEN %(good{n})s ELSE %(poor{n})s END"
        return f"CASE {' '.join(cases)} ELSE {last} END", params

    def step_up(self, *, dealt, payment, cooperation) -> Step | None:
        """Return the next better grade within reach by dealing more, as a step to its amount; None at the top."""
        now = RANKS.index(self.judge(dealt=dealt, payment=payment, cooperation=cooperation))
        for step in reversed(self.steps):
            if step.minimum <= dealt:
                continue
            grade = self.judge(dealt=step.minimum, payment=payment, cooperation=cooperation)
            if RANKS.index(grade) < now:
                return Step(grade, step.minimum)
        return None


# While a complaint is open a grade may fall but not rise (policy 7).
JUDGED = """
    SELECT id, old_grade, old_dealt, old_flag, dealt, flag,
           CASE WHEN grade <> old_grade
                     AND array_position(%(ranks)s::text[], grade) < array_position(%(ranks)s::text[], old_grade::text)
                     AND EXISTS (SELECT 1 FROM customers_hold h WHERE h.customer_id = facts.id AND h.kind = 'complaint')
                THEN old_grade ELSE grade END AS grade
    FROM (
    SELECT id, old_grade, old_dealt, old_flag, dealt, payment <> 'good' OR is_short AS flag, {case} AS grade
    FROM (
        SELECT c.id, c.grade AS old_grade, c.dealt AS old_dealt, c.is_flagged AS old_flag,
               coalesce(t.amount, 0) AS dealt, c.payment, c.cooperation,
               c.cooperation = 'short' AND coalesce(t.amount, 0) > 0 AND coalesce(t.amount, 0) < %(top)s AS is_short
        FROM customers_customer c
        LEFT JOIN (
            SELECT customer_id, sum(amount) AS amount FROM customers_turnover
            WHERE month BETWEEN %(first)s AND %(last_month)s {only_turnover} GROUP BY customer_id
        ) t ON t.customer_id = c.id
        {only}
    ) AS dealing
    ) AS facts
"""
REGRADE = """
    WITH judged AS ({judged}),
    held AS (
        SELECT c.id, j.old_grade, j.grade, j.dealt, j.flag
        FROM customers_customer c JOIN judged j ON j.id = c.id
        WHERE (j.old_grade, j.old_dealt, j.old_flag) IS DISTINCT FROM (j.grade, j.dealt, j.flag)
          AND (c.grade, c.dealt, c.is_flagged) = (j.old_grade, j.old_dealt, j.old_flag)
        ORDER BY c.id FOR UPDATE OF c
    ),
    changed AS (
        UPDATE customers_customer c SET grade = h.grade, dealt = h.dealt, is_flagged = h.flag
        FROM held h WHERE c.id = h.id
        RETURNING c.id, h.old_grade, h.grade, h.dealt
    ),
    told AS (
        INSERT INTO customers_activity (customer_id, verb, at, note, data)
        SELECT id, %(verb)s, %(at)s, '',
               jsonb_build_object('from', old_grade, 'to', grade, 'dealt', dealt::text, 'on', %(on)s::text)
        FROM changed WHERE old_grade <> grade
        RETURNING 1
    )
    SELECT count(*) FROM told
"""
PREVIEW = "SELECT old_grade, grade, count(*) FROM ({judged}) AS judged GROUP BY 1, 2"


def regrade(*, on: dt.date, customers: list[int] | None = None) -> int:
    """Grade all customers (or those with the ids given) as of `on`; return how many grades changed.

    One statement, locking customers by id as payments do: who keeps grade, amount and flag is not written, nor who was
    graded by a payment confirmed meanwhile; each new grade leaves one activity row.
    """
    judged, params = _judged(Scale.on(on), on, customers)
    params |= {"verb": Activity.Verb.GRADE, "at": moment(on), "on": on}
    with transaction.atomic(), connection.cursor() as cursor:
        if customers is None:
            whole_tables(cursor)
        cursor.execute(REGRADE.format(judged=judged), params)
        return cursor.fetchone()[0]


def preview(scale: Scale, *, on: dt.date) -> dict[tuple[str, str], int]:
    """Return how many customers would go from one grade to another, without changing any (policy 3.2)."""
    judged, params = _judged(scale, on, None)
    with connection.cursor() as cursor:
        cursor.execute(PREVIEW.format(judged=judged), params)
        return {(old, new): number for old, new, number in cursor.fetchall()}


def _judged(scale, on, customers):
    case, params = scale.sql()
    first, last = period(on)
    params |= {"first": first, "last_month": last, "only_ids": customers, "top": scale.steps[0].minimum}
    params["ranks"] = RANKS
    only = "" if customers is None else "WHERE c.id = ANY(%(only_ids)s)"
    only_turnover = "" if customers is None else "AND customer_id = ANY(%(only_ids)s)"
    return JUDGED.format(case=case, only=only, only_turnover=only_turnover), params


def by_grade(customers) -> dict[str, int]:
    """Return how many of a queryset of customers hold each grade, every grade named."""
    from_db = dict(customers.order_by().values_list("grade").annotate(number=Count("pk")))
    return {grade: from_db.get(grade, 0) for grade in RANKS}


def save_standard(scale: Scale, *, in_force_from: dt.date, note: str, by) -> GradingStandard:
    """Record `scale` as the standard from a date on and, when that has come, grade by it at once."""
    with transaction.atomic():
        standard = GradingStandard.objects.create(
            in_force_from=in_force_from,
            note=note,
            drafted_by=by,
            poor_payment_drop=scale.poor_payment_drop,
            poor_payment_cap=scale.poor_payment_cap,
        )
        GradeRow.objects.bulk_create(
            GradeRow(standard=standard, rank=n, grade=step.grade, minimum=step.minimum, cooperation=step.cooperation)
            for n, step in enumerate(scale.steps)
        )
        today = timezone.localdate()
        if in_force_from <= today:
            regrade(on=today)
    return standard
