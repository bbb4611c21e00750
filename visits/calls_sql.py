"""What a contact writes, in one statement: `visits.calls` executes it right after HOLD, with the customer's row held.

The log comes first; all the rest depends on it, so that another owner than the one by whom the person may log, a token
used before, or a log that the person has not seen, writes nothing at all. The parts of a statement see the database as
it was before it: what `settled` and `planned` make of the callbacks, the later parts read from them.

1. `log` is the contact itself.
2. `settled` are the callbacks that it closes (CLOSE) or, when nobody was met, puts off (TRY_AGAIN). They are the
   person's own or given to nobody; those given to another stay theirs.
3. `planned` is the follow-up on the day that was chosen. It waits for `settled`, because only one callback of a purpose
   is open; one planned for that day already is the follow-up, and what was put off needs none.
4. `next` is the earliest day on which the owner is to make contact now.
5. The activity, and what the customer's row says of contact: the last, and the next.
"""

from crm.lib.prepared import Prepared

NEWEST = "SELECT coalesce(max(id), 0) FROM visits_calllog WHERE customer_id = %s"
# A statement of its own: what the next one sees is then what everybody before has left.
HOLD = "SELECT owner_id FROM customers_customer WHERE id = %(customer)s FOR NO KEY UPDATE"
# A closed callback stands for events up to here (see `visits.schedule`).
COVERS = """
    GREATEST(b.event_at, coalesce(
        (SELECT %(now)s - make_interval(days => r.earliest) FROM visits_callbackrule r
         WHERE r.id = b.rule_id AND r.unit = 'days'),
        b.first_due_on::timestamp AT TIME ZONE %(zone)s))
"""
# Somebody was spoken with: whatever was planned and whose window has begun is done. A text settles what is due and asks
# for no more than a text.
CLOSE = f"""
    UPDATE visits_callback b
    SET status = 'done', closed_at = %(now)s, closed_by_id = %(by)s, log_id = log.id, tries = b.tries + 1,
        covers_until = {COVERS}
    FROM log
    WHERE b.customer_id = %(customer)s AND b.status = 'open' AND (b.person_id IS NULL OR b.person_id = %(by)s)
      AND CASE WHEN %(spoken)s THEN b.purpose = 'follow_up' OR b.opens_on <= %(today)s
               ELSE b.due_on <= %(today)s AND b.channel = ANY(%(written)s) END
    RETURNING b.id, b.status, b.person_id, b.due_on
"""  # noqa: S608 - constants only
# Nobody was: what is due stays owed, on the day chosen or else on the next working day.
TRY_AGAIN = """
    UPDATE visits_callback b
    SET due_on = d.opens_on, tries = b.tries + 1, reason = CASE WHEN b.reason = '' THEN %(again)s ELSE b.reason END
    FROM log, staff_day d
    WHERE d.day = coalesce(%(next_on)s, %(today)s::date + 1) AND b.customer_id = %(customer)s AND b.status = 'open'
      AND b.due_on <= %(today)s AND (b.person_id IS NULL OR b.person_id = %(by)s)
    RETURNING b.id, b.status, b.person_id, b.due_on
"""
WRITE = """
WITH log AS (
    INSERT INTO visits_calllog (customer_id, contact_id, by_id, at, "on", channel, outcome, satisfaction, note, next_on,
                                created_at, script_id, token)
    SELECT %(customer)s, %(contact)s, %(by)s, %(at)s, %(on)s, %(channel)s, %(outcome)s, %(satisfaction)s, %(note)s,
           %(next_on)s, %(now)s, %(script)s, %(token)s
    WHERE EXISTS (SELECT FROM customers_customer WHERE id = %(customer)s AND owner_id = %(owner)s) AND NOT EXISTS (
        SELECT FROM visits_calllog WHERE customer_id = %(customer)s AND by_id = %(by)s AND id > %(seen)s
    )
    ON CONFLICT DO NOTHING RETURNING id
), settled AS (
    {settle}
), others AS (
    SELECT id, purpose, person_id, due_on FROM visits_callback
    WHERE customer_id = %(customer)s AND status = 'open' AND id NOT IN (SELECT id FROM settled)
), planned AS (
    INSERT INTO visits_callback (customer_id, purpose, channel, status, due_on, first_due_on, opens_on, reason, tries,
                                 made_at, made_by_id)
    SELECT %(customer)s, 'follow_up', %(made_channel)s, 'open', %(next_on)s, %(next_on)s, %(next_on)s, '', 0, %(now)s,
           %(by)s
    FROM log, (SELECT count(*) FILTER (WHERE status = 'open') AS put_off FROM settled) AS s
    WHERE %(next_on)s IS NOT NULL AND s.put_off = 0 AND NOT EXISTS (
        SELECT FROM others
        WHERE purpose <> 'follow_up' AND due_on = %(next_on)s AND (person_id IS NULL OR person_id = %(by)s)
    )
    ON CONFLICT (customer_id, purpose) WHERE status = 'open'
    DO UPDATE SET due_on = excluded.due_on, opens_on = excluded.opens_on, made_by_id = excluded.made_by_id
    RETURNING id, due_on
), next AS (
    SELECT min(due_on) AS due_on FROM (
        SELECT due_on FROM planned
        UNION ALL SELECT due_on FROM settled WHERE status = 'open' AND (person_id IS NULL OR person_id = %(owner)s)
        UNION ALL SELECT due_on FROM others
                  WHERE (person_id IS NULL OR person_id = %(owner)s) AND id NOT IN (SELECT id FROM planned)
    ) AS days
), activity AS (
    INSERT INTO customers_activity (customer_id, verb, by_id, at, note, data)
    SELECT %(customer)s, 'log', %(by)s, %(at)s, %(note)s,
           jsonb_build_object('log', log.id, 'channel', %(channel)s, 'outcome', %(outcome)s, 'next_on', next.due_on)
           || %(more)s::jsonb
    FROM log, next
)
UPDATE customers_customer c
SET next_contact_on = next.due_on, last_contact_at = GREATEST(c.last_contact_at, %(at)s), updated_at = %(now)s,
    talked_on = CASE WHEN %(spoken)s THEN GREATEST(c.talked_on, %(on)s) ELSE c.talked_on END
FROM log, next WHERE c.id = %(customer)s RETURNING log.id, c.next_contact_on, c.last_contact_at
"""
TYPES = {
    # the columns of CallLog
    "customer": "bigint",
    "contact": "bigint",
    "by": "bigint",
    "at": "timestamptz",
    "on": "date",
    "channel": "text",
    "outcome": "text",
    "satisfaction": "smallint",
    "note": "text",
    "next_on": "date",
    "script": "bigint",
    "token": "uuid",
    # and what decides over the rest
    "owner": "bigint",
    "seen": "bigint",
    "now": "timestamptz",
    "today": "date",
    "spoken": "boolean",
    "written": "text[]",
    "made_channel": "text",
    "again": "text",
    "zone": "text",
    "more": "jsonb",
}
MET = Prepared("contact_met", WRITE.format(settle=CLOSE), TYPES)
MISSED = Prepared("contact_missed", WRITE.format(settle=TRY_AGAIN), TYPES)
