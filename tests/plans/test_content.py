"""The wording as a document: frozen, restored exactly, compared (issue: sending back restores exactly the draft)."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plans import changes, content
from plans.models import Goal, Line, Plan
from tests.factories import CustomerFactory, PlanFactory

pytestmark = pytest.mark.django_db
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=("Cs",)), max_size=30)
DAYS = st.none() | st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31))
MONEY = st.decimals(0, 10**6, places=2)
LINES = st.lists(st.tuples(st.sampled_from(Line.Kind.values), WORDS, DAYS, MONEY, MONEY), max_size=4)
GOALS = st.lists(st.tuples(st.sampled_from(Goal.Measure.values), MONEY, WORDS), max_size=3)


def rewrite(plan, lines, goals, words):
    """Change everything that can be changed: the first row stays with other values, the rest is new."""
    plan.aim, plan.method, plan.answers = words, words[::-1], {"thrift": words}
    kept = plan.lines.first()
    plan.lines.exclude(pk=kept.pk if kept and lines else None).delete()
    for position, (kind, what, day, quantity, price) in enumerate(lines):
        line = kept if position == 0 and kept else Line(plan=plan)
        line.position, line.kind, line.what, line.quantity = position, kind, what, min(quantity, 9999)
        line.unit_price, line.starts_on = price, day
        line.save()
    plan.goals.all().delete()
    for position, (measure, target, text) in enumerate(goals):
        Goal.objects.create(plan=plan, position=position, measure=measure, target=target, text=text)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=LINES, second=LINES, goals=GOALS, words=WORDS)
def test_whatever_is_rewritten_restoring_gives_back_exactly_what_was_frozen(db, first, second, goals, words):
    plan = PlanFactory(customers=[CustomerFactory(), CustomerFactory()])
    rewrite(plan, first, goals, words)
    frozen = content.freeze(plan)
    rewrite(plan, second, [], "别的")
    plan.members.first().delete()
    plan.members.create(customer=CustomerFactory())
    content.restore(plan, frozen)
    plan.save()
    assert content.freeze(Plan.objects.get(pk=plan.pk)) == frozen
    assert content.budget(frozen) == sum((line.amount for line in plan.lines.all()), Decimal(0))


def test_what_differs_is_said_line_by_line_with_old_and_new():
    plan = PlanFactory(customers=[CustomerFactory(name="吉顺发"), CustomerFactory(name="华达")], budget=22000)
    old = content.freeze(plan)
    line = plan.lines.get()
    line.what, line.unit_price = "赠送公司特色礼品", Decimal(18000)
    line.save()
    plan.members.filter(customer__name="华达").delete()
    found = {change.title: (change.old, change.new) for change in changes.between(old, content.freeze(plan))}
    assert found["Measure 1"][0].endswith("上门拜访 · 22,000 yuan")
    assert found["Measure 1"][1].endswith("赠送公司特色礼品 · 18,000 yuan")
    assert found["Customers"] == ("华达", "")
    assert found["Budget in all"] == ("22,000", "18,000")
    assert changes.between(old, old) == []


def test_a_measure_that_came_and_one_that_went_are_told_by_their_numbers():
    plan = PlanFactory()
    old = content.freeze(plan)
    plan.lines.all().delete()
    Line.objects.create(plan=plan, kind="gift", what="台历", unit_price=5)
    new = content.freeze(plan)
    lines = [change for change in changes.between(old, new) if change.line]
    assert [(bool(change.old), bool(change.new)) for change in lines] == [(True, False), (False, True)]
