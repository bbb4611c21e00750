"""How each table is made of the facts drawn before: (model, SQL per column, source) in the order of writing."""

from bench.people import SURNAMES
from customers.choices import Demand, Industry, Intention, Source
from customers.models import Activity, Contact, Customer, Reminder, Stint, Turnover
from sales.models import Order, SalesMonth
from visits.models import Callback, CallLog, Promise

NUMBER = "'SO' || lpad((n * 4 + k)::text, 9, '0')"
DEALT = """
    LEFT JOIN (SELECT n, sum(amount) AS dealt FROM sold WHERE sold.on >= %(first)s::date GROUP BY n) AS recent USING (n)
"""
RETURNS_ON = """
    CASE WHEN owned_since IS NULL THEN NULL
         WHEN last_sale_on IS NULL THEN owned_since + interval '1 month' * %(no_deal)s
         ELSE GREATEST(owned_since, last_sale_on) + interval '1 month' * %(no_sale)s END::date
"""
RETURNS_RULE = "CASE WHEN owned_since IS NULL THEN '' WHEN last_sale_on IS NULL THEN 'no_deal' ELSE 'no_sale' END"
STARTED = "owned_since::timestamp AT TIME ZONE %(zone)s"


def one_of(words) -> str:
    """Return SQL that draws one of `words`, which are ours."""
    listed = ", ".join(f"'{word}'" for word in words)
    return f"(ARRAY[{listed}])[1 + floor(random() * {len(words)})::int]"


def _letter(param):
    return f"substr(%({param})s, 1 + floor(random() * {len(SURNAMES)})::int, 1)"


def archive():
    yield (
        Customer,
        {
            "id": "n",
            "code": "'K' || lpad(n::text, 7, '0')",
            "name": "name",
            "pinyin": "pinyin",
            "source": one_of(Source.values),
            "industry": one_of(Industry.values),
            "demand": one_of(Demand.values),
            "intention": one_of([*Intention.values, ""]),
            "payment": one_of(["good"] * 19 + ["poor"]),
            "cooperation": one_of(["long"] * 19 + ["short"]),
            "owner_id": "CASE WHEN is_owned THEN seller END",
            "owned_since": "owned_since",
            "owned_at": STARTED,
            "returns_on": RETURNS_ON,
            "returns_rule": RETURNS_RULE,
            "pool_id": "CASE WHEN NOT is_owned THEN %(pool)s END",
            "pooled_at": "pooled_at",
            "stint_reason": "stint_reason",
            "talked_on": "(last_contact_at AT TIME ZONE %(zone)s)::date",
            "dealt": "coalesce(dealt, 0)",
            "last_sale_on": "last_sale_on",
            "last_contact_at": "last_contact_at",
            "next_contact_on": "next_contact_on",
        },
        f"drawn {DEALT}",
    )
    yield (
        Contact,
        {
            "customer_id": "n",
            "name": f"{_letter('surnames')} || {_letter('given')} || {_letter('given')}",
            "position": one_of(["经理", "采购", "总监", "财务", ""]),
            "phone": "'1' || (30 + floor(random() * 70))::int || to_char(random() * 99999999, 'FM\" \"0000\" \"0000')",
            "is_main": "k = 1",
        },
        "drawn, generate_series(1, 1 + (n %% 5 = 0)::int) AS k",
    )
    yield from stints()
    yield (
        Reminder,
        {"customer_id": "id", "returns_on": "returns_on", "days": "d", "on": "%(today)s"},
        """customers_customer, unnest(%(remind_days)s::int[]) AS d
           WHERE owner_id IS NOT NULL AND returns_on BETWEEN %(today)s::date AND %(today)s::date + d""",
    )


def stints():
    """Yield a chain for each customer: who claimed it came after another owner and a time in the pool."""
    before = "pooled_at - interval '1 day' * (60 + (n %% 300))"
    ours = {"customer_id": "n", "rules_id": "%(rules)s"}
    owner, pool = {"owner_id": "seller"}, {"pool_id": "%(pool)s"}
    yield Stint, ours | owner | {"started_at": STARTED, "start_reason": "stint_reason"}, "drawn WHERE is_owned"
    yield Stint, ours | pool | {"started_at": "pooled_at", "start_reason": "stint_reason"}, "drawn WHERE NOT is_owned"
    ended = {"started_at": before, "start_reason": "'created'", "ended_at": "pooled_at", "end_reason": "stint_reason"}
    yield Stint, ours | owner | ended, "drawn WHERE NOT is_owned"
    days = "interval '1 day' * (10 + n %% 100)"
    in_pool = {"started_at": f"{STARTED} - {days}", "ended_at": STARTED, "end_reason": "'claimed'"}
    earlier = {"started_at": f"{STARTED} - {days} - interval '90 days'", "ended_at": f"{STARTED} - {days}"}
    others = "drawn JOIN (SELECT n + 1 AS n, seller AS before FROM drawn) AS d USING (n) WHERE is_owned AND n %% 3 = 0"
    yield Stint, ours | pool | in_pool | {"start_reason": "'no_sale'"}, others
    yield (
        Stint,
        ours | {"owner_id": "before"} | earlier | {"start_reason": "'created'", "end_reason": "'no_sale'"},
        others,
    )


def money():
    yield (
        Order,
        {
            "number": NUMBER,
            "customer_id": "n",
            "ordered_on": "sold.on - floor(random() * 10)::int",
            "amount": "amount",
            "salesperson_id": "seller",
            "status": "'paid'",
            "paid_on": "sold.on",
        },
        "sold",
    )
    yield (
        Order,
        {
            "number": "'SO' || lpad((n * 4)::text, 9, '0')",
            "customer_id": "n",
            "ordered_on": "%(today)s::date - floor(random() * 20)::int",
            "amount": "round((500 + random() * 9500)::numeric, 2)",
            "salesperson_id": "seller",
        },
        "drawn WHERE is_owned AND n %% 10 = 0",
    )
    month = "date_trunc('month', sold.on)::date"
    sums = {"month": "month", "amount": "amount", "orders": "orders"}
    for model, who in ((Turnover, "n"), (SalesMonth, "seller")):
        column = "customer_id" if model is Turnover else "salesperson_id"
        source = (
            f"(SELECT {who}, {month} AS month, sum(amount) AS amount, count(*) AS orders FROM sold GROUP BY 1, 2) AS s"
        )
        yield model, {column: who} | sums, source


def contacts():
    yield (
        CallLog,
        {
            "customer_id": "n",
            "by_id": "seller",
            "at": "at",
            "on": "(at AT TIME ZONE %(zone)s)::date",
            "channel": "channel",
            "outcome": "outcome",
            "note": "note",
            "next_on": "next_on",
            "token": "gen_random_uuid()",
        },
        "spoken",
    )


def activities():
    """Yield about five activities a customer, shaped as the verbs write them."""
    shared = {"customer_id": "n", "by_id": "seller"}
    verb = Activity.Verb
    yield (
        Activity,
        {"customer_id": "n", "verb": f"'{verb.CREATE}'", "at": "now() - interval '3 years' * (1 + random())"},
        "drawn",
    )
    claimed = {"verb": f"'{verb.CLAIM}'", "at": "owned_since::timestamp AT TIME ZONE %(zone)s"}
    yield Activity, shared | claimed, "drawn WHERE is_owned AND n %% 3 = 0"
    paid = {
        "verb": f"'{verb.PAY}'",
        "at": "sold.on::timestamp AT TIME ZONE %(zone)s",
        "data": f"jsonb_build_object('order', {NUMBER}, 'amount', amount, 'paid_on', sold.on)",
    }
    yield Activity, shared | paid, "sold WHERE k < 3"
    logged = {
        "verb": f"'{verb.LOG}'",
        "at": "at",
        "note": "note",
        "data": "jsonb_build_object('channel', channel, 'outcome', outcome, 'next_on', next_on)",
    }
    yield Activity, shared | logged, "spoken"
    went = {"customer_id": "n", "at": "pooled_at"}
    released = {"verb": f"'{verb.RELEASE}'", "by_id": "seller", "data": "jsonb_build_object('owner', u.name)"}
    yield Activity, went | released, "drawn JOIN staff_user u ON u.id = seller WHERE stint_reason = 'released'"
    returned = {
        "verb": f"'{verb.RETURN}'",
        "data": "jsonb_build_object('rule', stint_reason, 'owner', u.name, 'last_sale', last_sale_on)",
    }
    yield (
        Activity,
        went | returned,
        "drawn JOIN staff_user u ON u.id = seller WHERE stint_reason IN ('no_deal', 'no_sale')",
    )


def agreed():
    """Yield what was agreed for the days to come: the next contacts of owned customers, and a promise to some."""
    planned = ("due_on", "first_due_on", "opens_on")
    yield (
        Callback,
        {"customer_id": "n", "purpose": "'follow_up'", "made_by_id": "seller"}
        | dict.fromkeys(planned, "next_contact_on"),
        "drawn WHERE is_owned AND next_contact_on IS NOT NULL",
    )
    day = "%(today)s::date - 3 + (n %% 40)::int"
    yield (
        Promise,
        {"customer_id": "n", "text": "'报价单'", "owner_id": "seller", "made_by_id": "seller"}
        | dict.fromkeys(("due_on", "first_due_on"), f"({day})::date"),
        "drawn WHERE is_owned AND n %% 20 = 0",
    )
