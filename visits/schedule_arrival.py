"""The schedule of a customer that comes to somebody by a claim: what `schedule.plan` does for it, in the claim itself.

`kept` is what was open before, due from the first day on that the customer is theirs; `missing` is what the rules and
the cadence ask for; `placed` parts what is due on one day. What is left for the steps of `plan`: `all` in the `rare`
case that a cadence has become shorter or promises follow the owner; `days`, when what was parted met others.
"""

from customers.reactions import Arrival, AtArrival
from visits import schedule
from visits.models import Callback
from visits.schedule_few import TYPES
from visits.schedule_sql import CADENCE_DAY, INSERT, IS_LATER, THESE, cadence, due

NEW_CUSTOMER = "SELECT id, 'new_customer', %(now)s, %(on)s FROM coming"
STEPS = f"""
cadence AS MATERIALIZED (
    SELECT k.*, d.opens_on FROM ({cadence("coming")}) AS k JOIN staff_day d ON d.day = GREATEST(k.wanted_on, %(on)s)
), kept AS MATERIALIZED (
    SELECT b.id, b.customer_id, b.purpose, b.status, b.person_id, b.made_by_id, b.tries, b.reason, b.opens_on,
           b.closes_on, b.due_on AS was_due_on, d.opens_on AS due_on
    FROM coming c JOIN visits_callback b ON b.customer_id = c.id AND b.status = 'open'
    JOIN staff_day d ON d.day = GREATEST(b.due_on, c.owned_since)
), missing AS MATERIALIZED (
    SELECT customer_id, code, rule_id, channel, due_on, opens_on, GREATEST(closes_on, due_on) AS closes_on, at
    FROM coming c JOIN ({due(NEW_CUSTOMER)}) AS due ON due.customer_id = c.id
    UNION ALL
    SELECT k.customer_id, 'follow_up', NULL, k.channel, d.opens_on, k.wanted_on, NULL, NULL
    FROM cadence k JOIN staff_day d ON d.day = {CADENCE_DAY}
    WHERE NOT EXISTS (SELECT FROM kept WHERE purpose = 'follow_up')
), rare AS MATERIALIZED (
    SELECT EXISTS (SELECT FROM kept b, cadence k, staff_day d WHERE d.day = k.opens_on AND {IS_LATER})
        OR EXISTS (SELECT FROM coming c JOIN visits_promise p ON p.customer_id = c.id
                   WHERE p.status = 'open' AND p.follows AND p.owner_id <> %(by)s) AS is_so,
           EXISTS (SELECT FROM missing) OR EXISTS (SELECT FROM kept WHERE due_on <> was_due_on) AS is_touched
), ranked AS (
    SELECT *, CASE WHEN is_touched AND NOT is_so
                   THEN row_number() OVER (PARTITION BY due_on
                                           ORDER BY made_by_id IS NULL, closes_on IS NULL, closes_on, id, place) - 1
                   ELSE 0 END AS extra
    FROM rare, (
        SELECT *, NULL::bigint AS id, NULL::bigint AS made_by_id, code = 'follow_up' AS is_cadence FROM missing
        UNION ALL
        SELECT customer_id, purpose, NULL, '', due_on, opens_on, closes_on, NULL, id, made_by_id, false
        FROM kept WHERE reason = ''
    ) AS m (customer_id, code, rule_id, channel, due_on, opens_on, closes_on, at, id, made_by_id, place)
), placed AS MATERIALIZED (
    SELECT r.*, CASE WHEN fits THEN n.day ELSE due_on END AS on_day,
           CASE WHEN fits THEN '' ELSE '{Callback.WINDOW_ENDS}' END AS why
    FROM ranked r JOIN staff_day d ON d.day = r.due_on
    JOIN staff_day n ON n.number = d.number + r.extra AND n.is_working
    CROSS JOIN LATERAL (SELECT r.closes_on IS NULL OR n.day <= r.closes_on OR r.extra = 0 AS fits) AS f
), made AS (
    {INSERT}
    SELECT customer_id, code, rule_id, channel, 'open', on_day, on_day, opens_on, closes_on, at, why, 0, %(now)s
    FROM placed WHERE id IS NULL ORDER BY place, code
    ON CONFLICT DO NOTHING RETURNING due_on, reason
), still AS MATERIALIZED (
    SELECT k.id, k.person_id, k.due_on AS was_for, coalesce(p.on_day, k.due_on) AS due_on,
           coalesce(p.why, k.reason) AS reason, p.on_day <> k.due_on AS is_parted,
           coalesce(p.on_day, k.due_on) <> k.was_due_on OR coalesce(p.why, k.reason) <> k.reason AS is_changed
    FROM kept k LEFT JOIN placed p ON p.id = k.id
), moved AS (
    UPDATE visits_callback b
    SET due_on = s.due_on, reason = s.reason,
        first_due_on = CASE WHEN s.is_parted AND b.first_due_on = s.was_for THEN s.due_on ELSE b.first_due_on END
    FROM still s WHERE b.id = s.id AND s.is_changed
), days AS MATERIALIZED (
    SELECT due_on, reason, person_id FROM still UNION ALL SELECT due_on, reason, NULL FROM made
)
"""  # noqa: S608 - constants only
NEXT = "SELECT min(due_on) FROM days WHERE person_id IS NULL OR person_id = %(by)s"
LEFT = """
CASE WHEN (SELECT is_so FROM rare) THEN 'all'
     WHEN EXISTS (SELECT FROM days WHERE reason = '' GROUP BY due_on HAVING count(*) > 1) THEN 'days'
     ELSE '' END
"""


def _params(arrival: Arrival) -> dict:
    return schedule.plan_params(arrival.on, [arrival.customer]) | {"now": arrival.now}


def _finish(customer: int, left: str) -> None:
    if left == "all":
        schedule.plan(customers=[customer], touched=[customer])
    else:
        schedule.part([customer])


AT_ARRIVAL = AtArrival(STEPS.format(only=THESE), NEXT, LEFT, TYPES, _params, _finish)
