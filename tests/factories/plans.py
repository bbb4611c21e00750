"""Maintenance plans on their way through the chain."""

import datetime as dt
from decimal import Decimal

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from plans import approval, reseating
from plans.models import Decision, Goal, Line, Plan, PlanCustomer, Task
from plans.questions import QUESTIONS
from tests.factories.customers import CustomerFactory
from tests.factories.staff import UserFactory


class PlanFactory(DjangoModelFactory):
    """A supervisor's draft that could be submitted: a goal, a measure of 1,200 yuan, one customer of the author.

    `customers=[…]` are others, `budget=…` another price of the measure.
    """

    class Meta:
        model = Plan
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"第{n + 1}号维护方案")
    author = factory.SubFactory(UserFactory, supervisor=True)
    team = factory.SelfAttribute("author.team")
    aim = "让老客户继续下单"
    method = "上门拜访"
    starts_on = factory.LazyFunction(timezone.localdate)
    ends_on = factory.LazyAttribute(lambda plan: plan.starts_on + dt.timedelta(days=60))
    answers = factory.LazyFunction(lambda: dict.fromkeys(QUESTIONS, "可以"))

    @classmethod
    def _create(cls, model, *args, customers=None, budget=Decimal("1200"), **fields):
        plan = super()._create(model, *args, budget=budget, **fields)
        Goal.objects.create(plan=plan, measure=Goal.Measure.ORDERS, target=3)
        Line.objects.create(plan=plan, kind=Line.Kind.VISIT, what="上门拜访", unit_price=budget)
        customers = [CustomerFactory(owner=plan.author)] if customers is None else customers
        PlanCustomer.objects.bulk_create(PlanCustomer(plan=plan, customer=customer) for customer in customers)
        plan.reach = len(customers)
        plan.save()
        return plan


def submitted(plan=None, **fields) -> Plan:
    """Return a plan that its author has submitted; the people above are those that the test made."""
    plan = plan or PlanFactory(**fields)
    approval.submit(plan, by=plan.author)
    return plan


def passed(plan: Plan) -> Plan:
    """Let whoever has the seat first pass the step at which the plan waits."""
    seat = plan.seats.first()
    approval.decide(plan, Decision.Verb.PASS, version=plan.version_id, by=seat.person)
    return plan


def running(plan=None, **fields) -> Plan:
    """Return a plan that everybody has passed; a director is made when there is nobody to ask."""
    plan = submitted(plan, **fields)
    if not plan.seats.exists():
        UserFactory(director=True)
        reseating.reseat()
    while plan.is_waiting:
        passed(plan)
    return plan


class TaskFactory(DjangoModelFactory):
    """An open task of its plan's first measure, due in a week, given to the plan's author unless said otherwise."""

    class Meta:
        model = Task

    line = factory.LazyAttribute(lambda task: task.plan.lines.first())
    person = factory.SelfAttribute("plan.author")
    by = factory.SelfAttribute("plan.author")
    what = "上门拜访"
    due_on = factory.LazyFunction(lambda: timezone.localdate() + dt.timedelta(days=7))
