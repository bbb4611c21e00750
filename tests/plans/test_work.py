"""The tasks of an approved plan (policy 6.3)."""

import datetime as dt
import threading
import uuid
from contextlib import suppress
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from crm.lib.moves import TooLate
from customers.models import Activity, Customer
from plans import course, lateness, work
from plans.models import Plan, Task, TaskFile
from plans.progress import Progress
from staff import calendar
from staff.models import Day
from tests.access import cells
from tests.factories import CustomerFactory, PlanFactory, TaskFactory, UserFactory, running
from tests.plans.conftest import make_crew, running_plan
from tests.walls.racing import racers
from tests.walls.test_queries import MOST, queries

SOON = dt.timedelta(days=7)


def given_task(plan, person=None, **fields):
    fields = {"what": "上门拜访", "due_on": timezone.localdate() + SOON, "person": person or plan.author} | fields
    return work.assign(Task(plan=plan, line=plan.lines.first(), **fields), by=plan.author)


def finish(task, cost=0, by=None, **more):
    task = Task.objects.get(pk=task.pk)
    work.finish(task, result="送到了", feedback="满意", cost=Decimal(cost), by=by or task.person, **more)
    return task


def spent(plan):
    return Plan.objects.get(pk=plan.pk).spent


def cost_of_done(plan):
    return plan.tasks.filter(status="done").aggregate(sum=Sum("cost", default=Decimal(0)))["sum"]


# Money


def test_what_is_spent_is_what_the_done_tasks_cost(crew):
    plan = running_plan(crew)
    first, second = given_task(plan, crew.specialist), given_task(plan, crew.colleague)
    finish(first, "120.50")
    finish(second, "80")
    assert spent(plan) == Decimal("200.50")
    work.reopen(Task.objects.get(pk=first.pk), reason="没送到", by=crew.author)
    assert spent(plan) == Decimal("80")
    assert plan.events.get(verb="task_reopen").data["cost"] == "120.50"


VERBS = st.sampled_from(["assign", "finish", "cancel", "reopen", "edit", "amend", "discard", "pause", "resume"])
STEPS = st.lists(st.tuples(VERBS, st.integers(0, 5), st.integers(0, 99999)), max_size=14)


@pytest.mark.django_db
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_whatever_is_done_with_tasks_the_sum_is_right(steps):
    with transaction.atomic():
        crew = make_crew()
        plan = running_plan(crew)
        for verb, which, fen in steps:
            _do(plan, verb, which, Decimal(fen) / 100, crew)
            assert spent(plan) == cost_of_done(plan)
        transaction.set_rollback(True)


def _do(plan, verb, which, money, crew):
    plan = Plan.objects.get(pk=plan.pk)
    tasks = list(plan.tasks.order_by("pk"))
    task = tasks[which % len(tasks)] if tasks else None
    customer = plan.members.first().customer_id
    why, by = {"reason": "原因"}, {"by": crew.author}
    calls = {
        "assign": lambda: given_task(plan, crew.colleague, customer_id=customer, planned=money),
        "finish": lambda: task and finish(task, money),
        "cancel": lambda: task and work.cancel(task, **why, **by),
        "reopen": lambda: task and work.reopen(task, **why, **by),
        "edit": lambda: task and work.edit(task, fields={"person": crew.specialist}, **by),
        "amend": lambda: course.amend(plan, note="改", **by),
        "discard": lambda: course.discard(plan, **by),
        "pause": lambda: course.pause(plan, **why, **by),
        "resume": lambda: course.resume(plan, **by),
    }
    with suppress(TooLate):
        calls[verb]()


@pytest.mark.django_db(transaction=True)
def test_two_who_finish_at_once_are_both_counted():
    outcomes, plan = _two_finish_at_once()
    assert outcomes == [None, None]
    assert spent(plan) == cost_of_done(plan) == 300


@pytest.mark.django_db(transaction=True)
def test_control_without_the_plans_lock_one_is_not_counted(monkeypatch):
    both_have_counted, save = threading.Barrier(2), Plan.save

    def save_late(plan, **options):
        if "spent" in (options.get("update_fields") or ()):
            both_have_counted.wait(10)
        return save(plan, **options)

    monkeypatch.setattr(Plan, "lock", lambda self: self.refresh_from_db())
    monkeypatch.setattr(Plan, "save", save_late)
    outcomes, plan = _two_finish_at_once()
    assert outcomes == [None, None]
    assert cost_of_done(plan) == 300
    assert spent(plan) in {100, 200}


def _two_finish_at_once():
    crew = make_crew()
    plan = running_plan(crew)
    tasks = [given_task(plan, crew.specialist), given_task(plan, crew.colleague)]
    calls = [lambda t=task, n=n: finish(t, 100 * n) and None for n, task in enumerate(tasks, start=1)]
    with racers(2) as them:
        return them.run(*calls), plan


def test_a_task_is_finished_once_and_the_later_one_hears_so(crew):
    plan = running_plan(crew)
    task = given_task(plan, crew.specialist)
    stale = Task.objects.get(pk=task.pk)
    finish(task, 10)
    with pytest.raises(TooLate, match=str(Task.Status.DONE.label)):
        work.finish(stale, result="又一次", feedback="", cost=Decimal(99), by=crew.author)
    assert spent(plan) == 10


def test_a_task_of_a_paused_or_ended_plan_is_not_finished(crew):
    plan = running_plan(crew)
    task = given_task(plan)
    course.pause(plan, reason="等新品", by=crew.author)
    with pytest.raises(TooLate):
        finish(task)
    course.resume(plan, by=crew.author)
    course.end(plan, reason="提前完成", by=crew.author)
    with pytest.raises(TooLate):
        finish(task)


# Giving


def test_the_same_form_sent_twice_is_one_task(crew):
    plan, token = running_plan(crew), uuid.uuid4()
    first, again = given_task(plan, token=token), given_task(plan, token=token)
    assert first == again and plan.tasks.count() == 1


def test_only_the_author_gives_steers_and_only_who_has_it_or_the_author_finishes(crew):
    plan = running_plan(crew)
    task = given_task(plan, crew.specialist)
    for person in (crew.specialist, crew.manager, crew.director):
        with pytest.raises(PermissionDenied):
            work.cancel(Task.objects.get(pk=task.pk), reason="不做", by=person)
    with pytest.raises(PermissionDenied):
        finish(task, by=crew.colleague)
    finish(task, by=crew.author)


def test_whoever_gets_a_colleagues_customer_borrows_it_until_the_task_is_over(crew):
    plan = running_plan(crew, [crew.specialist])
    customer = plan.members.get().customer
    first = given_task(plan, crew.colleague, customer=customer)
    second = given_task(plan, crew.colleague, customer=customer)
    assert list(customer.loans.values_list("person__name", "until")) == [
        ("陈静", first.due_on + dt.timedelta(days=work.GRACE_DAYS))
    ]
    assert Customer.objects.visible_to(crew.colleague).filter(pk=customer.pk).exists()
    finish(first)
    assert customer.loans.count() == 1
    work.edit(second, fields={"person": crew.specialist}, by=crew.author)
    assert customer.loans.count() == 0
    line = customer.activities.get(verb=Activity.Verb.TASK)
    assert "送到了" in line.note and "满意" in line.note


def test_a_loan_that_ended_before_its_task_is_lent_again(crew):
    plan = running_plan(crew, [crew.specialist])
    customer = plan.members.get().customer
    given_task(plan, crew.colleague, customer=customer)
    customer.loans.all().delete()
    assert (work.lend_again(), work.lend_again(), customer.loans.count()) == (1, 0, 1)


def test_each_customer_gets_one_task_of_a_measure_however_often_it_is_sent(crew):
    plan = running_plan(crew, [crew.specialist, crew.specialist, crew.colleague, crew.stranger])
    line, today = plan.lines.get(), timezone.localdate()
    choice = {"what": "给{customer}送样品", "people": [crew.specialist, crew.colleague], "own": True}
    choice |= {"first": today, "last": today + dt.timedelta(days=20), "by": crew.author}
    planned = work.draft(plan, line, **choice)
    assert len(planned) == 3 and plan.tasks.count() == 0
    made = work.generate(plan, line, **choice)
    assert [(task.what, task.person_id) for task in made] == [
        ("给丝绸1行送样品", crew.specialist.pk),
        ("给丝绸2行送样品", crew.specialist.pk),
        ("给丝绸3行送样品", crew.colleague.pk),
    ]
    # A customer out of the author's sight is none of theirs to give; its share of the money stays unplanned.
    assert {task.planned for task in made} == {Decimal(300)}
    assert all(calendar.opens_on(task.due_on) == task.due_on for task in made)
    assert work.generate(plan, line, **choice) == []


def test_shared_evenly_nobody_has_two_more_and_what_they_have_counts(crew):
    plan = running_plan(crew, [crew.specialist] * 5)
    given_task(plan, crew.specialist)
    days = {"first": timezone.localdate(), "last": timezone.localdate() + SOON}
    people = [crew.specialist, crew.colleague]
    work.generate(plan, plan.lines.get(), what="回访", people=people, own=False, **days, by=crew.author)
    assert work.load(people) == {crew.specialist.pk: 3, crew.colleague.pk: 3}
    lent = Customer.objects.visible_to(crew.colleague).filter(loans__person=crew.colleague).count()
    assert lent == 3


def test_a_measure_that_is_only_written_in_an_amendment_has_no_tasks_yet(crew):
    plan = running_plan(crew)
    course.amend(plan, note="加一项", by=crew.author)
    line = plan.lines.create(kind="gift", what="送礼", unit_price=99)
    with pytest.raises(TooLate):
        work.assign(
            Task(plan=plan, line=line, person=crew.author, what="送礼", due_on=timezone.localdate()), by=crew.author
        )
    plan.lines.filter(pk=plan.lines.first().pk).update(unit_price=9999)
    days = {"first": timezone.localdate(), "last": timezone.localdate() + SOON}
    choice = {"what": "拜访", "people": [crew.author], "own": False} | days
    assert {task.planned for task in work.draft(plan, plan.lines.first(), **choice, by=crew.author)} == {Decimal(600)}


# Progress


def test_the_figures_are_those_counted_by_hand(crew):
    plan, today = running_plan(crew), timezone.localdate()
    done, late = given_task(plan, crew.specialist, planned=500), given_task(plan, crew.colleague, planned=300)
    given_task(plan, crew.colleague)
    gone = given_task(plan, crew.specialist, planned=1000)
    work.cancel(gone, reason="不需要", by=crew.author)
    Task.objects.filter(pk__in=[done.pk, late.pk]).update(due_on=today - dt.timedelta(days=1))
    finish(done, 450)
    found = Progress(plan, plan.tasks.all())
    assert found.counts == {"all": 4, "done": 1, "done_late": 1, "open": 2, "late": 1, "cancelled": 1}
    [money] = found.money
    assert (money.approved, money.planned, money.spent, money.is_over) == (1200, 800, 450, False)
    assert [(share.name, share.given, share.counts["late"]) for share in found.shares] == [
        ("陈静", 2, 1),
        ("李伟", 1, 0),
    ]
    by_day = {day: (due, done) for day, due, done in found.course}
    assert by_day[today] == (2, 1)
    assert found.course[-1][1:] == (3, None)


# Pages


def post(user, name, pk, data=None, **headers):
    return cells.signed_in(user).post(reverse(f"plans:{name}", args=[pk]), data or {}, **headers)


def page(user, name, pk, **query):
    return cells.signed_in(user).get(reverse(f"plans:{name}", args=[pk]), query)


def test_more_spent_than_approved_is_said_with_how_much(crew):
    plan = running_plan(crew)
    finish(given_task(plan), "1250.50")
    body = page(crew.author, "tasks", plan.pk).content.decode()
    assert "50.50" in body and reverse("plans:amend", args=[plan.pk]) in body


def test_somebody_from_elsewhere_with_a_task_sees_their_own_tasks_and_no_money(crew):
    plan = running_plan(crew)
    given_task(plan, crew.specialist, what="李伟的任务")
    assert page(crew.colleague, "tasks", plan.pk).status_code == 404
    given_task(plan, crew.colleague, what="陈静的任务")
    found = page(crew.colleague, "tasks", plan.pk)
    body = found.content.decode()
    assert "陈静的任务" in body and "李伟的任务" not in body
    assert "charts" not in found.context
    hers = plan.tasks.get(person=crew.specialist)
    assert page(crew.colleague, "task", hers.pk).status_code == 404
    assert page(crew.specialist, "task", hers.pk).status_code == 200


def test_a_customer_out_of_sight_is_not_named(crew):
    plan = running_plan(crew, [crew.stranger])
    task = given_task(plan, crew.specialist)
    Task.objects.filter(pk=task.pk).update(customer=plan.members.get().customer)
    for name, pk in (("tasks", plan.pk), ("task", task.pk), ("task_add", plan.pk)):
        assert "丝绸1行" not in page(crew.author, name, pk).content.decode()
    assert "丝绸1行" in page(crew.director, "task", task.pk).content.decode()


def finish_data(**more):
    return {"result": "客户要更多样品", "feedback": "", "cost": "12.50"} | more


def picture():
    file = BytesIO()
    Image.new("RGB", (40, 30), "green").save(file, "PNG")
    return SimpleUploadedFile("现场.png", file.getvalue(), "image/png")


def test_finished_with_a_picture_and_a_pdf_that_only_who_sees_the_task_gets(crew):
    plan = running_plan(crew)
    task = given_task(plan, crew.specialist)
    pdf = SimpleUploadedFile("签收.exe", b"%PDF-1.7 x", "application/octet-stream")
    sent = post(crew.specialist, "task_finish", task.pk, finish_data(files=[picture(), pdf]))
    assert sent.status_code == 302
    assert list(task.files.values_list("name", "kind")) == [("现场.jpg", "image/jpeg"), ("签收.pdf", "application/pdf")]
    shown, saved = (page(crew.manager, "task_file", file.pk) for file in task.files.all())
    assert shown["Content-Type"] == "image/jpeg" and shown["Content-Disposition"].startswith("inline")
    assert saved["Content-Disposition"].startswith("attachment") and saved["X-Content-Type-Options"] == "nosniff"
    assert page(crew.colleague, "task_file", task.files.first().pk).status_code == 404


def test_what_came_of_a_task_is_read_no_more_by_whoever_had_the_customer_once_it_lies_in_the_pool(crew):
    plan = running_plan(crew, [crew.specialist])
    task = given_task(plan, crew.specialist, customer=plan.members.get().customer)
    post(crew.specialist, "task_finish", task.pk, finish_data(feedback="打她手机", files=[picture()]))
    file = task.files.get()
    assert "打她手机" in page(crew.specialist, "task", task.pk).content.decode()
    task.customer.holds.all().delete()
    Customer.objects.get(pk=task.customer_id).release(note="不做了", by=crew.author)
    hers = page(crew.specialist, "task", task.pk).content.decode()
    assert "打她手机" not in hers and "客户要更多样品" not in hers and "in the pool" in hers
    assert page(crew.specialist, "task_file", file.pk).status_code == 404
    assert "打她手机" in page(crew.author, "task", task.pk).content.decode()
    assert page(crew.author, "task_file", file.pk).status_code == 200


@pytest.mark.parametrize("content", [b"<html>", b"GIF89a", b"", b" %PDF-1.7"])
def test_any_other_file_is_refused_and_what_was_typed_stays(content, crew):
    task = given_task(running_plan(crew))
    sent = post(crew.author, "task_finish", task.pk, finish_data(files=[SimpleUploadedFile("x.pdf", content)]))
    assert sent.status_code == 422 and "客户要更多样品" in sent.content.decode()
    assert TaskFile.objects.count() == 0


def test_who_finishes_too_late_gets_what_was_typed_back(crew):
    task = given_task(running_plan(crew), crew.specialist)
    finish(task)
    sent = post(crew.author, "task_finish", task.pk, finish_data())
    assert sent.status_code == 409 and "客户要更多样品" in sent.content.decode()


def test_a_task_given_while_the_plan_was_paused_keeps_what_was_typed(crew):
    plan = running_plan(crew)
    course.pause(plan, reason="等新品", by=crew.author)
    day = calendar.opens_on(timezone.localdate() + SOON).isoformat()
    data = {"what": "写好的任务", "person": crew.specialist.pk, "due_on": day, "planned": "0", "token": uuid.uuid4()}
    sent = post(crew.author, "task_add", plan.pk, data)
    assert sent.status_code == 409 and "写好的任务" in sent.content.decode()
    assert page(crew.author, "task_add", plan.pk).status_code == 409


def test_a_result_is_asked_for_and_money_has_two_decimals(crew):
    task = given_task(running_plan(crew))
    for data in (finish_data(result=" "), finish_data(cost="-1"), finish_data(cost="1.234"), finish_data(cost="NaN")):
        assert post(crew.author, "task_finish", task.pk, data).status_code == 422


def test_a_late_task_is_changed_without_a_new_day_but_a_new_day_is_a_working_day(crew):
    plan = running_plan(crew)
    task = given_task(plan, crew.specialist)
    Task.objects.filter(pk=task.pk).update(due_on=dt.date(2026, 1, 4))
    data = {"what": "改了", "person": crew.specialist.pk, "due_on": "2026-01-04", "planned": "5"}
    assert post(crew.author, "task_edit", task.pk, data).status_code == 302
    weekend = Day.objects.filter(day__gt=timezone.localdate(), is_working=False).earliest("day").day
    refused = post(crew.author, "task_edit", task.pk, data | {"due_on": weekend.isoformat()})
    assert "due_on" in refused.context["form"].errors
    refused = post(crew.author, "task_edit", task.pk, data | {"person": crew.stranger.pk})
    assert "person" in refused.context["form"].errors


def test_a_preview_writes_nothing_and_says_who_gets_what(crew):
    plan, today = running_plan(crew), timezone.localdate()
    days = {"first": calendar.opens_on(today), "last": calendar.opens_on(today + SOON)}
    data = {"line": plan.lines.get().pk, "what": "拜访{customer}", "own": "1"} | days
    data["people"] = [crew.specialist.pk, crew.colleague.pk]
    shown = post(crew.author, "task_generate", plan.pk, data | {"preview": "1"})
    assert shown.context["preview"]["number"] == 2 and plan.tasks.count() == 0
    for _n in range(2):
        assert post(crew.author, "task_generate", plan.pk, data).status_code == 302
    assert plan.tasks.count() == 2
    refused = post(crew.author, "task_generate", plan.pk, data | {"what": "{contact}您好"})
    assert "what" in refused.context["form"].errors


# Late ones


def days_ago(working):
    """Return the day so many working days before today, counted as `calendar.working_days_between` does."""
    days = Day.objects.filter(day__lte=timezone.localdate(), is_working=True).order_by("-day")
    return days[working].day if working else timezone.localdate()


def test_late_tasks_come_up_level_by_level(crew):
    plan = running_plan(crew)
    for late in (0, 1, 2, 3, 5, 6, 9):
        TaskFactory(plan=plan, what=f"晚{late}天", due_on=days_ago(late))
    seen = {
        person.name: [task.what for task in lateness.late(person, lateness.level_for(person)).order_by("due_on")]
        for person in (crew.author, crew.manager, crew.director, crew.stranger)
    }
    assert seen == {
        "王芳": ["晚9天", "晚6天", "晚5天", "晚3天", "晚2天", "晚1天"],
        "周强": ["晚9天", "晚6天", "晚5天", "晚3天"],
        "吴总": ["晚9天", "晚6天"],
        "黄敏": [],
    }
    tasks = list(lateness.late(crew.author, 1).order_by("due_on"))
    lateness.mark(tasks)
    assert [task.days_late for task in tasks] == [9, 6, 5, 3, 2, 1]
    assert [bool(task.opens) for task in tasks] == [True, False, True, False, True, False]


def test_what_a_manager_wrote_is_theirs_from_the_first_day(crew):
    customer = CustomerFactory(owner=crew.specialist)
    plan = PlanFactory(author=crew.manager, customers=[customer])
    UserFactory(administrator=True)
    running(plan)
    TaskFactory(plan=plan, due_on=days_ago(1))
    assert lateness.late(crew.manager, lateness.MANAGER).count() == 1
    assert lateness.late(crew.director, lateness.DIRECTOR).count() == 0


def test_pages_need_as_many_queries_for_many_tasks_as_for_one(crew):
    plan = running_plan(crew)
    asked = [("tasks", [plan.pk]), ("judgement", [plan.pk]), ("task_add", [plan.pk]), ("task_generate", [plan.pk])]
    asked += [("late", []), ("task", [one_more(plan, crew, crew.specialist).pk])]
    client = cells.signed_in(crew.author)
    for name, args in asked:
        queries(client, reverse(f"plans:{name}", args=args))  # what is asked once per process
    one = [len(queries(client, reverse(f"plans:{name}", args=args))) for name, args in asked]
    for owner in (crew.specialist, crew.colleague, crew.author):
        one_more(plan, crew, owner)
    many = [len(queries(client, reverse(f"plans:{name}", args=args))) for name, args in asked]
    assert many == one and max(many) <= MOST, (one, many)


def one_more(plan, crew, owner):
    """Add a late task for a customer of its own, one done, and one with a file."""
    late = TaskFactory(plan=plan, person=owner, customer=CustomerFactory(owner=owner), due_on=days_ago(3))
    TaskFile.objects.create(task=late, name="a.pdf", kind="application/pdf", content=b"%PDF-", by=owner)
    finish(TaskFactory(plan=plan, person=crew.colleague, customer=CustomerFactory(owner=owner)))
    return late
