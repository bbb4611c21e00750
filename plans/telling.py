"""Whom a plan's fortunes concern: its customers' timelines, and mails to who decides or wrote it."""

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy

from plans.models import Plan
from staff import notices

WAITS, REMIND, ESCALATE, DECIDED = "waits", "remind", "escalate", "decided"
WORDS = {
    WAITS: gettext_lazy("Plan “%(plan)s” waits for your decision"),
    REMIND: gettext_lazy("Plan “%(plan)s” still waits for your decision"),
    ESCALATE: gettext_lazy("Plan “%(plan)s” has waited long: you may decide as well"),
    DECIDED: gettext_lazy("Plan “%(plan)s” was decided on"),
}

# Of every approval that is not told of yet, once: to the customers of the version that was approved, as of its last
# signature.
TELL_APPROVED = """
    WITH told AS (
        UPDATE plans_plan SET is_told = true
        WHERE id IN (SELECT id FROM plans_plan WHERE NOT is_told ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
        RETURNING id, name, in_force_id
    )
    INSERT INTO customers_activity (customer_id, verb, at, note, data)
    SELECT c.id, 'plan', (SELECT max(at) FROM plans_decision d WHERE d.version_id = v.id), '',
           jsonb_build_object('plan', told.id, 'name', told.name,
                              'did', CASE WHEN v.is_amendment THEN 'amend' ELSE 'approve' END)
    FROM told JOIN plans_version v ON v.id = told.in_force_id
    CROSS JOIN LATERAL jsonb_array_elements(v.content -> 'customers') AS member
    JOIN customers_customer c ON c.id = (member ->> 0)::bigint
    ORDER BY c.id
"""
TELL = """
    INSERT INTO customers_activity (customer_id, verb, by_id, at, note, data)
    SELECT m.customer_id, 'plan', %(by)s, %(now)s, '', what.data
    FROM plans_plancustomer m, (
        SELECT jsonb_build_object('plan', %(plan)s::bigint, 'name', %(name)s::text, 'did', %(did)s::text) AS data
    ) AS what
    WHERE m.plan_id = %(plan)s ORDER BY m.customer_id
"""


def tell_approved() -> int:
    """Write on the timelines of their customers which plans were approved since the last time; return how many lines.

    An approval does not wait for it: its customers may be many. A task asks for it every minute.
    """
    with connection.cursor() as cursor:
        cursor.execute(TELL_APPROVED)
        return cursor.rowcount


def tell_customers(plan: Plan, did: str, *, by) -> None:
    """Write on the timeline of each customer of `plan` what happened to it."""
    params = {"plan": plan.pk, "name": plan.name, "did": did, "by": by.pk if by else None, "now": timezone.now()}
    with connection.cursor() as cursor:
        cursor.execute(TELL, params)


def notify(plan: Plan, people: list[int], what: str) -> None:
    """Let a mail be written to the people with these ids; `what` is one of WORDS."""
    notices.write_to(people, lambda: WORDS[what] % {"plan": plan.name})


def mails(plan: Plan, people: list[int], what: str) -> dict:
    """Return what `notices.NOTED` goes by to write the same mails as part of another statement."""
    return notices.params(people, lambda: WORDS[what] % {"plan": plan.name})
