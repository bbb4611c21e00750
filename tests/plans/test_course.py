"""The course of an approved plan: amended, paused, resumed, ended (policy 6.3, and the pool rules of 4)."""

import datetime as dt
from contextlib import suppress
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.lib.moves import TooLate
from customers.models import Activity, Customer, Loan
from customers.ownership import pool
from plans import approval, content, course, telling, work, writing
from plans.models import Goal, Line, Plan
from tests.access import cells
from tests.factories import CustomerFactory, TaskFactory, passed, running
from tests.plans.conftest import make_crew, running_plan
from tests.plans.test_work import finish, given_task

# Amendments

TEXT = st.text("改甲乙丙 ab\n", max_size=8)
EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("words"), st.sampled_from(["name", "aim", "method", "lessons"]), TEXT),
        st.tuples(st.just("days"), st.integers(0, 20), st.integers(0, 40)),
        st.tuples(st.just("goal"), st.sampled_from(["add", "change", "remove"]), st.integers(0, 99)),
        st.tuples(st.just("line"), st.sampled_from(["add", "change", "remove", "turn"]), st.integers(0, 99)),
        st.tuples(st.just("customers"), st.sampled_from(["add", "remove"]), st.integers(0, 3)),
        st.tuples(st.just("answers"), TEXT, st.just(0)),
    ),
    max_size=8,
)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(EDITS, st.booleans())
def test_whatever_was_written_giving_the_amendment_up_restores_the_version_in_force(edits, is_sent_back):
    with transaction.atomic():
        crew = make_crew()
        plan = running_plan(crew)
        plan.lines.create(kind=Line.Kind.GIFT, what="送礼", unit_price=7, position=1)
        plan = _amended_once(plan, crew)
        before = (plan.in_force.content, plan.budget, plan.reach, plan.turnover)
        course.amend(plan, note="改", by=crew.author)
        for edit in edits:
            writing.save(plan, _writes(*edit), edition=plan.edition, by=crew.author)
        if is_sent_back:
            with suppress(approval.Incomplete):
                approval.submit(plan, by=crew.author)
                approval.withdraw(plan, by=crew.author)
        course.discard(plan, by=crew.author)
        plan = Plan.objects.get(pk=plan.pk)
        assert (content.freeze(plan), plan.budget, plan.reach, plan.turnover) == before
        assert plan.status == Plan.Status.RUNNING
        transaction.set_rollback(True)


def _amended_once(plan, crew):
    """Let the plan have a second version in force, with two measures."""
    course.amend(plan, note="加一项", by=crew.author)
    writing.save(plan, lambda plan: None, edition=plan.edition, by=crew.author)
    approval.submit(plan, by=crew.author)
    while plan.is_waiting:
        passed(plan)
    assert plan.in_force.number == 2 and len(plan.in_force.content["lines"]) == 2
    return plan


def _writes(kind, what, value):
    def write(plan):
        rows = {"goal": Goal, "line": Line}
        if kind == "words":
            setattr(plan, what, value)
        elif kind == "days":
            plan.starts_on += dt.timedelta(days=what)
            plan.ends_on += dt.timedelta(days=value)
        elif kind == "answers":
            plan.answers = {"people": what}
        elif kind == "customers":
            ids = list(plan.members.values_list("customer", flat=True))
            ids = ids[value:] if what == "remove" else [*ids, CustomerFactory(owner=plan.author).pk]
            writing.put_customers(plan, ids)
        else:
            _write_row(rows[kind].objects.filter(plan=plan), plan, what, value)

    return write


def _write_row(rows, plan, what, value):
    is_line = rows.model is Line
    money = {"unit_price": value} if is_line else {"target": value}
    if what == "add":
        rows.create(plan=plan, **({"kind": "news", "what": "新"} if is_line else {"measure": "buyers"}), **money)
    elif what == "change":
        rows.update(**money)
    elif what == "remove" and rows:
        rows.last().delete()
    elif what == "turn":
        for place, row in enumerate(reversed(rows)):
            rows.filter(pk=row.pk).update(position=place)


def test_while_an_amendment_is_written_tasks_go_on_and_the_old_money_holds(crew):
    plan = running_plan(crew)
    task = given_task(plan, crew.specialist)
    course.amend(plan, note="要更多钱", by=crew.author)
    plan.lines.update(unit_price=5000)
    writing.save(plan, lambda plan: None, edition=plan.edition, by=crew.author)
    assert (plan.budget, plan.approved) == (5000, 1200)
    finish(task, 10)
    approval.submit(plan, by=crew.author)
    given_task(plan, crew.specialist)
    while plan.is_waiting:
        passed(plan)
    assert (plan.approved, plan.spent, plan.status) == (5000, 10, "running")


def test_a_customer_that_an_amendment_adds_is_held_once_it_is_submitted_and_let_go_with_it(crew):
    plan = running_plan(crew)
    new = CustomerFactory(owner=crew.specialist)
    course.amend(plan, note="加客户", by=crew.author)
    ids = [*plan.members.values_list("customer", flat=True), new.pk]
    writing.save(plan, lambda plan: writing.put_customers(plan, ids), edition=plan.edition, by=crew.author)
    assert not new.holds.exists()
    approval.submit(plan, by=crew.author)
    assert new.holds.count() == 1
    approval.withdraw(plan, by=crew.author)
    assert not new.holds.exists()


# Pausing and ending


def test_a_paused_plan_rests_and_keeps_its_customers(crew):
    plan = running_plan(crew)
    task = given_task(plan, crew.specialist)
    course.pause(plan, reason="等新品", by=crew.author)
    for call in (lambda: finish(task), lambda: given_task(plan), lambda: course.amend(plan, note="", by=crew.author)):
        with pytest.raises(TooLate):
            call()
    assert plan.members.first().customer.holds.exists()
    course.resume(plan, by=crew.author)
    finish(task)
    assert list(plan.events.filter(verb__in=["pause", "resume"]).values_list("verb", "note")) == [
        ("resume", ""),
        ("pause", "等新品"),
    ]


def idle(crew):
    """A customer that went without a deal for so long that only a hold keeps it from the pool."""
    today = timezone.localdate()
    customer = CustomerFactory(owner=crew.specialist, owned_since=today - dt.timedelta(days=200))
    Customer.objects.filter(pk=customer.pk).update(returns_on=today)
    return customer


def test_when_it_ends_its_customers_return_in_the_next_night_and_open_tasks_are_cancelled(crew):
    customer = idle(crew)
    plan = running(author=crew.author, customers=[customer])
    done, left = (
        given_task(plan, crew.colleague, customer=customer),
        given_task(plan, crew.colleague, customer=customer),
    )
    finish(done, 30)
    pool.return_idle(on=timezone.localdate())
    customer.refresh_from_db()
    assert customer.owner == crew.specialist
    course.end(plan, reason="客户已下单", by=crew.author)
    left.refresh_from_db()
    assert (left.status, left.result, plan.spent) == ("cancelled", "客户已下单", 30)
    assert not customer.holds.exists() and not Loan.objects.filter(customer=customer).exists()
    telling.tell_approved()
    assert [line.data["did"] for line in customer.activities.filter(verb=Activity.Verb.PLAN)] == ["end", "approve"]
    pool.return_idle(on=timezone.localdate())
    customer.refresh_from_db()
    assert customer.owner is None


def test_of_two_plans_the_other_goes_on_holding(crew):
    customer = idle(crew)
    plans = [running(author=crew.author, customers=[customer]) for _n in range(2)]
    course.end(plans[0], reason="够了", by=crew.author)
    pool.return_idle(on=timezone.localdate())
    customer.refresh_from_db()
    assert customer.owner == crew.specialist


def test_nobody_but_the_author_steers(crew):
    plan = running_plan(crew)
    for person in (crew.manager, crew.director, crew.specialist):
        with pytest.raises(PermissionDenied):
            course.end(plan, reason="不做了", by=person)


# Pages


def ask(user, name, plan, data=None, **headers):
    path = reverse(f"plans:{name}", args=[plan.pk])
    client = cells.signed_in(user)
    return client.post(path, data, headers=headers) if data is not None else client.get(path, headers=headers)


def test_ending_early_asks_for_a_reason_and_says_how_many_tasks_are_cancelled(crew):
    plan = running_plan(crew)
    for _n in range(3):
        TaskFactory(plan=plan)
    finish(plan.tasks.first())
    assert "2 open tasks" in ask(crew.author, "end", plan).content.decode()
    refused = ask(crew.author, "end", plan, {"reason": " "})
    assert refused.status_code == 422 and plan.tasks.open().count() == 2
    assert ask(crew.author, "end", plan, {"reason": "提前完成"}).status_code == 302
    assert ask(crew.author, "end", plan).status_code == 409


def test_at_its_last_day_a_plan_ends_without_a_reason(crew):
    today = timezone.localdate()
    plan = running_plan(crew, starts_on=today - dt.timedelta(days=30), ends_on=today)
    assert ask(crew.author, "end", plan, {"reason": ""}).status_code == 302


def test_in_the_dialog_the_browser_is_sent_on_and_a_late_question_keeps_what_was_typed(crew):
    plan = running_plan(crew)
    htmx = {"HX-Request": "true"}
    assert ask(crew.author, "pause", plan, {"reason": ""}, **htmx).status_code == 422
    done = ask(crew.author, "pause", plan, {"reason": "等新品"}, **htmx)
    assert done["HX-Redirect"] == plan.get_absolute_url()
    late = ask(crew.author, "pause", plan, {"reason": "我写的原因"}, **htmx)
    assert late.status_code == 409 and "我写的原因" in late.content.decode()
    assert ask(crew.author, "resume", plan, {}, **htmx)["HX-Redirect"]
    assert ask(crew.manager, "pause", plan).status_code == 403
    assert ask(crew.stranger, "pause", plan).status_code == 404


def test_money_and_tasks_agree_when_plan_and_task_end_one_after_the_other(crew):
    plan = running_plan(crew)
    tasks = [given_task(plan, crew.specialist) for _n in range(2)]
    finish(tasks[0], 5)
    course.end(plan, reason="够了", by=crew.author)
    with pytest.raises(TooLate):
        work.reopen(tasks[0], reason="再来", by=crew.author)
    assert Plan.objects.get(pk=plan.pk).spent == Decimal(5)
