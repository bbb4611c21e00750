"""What came of a plan: goals against results, before and after, the report and the guidance (policy 6.4)."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from crm.lib.dates import start_of
from crm.lib.moves import TooLate
from plans import contributing, course, judging, writing
from plans.models import Goal, Plan
from tests.access import cells
from tests.factories import CallLogFactory, CustomerFactory, OrderFactory, PlanFactory, TaskFactory, running
from tests.plans.conftest import running_plan
from tests.plans.test_work import finish, given_task

DAY = dt.timedelta(days=1)


def bought(customer, on, amount):
    OrderFactory(customer=customer, paid=True, ordered_on=on, paid_on=on, amount=amount)


def said(customer, on, satisfaction=None, outcome="reached"):
    CallLogFactory(customer=customer, on=on, at=start_of(on), outcome=outcome, satisfaction=satisfaction)


@pytest.fixture
def begun(crew):
    """A plan of two customers that began ten days ago."""
    today = timezone.localdate()
    return running_plan(crew, starts_on=today - 10 * DAY, ends_on=today + 20 * DAY)


def test_the_figures_are_those_counted_by_hand(begun):
    first, second = (member.customer for member in begun.members.all())
    other = CustomerFactory(owner=begun.author)
    start, today = begun.starts_on, timezone.localdate()
    # In the plan's time, its first and last day included; of the days around it and of others nothing.
    bought(first, start, 100)
    bought(first, today, 250)
    bought(second, start - DAY, 70)
    bought(other, today, 9999)
    OrderFactory(customer=second, amount=5000)
    said(first, start, 5)
    said(first, today, 2)
    said(second, today, None, "no_answer")
    said(second, start - DAY, 1)
    assert judging.figures([first.pk, second.pk], start, today) == {
        "turnover": Decimal(350),
        "orders": 2,
        "buyers": 1,
        "satisfaction": Decimal("3.50"),
        "reached": 1,
    }
    found = judging.results(begun)
    assert found["before"] == {
        "turnover": "70.00",
        "orders": "1",
        "buyers": "1",
        "satisfaction": "1.00",
        "reached": "1",
    }


def test_before_is_as_long_as_the_plan_ran_right_before_it(begun):
    before, after = judging.periods(begun)
    assert after == (begun.starts_on, timezone.localdate())
    assert before[1] == begun.starts_on - DAY
    assert before[1] - before[0] == after[1] - after[0]


def test_the_plans_time_ends_with_it_and_never_after_its_last_day(begun):
    today = timezone.localdate()
    begun.ended_at = start_of(today - 3 * DAY) + dt.timedelta(hours=23)
    assert judging.periods(begun)[1][1] == today - 3 * DAY
    begun.ended_at = start_of(begun.ends_on + 9 * DAY)
    assert judging.periods(begun)[1][1] == begun.ends_on
    # One that is approved before it begins has one day to show.
    begun.ended_at, begun.in_force.content["starts_on"] = None, (today + 5 * DAY).isoformat()
    assert judging.periods(begun)[1] == (today + 5 * DAY, today + 5 * DAY)


def test_goals_are_measured_and_those_judged_by_hand_have_no_verdict(crew):
    plan = PlanFactory(author=crew.author, customers=[CustomerFactory(owner=crew.specialist)])
    Goal.objects.create(plan=plan, measure="turnover", target=100, position=1)
    Goal.objects.create(plan=plan, measure="own", target=0, text="客户愿意推荐我们", position=2)
    Goal.objects.create(plan=plan, measure="satisfaction", target=4, position=3)
    running(plan)
    bought(plan.members.get().customer, timezone.localdate(), 100)
    goals = [(goal["measure"], goal["result"], goal["reached"]) for goal in judging.results(plan)["goals"]]
    assert goals == [
        ("orders", "1", False),
        ("turnover", "100.00", True),
        ("own", None, None),
        ("satisfaction", None, None),
    ]


def test_the_report_freezes_the_results(begun):
    customer = begun.members.first().customer
    bought(customer, timezone.localdate(), 300)
    with pytest.raises(TooLate):
        report(begun)
    course.end(begun, reason="够了", by=begun.author)
    report(begun)
    bought(customer, timezone.localdate(), 700)
    begun = Plan.objects.get(pk=begun.pk)
    assert begun.judgement.results["after"]["turnover"] == "300.00"
    assert begun.status == Plan.Status.REPORTED
    with pytest.raises(TooLate):
        report(begun)


def report(plan, **more):
    fields = {"effect": "good", "evaluation": "目标达到", "improvements": "早点开始"} | more
    return judging.report(plan, **fields, by=plan.author)


def test_who_stands_above_and_wrote_none_of_it_guides_and_then_it_is_archived(crew):
    plan = PlanFactory(author=crew.author)
    contributing.invite(plan, [crew.manager], by=crew.author)
    plan.contributions.update(edited_at=timezone.now())
    running(plan)
    course.end(plan, reason="够了", by=crew.author)
    report(plan)
    for person in (crew.author, crew.manager, crew.stranger, crew.specialist):
        with pytest.raises(PermissionDenied):
            judging.guide(plan, guidance="好", by=person)
    judging.guide(plan, guidance="继续", by=crew.director)
    plan.refresh_from_db()
    assert (plan.status, plan.judgement.guided_by) == ("closed", crew.director)
    assert plan.moves(crew.author) == plan.moves(crew.director) == set()


def test_improvements_are_carried_into_the_next_plan(crew):
    plan = running_plan(crew)
    course.end(plan, reason="够了", by=crew.author)
    report(plan, improvements="礼品早两周订")
    following = writing.copy(plan, token=uuid.uuid4(), by=crew.author)
    assert following.lessons == "礼品早两周订"
    assert content_of(following) == content_of(plan)


def content_of(plan):
    return list(plan.lines.values_list("kind", "what", "unit_price"))


def test_tasks_on_time_are_counted_by_the_business_date(crew):
    plan, today = running_plan(crew), timezone.localdate()
    on_time, late = given_task(plan, crew.specialist), given_task(plan, crew.specialist)
    TaskFactory(plan=plan, due_on=today - DAY)
    TaskFactory(plan=plan, due_on=today)
    finish(on_time)
    finish(late)
    # Done late in the evening of its day it is on time; a minute after midnight it is not.
    plan.tasks.filter(pk=on_time.pk).update(due_on=today - DAY, done_at=start_of(today) - dt.timedelta(minutes=1))
    plan.tasks.filter(pk=late.pk).update(due_on=today - DAY, done_at=start_of(today) + dt.timedelta(minutes=1))
    assert judging.on_time(plan) == {"all": 4, "done": 2, "done_late": 1, "open": 2, "late": 1, "cancelled": 0}


# Pages


def page(user, plan):
    return cells.signed_in(user).get(reverse("plans:judgement", args=[plan.pk]))


def send(user, name, plan, data):
    return cells.signed_in(user).post(reverse(f"plans:{name}", args=[plan.pk]), data)


def test_from_the_end_to_the_archive_in_pages(begun, crew):
    bought(begun.members.first().customer, timezone.localdate(), 4321)
    assert "4,321" in page(crew.author, begun).content.decode()
    course.end(begun, reason="够了", by=crew.author)
    refused = send(crew.author, "report", begun, {"effect": "good", "evaluation": "", "improvements": "保留的文字"})
    assert refused.status_code == 422 and "保留的文字" in refused.content.decode()
    written = {"effect": "partly", "evaluation": "部分达到", "improvements": "早点开始"}
    assert send(crew.author, "report", begun, written).status_code == 302
    late = send(crew.author, "report", begun, written | {"evaluation": "第二份"})
    assert late.status_code == 409 and "第二份" in late.content.decode()
    assert send(crew.author, "guide", begun, {"guidance": "好"}).status_code == 403
    assert send(crew.manager, "guide", begun, {"guidance": "下次先问仓库"}).status_code == 302
    body = page(crew.author, begun).content.decode()
    assert "部分达到" in body and "下次先问仓库" in body
    assert send(crew.manager, "guide", begun, {"guidance": "又"}).status_code == 409


def test_a_plan_that_is_not_approved_has_no_results_yet(crew):
    assert page(crew.author, PlanFactory(author=crew.author)).status_code == 200
