"""The rows of Today, asked for in one question: seven lists, each read in the order of its index and no further.

Days are business dates in the company's time zone.
"""

import datetime as dt
from collections import namedtuple

from django.conf import settings
from django.db import connection

from crm.lib.dates import start_of
from crm.lib.prepared import Prepared
from plans.models import Plan

CALL, PROMISED, LEAVES, TASK, TICKET, ACTION = range(6)
# A line that opens no customer has an id of its own below zero: -(id of the task), or -(TICKETS_FROM + id).
TICKETS_FROM = 2_000_000_000_000
Row = namedtuple(
    "Row",
    "kind pk name grade day purpose rule closes_on text tries owned_since last_sale_on note quiet_from quiet_until "
    "is_owned",
)
# What was said last (what we wrote to them says nothing of it), and when the main contact wants quiet.
SAID = """
    LEFT JOIN LATERAL (
        SELECT note FROM visits_calllog l WHERE l.customer_id = c.id AND l.outcome <> 'sent' ORDER BY l.at DESC LIMIT 1
    ) AS said ON true
"""
QUIET = """
    LEFT JOIN LATERAL (
        SELECT quiet_from, quiet_until FROM customers_contact k
        WHERE k.customer_id = c.id AND k.is_main AND k.quiet_from IS NOT NULL LIMIT 1
    ) AS quiet ON true
"""
# Tasks of a plan that is paused rest. One without a customer, or with one in the pool, counts as -(its id).
WORKING = ", ".join(f"'{status.value}'" for status in sorted(Plan.WORKING))
DONE = """
    SELECT (SELECT count(DISTINCT customer_id) FROM visits_calllog WHERE by_id = %(user)s AND "on" = %(today)s)
         + (SELECT count(*) FROM plans_task WHERE done_by_id = %(user)s AND done_at >= %(began)s)
"""
QUEUE = f"""
    (SELECT 0, c.id, c.name, c.grade, b.due_on, b.purpose, coalesce(r.name, ''), b.closes_on, b.reason, b.tries,
            NULL::date, NULL::date, said.note, quiet_from, quiet_until, true
     FROM (SELECT id, name, grade FROM customers_customer
           WHERE owner_id = %(user)s AND next_contact_on <= %(today)s
           ORDER BY next_contact_on, id LIMIT %(most)s) AS c
     JOIN visits_callback b ON b.customer_id = c.id AND b.status = 'open' AND b.due_on <= %(today)s
         AND (b.person_id IS NULL OR b.person_id = %(user)s)
     LEFT JOIN visits_callbackrule r ON r.id = b.rule_id {SAID} {QUIET})
    UNION ALL
    (SELECT 0, c.id, c.name, c.grade, b.due_on, b.purpose, coalesce(r.name, ''), b.closes_on, b.reason, b.tries,
            NULL, NULL, said.note, quiet_from, quiet_until, true
     FROM visits_callback b JOIN customers_customer c ON c.id = b.customer_id
     LEFT JOIN visits_callbackrule r ON r.id = b.rule_id {SAID} {QUIET}
     WHERE b.person_id = %(user)s AND b.status = 'open' AND b.due_on <= %(today)s AND c.owner_id <> %(user)s
     ORDER BY b.due_on, b.id LIMIT %(most)s)
    UNION ALL
    (SELECT 1, c.id, c.name, c.grade, p.due_on, '', '', NULL, p.text, 0, NULL, NULL, '', quiet_from, quiet_until,
            c.owner_id IS NOT NULL
     FROM visits_promise p JOIN customers_customer c ON c.id = p.customer_id {QUIET}
     WHERE p.owner_id = %(user)s AND p.status = 'open' AND p.due_on <= %(today)s
     ORDER BY p.due_on, p.id LIMIT %(most)s)
    UNION ALL
    (SELECT 2, id, name, grade, returns_on, returns_rule, stint_reason, kept_until, coalesce(talked_on::text, ''), 0,
            owned_since, last_sale_on, '', NULL, NULL, true
     FROM customers_customer
     WHERE owner_id = %(user)s AND returns_on <= %(leaving)s
       AND (last_contact_at IS NULL OR last_contact_at < %(talked)s)
     ORDER BY returns_on, id LIMIT %(most)s)
    UNION ALL
    (SELECT 3, CASE WHEN c.owner_id IS NULL THEN -t.id ELSE c.id END, coalesce(c.name, t.what), coalesce(c.grade, ''),
            t.due_on, '', p.name, NULL, t.what, 0, NULL, NULL, '', quiet_from, quiet_until, c.owner_id IS NOT NULL
     FROM plans_task t JOIN plans_plan p ON p.id = t.plan_id AND p.status IN ({WORKING})
     LEFT JOIN customers_customer c ON c.id = t.customer_id {QUIET}
     WHERE t.person_id = %(user)s AND t.status = 'open' AND t.due_on <= %(today)s
     ORDER BY t.due_on, t.id LIMIT %(most)s)
    UNION ALL
    (SELECT 4, -({TICKETS_FROM} + t.id), t.subject, '',
            (coalesce(t.first_due_at, t.due_at) AT TIME ZONE '{settings.TIME_ZONE}')::date,
            t.status, '', NULL, t.number, 0, NULL, NULL, '', NULL, NULL, false
     FROM complaints_ticket t
     WHERE t.holder_id = %(user)s AND t.status <> 'closed' AND coalesce(t.first_due_at, t.due_at) < %(tomorrow)s
     ORDER BY t.due_at, t.id LIMIT %(most)s)
    UNION ALL
    (SELECT 5, -({TICKETS_FROM} + t.id), t.subject, '', a.due_on, '', t.number, NULL, a.text, 0,
            NULL, NULL, '', NULL, NULL, false
     FROM complaints_action a JOIN complaints_ticket t ON t.id = a.ticket_id
     WHERE a.person_id = %(user)s AND a.done_at IS NULL AND a.due_on <= %(today)s
         AND NOT (a.kind = 'consequence' AND t.responsible_id IS NOT DISTINCT FROM a.person_id)
     ORDER BY a.due_on, a.id LIMIT %(most)s)
"""  # noqa: S608 - constants only


TYPES = {
    "user": "bigint",
    "today": "date",
    "leaving": "date",
    "talked": "timestamptz",
    "most": "bigint",
    "tomorrow": "timestamptz",
}
LISTS = Prepared("today", QUEUE, TYPES)
NUMBER_DONE = Prepared("done_today", DONE, {"user": "bigint", "today": "date", "began": "timestamptz"})


def queue_rows(*, user: int, today: dt.date, leaving: dt.date, talked: dt.datetime, most: int) -> list[Row]:
    """Return what is due for the person `user` by `today`, at most `most` of each list.

    That is callbacks of own customers and callbacks given to them, promises they stand for (also to customers that lie
    in the pool by now, policy 1.7), own customers that go to the pool by `leaving` and were not spoken with since
    `talked`, tasks of plans, and complaints that they look after, due by the end of `today` or late, with what they
    have to do for one.
    """
    with connection.cursor() as cursor:
        params = {"user": user, "today": today, "leaving": leaving, "talked": talked, "most": most}
        params["tomorrow"] = start_of(today + dt.timedelta(days=1))
        LISTS.execute(cursor, params)
        return list(map(Row._make, cursor.fetchall()))


def number_done(*, user: int, today: dt.date, began: dt.datetime) -> int:
    """Return with how many customers the person `user` has logged a contact today, and how many tasks they finished."""
    with connection.cursor() as cursor:
        NUMBER_DONE.execute(cursor, {"user": user, "today": today, "began": began})
        return cursor.fetchone()[0]
