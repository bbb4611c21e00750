"""The questions of the report on ownership, each bounded by its period and answered by indexes (policy 4)."""

import datetime as dt

from django.conf import settings
from django.utils import timezone

from customers.models import Stint
from reports.scope import Period, Scope

# So many claims are followed one by one, the latest: what came of them does not depend on older ones.
MOST_CLAIMS = 20_000
# Who is not spoken with for so many days is held without being worked on.
SILENT_DAYS = 30
Reason = Stint.Reason
# By which an ownership ends in the pool; those that may lead elsewhere too have their next stint looked at.
INTO = tuple(reason.value for reason in (*Stint.IDLE, Reason.RELEASED, Reason.PROBLEM))
INTO_MAYBE = tuple(reason.value for reason in (Reason.HANDED_OVER, *Stint.GIVEN_BACK))
# By which one begins out of the pool, for sure or if the stint before was in one.
OUT = (Reason.CLAIMED.value, Reason.FIRST_ORDER.value)
OUT_MAYBE = tuple(
    reason.value
    for reason in (
        Reason.ASSIGNED, Reason.REFERRED, Reason.DECIDED, Reason.HANDED_OVER, Reason.TRANSFERRED, *Stint.GIVEN_BACK,
    )
)  # fmt: skip
# Reasons that may lead elsewhere are apart: of the others the indexes alone tell.
MOVES = """
    SELECT 'in', date_trunc('month', s.ended_at AT TIME ZONE %(zone)s)::date, s.end_reason, count(*)
    FROM customers_stint s
    WHERE s.owner_id {whose} AND s.ended_at >= %(began)s AND s.ended_at < %(ended)s AND s.end_reason = ANY(%(into)s)
    GROUP BY 2, 3
    UNION ALL
    SELECT 'in', date_trunc('month', s.ended_at AT TIME ZONE %(zone)s)::date, s.end_reason, count(*)
    FROM customers_stint s
    WHERE s.owner_id {whose} AND s.ended_at >= %(began)s AND s.ended_at < %(ended)s
      AND s.end_reason = ANY(%(into_maybe)s) AND EXISTS (
          SELECT FROM customers_stint n
          WHERE n.customer_id = s.customer_id AND n.pool_id IS NOT NULL AND n.started_at = s.ended_at)
    GROUP BY 2, 3
    UNION ALL
    SELECT 'out', date_trunc('month', s.started_at AT TIME ZONE %(zone)s)::date, s.start_reason, count(*)
    FROM customers_stint s
    WHERE s.owner_id {whose} AND s.started_at >= %(began)s AND s.started_at < %(ended)s
      AND s.start_reason = ANY(%(out)s)
    GROUP BY 2, 3
    UNION ALL
    SELECT 'out', date_trunc('month', s.started_at AT TIME ZONE %(zone)s)::date, s.start_reason, count(*)
    FROM customers_stint s
    WHERE s.owner_id {whose} AND s.started_at >= %(began)s AND s.started_at < %(ended)s
      AND s.start_reason = ANY(%(out_maybe)s) AND EXISTS (
          SELECT FROM customers_stint b
          WHERE b.customer_id = s.customer_id AND b.pool_id IS NOT NULL AND b.ended_at = s.started_at)
    GROUP BY 2, 3
"""
# Since when claims are followed: the MOST_CLAIMS latest of the period at most.
CLAIMS_SINCE = """
    SELECT started_at FROM customers_stint s
    WHERE s.start_reason = 'claimed' AND s.owner_id {whose} AND s.started_at >= %(began)s AND s.started_at < %(ended)s
    ORDER BY started_at DESC OFFSET %(claims)s LIMIT 1
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
          AND s.started_at >= %(since)s AND s.started_at < %(ended)s
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
