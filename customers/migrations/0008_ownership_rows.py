"""The company's pool and rules as rows, stints without gaps, and what the database itself keeps right.

- `customers_due` says when an owned customer returns to the pool and by which rule (policy 4.1, 4.3, 4.8); see
  `customers.ownership.due`, which says the same in Python.
- `customers_place`, before a row is written, finds the pool of a customer that has none and writes when it returns.
- `customers_keep_stint`, after its owner or pool changed, ends its stint, begins the next, and ends what belonged to
  the ownership: extensions, locks, offers, loans.
- An inquiry is never changed.
"""

from django.db import migrations

STAND_STILL = """
CREATE FUNCTION customers_stand_still(person bigint, began date, due date) RETURNS date LANGUAGE plpgsql STABLE AS $$
DECLARE
    leave record;
BEGIN
    FOR leave IN SELECT since, until FROM staff_absence WHERE person_id = person AND until >= began ORDER BY since LOOP
        EXIT WHEN leave.since >= due;
        due := due + (leave.until - GREATEST(leave.since, began) + 1);
    END LOOP;
    RETURN due;
END $$
"""
DUE = """
CREATE FUNCTION customers_due(
    person bigint, owned_since date, last_sale_on date, talked_on date, of_grade text, reason text, kept_until date,
    version bigint
) RETURNS TABLE (due_on date, rule text) LANGUAGE sql STABLE ROWS 1 AS $$
    WITH periods AS (
        SELECT COALESCE(LEAST(g.no_deal_months, t.no_deal_months), r.no_deal_months) AS no_deal_months,
               COALESCE(LEAST(g.no_sale_months, t.no_sale_months), r.no_sale_months) AS no_sale_months,
               COALESCE(LEAST(g.contact_days, t.contact_days), r.contact_days) AS contact_days,
               r.first_contact_days, r.clocks_since + r.grace_days AS not_before
        FROM customers_poolrules r
        LEFT JOIN customers_ownperiods g ON g.rules_id = r.id AND g.grade = of_grade
        LEFT JOIN LATERAL (
            SELECT o.no_deal_months, o.no_sale_months, o.contact_days
            FROM customers_ownperiods o
            JOIN staff_user u ON u.id = person
            JOIN staff_team own ON own.id = u.team_id
            WHERE o.rules_id = r.id AND o.team_id = ANY (own.lineage)
            ORDER BY array_position(own.lineage, o.team_id) DESC LIMIT 1
        ) AS t ON true
        WHERE r.id = version
    ),
    clocks AS (
        SELECT 1 AS rank, CASE WHEN last_sale_on IS NULL THEN 'no_deal' ELSE 'no_sale' END AS rule,
               GREATEST(owned_since, last_sale_on) AS began,
               (GREATEST(owned_since, last_sale_on) + make_interval(months => CASE
                   WHEN last_sale_on IS NULL THEN no_deal_months ELSE no_sale_months END))::date AS due
        FROM periods
        UNION ALL
        SELECT 2, 'no_contact', GREATEST(owned_since, talked_on), GREATEST(owned_since, talked_on) + contact_days
        FROM periods WHERE contact_days IS NOT NULL
        UNION ALL
        SELECT 3, 'no_first', owned_since, owned_since + first_contact_days
        FROM periods
        WHERE first_contact_days IS NOT NULL AND reason = 'claimed' AND (talked_on IS NULL OR talked_on < owned_since)
    ),
    ends AS (
        SELECT rank, clocks.rule, CASE
            WHEN EXISTS (SELECT FROM staff_absence a WHERE a.person_id = person AND a.until >= began AND a.since < due)
            THEN customers_stand_still(person, began, due) ELSE due END AS due
        FROM clocks
    )
    SELECT GREATEST(ends.due, kept_until + 1, not_before), ends.rule
    FROM ends, periods ORDER BY ends.due, rank LIMIT 1
$$
"""
POOL_OF = """
CREATE FUNCTION customers_pool_of(person bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT p.id FROM customers_pool p
    LEFT JOIN staff_user u ON u.id = person
    LEFT JOIN staff_team own ON own.id = u.team_id
    WHERE p.team_id IS NULL OR p.team_id = ANY (own.lineage)
    ORDER BY array_position(own.lineage, p.team_id) DESC NULLS LAST LIMIT 1
$$
"""
PLACE = """
CREATE FUNCTION customers_place() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    due record;
    version bigint;
    moves boolean := TG_OP = 'INSERT' OR OLD.owner_id IS DISTINCT FROM NEW.owner_id;
BEGIN
    IF NEW.owner_id IS NULL THEN
        NEW.returns_on := NULL;
        NEW.returns_rule := '';
        NEW.kept_until := NULL;
        IF NEW.pool_id IS NULL THEN
            NEW.pool_id := customers_pool_of(CASE WHEN TG_OP = 'UPDATE' THEN OLD.owner_id END);
        END IF;
        RETURN NEW;
    END IF;
    IF moves THEN
        NEW.kept_until := NULL;
        IF NEW.owned_at IS NULL OR (TG_OP = 'UPDATE' AND NEW.owned_at IS NOT DISTINCT FROM OLD.owned_at) THEN
            NEW.owned_at := CASE WHEN TG_OP = 'INSERT' THEN LEAST(NEW.owned_since, now()) ELSE now() END;
        END IF;
    END IF;
    SELECT max(id) INTO version FROM customers_poolrules;
    SELECT d.due_on, d.rule INTO due FROM customers_due(
        NEW.owner_id, NEW.owned_since, NEW.last_sale_on, NEW.talked_on, NEW.grade, NEW.stint_reason, NEW.kept_until,
        version) AS d;
    NEW.returns_on := CASE WHEN NEW.is_held THEN '9999-12-31' ELSE due.due_on END;
    NEW.returns_rule := due.rule;
    RETURN NEW;
END $$
"""
KEEP_STINT = """
CREATE FUNCTION customers_keep_stint() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved_at timestamptz := COALESCE(NEW.pooled_at, NEW.owned_at);
BEGIN
    IF TG_OP = 'UPDATE' THEN
        UPDATE customers_stint
        SET ended_at = GREATEST(moved_at, started_at), end_reason = NEW.stint_reason, ended_by_id = NEW.moved_by_id
        WHERE customer_id = NEW.id AND ended_at IS NULL RETURNING ended_at INTO moved_at;
        moved_at := COALESCE(moved_at, NEW.pooled_at, NEW.owned_at);
    END IF;
    INSERT INTO customers_stint (customer_id, owner_id, pool_id, started_at, start_reason, end_reason, started_by_id,
                                 rules_id, run_id)
    VALUES (NEW.id, NEW.owner_id, NEW.pool_id, moved_at, NEW.stint_reason, '', NEW.moved_by_id,
            (SELECT max(id) FROM customers_poolrules), NEW.moved_in_id);
    IF TG_OP = 'UPDATE' AND OLD.owner_id IS NOT NULL THEN
        IF OLD.kept_until IS NOT NULL THEN
            DELETE FROM customers_hold WHERE customer_id = NEW.id AND until IS NOT NULL;
        END IF;
        UPDATE customers_extension SET status = 'lapsed' WHERE customer_id = NEW.id AND status = 'asked';
        UPDATE customers_transfer SET status = 'withdrawn', answered_at = now()
        WHERE customer_id = NEW.id AND status = 'offered';
        DELETE FROM customers_loan
        WHERE customer_id = NEW.id AND (NEW.owner_id IS NULL OR person_id = NEW.owner_id);
    END IF;
    RETURN NULL;
END $$
"""
KEEP = """
CREATE FUNCTION customers_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was recorded is never changed (%)', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
# What stood before: pools and rules as rows, times in the pool as stints.
ROWS = (
    "UPDATE customers_customer SET pool_id = (SELECT id FROM customers_pool) WHERE owner_id IS NULL",
    """
    UPDATE customers_customer c SET stint_reason = s.start_reason, owned_at = s.started_at
    FROM customers_stint s WHERE s.customer_id = c.id AND s.ended_at IS NULL
    """,
    "UPDATE customers_customer SET stint_reason = 'created' WHERE stint_reason = ''",
    """
    UPDATE customers_customer c SET returns_rule = CASE WHEN last_sale_on IS NULL THEN 'no_deal' ELSE 'no_sale' END
    WHERE owner_id IS NOT NULL
    """,
    """
    UPDATE customers_customer c SET is_held = true, returns_on = '9999-12-31'
    WHERE owner_id IS NOT NULL AND EXISTS (SELECT FROM customers_hold h WHERE h.customer_id = c.id)
    """,
    """
    UPDATE customers_customer c SET is_held = true
    WHERE owner_id IS NULL AND EXISTS (SELECT FROM customers_hold h WHERE h.customer_id = c.id)
    """,
    """
    INSERT INTO customers_stint (customer_id, pool_id, started_at, ended_at, start_reason, end_reason, started_by_id,
                                 ended_by_id)
    SELECT customer_id, (SELECT id FROM customers_pool), ended_at, next_at, end_reason, next_reason, ended_by_id,
           next_by
    FROM (
        SELECT customer_id, ended_at, end_reason, ended_by_id, lead(started_at) OVER w AS next_at,
               lead(start_reason) OVER w AS next_reason, lead(started_by_id) OVER w AS next_by
        FROM customers_stint WINDOW w AS (PARTITION BY customer_id ORDER BY started_at)
    ) AS s
    WHERE next_at > ended_at
    """,
    """
    INSERT INTO customers_stint (customer_id, pool_id, started_at, start_reason, end_reason, started_by_id)
    SELECT c.id, c.pool_id, COALESCE(s.ended_at, c.pooled_at), c.stint_reason, '', s.ended_by_id
    FROM customers_customer c LEFT JOIN LATERAL (
        SELECT ended_at, ended_by_id FROM customers_stint s WHERE s.customer_id = c.id ORDER BY started_at DESC LIMIT 1
    ) AS s ON true
    WHERE c.owner_id IS NULL
    """,
    "UPDATE customers_stint SET rules_id = (SELECT max(id) FROM customers_poolrules) WHERE ended_at IS NULL",
)


def write_policy(apps, schema_editor):
    """The company's pool, and the periods of policy 4.1 and 4.3, or those that were set before."""
    apps.get_model("customers", "Pool").objects.create(name="公海")
    try:
        before = apps.get_model("customers", "PoolPeriods").objects.first()
    except LookupError:
        before = None
    periods = ("no_deal_months", "no_sale_months")
    values = {name: getattr(before, name) for name in periods} if before else {}
    apps.get_model("customers", "PoolRules").objects.create(**values)


class Migration(migrations.Migration):
    dependencies = [("customers", "0007_ownership"), ("staff", "0005_notice")]
    operations = [
        migrations.RunPython(write_policy, migrations.RunPython.noop),
        *[migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in ROWS],
        migrations.RunSQL(STAND_STILL, "DROP FUNCTION customers_stand_still"),
        migrations.RunSQL(DUE, "DROP FUNCTION customers_due"),
        migrations.RunSQL(POOL_OF, "DROP FUNCTION customers_pool_of"),
        migrations.RunSQL(PLACE, "DROP FUNCTION customers_place"),
        migrations.RunSQL(KEEP_STINT, "DROP FUNCTION customers_keep_stint"),
        migrations.RunSQL(KEEP, "DROP FUNCTION customers_keep"),
    ]
