"""Decisions at the same instant, with real connections (issue: exactly one outcome)."""

import pytest

from plans import approval, deciding
from plans.models import ChainStep, Decision, Plan
from staff.roles import Role
from tests.factories import PlanFactory, UserFactory, submitted
from tests.walls.racing import racers

pytestmark = pytest.mark.django_db(transaction=True)
PASS, BACK = Decision.Verb.PASS, Decision.Verb.SEND_BACK
APPROVERS, ROUNDS = 16, 6


def waiting_plan():
    """Return a plan that waits at its last step, where sixteen directors have a seat."""
    ChainStep.objects.filter(role=Role.MANAGER).delete()
    return submitted(PlanFactory())


def decider(plan, person, verb):
    mine = Plan.objects.get(pk=plan.pk)
    return lambda: approval.decide(mine, verb, version=plan.version_id, by=person, note="太贵").pk


def withdrawing(plan):
    mine = Plan.objects.get(pk=plan.pk)
    return lambda: approval.withdraw(mine, by=plan.author)


def test_of_sixteen_approvers_and_a_withdrawal_at_once_exactly_one_counts():
    directors = [UserFactory(director=True) for _n in range(APPROVERS)]
    ends = set()
    with racers(APPROVERS + 1) as them:
        for number in range(ROUNDS):
            plan = waiting_plan()
            verbs = [PASS if n % 2 or number % 2 else BACK for n in range(APPROVERS)]
            calls = [decider(plan, *pair) for pair in zip(directors, verbs, strict=True)]
            outcomes = them.run(withdrawing(plan), *calls)
            done = [outcome for outcome in outcomes if outcome is None or isinstance(outcome, int)]
            assert len(done) == 1, outcomes
            decided = plan.decisions.exclude(verb="submit")
            assert decided.count() == 1
            plan.refresh_from_db()
            expected = {"pass": "running", "send_back": "returned", "withdraw": "draft"}
            assert plan.status == expected[decided.get().verb]
            ends.add(plan.status)
            assert not plan.seats.exists() and plan.position is None
            held = plan.members.get().customer.holds.exists()
            assert held == (plan.status == "running")


def test_the_same_approval_sent_many_times_at_once_is_one():
    director = UserFactory(director=True)
    with racers(8) as them:
        for _round in range(ROUNDS):
            plan = waiting_plan()
            outcomes = them.run(*[decider(plan, director, PASS) for _n in range(8)])
            assert set(outcomes) == {plan.decisions.get(verb=PASS).pk}


def test_without_holding_the_plan_the_database_itself_refuses_a_second_outcome(monkeypatch):
    """The control: the lock taken away, several decide, and only the constraint is left to say no."""
    monkeypatch.setattr(deciding, "HOLD", deciding.HOLD.removesuffix("FOR NO KEY UPDATE"))
    directors = [UserFactory(director=True) for _n in range(APPROVERS)]
    broken = 0
    with racers(APPROVERS) as them:
        for _round in range(ROUNDS):
            plan = waiting_plan()
            outcomes = them.run(*[decider(plan, person, PASS) for person in directors])
            assert plan.decisions.filter(verb=PASS).count() == 1
            broken += any(type(outcome).__name__ == "IntegrityError" for outcome in outcomes)
    assert broken, "the lock guards nothing"
