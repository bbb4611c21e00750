"""How the scratch company handles complaints and suggestions (policy 7): tickets in every state, as steps leave them.

Facts are drawn once, into `ticketed`. Nearly all tickets are closed; those that are open came in lately.
"""

import json

from django.core.management.color import no_style
from django.db import connection

from bench.shapes import one_of
from complaints.choices import Cause, Department, Severity, Source
from complaints.models import Action, Case, Mention, Message, Solution, Step, Stop, Ticket, Try
from customers.models import Hold
from staff.models import User
from staff.roles import Role

# So many tickets a customer of the company, but no more than MOST.
TICKETS_A_CUSTOMER, MOST = 2, 200_000
# They came in over so many days; of those of the last days, all but as many per cent are still open, in these states.
DAYS, LATELY = 1000, 20
OPEN = {
    "received": 10, "justified": 4, "investigating": 16, "proposing": 10, "choosing": 13, "agreeing": 7, "acting": 13,
    "answering": 4, "calling": 8,
}  # fmt: skip
# How far each state is: so many of the steps were taken.
STEPS = ("receive", "judge", "assign", "investigate", "put_forward", "choose", "agree", "act", "call_back")
PLACES = {
    "received": 1, "justified": 2, "answering": 2, "investigating": 3, "proposing": 4, "choosing": 5, "agreeing": 6,
    "acting": 7, "calling": 8, "closed": 9,
}  # fmt: skip
PRODUCTS = ("M8螺栓", "真丝面料", "印花棉布", "三号织机", "输送皮带", "包装纸箱", "蓝色染料", "拉链", "热水阀", "电机")
THINGS = (
    "外箱", "颜色", "尺寸", "数量", "送货", "发票", "运费", "说明书", "安装", "维修", "面料", "批次", "样品",
    "报价", "电话", "包装", "标签", "托盘", "合同", "交期",
)  # fmt: skip
PROBLEMS = (
    "破损", "与样品不符", "偏大", "少了两箱", "晚了三天", "开错抬头", "算错", "看不懂", "漏水", "又停机", "没寄到",
    "混装", "断裂", "褪色", "没人接", "改了没通知", "太贵", "不一致", "受潮", "发错地址", "重复收费", "缺配件",
    "生锈", "起毛", "异味", "松动", "噪音大", "过期", "漏发", "迟迟不回复", "态度不好", "没有签收", "建议改小",
    "建议加急", "希望提前告知", "批号不清", "弄丢了", "反复出错", "质量不稳", "退不了",
)  # fmt: skip
TICKETED = """
    CREATE TEMP TABLE ticketed AS
    SELECT *, CASE WHEN state = 'closed' THEN received_at + least(interval '1 day' * (1 + luck * 12), age * 0.9) END
                  AS closed_at,
           state <> 'closed' AND luck < 0.15 AS is_stopped, CASE WHEN place > 2 THEN other END AS responsible
    FROM (
        SELECT p, 1 + (p * 7919 + p / 3) %% %(customers)s AS n, state, luck, age, now() - age AS received_at,
               (%(places)s::jsonb ->> state)::int AS place,
               (%(sellers)s::bigint[])[1 + (p * 31) %% cardinality(%(sellers)s::bigint[])] AS other,
               (%(products)s::text[])[1 + floor(random() * cardinality(%(products)s::text[]))::int] AS product,
               (%(things)s::text[])[1 + floor(random() * cardinality(%(things)s::text[]))::int]
                   || (%(problems)s::text[])[1 + floor(random() * cardinality(%(problems)s::text[]))::int] AS problem
        FROM (
            SELECT p, luck, age, CASE WHEN age < interval '1 day' * %(lately)s
                THEN coalesce((%(states)s::text[])[1 + (p * 37) %% 100], 'closed') ELSE 'closed' END AS state
            FROM (SELECT p, random() AS luck, interval '1 day' * %(days)s * (%(tickets)s - p) / %(tickets)s AS age
                  FROM generate_series(1, %(tickets)s) AS p) AS aged
        ) AS states
    ) AS drawn_tickets
    JOIN LATERAL (SELECT seller, is_owned FROM drawn WHERE drawn.n = drawn_tickets.n) AS d ON true
    ORDER BY p
"""
HOLDER = "CASE WHEN state = 'received' AND p %% 7 = 0 THEN NULL ELSE seller END"
RUNNING = "state <> 'closed' AND NOT is_stopped"


def complaints():
    """Yield tickets with all that hangs on them, in the order of writing; what was drawn for the company is there."""
    _draw()
    yield Ticket, _ticket(), "ticketed"
    yield from _worked()
    yield from _said()
    hold = {"customer_id": "n", "kind": "'complaint'", "source": "p", "reason": "'2026-' || lpad(p::text, 6, '0')"}
    yield Hold, hold, "ticketed WHERE state <> 'closed' AND p %% 9 > 0"
    yield Case, _case(), "ticketed WHERE state = 'closed' AND p %% 10 = 0"
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('complaints_number_series', (SELECT count(*) FROM ticketed) + 1)")
        for statement in connection.ops.sequence_reset_sql(no_style(), [Ticket, Message]):
            cursor.execute(statement)


def _draw():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM drawn")
        customers = cursor.fetchone()[0]
        params = {
            "customers": customers,
            "tickets": min(MOST, customers * TICKETS_A_CUSTOMER),
            "states": [state for state, share in OPEN.items() for _n in range(share)],
            "days": DAYS,
            "lately": LATELY,
            "places": json.dumps(PLACES),
            "products": list(PRODUCTS),
            "things": list(THINGS),
            "problems": list(PROBLEMS),
            "sellers": list(User.objects.filter(role=Role.REPRESENTATIVE).values_list("pk", flat=True)),
        }
        cursor.execute("CREATE INDEX ON drawn (n)")
        cursor.execute(TICKETED, params)
        cursor.execute("ANALYZE ticketed")


def _ticket():
    judged = "CASE WHEN place > 1 THEN true END"
    return {
        "id": "p",
        "number": "'2026-' || lpad(p::text, 6, '0')",
        "kind": "CASE WHEN p %% 9 = 0 THEN 'suggestion' ELSE 'complaint' END",
        "source": one_of(Source.values),
        "severity": one_of([*["normal"] * 6, *Severity.values]),
        "subject": "product || problem",
        "text": "product || problem || '，请尽快处理。我们的车间等着用，昨天已经打过电话。'",
        "product": "product",
        "status": "state",
        "customer_id": "n",
        "reporter": "CASE WHEN p %% 20 = 0 THEN '王经理' ELSE '' END",
        "received_by_id": "seller",
        "holder_id": HOLDER,
        "responsible_id": "responsible",
        "department": f"CASE WHEN place > 2 THEN {one_of(Department.values)} ELSE '' END",
        "cause": f"CASE WHEN place > 3 THEN {one_of(Cause.values)} ELSE '' END",
        "is_justified": judged,
        "is_reasonable": judged,
        "rounds": "(p %% 12 = 0)::int",
        "satisfaction": "CASE WHEN state = 'closed' THEN 3 + p %% 3 END",
        "received_at": "received_at",
        "answered_at": "CASE WHEN place > 4 THEN received_at + interval '3 hours' END",
        "resolved_at": "closed_at",
        "closed_at": "closed_at",
        "first_due_at": f"CASE WHEN {RUNNING} AND place <= 4 THEN received_at + interval '1 day' END",
        "due_at": f"CASE WHEN {RUNNING} THEN received_at + interval '11 days' + luck * interval '5 days' END",
        "stopped_at": "CASE WHEN is_stopped THEN received_at + interval '1 hour' END",
        "left": "CASE WHEN is_stopped THEN 900 END",
        "level": "CASE WHEN state <> 'closed' AND luck > 0.7 THEN 1 ELSE 0 END",
        "key_digest": "md5(p::text)",
        "token": "gen_random_uuid()",
    }


def _worked():
    """Yield the steps that were taken, what was proposed and done, and the callbacks."""
    steps = {
        "ticket_id": "p",
        "verb": f"(ARRAY{list(STEPS)}::text[])[k]",
        "by_id": "CASE WHEN k = 6 THEN other ELSE seller END",
        "at": "received_at + (coalesce(closed_at, now()) - received_at) * (k - 1) / 8.0",
        "note": "CASE WHEN k = 4 THEN '仓库装车时没有清点' ELSE '' END",
    }
    yield Step, steps, "ticketed, generate_series(1, place) AS k"
    stop = {
        "ticket_id": "p",
        "since": "received_at + interval '1 hour'",
        "reason": "'等客户寄回样品'",
        "by_id": "seller",
    }
    yield Stop, stop, "ticketed WHERE is_stopped"
    solution = {
        "ticket_id": "p",
        "text": "(ARRAY['补发两箱', '退款'])[k + 1]",
        "cost": "60 + p %% 400",
        "benefit": "'两天到货'",
        "by_id": "seller",
        "at": "received_at + interval '1 day'",
        "chosen_at": "CASE WHEN k = 0 AND place > 5 THEN received_at + interval '2 days' END",
        "chosen_by_id": "CASE WHEN k = 0 AND place > 5 THEN other END",
    }
    yield Solution, solution, "ticketed, generate_series(0, 1) AS k WHERE place > 4"
    action = {
        "ticket_id": "p",
        "text": "'补发'",
        "person_id": "seller",
        "due_on": "(received_at + interval '4 days')::date",
        "cost": "p %% 90",
        "done_at": "CASE WHEN place > 7 THEN received_at + interval '3 days' END",
        "done_by_id": "CASE WHEN place > 7 THEN seller END",
        "by_id": "seller",
    }
    yield Action, action, "ticketed WHERE place > 6"
    tried = {
        "ticket_id": "p",
        "outcome": "'satisfied'",
        "satisfaction": "3 + p %% 3",
        "by_id": "seller",
        "at": "closed_at",
        "on": "closed_at::date",
    }
    yield Try, tried, "ticketed WHERE closed_at IS NOT NULL"


def _said():
    """Yield two messages a ticket; in one of twenty a note, which is the third, names somebody."""
    message = {
        "id": "p * 4 + k",
        "ticket_id": "p",
        "way": "(ARRAY['in', 'out', 'note'])[k + 1]",
        "text": "(ARRAY['什么时候能到？', '明天送到，抱歉让您久等。', '请仓库核对出库单。'])[k + 1]",
        "by_id": "CASE WHEN k > 0 THEN seller END",
        "at": "received_at + interval '1 hour' * (k + 1)",
    }
    yield Message, message, "ticketed, generate_series(0, 1 + (p %% 20 = 0)::int) AS k"
    mention = {"ticket_id": "p", "message_id": "p * 4 + 2", "person_id": "other"}
    seen = {"seen_at": "CASE WHEN p %% 200 > 0 THEN now() END"}
    yield Mention, mention | seen, "ticketed WHERE p %% 20 = 0"


def _case():
    return {
        "ticket_id": "p",
        "title": "product || problem",
        "cause": one_of(Cause.values),
        "department": one_of(Department.values),
        "product": "product",
        "situation": "product || problem || '。'",
        "solution": "'补发，并请仓库两人清点。'",
        "by_id": "seller",
        "at": "closed_at",
    }
