"""Pools of the company: made, renamed, emptied into another, closed (policy 4.5).

A customer that goes to the pool finds the one of its owner's team, or of the nearest team above, else the company's;
what lies in a pool stays there when another is made, until somebody moves it.
"""

from django.db import IntegrityError, connection, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.moves import TooLate
from customers.models import Activity, Customer, Pool, Stint
from customers.ownership import applying
from jobs import errands
from jobs.models import Run
from staff.models import User

JOB = "move_pool"
BATCH = 1000
MOVE = """
    WITH lying AS (
        SELECT id FROM customers_customer WHERE id = ANY(%(some)s) AND owner_id IS NULL AND pool_id = %(source)s
        ORDER BY id FOR NO KEY UPDATE
    ),
    moved AS (
        UPDATE customers_customer c
        SET pool_id = %(target)s, pooled_at = %(now)s, stint_reason = %(reason)s, moved_by_id = %(by)s,
            moved_in_id = NULL
        FROM lying WHERE c.id = lying.id
    )
    INSERT INTO customers_activity (customer_id, verb, by_id, at, note, data)
    SELECT lying.id, %(verb)s, %(by)s, %(now)s, '',
           jsonb_build_object('owner', '', 'reason', %(reason)s, 'from', s.name, 'pool', t.name)
    FROM lying, customers_pool s, customers_pool t WHERE s.id = %(source)s AND t.id = %(target)s
"""


def with_numbers(pools) -> list[Pool]:
    """Return the pools, each with how many customers lie in it and how many people may take them."""
    lying = dict(Customer.objects.pooled().order_by().values_list("pool").annotate(number=Count("pk")))
    sellers = list(User.objects.active().sellers().select_related("team").only("role", "team__lineage"))
    found = list(pools.select_related("team"))
    for pool in found:
        pool.number = lying.get(pool.pk, 0)
        pool.members = sum(bool(pool.has_member(person)) for person in sellers)
    return found


def add(name: str, team) -> Pool:
    """Make the pool of `team`; raises TooLate when somebody was first with its name or team."""
    try:
        with transaction.atomic():
            return Pool.objects.create(name=name, team=team)
    except IntegrityError as error:
        raise TooLate(_("There is a pool with this name, or of this team, already.")) from error


def rename(pool: Pool, name: str) -> None:
    """Raises TooLate when somebody was first with the name."""
    pool.name = name
    try:
        with transaction.atomic():
            pool.save(update_fields=["name"])
    except IntegrityError as error:
        raise TooLate(_("There is a pool with this name already.")) from error


def keeps_team(team) -> str:
    """Return why the pool of `team`, if it has one, keeps the team from being deleted, and what helps."""
    pool = Pool.objects.filter(team=team).first()
    if pool is None:
        return ""
    text = _("%(team)s has a pool of its own, %(pool)s: move its customers into another pool and close it first.")
    return text % {"team": team, "pool": pool}


def ask_to_move(source: Pool, target: Pool, *, by) -> Run:
    """Let a worker put all customers of `source` into `target`; asked twice it is one errand."""
    with transaction.atomic():
        held = set(Pool.objects.select_for_update().filter(pk__in=(source.pk, target.pk)).order_by("pk"))
        if held != {source, target}:
            raise TooLate(_("One of these pools is closed now."))
        if already := moving().filter(counts__source=source.pk, counts__target=target.pk).first():
            return already
        return errands.ask(JOB, by=by, source=source.pk, target=target.pk)


def moving():
    """Return the errands that empty pools and are not over."""
    return errands.open_of(JOB)


def work(errand: Run) -> dict:
    """Do the errand that `ask_to_move` wrote."""
    source, target = errand.counts["source"], errand.counts["target"]
    errand.total = errand.done + Customer.objects.pooled().filter(pool=source).count()

    def tell(moved):
        errand.done += moved
        errand.save(update_fields=["done", "total"])

    move(source, target, by=errand.by, tell=tell)
    return {"moved": errand.done}


def move(source: int, target: int, *, by, tell=lambda moved: None) -> None:
    """Put all customers of the pool `source` into `target`, in batches; whoever claims one meanwhile has it."""
    params = {"source": source, "target": target, "by": by.pk, "reason": Stint.Reason.MOVED}
    params["verb"] = Activity.Verb.ASSIGN
    left = list(Customer.objects.pooled().filter(pool=source).order_by("pk").values_list("pk", flat=True))
    while left:
        some, left = left[:BATCH], left[BATCH:]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(MOVE, params | {"some": some, "now": timezone.now()})
            tell(cursor.rowcount)


def close(pool: Pool, *, by) -> None:
    """Give up a pool that is empty; raises TooLate for the company's, and when something lies in it.

    Its customers go to the next pool above from then on; what was on its way into it at that moment is moved there.
    """
    with transaction.atomic():
        pool = Pool.objects.select_for_update().filter(pk=pool.pk).first()
        if pool is None or pool.team_id is None:
            raise TooLate(_("The company's pool stays."))
        if Customer.objects.pooled().filter(pool=pool).exists() or moving().filter(counts__target=pool.pk).exists():
            raise TooLate(_("%(pool)s is not empty: move its customers into another pool first.") % {"pool": pool})
        pool.team, pool.closed_at = None, timezone.now()
        pool.save(update_fields=["team", "closed_at"])
    applying.let_writers_finish()
    move(pool.pk, Pool.objects.get(team=None).pk, by=by)
