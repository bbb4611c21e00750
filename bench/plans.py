"""How the scratch company plans: maintenance plans in every state, each as its verbs would have left it (policy 6).

One plan for so many customers; each author plans for customers of their team. Facts are drawn once, into `planned`
and `aimed`; ids are counted, so that frozen wordings can name goals and measures.
"""

from django.core.management.color import no_style
from django.db import connection

from customers.models import Hold
from plans.models import Decision, Goal, Judgement, Line, Plan, PlanCustomer, PlanEvent, Seat, Task, Version
from staff.models import User
from staff.roles import Role

# A plan for every so many customers of the company, but no more than MOST; each for so many of them.
CUSTOMERS_A_PLAN, MOST, REACH = 10, 10_000, 30
GOALS, LINES = 2, 3
# Of a hundred plans, how many are in each state; `waiting` ones a tenth of all.
SHARES = {
    "submitted": 7, "amendment_submitted": 3, "draft": 12, "returned": 5, "running": 26, "amending": 2, "paused": 4,
    "ended": 4, "reported": 4, "closed": 28, "dropped": 5,
}  # fmt: skip
RUNNING = "('running', 'amending', 'amendment_submitted', 'paused')"
OVER = "('ended', 'reported', 'closed')"
WAITING = "('submitted', 'amendment_submitted')"
APPROVED = f"(state IN {RUNNING} OR state IN {OVER})"

OF_TEAM = """
    CREATE TEMP TABLE of_team AS
    SELECT u.team_id AS team, d.n, d.seller, row_number() OVER (PARTITION BY u.team_id ORDER BY d.n) - 1 AS place,
           count(*) OVER (PARTITION BY u.team_id) AS many
    FROM drawn d JOIN staff_user u ON u.id = d.seller WHERE d.is_owned
"""
# Three fifths of those that wait stand before the manager, the others before the director.
PLANNED = f"""
    CREATE TEMP TABLE planned AS
    SELECT p, author, team, manager, director, state, starts_on, starts_on + 60 AS ends_on,
           p %% 5 > 1 AS is_first, created, 1200 + 99 * (p %% 80) AS budget,
           CASE state WHEN 'draft' THEN 0 WHEN 'dropped' THEN 0 WHEN 'amendment_submitted' THEN 2 ELSE 1 END AS versions
    FROM (
        SELECT p, a.id AS author, a.team_id AS team, area.head_id AS manager, %(director)s::bigint AS director,
               (%(states)s::text[])[1 + (p * 37 + p / 100) %% 100] AS state,
               now() - interval '1 day' * (1 + random() * 700) AS created, random() AS luck
        FROM generate_series(1, %(plans)s) AS p
        JOIN (SELECT id, team_id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS many
              FROM staff_user WHERE role = 'supervisor') AS a ON a.place = p %% a.many
        JOIN staff_team t ON t.id = a.team_id JOIN staff_team area ON area.id = t.lineage[2]
    ) AS drawn_plans
    CROSS JOIN LATERAL (
        SELECT CASE WHEN state IN {RUNNING} THEN %(today)s::date - floor(luck * 50)::int
                    WHEN state IN {OVER} THEN %(today)s::date - 62 - floor(luck * 600)::int
                    ELSE %(today)s::date + floor(luck * 60)::int END AS starts_on
    ) AS begins
"""
AIMED = """
    CREATE TEMP TABLE aimed AS
    SELECT p.*, k, o.n, o.seller
    FROM planned p JOIN (SELECT team, count(*) AS many FROM of_team GROUP BY team) AS size USING (team)
    CROSS JOIN generate_series(0, %(reach)s - 1) AS k
    JOIN of_team o ON o.team = p.team AND o.place = (p.p * %(reach)s + k) %% size.many
    WHERE k < size.many
"""
CONTENT = """
    jsonb_build_object(
        'name', '第' || p || '号维护方案', 'aim', '让老客户继续下单', 'method', '上门拜访，再寄样品', 'lessons', '',
        'starts_on', starts_on, 'ends_on', ends_on, 'answers', '{}'::jsonb,
        'goals', jsonb_build_array(
            jsonb_build_object('id', p * 2, 'measure', 'orders', 'target', '12.00', 'text', ''),
            jsonb_build_object('id', p * 2 + 1, 'measure', 'turnover', 'target', '60000.00', 'text', '')),
        'lines', (SELECT jsonb_agg(jsonb_build_object(
            'id', p * 3 + k, 'kind', (ARRAY['visit', 'trial', 'gift'])[k + 1],
            'what', (ARRAY['上门拜访', '春季新样品', '节日礼品'])[k + 1], 'how', '', 'people', '全组',
            'starts_on', NULL, 'ends_on', NULL, 'quantity', '1.00', 'unit_price', budget / 3 || '.00') ORDER BY k)
            FROM generate_series(0, 2) AS k),
        'customers', (SELECT coalesce(jsonb_agg(jsonb_build_array(a.n, c.name, c.grade) ORDER BY a.n), '[]')
            FROM aimed a JOIN customers_customer c ON c.id = a.n WHERE a.p = planned.p))
"""
VERSION = "p * 2 + v"
LATEST = "p * 2 + versions"
# When a plan was decided on; those that wait were submitted lately.
SINCE = f"(CASE WHEN state IN {WAITING} THEN now() - interval '1 hour' * (p %% 150) ELSE created END)"
STATE = f"""
    UPDATE plans_plan SET status = s.state, version_id = CASE WHEN versions > 0 THEN {LATEST} END,
        in_force_id = CASE WHEN {APPROVED} THEN p * 2 + 1 END,
        chain_id = CASE WHEN versions > 0 THEN %(chain)s END, budget = s.spends, reach = s.reaches,
        approved = CASE WHEN {APPROVED} THEN s.spends ELSE 0 END,
        turnover = s.spends * 40,
        approved_at = CASE WHEN {APPROVED} THEN s.created END,
        ended_at = CASE WHEN state IN {OVER} THEN (s.ends_on + 1)::timestamptz END,
        position = CASE WHEN state IN {WAITING} THEN 2 - is_first::int END,
        waiting_since = CASE WHEN state IN {WAITING} THEN {SINCE} END,
        updated_at = {SINCE}, spent = coalesce(t.cost, 0)
    FROM (SELECT planned.*, budget AS spends,
                 (SELECT count(*) FROM aimed a WHERE a.p = planned.p) AS reaches FROM planned) AS s
    LEFT JOIN (
        SELECT plan_id, sum(cost) AS cost FROM plans_task WHERE status = 'done' GROUP BY 1
    ) AS t ON t.plan_id = s.p
    WHERE plans_plan.id = s.p
"""
MODELS = [Plan, Version, Goal, Line]


def plans():
    """Yield plans with all that hangs on them, in the order of writing; what was drawn for the company is there."""
    drawn = _draw()
    yield Plan, _plan(), "planned"
    yield PlanCustomer, {"plan_id": "p", "customer_id": "n"}, "aimed"
    goals = {"measure": "(ARRAY['orders', 'turnover'])[k + 1]", "target": "(ARRAY[12, 60000])[k + 1]"}
    yield Goal, {"id": "p * 2 + k", "plan_id": "p", "position": "k"} | goals, _each(GOALS)
    kinds = {
        "kind": "(ARRAY['visit', 'trial', 'gift'])[k + 1]",
        "what": "(ARRAY['上门拜访', '春季新样品', '节日礼品'])[k + 1]",
        "people": "'全组'",
        "unit_price": "budget / 3",
    }
    yield Line, {"id": "p * 3 + k", "plan_id": "p", "position": "k"} | kinds, _each(LINES)
    yield Version, _version(), "planned, generate_series(1, versions) AS v"
    yield from _decided()
    yield from _worked()
    with connection.cursor() as cursor:
        cursor.execute(STATE, drawn)
        for statement in connection.ops.sequence_reset_sql(no_style(), MODELS):
            cursor.execute(statement)


def _draw():
    """Draw the plans' facts into temporary tables."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM drawn")
        number = max(100, min(MOST, cursor.fetchone()[0] // CUSTOMERS_A_PLAN))
        cursor.execute("SELECT id FROM plans_chain ORDER BY number DESC LIMIT 1")
        params = {
            "chain": cursor.fetchone()[0],
            "plans": number,
            "reach": REACH,
            "states": [state for state, share in SHARES.items() for _n in range(share)],
            "director": User.objects.filter(role=Role.DIRECTOR).values_list("pk", flat=True).first(),
        }
        cursor.execute("SELECT (now() AT TIME ZONE current_setting('TimeZone'))::date")
        params["today"] = cursor.fetchone()[0]
        for statement in (OF_TEAM, "ANALYZE of_team", PLANNED, AIMED):
            cursor.execute(statement, params if "%" in statement else None)
        cursor.execute("CREATE INDEX ON aimed (p)")
        cursor.execute("ANALYZE planned, aimed")
    return params


def _each(number):
    return f"planned, generate_series(0, {number - 1}) AS k"


def _plan():
    return {
        "id": "p",
        "name": "'第' || p || '号维护方案'",
        "author_id": "author",
        "team_id": "team",
        "aim": "'让老客户继续下单'",
        "method": "'上门拜访，再寄样品'",
        "starts_on": "starts_on",
        "ends_on": "ends_on",
        "token": "gen_random_uuid()",
        "updated_at": "created",
    }


def _version():
    return {
        "id": VERSION,
        "plan_id": "p",
        "number": "v",
        "content": CONTENT,
        "budget": "budget",
        "turnover": "budget * 40",
        "reach": "(SELECT count(*) FROM aimed a WHERE a.p = planned.p)",
        "is_amendment": "v = 2",
        "by_id": "author",
        "at": SINCE,
    }


def _decided():
    """Yield what was decided on each version, and who may decide on those that wait."""
    each = {"plan_id": "p", "version_id": VERSION, "at": f"{SINCE} + interval '1 minute' * v"}
    versions = "planned, generate_series(1, versions) AS v"
    yield Decision, each | {"verb": "'submit'", "by_id": "author"}, versions
    passed = f"v = 1 AND {APPROVED}"
    manager = {"verb": "'pass'", "by_id": "manager", "position": "1", "role": "'manager'", "why": "'own'"}
    director = {"verb": "'pass'", "by_id": "director", "position": "2", "role": "'director'", "why": "'own'"}
    at_second = f"state IN {WAITING} AND NOT is_first AND v = versions"
    yield Decision, each | manager, f"{versions} WHERE {passed} OR ({at_second})"
    yield Decision, each | director, f"{versions} WHERE {passed}"
    back = manager | {"verb": "'send_back'", "note": "'请把费用降下来'"}
    yield Decision, each | back, f"{versions} WHERE state = 'returned'"
    seat = {"plan_id": "p", "person_id": "CASE WHEN is_first THEN manager ELSE director END"}
    yield Seat, seat | {"why": "'own'", "since": SINCE}, f"planned WHERE state IN {WAITING}"
    events = {"plan_id": "p", "verb": "(ARRAY['draft', 'edit', 'edit'])[k + 1]", "by_id": "author", "at": "created"}
    yield PlanEvent, events, _each(3)


def _worked():
    """Yield a task for each customer of each approved plan, the holds of those that are not over, and judgements."""
    due = "starts_on + (k * 2)"
    is_done = f"(state IN {OVER} AND k %% 10 > 0 OR state IN {RUNNING} AND {due} < %(today)s::date AND k %% 5 > 0)"
    yield (
        Task,
        {
            "plan_id": "p",
            "line_id": "p * 3",
            "customer_id": "n",
            "person_id": "seller",
            "what": "'上门拜访'",
            "due_on": due,
            "planned": "40",
            "status": f"CASE WHEN {is_done} THEN 'done' WHEN state IN {OVER} THEN 'cancelled' ELSE 'open' END",
            "result": f"CASE WHEN {is_done} THEN '见了负责人' ELSE '' END",
            "feedback": f"CASE WHEN {is_done} THEN '想要新样品' ELSE '' END",
            "cost": f"CASE WHEN {is_done} THEN 35 ELSE 0 END",
            "done_at": f"CASE WHEN {is_done} THEN ({due})::timestamptz END",
            "done_by_id": f"CASE WHEN {is_done} THEN seller END",
            "by_id": "author",
            "token": "gen_random_uuid()",
        },
        f"aimed WHERE {APPROVED}",
    )
    hold = {"customer_id": "n", "kind": "'plan'", "source": "p", "reason": "'第' || p || '号维护方案'"}
    yield Hold, hold, f"aimed WHERE state IN {RUNNING} OR state = 'submitted'"
    measures = '{"turnover": "60000", "orders": "12", "buyers": "9", "satisfaction": null, "reached": "20"}'
    results = f"""jsonb_build_object('before', '{measures}'::jsonb, 'after', '{measures}'::jsonb, 'goals', '[]'::jsonb,
        'before_days', jsonb_build_array(starts_on - 61, starts_on - 1),
        'after_days', jsonb_build_array(starts_on, ends_on))"""
    judged = {"plan_id": "p", "results": results, "effect": "'good'", "by_id": "author", "reported_at": "now()"}
    guided = {"guidance": "CASE state WHEN 'closed' THEN '继续保持' ELSE '' END"}
    yield Judgement, judged | guided, "planned WHERE state IN ('reported', 'closed')"
