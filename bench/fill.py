"""Fills the scratch database set by set: PostgreSQL draws the rows, Python makes only names and their pinyin.

Dates fit together as the product would leave them this morning: no customer is overdue for the pool, each derived column
agrees with the orders and logs behind it. Facts that several tables share are drawn once, into temporary tables.
"""

from itertools import count

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.color import no_style
from django.db import connection
from django.utils import timezone

from bench.names import PLACES, companies
from customers.choices import Demand, Industry, Intention, Source
from customers.grading import period, regrade
from customers.models import Activity, Contact, Customer, PoolPeriods, Stint, Turnover
from sales.models import Order, SalesMonth
from staff import teams
from staff.models import Team, User
from staff.roles import Role
from visits.models import CallLog

AREAS = ("华东", "华南", "华北")
PEOPLE_A_TEAM = 5
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
GIVEN = "伟芳娜敏静磊洋勇艳杰娟涛明超霞平刚桂英华"
NOTES = (
    "想要春季的新样品",
    "价格要再谈",
    "下周开会后答复",
    "满意，下月续订",
    "已寄样品，等回音",
    "负责人出差，月底再联系",
)

# GIN indexes take new rows in one go when the statistics are made, not bit by bit.
QUICKLY = ("SET synchronous_commit = off", "SET gin_pending_list_limit = '1GB'", "SET maintenance_work_mem = '256MB'")
NAMED = "CREATE TEMP TABLE named (n bigint, name text, pinyin text)"
DRAWN = """
    CREATE TEMP TABLE drawn AS
    SELECT *, CASE WHEN NOT is_owned THEN NULL
                   WHEN last_sale_on IS NULL THEN %(today)s::date - floor(random() * 59)::int
                   ELSE %(today)s::date - 10 - floor(random() * 890)::int END AS owned_since,
           CASE WHEN NOT is_owned THEN now() - interval '1 day' * (random() * 300) END AS pooled_at,
           CASE WHEN is_owned THEN '' WHEN random() < 0.15 THEN 'released'
                WHEN last_sale_on IS NULL THEN 'no_deal' ELSE 'no_sale' END AS pool_reason,
           CASE WHEN random() < 0.9 THEN now() - interval '1 day' * ((NOT is_owned)::int * 300 + random() * 40)
           END AS last_contact_at,
           CASE WHEN is_owned AND random() < 0.7 THEN %(today)s::date - 2 + floor(random() * 62)::int
           END AS next_contact_on
    FROM (
        SELECT *, CASE WHEN random() < 0.1 THEN NULL WHEN is_owned THEN %(today)s::date - floor(random() * 89)::int
                       ELSE %(today)s::date - 92 - floor(random() * 400)::int END AS last_sale_on
        FROM (
            SELECT *, random() < 0.85 AS is_owned,
                   (%(sellers)s::bigint[])[1 + floor(random() * cardinality(%(sellers)s::bigint[]))::int] AS seller
            FROM named
        ) AS owners
    ) AS dated
"""
SOLD = """
    CREATE TEMP TABLE sold AS
    SELECT n, k, seller, CASE k WHEN 1 THEN last_sale_on ELSE last_sale_on - k * 20 - floor(random() * 150)::int END AS on,
           round(LEAST(exp(7 + 1.6 * random_normal()), 500000)::numeric, 2) AS amount
    FROM drawn, generate_series(1, 3) AS k WHERE last_sale_on IS NOT NULL
"""
SPOKEN = """
    CREATE TEMP TABLE spoken AS
    SELECT n, k, seller, last_contact_at - (k - 1) * interval '1 day' * (5 + random() * 55) AS at,
           CASE k WHEN 1 THEN next_contact_on END AS next_on,
           (ARRAY['phone', 'phone', 'phone', 'wechat', 'visit'])[1 + floor(random() * 5)::int] AS channel,
           (ARRAY['reached', 'reached', 'no_answer', 'busy'])[1 + floor(random() * 4)::int] AS outcome,
           (%(notes)s::text[])[1 + floor(random() * cardinality(%(notes)s::text[]))::int] AS note
    FROM drawn, generate_series(1, 2) AS k WHERE last_contact_at IS NOT NULL
"""
DEALT = """
    LEFT JOIN (SELECT n, sum(amount) AS dealt FROM sold WHERE sold.on >= %(first)s::date GROUP BY n) AS recent USING (n)
"""
RETURNS_ON = """
    CASE WHEN owned_since IS NULL THEN NULL
         WHEN last_sale_on IS NULL THEN owned_since + interval '1 month' * %(no_deal)s
         ELSE GREATEST(owned_since, last_sale_on) + interval '1 month' * %(no_sale)s END::date
"""


def fill(size: int, say) -> None:
    """Fill the migrated, empty database with `size` customers and all that hangs on them; tell `say` of each step."""
    today = timezone.localdate()
    say("people")
    sellers = make_people(max(50, size // 2000))
    say("names")
    write_names(size)
    params = _params(today, sellers)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.1877)")
        for statement in (*QUICKLY, DRAWN, SOLD, SPOKEN):
            cursor.execute(statement, params)
        cursor.execute("ANALYZE drawn, sold, spoken")
    for model, columns, source in [*_archive(), *_money(), *_contacts(), *_activities()]:
        say(model._meta.verbose_name_plural)
        insert(model, columns, source, params)
    say("grades")
    regrade(on=today)
    say("statistics")
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [Customer]):
            cursor.execute(statement)
        cursor.execute("VACUUM ANALYZE")


def make_people(number: int) -> list[int]:
    """Make the teams of three areas, a head for each and `number` sellers; return the sellers' ids."""
    top = teams.place(Team(name="总公司"))
    areas = [teams.place(Team(name=name, parent=top)) for name in AREAS]
    groups = [
        teams.place(Team(name=f"{PLACES[n % len(PLACES)]}{n + 1}组", parent=areas[n % len(areas)]))
        for n in range(-(-number // PEOPLE_A_TEAM))
    ]
    sellers = [
        (Role.SUPERVISOR if n < len(groups) else Role.REPRESENTATIVE, groups[n % len(groups)]) for n in range(number)
    ]
    others = [
        (Role.DIRECTOR, top),
        (Role.ADMINISTRATOR, top),
        (Role.FINANCE, top),
        *((Role.MANAGER, it) for it in areas),
    ]
    people = User.objects.bulk_create(_person(n, role, team) for n, (role, team) in enumerate([*sellers, *others]))
    for person in people:
        if person.role in {Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR}:
            Team.objects.filter(pk=person.team_id).update(head=person)
    return [person.pk for person in people[:number]]


def _person(n, role, team):
    name = SURNAMES[n % len(SURNAMES)] + GIVEN[n // len(SURNAMES) % len(GIVEN)]
    return User(username=f"bench{n}", name=name, role=role, team=team, password=make_password(None))


def write_names(size):
    with connection.cursor() as cursor:
        cursor.execute(NAMED)
        with cursor.copy("COPY named FROM STDIN") as copy:
            for n, (name, pinyin) in zip(count(1), companies(size)):  # noqa: B905 - endless beside a known number
                copy.write_row((n, name, pinyin))


def _params(today, sellers):
    periods = PoolPeriods.current()
    return {
        "today": today,
        "sellers": sellers,
        "notes": list(NOTES),
        "first": period(today)[0],
        "no_deal": periods.no_deal_months,
        "no_sale": periods.no_sale_months,
        "zone": settings.TIME_ZONE,
        "surnames": SURNAMES,
        "given": GIVEN,
    }


def insert(model, columns: dict[str, str], source: str, params: dict) -> None:
    """Insert into `model` what the SQL expressions `columns` make of `source`; other columns get the model's default."""
    rest, values = {}, {}
    for field in model._meta.concrete_fields:
        if field.column in columns or field.generated or field.primary_key:
            continue
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
            rest[field.column] = "now()"
        else:
            rest[field.column] = f"%(default_{field.column})s"
            values[f"default_{field.column}"] = field.get_db_prep_save(field.get_default(), connection)
    filled = columns | rest
    names = ", ".join(map(connection.ops.quote_name, filled))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({names}) SELECT {', '.join(filled.values())} FROM {source}",  # noqa: S608
            params | values,
        )


def one_of(words) -> str:
    """Return SQL that draws one of `words`, which are ours."""
    listed = ", ".join(f"'{word}'" for word in words)
    return f"(ARRAY[{listed}])[1 + floor(random() * {len(words)})::int]"


def _letter(param):
    return f"substr(%({param})s, 1 + floor(random() * {len(SURNAMES)})::int, 1)"


def _archive():
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
            "returns_on": RETURNS_ON,
            "pooled_at": "pooled_at",
            "pool_reason": "pool_reason",
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
            "phone": "'1' || (30 + floor(random() * 70))::int || to_char(floor(random() * 1e8), 'FM\" \"0000\" \"0000')",
            "is_main": "k = 1",
        },
        "drawn, generate_series(1, 1 + (n %% 5 = 0)::int) AS k",
    )
    started = "owned_since::timestamp AT TIME ZONE %(zone)s"
    yield (
        Stint,
        {
            "customer_id": "n",
            "owner_id": "seller",
            "started_at": started,
            "start_reason": one_of(["created", "claimed"]),
        },
        "drawn WHERE is_owned",
    )
    yield (
        Stint,
        {
            "customer_id": "n",
            "owner_id": "seller",
            "started_at": "pooled_at - interval '1 day' * (60 + random() * 300)",
            "start_reason": one_of(["created", "claimed"]),
            "ended_at": "pooled_at",
            "end_reason": "pool_reason",
        },
        "drawn WHERE NOT is_owned",
    )


def _money():
    yield (
        Order,
        {
            "number": "'SO' || lpad((n * 4 + k)::text, 9, '0')",
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
            f"(SELECT {who}, {month} AS month, sum(amount) AS amount, count(*) AS orders FROM sold GROUP BY 1, 2) AS s"  # noqa: S608
        )
        yield model, {column: who} | sums, source


def _contacts():
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


def _activities():
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
        "data": "jsonb_build_object('order', 'SO' || lpad((n * 4 + k)::text, 9, '0'), 'amount', amount, 'paid_on', sold.on)",
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
    yield Activity, went | released, "drawn JOIN staff_user u ON u.id = seller WHERE pool_reason = 'released'"
    returned = {
        "verb": f"'{verb.RETURN}'",
        "data": "jsonb_build_object('rule', pool_reason, 'owner', u.name, 'last_sale', last_sale_on)",
    }
    yield (
        Activity,
        went | returned,
        "drawn JOIN staff_user u ON u.id = seller WHERE pool_reason IN ('no_deal', 'no_sale')",
    )
