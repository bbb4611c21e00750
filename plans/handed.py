"""What a handover lists of maintenance plans: plans, their tasks, and the decisions that wait (policy 4.6, 6)."""

import datetime as dt
from itertools import groupby

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from crm.lib.moves import TooLate
from customers import loans
from customers.models import Handover
from customers.ownership.handing_over import BEFORE, Column, Held, Kind, known, register
from plans import contributing, work
from plans.models import Plan, PlanEvent, Seat, Task
from plans.permissions import DRAFTERS, stands_above
from staff.changes import company_changed
from staff.models import Absence
from staff.permissions import DECIDERS

# For so long somebody who left is recorded absent, so that the chain goes round them (days).
ABSENT_DAYS = 365


def _hold(listed) -> None:
    """Hold all plans that a handover concerns, and those that wait, whose seats it may change: in one order."""
    own = Q(pk__in=listed.get("plan", ())) | Q(pk__in=Task.objects.filter(pk__in=listed.get("task", ())).values("plan"))
    plans = Plan.objects.filter(own | Q(status__in=Plan.WAITING)).order_by("pk")
    list(plans.select_for_update(of=("self",), no_key=True).values_list("pk"))


# Plans, each handed on as by hand: the former author never decides on them.


def _authored():
    return Plan.objects.filter(status__in=Plan.MOVES["hand_on"].source)


AUTHORED = Column(_authored, "author")


def _plans(person):
    return [Held(plan.pk, f"{plan.name} · {plan.get_status_display()}") for plan in AUTHORED.of(person).order_by("pk")]


def _give_plans(given, work_):
    return {key: {} for key in _hand_on(given, work_, lambda one: work_.leaver.pk, lambda one: one.receiver)}


def _give_plans_back(given, work_):
    return set(_hand_on(given, work_, lambda one: one.receiver, lambda one: work_.leaver.pk))


def _hand_on(given, work_, whose, to):
    """Yield the plans that were handed on; not those that somebody may not get, because they have passed them."""
    plans = AUTHORED.rows().in_bulk([one.source for one in given])
    people = known(map(to, given))
    for one in sorted(given):
        plan = plans.get(one.source)
        if plan is None or plan.author_id != whose(one):
            continue
        try:
            with transaction.atomic():
                contributing.hand_on(plan, to=people[to(one)], note=work_.note, by=work_.by)
        except (TooLate, PermissionDenied):
            continue
        yield plan.pk


register(
    Kind(
        code="plan",
        title=_("Maintenance plans"),
        count=ngettext_lazy("%(number)d maintenance plan", "%(number)d maintenance plans", "number"),
        icon="target-arrow",
        held=_plans,
        number=AUTHORED.number,
        give=_give_plans,
        give_back=_give_plans_back,
        rank=60,
        phase=BEFORE,
        hold=_hold,
        fits=lambda role: role in DRAFTERS,
        may=lambda by, leaver: stands_above(by, leaver.pk),
        stays=_("It has moved on, or whoever should get it has passed it already."),
    )
)


# Tasks: whoever gets one for a customer of somebody else borrows the customer.


def _tell_tasks(rows, work_):
    names = known(row.person_id for row in rows)
    events = [
        PlanEvent(
            plan_id=row.plan_id,
            verb="task_edit",
            by=work_.by,
            at=work_.at,
            note=work_.note,
            data={"task": row.pk, "what": row.what, "fields": ["person"], "to": str(names[row.person_id])},
        )
        for row in rows
    ]
    PlanEvent.objects.bulk_create(events)
    for person, of_one in groupby(sorted(rows, key=lambda row: row.was), key=lambda row: row.was):
        _take_back(person, {row.customer_id for row in of_one if row.customer_id}, work_)
    work.lend_again()


def _take_back(person, customers, work_):
    """End the loans of what `person` has no other task for."""
    others = set(Task.objects.open().filter(person=person, customer__in=customers).values_list("customer", flat=True))
    loans.end([(customer, person) for customer in sorted(customers - others)], by=work_.by)


DOING = Column(Task.objects.open, "person", told=_tell_tasks)


def _tasks(person):
    found = DOING.of(person).filter(plan__status__in=Plan.APPROVED).select_related("plan").order_by("due_on", "pk")
    return [Held(task.pk, f"{task.what} {task.due_on} · {task.plan.name}", task.customer_id) for task in found]


register(
    Kind(
        code="task",
        title=_("Tasks of plans"),
        count=ngettext_lazy("%(number)d task of a plan", "%(number)d tasks of plans", "number"),
        icon="checkbox",
        held=_tasks,
        number=lambda person: DOING.of(person).filter(plan__status__in=Plan.APPROVED).count(),
        give=DOING.give,
        give_back=DOING.give_back,
        rank=61,
        hold=_hold,
        stays=_("It was done or given on meanwhile."),
    )
)


# Decisions that wait: whoever leaves is recorded absent, so that their delegate decides, or the next above.


def _waiting(person):
    return Seat.objects.filter(person=person)


def _decisions(person):
    names = list(_waiting(person).order_by("since", "pk").values_list("plan__name", flat=True)[:3])
    return [Held(person.pk, " · ".join([_t("What waits for a decision"), *names]), at_home=True)] if names else []


def _be_absent(given, work_):
    """Record the leaver absent; the delegate, or the chain without them, decides (policy 6.2).

    Whoever gets another post decides there or not as the chain says: nothing is given.
    """
    if work_.why != Handover.Why.LEAVING:
        return {}
    since = timezone.localdate(work_.at)
    replaced = _cut(work_.leaver, since)
    absence = Absence.objects.create(
        person=work_.leaver,
        since=since,
        until=since + dt.timedelta(days=ABSENT_DAYS),
        delegate_id=given[0].receiver,
        note=work_.note,
        by=work_.by,
    )
    company_changed()
    return {given[0].source: {"absence": absence.pk, "replaced": replaced}}


KEPT = ("person_id", "since", "until", "delegate_id", "note", "by_id")


def _cut(leaver, since) -> list[dict]:
    """End the leave that runs and take back what is to come; return it as it stood."""
    found = Absence.objects.filter(person=leaver, until__gte=since).order_by("pk").select_for_update()
    replaced = list(found.values("pk", *KEPT))
    found.filter(since__gte=since).delete()
    found.update(until=since - dt.timedelta(days=1))
    return replaced


def _be_back(given, work_):
    before = given[0].before
    gone, _per_model = Absence.objects.filter(pk=before["absence"]).delete()
    if not gone:
        return set()
    for row in before["replaced"]:
        Absence.objects.update_or_create(pk=row["pk"], defaults={name: row[name] for name in KEPT})
    company_changed()
    return {given[0].source}


register(
    Kind(
        code="decision",
        title=_("Decisions on plans"),
        count=ngettext_lazy("decides on %(number)d plan", "decides on %(number)d plans", "number"),
        icon="checks",
        held=_decisions,
        number=lambda person: _waiting(person).count(),
        give=_be_absent,
        give_back=_be_back,
        rank=70,
        phase=BEFORE,
        hold=_hold,
        fits=lambda role: role in DECIDERS,
        home=_("the delegate, else the next above"),
        stays=_("It goes with the post: whoever gets it decides."),
        blocks=False,
    )
)
