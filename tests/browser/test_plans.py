"""A maintenance plan as five people take it from draft to archive, and once more with the seats above them empty."""

import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from customers.models import Activity
from plans import telling
from plans.models import Decision, Plan, Task
from plans.questions import QUESTIONS
from tests.factories import AbsenceFactory, CustomerFactory, OrderFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
PAPERS = ("plan", "report", "summary", "strengthening")


@pytest.fixture
def company(transactional_db):
    """Five people of one line: specialist, supervisor, manager, director, and the administrator beside them."""
    hq = TeamFactory(name="总公司")
    east = TeamFactory(name="华东", parent=hq)
    team = TeamFactory(name="杭州组", parent=east)
    people = SimpleNamespace(
        specialist=UserFactory(team=team, name="李伟"),
        supervisor=UserFactory(supervisor=True, team=team, name="王芳"),
        manager=UserFactory(manager=True, team=east, name="周强"),
        director=UserFactory(director=True, team=hq, name="吴总"),
        administrator=UserFactory(administrator=True, team=hq, name="孙工"),
    )
    for node, head in ((team, people.supervisor), (east, people.manager), (hq, people.director)):
        node.head = head
        node.save()
    people.customer = CustomerFactory(name="吉顺发", owner=people.specialist)
    OrderFactory(customer=people.customer, salesperson=people.specialist, paid=True, amount=80_000)
    return people


def draft(visit, company):
    """The supervisor begins a draft for a customer and asks the specialist to help; return the plan."""
    page = visit(company.supervisor, "/plans/add/")
    page.fill("[name=name]", "冬季回访方案")
    page.locator("label.chip", has_text=re.compile("list|codes", re.I)).first.click()
    page.fill("[name=codes]", company.customer.code)
    page.click("text=Begin the draft")
    page.wait_for_url(re.compile(r"/plans/\d+/edit/"))
    plan = Plan.objects.get()
    page.click("text=Who helps to write it")
    page.get_by_label("李伟").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main, body").first).to_contain_text("李伟")
    return plan


def contribute(visit, company, plan):
    page = visit(company.specialist, f"/plans/{plan.pk}/edit/")
    fill_line(page, "gift", "赠送礼品卡", "500")
    save(page, plan)


def fill_line(page, kind, what, price):
    row = page.locator("[data-rows=lines] [data-row]:visible").first
    row.locator("select[name$=-kind]").select_option(kind)
    row.locator("input[name$=-what]").fill(what)
    row.locator("input[name$=-unit_price]").fill(price)


def save(page, plan):
    before = Plan.objects.get(pk=plan.pk).edition
    page.keyboard.press("Control+Enter")
    expect(page.locator(f"[name=edition][value='{before + 1}']")).to_be_attached()


def complete_and_submit(visit, company, plan):
    page = visit(company.supervisor, f"/plans/{plan.pk}/edit/")
    page.fill("[name=aim]", "让老客户继续下单")
    page.fill("[name=starts_on]", "2026-01-05")
    page.fill("[name=ends_on]", "2099-12-31")
    goal = page.locator("[data-rows=goals] [data-row]:visible").first
    goal.locator("select[name$=-measure]").select_option("orders")
    goal.locator("input[name$=-target]").fill("1")
    for key in QUESTIONS:
        page.fill(f"[name=answer_{key}]", "可以")
    save(page, plan)
    submit(page, plan)


def submit(page, plan):
    page.goto(page.url.split("/plans/")[0] + f"/plans/{plan.pk}/")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("button", name="Submit")).to_have_count(0)
    assert Plan.objects.get(pk=plan.pk).is_waiting


def send_back(visit, company, plan):
    page = visit(company.manager, "/plans/inbox/")
    expect(page.locator("#open")).to_contain_text("赠送礼品卡")
    page.locator("summary", has_text="Send back").click()
    page.fill("[name=note]", "礼品从俭")
    page.get_by_role("button", name=re.compile("Send it back")).click()
    expect(page.locator("body")).to_contain_text("Nothing waits for you")


def approve(visit, person, *, phone=False):
    """Approve the first plan of the inbox; return the number of taps it took."""
    page = visit(person, "/plans/inbox/", phone=phone)
    taps = 0
    for target in (page.locator("#open summary", has_text="Approve"), page.get_by_role("button", name="Yes, approve")):
        target.scroll_into_view_if_needed()
        target.click()
        taps += 1
    expect(page.locator("body")).to_contain_text("Nothing waits for you")
    return taps


def change_and_resubmit(visit, company, plan):
    page = visit(company.supervisor, f"/plans/{plan.pk}/edit/")
    fill_line(page, "gift", "赠送公司特色礼品", "200")
    save(page, plan)
    submit(page, plan)


def carry_out(visit, company, plan):
    """The supervisor gives everybody's customers a task; the specialist finds it on Today and does it."""
    page = visit(company.supervisor, f"/plans/{plan.pk}/tasks/generate/")
    page.select_option("[name=line]", index=1)
    page.get_by_label("李伟").check()
    page.get_by_role("button", name="Give the tasks").click()
    page.wait_for_url(re.compile(rf"/plans/{plan.pk}/tasks/"))
    task = Task.objects.get()
    Task.objects.update(due_on=task.created_at.date())
    page = visit(company.specialist, "/today/")
    page.get_by_role("link", name="Finish the task").click()
    page.fill("[name=result]", "已送达")
    page.fill("[name=feedback]", "很喜欢")
    page.fill("[name=cost]", "180")
    page.get_by_role("button", name=re.compile("Finish the task")).click()
    expect(page.locator("body")).to_contain_text("已送达")


def judge_and_archive(visit, company, plan, guide):
    page = visit(company.supervisor, f"/plans/{plan.pk}/results/")
    page.get_by_role("link", name="End the plan").click()
    page.fill("#dialog-body [name=reason]", "目标已达到")
    page.locator("#dialog-body button.btn-primary, #dialog-body button.btn-danger").click()
    page.wait_for_load_state("networkidle")
    page.goto(page.url.split("/plans/")[0] + f"/plans/{plan.pk}/results/")
    page.locator("#id_effect label").first.click()
    page.fill("[name=evaluation]", "客户继续下单")
    page.fill("[name=improvements]", "早一个月开始")
    page.get_by_role("button", name=re.compile("Hand the report in")).click()
    expect(page.locator("body")).to_contain_text("客户继续下单")
    page = visit(guide, f"/plans/{plan.pk}/results/")
    page.fill("[name=guidance]", "下次提前报预算")
    page.get_by_role("button", name=re.compile("Guide and archive")).click()
    expect(page.locator("body")).to_contain_text("下次提前报预算")
    for kind in PAPERS:
        paper = page.request.get(page.url.split("/plans/")[0] + f"/plans/{plan.pk}/papers/{kind}/")
        assert paper.ok and paper.headers["content-type"] == "application/pdf" and paper.body()[:5] == b"%PDF-", kind


def test_five_people_take_a_plan_from_draft_to_archive(visit, company):
    plan = draft(visit, company)
    contribute(visit, company, plan)
    complete_and_submit(visit, company, plan)
    send_back(visit, company, plan)
    change_and_resubmit(visit, company, plan)
    page = visit(company.manager, "/plans/inbox/")
    expect(page.locator("#open")).to_contain_text("赠送礼品卡")
    expect(page.locator("#open")).to_contain_text("赠送公司特色礼品")
    approve(visit, company.manager)
    assert approve(visit, company.director, phone=True) <= 2
    plan.refresh_from_db()
    assert (plan.status, plan.approved) == (Plan.Status.RUNNING, 200)
    carry_out(visit, company, plan)
    plan.refresh_from_db()
    assert plan.spent == 180
    judge_and_archive(visit, company, plan, company.manager)
    plan.refresh_from_db()
    assert plan.status == Plan.Status.CLOSED
    signed = plan.decisions.filter(verb=Decision.Verb.PASS).values_list("by__name", flat=True)
    assert list(signed) == ["周强", "吴总"]
    telling.tell_approved()  # as a task does every minute
    assert company.customer.activities.filter(verb__in=(Activity.Verb.PLAN, Activity.Verb.TASK)).count() == 3


def test_with_the_manager_on_leave_and_the_directors_seat_vacant_it_gets_there_as_well(visit, company):
    deputy = UserFactory(manager=True, name="钱进")
    AbsenceFactory(person=company.manager, delegate=deputy)
    company.director.is_active = False
    company.director.save()
    plan = draft(visit, company)
    contribute(visit, company, plan)
    complete_and_submit(visit, company, plan)
    approve(visit, deputy)
    approve(visit, company.administrator, phone=True)
    carry_out(visit, company, plan)
    judge_and_archive(visit, company, plan, company.administrator)
    signed = plan.decisions.filter(verb=Decision.Verb.PASS).values_list("by__name", "stands_for__name")
    assert list(signed) == [("钱进", "周强"), ("孙工", None)]
    plan.refresh_from_db()
    assert plan.status == Plan.Status.CLOSED
