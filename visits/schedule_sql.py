"""The statements of `visits.schedule`; `{only:column}` or `{only:column why}` becomes a condition on that column.

All take the parameters of `schedule.plan_params`.
"""


class Only:
    """Which customers a statement is about; of those that a night concerns, the ones that it concerns for `why`."""

    def __init__(self, condition: str, of_why: str = ""):
        self.condition, self.of_why = condition, of_why

    def __format__(self, spec: str) -> str:
        column, _, why = spec.partition(" ")
        return self.condition.format(column=column, of_why=self.of_why.format(why=why) if why else "")


EVERYBODY = Only("")
THESE = Only("AND {column} = ANY(%(customers)s)")
# Those that a night concerns, noted in a table until the transaction ends (see NOTE_CONCERNED).
CONCERNED_ONES = Only("AND {column} IN (SELECT id FROM pg_temp.concerned {of_why})", "WHERE why = '{why}'")
# Who is a new customer since when: by ownership, not by a time in the pool, nor when it goes on as before.
NEW_CUSTOMERS = """
    SELECT customer_id, 'new_customer' AS event, started_at AS at, (started_at AT TIME ZONE %(zone)s)::date AS day
    FROM customers_stint
    WHERE ended_at IS NULL AND owner_id IS NOT NULL AND start_reason NOT IN ('undone', 'claim_back')
        AND started_at >= %(since)s
        {only:customer_id event}
"""
EVENTS = """
    SELECT customer_id, 'purchase' AS event, paid_on::timestamp AT TIME ZONE %(zone)s AS at, paid_on AS day
    FROM sales_order
    WHERE status = 'paid' AND amount > 0 AND paid_on BETWEEN %(since)s AND %(on)s {only:customer_id event}
    UNION ALL
    SELECT customer_id, kind, finished_at, (finished_at AT TIME ZONE %(zone)s)::date
    FROM visits_sitevisit WHERE status = 'done' AND finished_at >= %(since)s {only:customer_id event}
    UNION ALL
    SELECT customer_id, 'repair_overrun', overran_at, (overran_at AT TIME ZONE %(zone)s)::date
    FROM visits_sitevisit WHERE kind = 'repair' AND overran_at >= %(since)s {only:customer_id event}
    UNION ALL
    SELECT customer_id, kind, at, (at AT TIME ZONE %(zone)s)::date
    FROM visits_serviceevent WHERE at >= %(since)s {only:customer_id event}
"""


def due(new_customers: str) -> str:
    """Return the statement of what is due by events, among them the `new_customers`."""
    return f"""
    SELECT DISTINCT ON (e.customer_id, r.code) e.customer_id, r.id AS rule_id, r.code, r.channel, e.at,
           w.opens_on, w.closes_on, d.opens_on AS due_on
    FROM ({EVENTS} UNION ALL {new_customers}) AS e
    JOIN visits_callbackrule r ON r.is_active AND r.event = e.event
    CROSS JOIN LATERAL (
        SELECT (e.day + CASE r.unit WHEN 'months' THEN make_interval(months => r.earliest)
                        ELSE make_interval(days => r.earliest) END)::date AS opens_on,
               (e.day + CASE r.unit WHEN 'months' THEN make_interval(months => r.latest)
                        ELSE make_interval(days => r.latest) END)::date AS closes_on
    ) AS w
    JOIN staff_day d ON d.day = GREATEST(w.opens_on, %(on)s)
        + CASE WHEN r.unit = 'months' AND w.opens_on < %(on)s::date - %(grace)s AND w.closes_on > %(on)s::date
               THEN (e.customer_id %% (w.closes_on - %(on)s::date + 1))::int ELSE 0 END
    WHERE w.closes_on >= %(on)s::date - %(grace)s AND e.day <= %(on)s
      AND NOT EXISTS (
        SELECT 1 FROM visits_callback b
        WHERE b.customer_id = e.customer_id AND b.purpose = r.code AND (b.status = 'open' OR b.covers_until >= e.at)
      )
    ORDER BY e.customer_id, r.code, e.at
    """  # noqa: S608 - constants only


DUE = due(NEW_CUSTOMERS)
INSERT = """
    INSERT INTO visits_callback
        (customer_id, purpose, rule_id, channel, status, due_on, first_due_on, opens_on, closes_on, event_at,
         reason, tries, made_at)
"""
FOLLOW_EVENTS = f"""{INSERT}
    SELECT customer_id, code, rule_id, channel, 'open', due_on, due_on, opens_on, GREATEST(closes_on, due_on), at,
           '', 0, %(now)s
    FROM ({DUE}) AS due
    ON CONFLICT DO NOTHING RETURNING customer_id
"""  # noqa: S608 - constants only


def cadence(customers: str) -> str:
    """Return the statement of the cadence of `customers`, a table with these columns of customers_customer.

    It is the shortest of those that fit intention and grade, counted from the last contact, or from the day on which
    somebody skipped the follow-up.
    """
    return f"""
    SELECT DISTINCT ON (c.id) c.id AS customer_id, c.owner_id, k.days, k.channel,
           GREATEST(coalesce((c.last_contact_at AT TIME ZONE %(zone)s)::date, c.owned_since), s.skipped_on) + k.days
               AS wanted_on
    FROM {customers} c
    JOIN visits_cadence k ON k.is_active AND k.intention IN ('', c.intention) AND k.grade IN ('', c.grade)
    LEFT JOIN (
        SELECT customer_id, max((closed_at AT TIME ZONE %(zone)s)::date) AS skipped_on FROM visits_callback
        WHERE purpose = 'follow_up' AND status = 'skipped' {{only:customer_id cadence}} GROUP BY customer_id
    ) AS s ON s.customer_id = c.id
    WHERE c.owner_id IS NOT NULL {{only:c.id cadence}}
    ORDER BY c.id, k.days, k.id
    """  # noqa: S608 - constants only


CADENCE = cadence("customers_customer")
CADENCE_DAY = """
    GREATEST(k.wanted_on, %(on)s)
        + CASE WHEN k.wanted_on < %(on)s::date - %(grace)s THEN (k.customer_id %% k.days)::int ELSE 0 END
"""
FOLLOW_CADENCE = f"""{INSERT}
    SELECT k.customer_id, 'follow_up', NULL, k.channel, 'open', d.opens_on, d.opens_on, k.wanted_on, NULL, NULL,
           '', 0, %(now)s
    FROM ({CADENCE}) AS k
    JOIN staff_day d ON d.day = {CADENCE_DAY}
    WHERE NOT EXISTS (
        SELECT 1 FROM visits_callback b
        WHERE b.customer_id = k.customer_id AND b.purpose = 'follow_up' AND b.status = 'open'
    )
    ON CONFLICT DO NOTHING RETURNING customer_id
"""  # noqa: S608 - constants only
# A cadence that has become shorter pulls forward what it planned itself.
IS_LATER = """
    b.customer_id = k.customer_id AND b.purpose = 'follow_up' AND b.status = 'open' AND b.made_by_id IS NULL
    AND b.tries = 0 AND b.reason = '' AND k.wanted_on < b.opens_on AND b.due_on > d.opens_on
"""
PULL_FORWARD = (
    f"""
    UPDATE visits_callback b
    SET due_on = d.opens_on, first_due_on = d.opens_on, opens_on = k.wanted_on, channel = k.channel
    FROM ({CADENCE}) AS k JOIN staff_day d ON d.day = GREATEST(k.wanted_on, %(on)s)
    WHERE """  # noqa: S608 - constants only
    + IS_LATER
    + "RETURNING b.customer_id"
)
FORGIVE = """
    UPDATE visits_callback b SET due_on = d.opens_on
    FROM customers_customer c JOIN staff_day d ON d.day = c.owned_since
    WHERE b.customer_id = c.id AND b.status = 'open' AND b.due_on < c.owned_since {only:c.id owned}
    RETURNING b.customer_id
"""
FOLLOW_OWNER = """
    UPDATE visits_promise p SET owner_id = c.owner_id
    FROM customers_customer c
    WHERE p.customer_id = c.id AND p.status = 'open' AND p.follows AND c.owner_id IS NOT NULL
      AND p.owner_id <> c.owner_id {only:c.id promise}
"""
# The days of customers with two open callbacks on one: all but one that somebody planned, or else the most pressing,
# moved on by working days.
SPREAD = """
    WITH ranked AS (
        SELECT id, due_on, closes_on,
               row_number() OVER (PARTITION BY customer_id, due_on
                                  ORDER BY made_by_id IS NULL, (closes_on IS NULL), closes_on, id) - 1 AS extra
        FROM visits_callback
        WHERE status = 'open' AND reason = '' AND customer_id = ANY(%(touched)s) AND due_on >= %(on)s
    )
    UPDATE visits_callback b
    SET due_on = CASE WHEN fits THEN n.day ELSE b.due_on END, reason = CASE WHEN fits THEN '' ELSE %(window)s END,
        first_due_on = CASE WHEN fits AND b.first_due_on = b.due_on THEN n.day ELSE b.first_due_on END
    FROM ranked r
    JOIN staff_day d ON d.day = r.due_on
    JOIN staff_day n ON n.number = d.number + r.extra AND n.is_working
    CROSS JOIN LATERAL (SELECT r.closes_on IS NULL OR n.day <= r.closes_on AS fits) AS f
    WHERE b.id = r.id AND r.extra > 0
    RETURNING b.customer_id
"""
NEXT_DAYS = """
    SELECT c.id, min(b.due_on) AS due_on
    FROM customers_customer c
    LEFT JOIN visits_callback b ON b.customer_id = c.id AND b.status = 'open'
        AND (b.person_id IS NULL OR b.person_id = c.owner_id)
    WHERE c.owner_id IS NOT NULL {only:c.id}
    GROUP BY c.id
"""
NEXT_DATES = f"""
    UPDATE customers_customer c SET next_contact_on = n.due_on
    FROM ({NEXT_DAYS}) AS n
    WHERE c.id = n.id AND c.owner_id IS NOT NULL AND c.next_contact_on IS DISTINCT FROM n.due_on
"""  # noqa: S608 - constants only
# Callbacks that fell on a working day which has become a holiday since.
OFF_HOLIDAYS = """
    UPDATE visits_callback b SET due_on = d.opens_on
    FROM staff_day d
    WHERE b.status = 'open' AND b.due_on = d.day AND NOT d.is_working AND b.due_on >= %(on)s
        {only:b.customer_id holiday}
    RETURNING b.customer_id
"""
# Whom a night concerns and why: found before anybody is held, by going over each table once.
CONCERNED = f"""
    WITH cadence AS ({CADENCE})
    SELECT customer_id, 'event' FROM ({DUE}) AS due
    UNION ALL
    SELECT k.customer_id, 'cadence' FROM cadence k
    JOIN staff_day d ON d.day = GREATEST(k.wanted_on, %(on)s)
    LEFT JOIN visits_callback b ON b.customer_id = k.customer_id AND b.purpose = 'follow_up' AND b.status = 'open'
    WHERE b.id IS NULL OR ({IS_LATER})
    UNION ALL
    SELECT id, why FROM (
        SELECT c.id, bool_or(b.due_on < c.owned_since) OR c.owned_since > %(on)s AS owned,
               bool_or(NOT d.is_working AND b.due_on >= %(on)s) AS holiday,
               c.owner_id IS NOT NULL AND c.next_contact_on IS DISTINCT FROM
                   min(b.due_on) FILTER (WHERE b.person_id IS NULL OR b.person_id = c.owner_id) AS next
        FROM customers_customer c
        LEFT JOIN visits_callback b ON b.customer_id = c.id AND b.status = 'open'
        LEFT JOIN staff_day d ON d.day = b.due_on
        GROUP BY c.id
    ) AS c CROSS JOIN LATERAL (VALUES ('owned', owned), ('holiday', holiday), ('next', next)) AS w (why, is_so)
    WHERE is_so
    UNION ALL
    SELECT p.customer_id, 'promise' FROM visits_promise p JOIN customers_customer c ON c.id = p.customer_id
    WHERE p.status = 'open' AND p.follows AND p.owner_id <> c.owner_id
"""  # noqa: S608 - constants only
# With this table for whom to ask, and statistics of it, the planner knows by itself when a loop is best.
NOTE_CONCERNED = f"""
    DROP TABLE IF EXISTS pg_temp.concerned;
    CREATE TEMPORARY TABLE concerned (id, why) ON COMMIT DROP AS {CONCERNED};
    ANALYZE concerned;
    SET LOCAL enable_nestloop = on
"""
HOLD = "SELECT id FROM customers_customer WHERE true {only:id} ORDER BY id FOR NO KEY UPDATE"
OVERRUNS = """
    UPDATE visits_sitevisit SET overran_at = planned_until
    WHERE status = 'planned' AND overran_at IS NULL AND planned_until < %(now)s AND customer_id = ANY(%(customers)s)
"""
