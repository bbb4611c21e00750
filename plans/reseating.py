"""What the company's changes and the clock do with waiting plans: other seats, a reminder, the next above."""

import datetime as dt
from collections import defaultdict

from django.db import transaction
from django.utils import timezone

from crm.lib.dates import local_date
from plans import approval, seating, telling
from plans.company import company
from plans.models import Contribution, Decision, Plan, Seat
from plans.seats import Chair, seats
from staff.calendar import working_days_between


def reseat(*, today: dt.date | None = None, only: int | None = None) -> int:
    """Bring the seats of all waiting plans, or of `only` one, up to the company on `today`; return how many changed.

    Whoever may no longer decide loses the plan, whoever may now finds it; how long it has waited stays.
    """
    with transaction.atomic():
        plans = _waiting(only)
        # Read with the plans held: of two changes at the same moment the later one sees both.
        the_company = company(today)
        facts = _Facts(plans)
        return sum(_reseat(plan, facts, the_company) for plan in plans)


def _waiting(only=None):
    waiting = Plan.objects.waiting()
    waiting = waiting.filter(pk=only) if only else waiting
    return list(waiting.order_by("pk").select_for_update(of=("self",), no_key=True))


class _Facts:
    """What is asked of many plans, in three queries."""

    def __init__(self, plans):
        pks = [plan.pk for plan in plans]
        versions = [plan.version_id for plan in plans]
        self.wrote, self.signed, self.seats = defaultdict(set), defaultdict(set), defaultdict(list)
        for plan, person in Contribution.objects.filter(plan__in=pks).values_list("plan", "person"):
            self.wrote[plan].add(person)
        passed = Decision.objects.filter(version__in=versions, verb=Decision.Verb.PASS).order_by()
        for plan, person in passed.values_list("plan", "by"):
            self.signed[plan].add(person)
        for plan, *chair in Seat.objects.filter(plan__in=pks).values_list("plan", "person", "stands_for", "why"):
            self.seats[plan].append(Chair(*chair))


def _step_of(plan):
    return next(step for step in seating.steps_of(plan) if step.position == plan.position)


def _chairs(plan, facts, the_company, *, escalated, but_signed=True):
    barred = facts.wrote[plan.pk] | {plan.author_id}
    if but_signed:
        barred |= facts.signed[plan.pk]
    return seats(_step_of(plan), team=plan.team_id, barred=barred, company=the_company, escalated=escalated)


def _reseat(plan, facts, the_company):
    chairs = _chairs(plan, facts, the_company, escalated=plan.escalated)
    if set(chairs) == set(facts.seats[plan.pk]):
        return 0
    if not chairs and _chairs(plan, facts, the_company, escalated=0, but_signed=False):
        # Only people who have signed this version are left at this step.
        approval.go_on(plan, after=plan.position - 1)
        return 1
    seating.write(plan, chairs, since=plan.waiting_since)
    new = {chair.person for chair in chairs} - {chair.person for chair in facts.seats[plan.pk]}
    telling.notify(plan, sorted(new), telling.WAITS)
    return 1


def chase(*, today: dt.date | None = None) -> dict[str, int]:
    """Remind of plans that wait long and put them before the next above as well; return how many of each.

    Counted in working days, by the step's settings; each wait is reminded of once and each level asked once.
    """
    today = today or timezone.localdate()
    done = {"reminded": 0, "escalated": 0}
    with transaction.atomic():
        plans = _waiting()
        the_company = company(today)
        facts = _Facts(plans)
        for plan in plans:
            waited = working_days_between(local_date(plan.waiting_since), today)
            step = _step_of(plan)
            if waited >= step.remind_days and plan.reminded_at is None:
                done["reminded"] += _remind(plan, step, facts)
            while waited >= step.escalate_days * (plan.escalated + 1):
                if not _escalate(plan, step, facts, the_company):
                    break
                done["escalated"] += 1
    return done


def _remind(plan, step, facts):
    plan.reminded_at = timezone.now()
    plan.save(update_fields=["reminded_at"])
    _note(plan, step, Decision.Verb.REMIND)
    telling.notify(plan, [chair.person for chair in facts.seats[plan.pk]], telling.REMIND)
    return 1


def _escalate(plan, step, facts, the_company):
    """Seat the next above besides those who have let it wait; return whether there was anybody."""
    chairs = _chairs(plan, facts, the_company, escalated=plan.escalated + 1)
    new = {chair.person for chair in chairs} - {chair.person for chair in facts.seats[plan.pk]}
    if not new:
        return False
    plan.escalated += 1
    plan.save(update_fields=["escalated"])
    seating.write(plan, chairs, since=plan.waiting_since)
    facts.seats[plan.pk] = chairs
    _note(plan, step, Decision.Verb.ESCALATE)
    telling.notify(plan, sorted(new), telling.ESCALATE)
    return True


def _note(plan, step, verb):
    Decision.objects.create(
        plan=plan, version_id=plan.version_id, position=step.position, role=step.role, verb=verb, by=None
    )
