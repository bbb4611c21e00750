"""Undoing a return: what a night, or a return by hand, took goes back to whom it took it from (policy 4).

Only what still lies in the pool from that very return, and only to an owner who still works here and sells. Whoever
claimed a customer meanwhile keeps it: the customer's own row decides (`moved_in`), which a claim holds as well.
"""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.moves import TooLate
from customers.models import Activity, Hold, PoolRules, Stint
from customers.ownership import holds, restoring
from customers.reactions import react
from jobs import errands
from jobs.models import Run
from staff.permissions import SELLERS

JOB = "undo"
BATCH = 250
# Whom the run took each customer from, and since when they had owned it: an earlier return that was undone is looked
# through, because the ownership went on.
TAKEN = """
    SELECT s.id, s.customer_id, before.owner_id, u.name, u.is_active AND u.role = ANY(%(roles)s) AS takes,
           (began.started_at AT TIME ZONE %(zone)s)::date AS owned_since,
           CASE WHEN began.start_reason = 'claimed' THEN 'claim_back' ELSE 'undone' END AS reason
    FROM customers_stint s
    JOIN LATERAL (
        SELECT p.owner_id FROM customers_stint p
        WHERE p.customer_id = s.customer_id AND p.ended_at = s.started_at AND p.owner_id IS NOT NULL
        ORDER BY p.started_at DESC, p.id DESC LIMIT 1
    ) AS before ON true
    JOIN LATERAL (
        SELECT p.started_at, p.start_reason FROM customers_stint p
        WHERE p.customer_id = s.customer_id AND p.owner_id = before.owner_id AND p.ended_at <= s.started_at
          AND p.start_reason NOT IN ('undone', 'claim_back')
        ORDER BY p.started_at DESC, p.id DESC LIMIT 1
    ) AS began ON true
    JOIN staff_user u ON u.id = before.owner_id
    WHERE s.run_id = %(run)s AND s.pool_id IS NOT NULL
"""
COUNTED = f"""
    SELECT count(*), count(*) FILTER (WHERE lies AND t.takes), count(*) FILTER (WHERE lies AND NOT t.takes),
           count(*) FILTER (WHERE c.owner_id IS NOT NULL AND NOT back), count(*) FILTER (WHERE back)
    FROM (SELECT DISTINCT ON (customer_id) * FROM ({TAKEN}) AS every ORDER BY customer_id, id DESC) AS t
    JOIN customers_customer c ON c.id = t.customer_id,
        LATERAL (SELECT c.owner_id IS NULL AND c.moved_in_id = %(run)s,
                        c.owner_id IS NOT NULL AND c.owner_id = t.owner_id
                            AND c.stint_reason IN ('undone', 'claim_back')) AS state (lies, back)
"""  # noqa: S608 - constants only
NEXT = """
    SELECT s.customer_id FROM customers_stint s
    WHERE s.run_id = %(run)s AND s.pool_id IS NOT NULL AND s.ended_at IS NULL AND s.customer_id > %(after)s
    ORDER BY s.customer_id LIMIT %(batch)s
"""
# People before customers, both in the order of their ids: owners, and those whom a customer was offered to.
HOLD_PEOPLE = f"""
    SELECT id FROM staff_user WHERE id IN (
        SELECT owner_id FROM ({TAKEN} AND s.customer_id = ANY(%(some)s)) AS t
        UNION SELECT receiver_id FROM customers_transfer
        WHERE customer_id = ANY(%(some)s) AND status = 'withdrawn' AND answered_by_id IS NULL)
    ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608 - constants only
HOLD_CUSTOMERS = """
    SELECT id FROM customers_customer c WHERE c.id = ANY(%(some)s) AND c.owner_id IS NULL AND c.moved_in_id = %(run)s
    ORDER BY id FOR NO KEY UPDATE
"""
GIVE_BACK = f"""
    WITH taken AS ({TAKEN} AND s.ended_at IS NULL AND s.customer_id = ANY(%(some)s)),
    given AS (
        UPDATE customers_customer c
        SET owner_id = t.owner_id, owned_since = t.owned_since, owned_at = %(now)s, pool_id = NULL, pooled_at = NULL,
            pool_note = '', pool_why = '', stint_reason = t.reason, moved_by_id = %(by)s, moved_in_id = %(undo)s,
            updated_at = %(now)s
        FROM taken t WHERE c.id = t.customer_id AND t.takes
        RETURNING c.id, t.name
    )
    INSERT INTO customers_activity (customer_id, verb, by_id, at, note, data)
    SELECT id, %(verb)s, %(by)s, %(now)s, '',
           jsonb_build_object('owner', name, 'from', '', 'reason', %(reason)s, 'on', %(on)s::text)
    FROM given RETURNING customer_id
"""  # noqa: S608 - constants only


@dataclass(frozen=True)
class Facts:
    """What became of the customers that a run returned."""

    returned: int
    free: int  # would come back
    orphaned: int  # lie in the pool still, but their owner left or sells no more
    claimed: int  # have another owner, or had to be earned anew
    undone: int

    @property
    def lying(self) -> int:
        return self.free + self.orphaned + self.elsewhere

    @property
    def elsewhere(self) -> int:
        """Lie in a pool, but not from that return: put into another, or released by whoever had claimed them."""
        return self.returned - self.free - self.orphaned - self.claimed - self.undone


def facts(run: Run) -> Facts:
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, _params(run))
        return Facts(*cursor.fetchone())


def _params(run):
    return {"run": run.pk, "roles": sorted(SELLERS), "zone": settings.TIME_ZONE}


def ask(run: Run, *, by) -> Run:
    """Let a worker undo what `run` returned; raises TooLate when nothing of it can come back (any more)."""
    with transaction.atomic():
        # Of two who ask at once the second sees the errand of the first.
        Run.objects.select_for_update().get(pk=run.pk)
        if errands.open_of(JOB).filter(counts__run=run.pk).exists():
            raise TooLate(_("It is being undone already."))
        if not facts(run).free:
            raise TooLate(_("Nothing of it lies in the pool any more that could go back to its owner."))
        return errands.ask(JOB, by=by, run=run.pk)


def latest(run: Run) -> Run | None:
    """Return the errand that undid `run`, or does so now."""
    return Run.objects.filter(job=JOB, counts__run=run.pk).select_related("by").order_by("-pk").first()


def work(errand: Run) -> dict:
    """Do the errand that `ask` wrote."""
    run = Run.objects.get(pk=errand.counts["run"])
    errand.total = errand.done + facts(run).free
    undo(run, by=errand.by, errand=errand)
    return {"back": errand.done}


def undo(run: Run, *, by, errand: Run) -> int:
    """Give back what `run` returned, in batches, each a transaction of its own; return how many came back.

    What comes back can't fall again before the days of grace are over: it is locked until then.
    """
    after = 0
    while some := _next(run, after):
        back = _give_back(run, some, by, errand)
        errand.done += len(back)
        errand.save(update_fields=["done", "total"])
        after = some[-1]
    return errand.done


def _next(run, after) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(NEXT, {"run": run.pk, "after": after, "batch": BATCH})
        return [pk for (pk,) in cursor.fetchall()]


@transaction.atomic
def _give_back(run, some, by, errand) -> list[int]:
    """Give back those of `some` that still lie in the pool from `run`; return them."""
    params = _params(run) | {"some": some, "by": by.pk, "undo": errand.pk, "now": timezone.now()}
    params |= {"reason": Stint.Reason.UNDONE, "verb": Activity.Verb.ASSIGN, "on": run.business_date}
    with connection.cursor() as cursor:
        cursor.execute(HOLD_PEOPLE, params)
        cursor.execute(HOLD_CUSTOMERS, params)
        params["some"] = [pk for (pk,) in cursor.fetchall()]
        ended = restoring.ended_by_return(params["some"], run)
        cursor.execute(GIVE_BACK, params)
        back = [pk for (pk,) in cursor.fetchall()]
    restoring.again({pk: ended[pk] for pk in back})
    _keep(back, by)
    react(back)
    return back


def _keep(customers, by):
    """Lock each until the days of grace are over, as a manager's lock of it would."""
    until = timezone.localdate() + dt.timedelta(days=PoolRules.current().grace_days)
    holds.restore([(pk, Hold.Kind.LOCK, pk, "", until, by.pk) for pk in customers])


def by_person(run: Run, people: frozenset[int] | None) -> list[tuple[int, str, int]]:
    """Return (id, name, number) of whom `run` took customers from, the most first; only of `people`, None for all."""
    query = f"SELECT owner_id, name, count(*) FROM ({TAKEN}) AS t GROUP BY 1, 2 ORDER BY 3 DESC, 2, 1"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(query, _params(run))
        return [row for row in cursor.fetchall() if people is None or row[0] in people]
