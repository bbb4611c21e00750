"""What came of a plan: its goals against results, before and after, the report and the guidance (policy 6.4).

"Before" is as long a time as the plan ran, right before it began; "after" is from its first day until it ended. Both
count what the customers of the version in force did, whoever owned them.
"""

import datetime as dt
from decimal import Decimal

from django.db import connection
from django.db.models import Count, F, Q
from django.utils import timezone

from crm.lib.dates import local_date
from plans.models import Goal, Judgement, Plan, Task
from staff.models import User

BOUGHT = """
    SELECT coalesce(sum(o.amount), 0), count(*) FILTER (WHERE o.amount > 0),
           count(DISTINCT o.customer_id) FILTER (WHERE o.amount > 0)
    FROM sales_order o
    WHERE o.customer_id = ANY(%(customers)s) AND o.status = 'paid' AND o.paid_on BETWEEN %(first)s AND %(last)s
"""
SAID = """
    SELECT avg(l.satisfaction)::numeric(4, 2), count(DISTINCT l.customer_id) FILTER (WHERE l.outcome = 'reached')
    FROM visits_calllog l
    WHERE l.customer_id = ANY(%(customers)s) AND l."on" BETWEEN %(first)s AND %(last)s
"""
MEASURES = (
    Goal.Measure.TURNOVER,
    Goal.Measure.ORDERS,
    Goal.Measure.BUYERS,
    Goal.Measure.SATISFACTION,
    Goal.Measure.REACHED,
)


def figures(customers: list[int], first: dt.date, last: dt.date) -> dict[str, Decimal | int | None]:
    """Return each measure over the business dates from `first` to `last`, both included.

    Turnover in yuan and orders by the day they were paid; satisfaction is the mean of what contacts noted, None
    without any.
    """
    params = {"customers": customers, "first": first, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(BOUGHT, params)
        turnover, orders, buyers = cursor.fetchone()
        cursor.execute(SAID, params)
        satisfaction, reached = cursor.fetchone()
    return dict(zip(MEASURES, (turnover, orders, buyers, satisfaction, reached), strict=True))


def periods(plan: Plan) -> tuple[tuple[dt.date, dt.date], tuple[dt.date, dt.date]]:
    """Return the dates (first, last) before the plan and of the plan; an end that is still to come is today."""
    first = dt.date.fromisoformat(plan.in_force.content["starts_on"])
    ended = local_date(plan.ended_at) if plan.ended_at else timezone.localdate()
    last = max(first, min(ended, dt.date.fromisoformat(plan.in_force.content["ends_on"])))
    days = last - first
    return (first - days - dt.timedelta(days=1), first - dt.timedelta(days=1)), (first, last)


def results(plan: Plan) -> dict:
    """Return what the system can say of an approved plan so far, as plain JSON.

    {"before", "after": {measure: text or None}, "before_days", "after_days": [first, last], "goals": [{"measure",
    "text", "target", "result", "reached"}]}; a goal judged by hand has neither result nor verdict.
    """
    customers = [row[0] for row in plan.in_force.content["customers"]]
    before, after = periods(plan)
    was, now = figures(customers, *before), figures(customers, *after)
    return {
        "before": _texts(was),
        "after": _texts(now),
        "before_days": [day.isoformat() for day in before],
        "after_days": [day.isoformat() for day in after],
        "goals": [_goal(goal, now) for goal in plan.in_force.content["goals"]],
    }


def _texts(measured):
    return {str(name): None if value is None else str(value) for name, value in measured.items()}


def _goal(goal, measured):
    result = measured.get(goal["measure"])
    return {
        "measure": goal["measure"],
        "text": goal["text"],
        "target": goal["target"],
        "result": None if result is None else str(result),
        "reached": None if result is None else Decimal(result) >= Decimal(goal["target"]),
    }


def report(plan: Plan, *, effect: str, evaluation: str, improvements: str, by) -> Judgement:
    """Freeze the results of an ended plan with the author's evaluation, for whoever guides them (policy 1.3)."""
    with plan.moving("report", by=by) as event:
        judgement, _new = Judgement.objects.update_or_create(
            plan=plan,
            defaults={
                "results": results(plan),
                "effect": effect,
                "evaluation": evaluation,
                "improvements": improvements,
                "by": by,
                "reported_at": timezone.now(),
            },
        )
        event.note = evaluation
        plan.updated_at = timezone.now()
    return judgement


def guide(plan: Plan, *, guidance: str, by: User) -> None:
    """Answer the report with guidance; all papers of the plan are archived with it."""
    with plan.moving("guide", by=by) as event:
        Judgement.objects.filter(plan=plan).update(guidance=guidance, guided_by=by, guided_at=timezone.now())
        event.note = guidance
        plan.updated_at = timezone.now()


def on_time(plan: Plan) -> dict[str, int]:
    """Return how many tasks are done, done late, open, late now and cancelled."""
    done, open_ = Q(status=Task.Status.DONE), Q(status=Task.Status.OPEN)
    return plan.tasks.order_by().aggregate(
        all=Count("pk"),
        done=Count("pk", filter=done),
        done_late=Count("pk", filter=done & Q(done_at__date__gt=F("due_on"))),
        open=Count("pk", filter=open_),
        late=Count("pk", filter=open_ & Q(due_on__lt=timezone.localdate())),
        cancelled=Count("pk", filter=Q(status=Task.Status.CANCELLED)),
    )
