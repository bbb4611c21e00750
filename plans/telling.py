"""Whom a plan's fortunes concern: its customers' timelines, and mails to who decides or wrote it."""

from django.db import connection
from django.utils import timezone

from customers.models import Activity
from plans.models import Notice, Plan

TELL = """
    INSERT INTO customers_activity (customer_id, verb, by_id, at, note, data)
    SELECT m.customer_id, %(verb)s, %(by)s, %(now)s, '',
           jsonb_build_object('plan', %(plan)s::bigint, 'name', %(name)s::text, 'did', %(did)s::text)
    FROM plans_plancustomer m WHERE m.plan_id = %(plan)s ORDER BY m.customer_id
"""


def tell_customers(plan: Plan, did: str, *, by) -> None:
    """Write on the timeline of each customer of `plan` what happened to it."""
    params = {"plan": plan.pk, "name": plan.name, "did": did, "verb": Activity.Verb.PLAN}
    params |= {"by": by.pk if by else None, "now": timezone.now()}
    with connection.cursor() as cursor:
        cursor.execute(TELL, params)


def notify(plan: Plan, people: list[int], kind: str) -> None:
    """Let a mail be written to `people`; a task sends it."""
    Notice.objects.bulk_create(Notice(plan=plan, person_id=person, kind=kind) for person in people)
