"""Fills the scratch database set by set: PostgreSQL draws the rows, Python makes only names and their pinyin.

Dates fit together as the product would leave them this morning: no customer is overdue for the pool, each derived
column agrees with the orders and logs behind it. Facts that several tables share are drawn once, into temporary tables.
"""

from itertools import chain, count

from django.conf import settings
from django.core.management.color import no_style
from django.db import connection
from django.utils import timezone

from bench import complaints, plans, shapes
from bench.names import companies
from bench.people import GIVEN, SURNAMES, make_people
from customers.grading import period, regrade
from customers.models import Customer, Pool, PoolRules
from visits import schedule

NOTES = (
    "想要春季的新样品",
    "价格要再谈",
    "下周开会后答复",
    "满意，下月续订",
    "已寄样品，等回音",
    "负责人出差，月底再联系",
)

# Nine customers in ten were ever contacted, so that there are ten logs a customer in all.
LOGS_A_CUSTOMER = 11
# GIN indexes take new rows in one go when the statistics are made, not bit by bit.
QUICKLY = ("SET synchronous_commit = off", "SET gin_pending_list_limit = '1GB'", "SET maintenance_work_mem = '256MB'")
NAMED = "CREATE TEMP TABLE named (n bigint, name text, pinyin text)"
DRAWN = """
    CREATE TEMP TABLE drawn AS
    SELECT *, CASE WHEN NOT is_owned THEN NULL
                   WHEN last_sale_on IS NULL THEN %(today)s::date - floor(random() * 59)::int
                   ELSE %(today)s::date - 10 - floor(random() * 890)::int END AS owned_since,
           CASE WHEN NOT is_owned THEN now() - interval '1 day' * (random() * 300) END AS pooled_at,
           CASE WHEN is_owned THEN (ARRAY['created', 'claimed'])[1 + (n %% 3 = 0)::int]
                WHEN random() < 0.15 THEN 'released'
                WHEN last_sale_on IS NULL THEN 'no_deal' ELSE 'no_sale' END AS stint_reason,
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
    SELECT n, k, seller,
           CASE k WHEN 1 THEN last_sale_on ELSE last_sale_on - k * 20 - floor(random() * 150)::int END AS on,
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
    FROM drawn, generate_series(1, %(logs)s) AS k WHERE last_contact_at IS NOT NULL
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
    tables = (
        shapes.archive,
        shapes.money,
        shapes.contacts,
        shapes.activities,
        shapes.agreed,
        plans.plans,
        complaints.complaints,
    )
    # What triggers would write of a customer one by one, the shapes draw at once.
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE customers_customer DISABLE TRIGGER USER")
    for model, columns, source in chain.from_iterable(table() for table in tables):
        say(model.__name__)
        insert(model, columns, source, params)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE customers_customer ENABLE TRIGGER USER")
    say("grades")
    regrade(on=today)
    say("callbacks")
    schedule.plan(on=today)
    say("statistics")
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [Customer]):
            cursor.execute(statement)
        cursor.execute("VACUUM ANALYZE")


def write_names(size):
    with connection.cursor() as cursor:
        cursor.execute(NAMED)
        with cursor.copy("COPY named FROM STDIN") as copy:
            for n, (name, pinyin) in zip(count(1), companies(size)):
                copy.write_row((n, name, pinyin))


def _params(today, sellers):
    rules = PoolRules.current()
    PoolRules.objects.update(claims_a_day=None)  # one person claims in every round
    return {
        "today": today,
        "sellers": sellers,
        "notes": list(NOTES),
        "logs": LOGS_A_CUSTOMER,
        "first": period(today)[0],
        "no_deal": rules.no_deal_months,
        "no_sale": rules.no_sale_months,
        "remind_days": rules.remind_days,
        "rules": rules.pk,
        "pool": Pool.objects.get(team=None).pk,
        "zone": settings.TIME_ZONE,
        "surnames": SURNAMES,
        "given": GIVEN,
    }


def insert(model, columns: dict[str, str], source: str, params: dict) -> None:
    """Insert into `model` what the SQL expressions `columns` make of `source`; the rest gets the model's defaults."""
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
            f"INSERT INTO {model._meta.db_table} ({names}) SELECT {', '.join(filled.values())} FROM {source}",
            params | values,
        )
