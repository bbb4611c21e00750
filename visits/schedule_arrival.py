"""The schedule of a customer that comes to somebody by a claim: what `schedule.plan` does for it, in the claim itself.

`kept` is what was open before, due from the first day on that the customer is theirs; `missing` is what the rules and
the cadence ask for, and `placed` parts it from what is due on the same day. What is left for the steps of `plan`:
`days`, when others share one now; `all`, when a cadence has become shorter or promises follow the owner.
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
), forgiven AS (
    UPDATE visits_callback b SET due_on = k.due_on FROM kept k WHERE b.id = k.id AND k.due_on <> k.was_due_on
), missing AS (
    SELECT customer_id, code, rule_id, channel, due_on, opens_on, GREATEST(closes_on, due_on) AS closes_on, at
    FROM ({due(NEW_CUSTOMER)}) AS due
    UNION ALL
    SELECT k.customer_id, 'follow_up', NULL, k.channel, d.opens_on, k.wanted_on, NULL, NULL
    FROM cadence k JOIN staff_day d ON d.day = {CADENCE_DAY}
    WHERE NOT EXISTS (SELECT FROM kept WHERE purpose = 'follow_up')
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY due_on
                                 ORDER BY made_by_id IS NULL, closes_on IS NULL, closes_on, id, code) - 1 AS extra
    FROM (
        SELECT *, NULL::bigint AS id, NULL::bigint AS made_by_id FROM missing
        UNION ALL
        SELECT customer_id, purpose, NULL, '', due_on, opens_on, closes_on, NULL, id, made_by_id
        FROM kept WHERE reason = ''
    ) AS m
), placed AS (
    SELECT r.*, n.day, r.closes_on IS NULL OR n.day <= r.closes_on AS fits
    FROM ranked r JOIN staff_day d ON d.day = r.due_on
    JOIN staff_day n ON n.number = d.number + r.extra AND n.is_working
    WHERE r.id IS NULL
), made AS (
    {INSERT}
    SELECT customer_id, code, rule_id, channel, 'open', days.day, days.day, opens_on, closes_on, at,
           CASE WHEN fits THEN '' ELSE '{Callback.WINDOW_ENDS}' END, 0, %(now)s
    FROM placed CROSS JOIN LATERAL (SELECT CASE WHEN fits THEN placed.day ELSE due_on END AS day) AS days
    ON CONFLICT DO NOTHING RETURNING due_on, reason
), days AS MATERIALIZED (
    SELECT due_on, reason, person_id FROM kept UNION ALL SELECT due_on, reason, NULL FROM made
)
"""  # noqa: S608 - constants only
NEXT = "SELECT min(due_on) FROM days WHERE person_id IS NULL OR person_id = %(by)s"
LEFT = f"""
CASE WHEN EXISTS (SELECT FROM kept b, cadence k, staff_day d WHERE d.day = k.opens_on AND {IS_LATER})
       OR EXISTS (SELECT FROM coming c JOIN visits_promise p ON p.customer_id = c.id
                  WHERE p.status = 'open' AND p.follows AND p.owner_id <> %(by)s) THEN 'all'
     WHEN EXISTS (SELECT FROM days WHERE reason = '' GROUP BY due_on HAVING count(*) > 1) THEN 'days'
     ELSE '' END
"""  # noqa: S608 - constants only


def _params(arrival: Arrival) -> dict:
    return schedule.plan_params(arrival.on, [arrival.customer]) | {"now": arrival.now}


def _finish(customer: int, left: str) -> None:
    if left == "all":
        schedule.plan(customers=[customer], touched=[customer])
    else:
        schedule.part([customer])


AT_ARRIVAL = AtArrival(STEPS.format(only=THESE), NEXT, LEFT, TYPES, _params, _finish)
