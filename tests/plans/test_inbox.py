"""What waits for whom, and deciding on it as the page shows it (policy 6.2)."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import Customer
from plans import approval, course
from plans.models import Decision, Line, LineComment, Plan, Seat
from tests.factories import AbsenceFactory, CustomerFactory, PlanFactory, UserFactory, passed, running, submitted
from tests.plans.test_approve import company

__all__ = ["company"]
pytestmark = pytest.mark.django_db
INBOX = "/plans/inbox/"


def client_of(person):
    client = Client()
    client.force_login(person)
    return client


def page(person, path=INBOX, **query):
    response = client_of(person).get(path, query)
    assert response.status_code == 200
    return response.content.decode()


def send(person, plan, verb="pass", **data):
    data = {"version": plan.version_id, "position": plan.position, "verb": verb} | data
    return client_of(person).post(reverse("plans:decide", args=[plan.pk]), data)


def changed(plan, amount):
    """Let the author write another price into the plan and submit it again."""
    Line.objects.filter(plan=plan).update(unit_price=amount, what="送公司特色礼品")
    plan.refresh_from_db()
    approval.submit(plan, by=plan.author)
    return plan


def test_only_whoever_has_the_seat_finds_it_the_oldest_first(company):
    older, newer = (submitted(PlanFactory(author=company.author, name=name)) for name in ("甲方案", "乙方案"))
    Seat.objects.filter(plan=newer).update(since=older.waiting_since.replace(year=2030))
    body = page(company.manager)
    assert body.index("甲方案") < body.index("乙方案")
    assert "甲方案" not in page(company.director)
    assert client_of(company.specialist).get(INBOX).status_code == 403


def test_the_case_asked_for_is_open_with_its_money_the_first_otherwise(company):
    submitted(PlanFactory(author=company.author, name="甲方案", budget=1200))
    second = submitted(PlanFactory(author=company.author, name="乙方案", budget=34567))
    first_open, second_open = page(company.manager), page(company.manager, plan=second.pk)
    assert "Yes, approve 1,200 yuan" in first_open and "Yes, approve 34,567 yuan" not in first_open
    assert "Yes, approve 34,567 yuan" in second_open
    assert "Yes, approve 1,200 yuan" in page(company.manager, plan="9" * 30)


def test_passing_it_leads_to_the_next_and_says_so(company):
    plan = submitted(PlanFactory(author=company.author))
    response = send(company.manager, plan, remark="同意")
    assert response.headers["Location"] == INBOX
    made = plan.decisions.get(verb="pass")
    assert (made.by, made.note, made.version_id) == (company.manager, "同意", plan.version_id)
    assert plan.name not in page(company.manager).split('id="inbox"')[1]
    assert "周强 passed it" in page(company.director)


def test_a_second_tap_is_the_same_decision(company):
    plan = submitted(PlanFactory(author=company.author))
    assert [send(company.manager, plan).status_code for _tap in range(2)] == [302, 302]
    assert plan.decisions.filter(verb="pass").count() == 1


def test_sending_back_needs_words_and_keeps_what_was_typed(company):
    plan = submitted(PlanFactory(author=company.author))
    comment = {f"line-{plan.lines.get().pk}": "能否减少一次"}
    response = send(company.manager, plan, "send_back", **comment)
    assert response.status_code == 422 and "能否减少一次" in response.content.decode()
    assert send(company.manager, plan, "send_back", note="礼品从俭", **comment).status_code == 302
    assert plan.decisions.get(verb="send_back").note == "礼品从俭"
    kept = LineComment.objects.get()
    assert (kept.line, kept.text, kept.by) == (plan.lines.get().pk, "能否减少一次", company.manager)
    assert "礼品从俭" in page(company.author, plan.get_absolute_url())
    assert "能否减少一次" in page(company.author, plan.get_absolute_url())


def test_resubmitted_it_shows_what_changed_since_i_sent_it_back(company):
    plan = submitted(PlanFactory(author=company.author, budget=22000))
    send(company.manager, plan, "send_back", note="礼品从俭")
    changed(plan, 18000)
    body = page(company.manager)
    assert "Changed since you sent it back" in body and "礼品从俭" in body
    assert "22,000</del>" in body and "18,000</ins>" in body


def test_whoever_sees_it_first_reads_no_changes_whoever_passed_it_reads_those_since_then(company):
    plan = submitted(PlanFactory(author=company.author, budget=500))
    assert "<del" not in page(company.manager)
    passed(plan)
    assert "<del" not in page(company.director)
    send(company.director, plan, "send_back", note="再省些")
    changed(plan, 400)
    body = page(company.manager)
    assert "Changed since you last decided" in body and "500</del>" in body


def test_a_page_that_is_stale_is_told_shows_the_changes_and_keeps_the_words(company):
    plan = submitted(PlanFactory(author=company.author, budget=900))
    seen = plan.version_id
    approval.withdraw(plan, by=company.author)
    changed(plan, 700)
    response = send(company.manager, plan, "send_back", version=seen, note="我的意见", **{"line-0": "已删去的措施"})
    body = response.content.decode()
    assert response.status_code == 409
    assert "我的意见" in body and "已删去的措施" in body
    assert "900</del>" in body and f'name="version" value="{plan.version_id}"' in body
    assert not plan.decisions.filter(verb="send_back").exists()


def test_whoever_is_overtaken_hears_by_whom_and_keeps_the_words(company):
    other = UserFactory(manager=True, name="钱进", team=company.manager.team)
    company.manager.team.head = None
    company.manager.team.save()
    plan = submitted(PlanFactory(author=company.author))
    assert send(other, plan).status_code == 302
    response = send(company.manager, plan, "send_back", note="我的意见")
    body = response.content.decode()
    assert response.status_code == 409 and "钱进 was faster" in body and "我的意见" in body
    assert send(company.manager, Plan.objects.get(pk=plan.pk)).status_code == 403


def test_in_whose_stead_i_decide_is_said(company):
    AbsenceFactory(person=company.manager, delegate=company.director)
    plan = submitted(PlanFactory(author=company.author))
    assert "You decide for 周强" in page(company.director)
    send(company.director, plan)
    assert plan.decisions.get(verb="pass").stands_for == company.manager


def test_many_at_once_each_by_itself_none_lost(company):
    plans = [submitted(PlanFactory(author=company.author, budget=amount)) for amount in (100, 250, 400)]
    hidden = submitted(PlanFactory(author=UserFactory(supervisor=True)))
    chosen = [f"{plan.pk}:{plan.version_id}" for plan in [*plans, hidden]]
    approval.withdraw(plans[2], by=company.author)
    client = client_of(company.manager)
    asked = client.post("/plans/inbox/decide/", {"chosen": chosen})
    assert "350 yuan" in asked.content.decode() and Decision.objects.filter(verb="pass").count() == 0
    done = client.post("/plans/inbox/decide/", {"chosen": chosen, "confirm": 1})
    results = [(result.plan, result.is_done) for result in done.context["results"]]
    assert results == [(plans[0], True), (plans[1], True), (plans[2], False), (None, False)]
    assert hidden.name not in done.content.decode()
    assert Decision.objects.filter(verb="pass").count() == 2
    assert "2 of 4 approved" in done.content.decode()


@pytest.mark.parametrize("chosen", ["", "x", "1", "1:", "1:x", "９:９", f"{'9' * 40}:1"])
def test_nonsense_is_no_choice(company, chosen):
    response = client_of(company.manager).post("/plans/inbox/decide/", {"chosen": chosen, "confirm": 1})
    assert (response.status_code, response.headers["Location"]) == (302, INBOX)


def test_an_amendment_is_shown_against_what_is_in_force(company):
    plan = running(PlanFactory(author=company.author, budget=1000))
    course.amend(plan, note="多访一次", by=company.author)
    Line.objects.filter(plan=plan).update(unit_price=1500)
    assert "1,500</ins>" in page(company.author, plan.get_absolute_url())
    plan.refresh_from_db()
    approval.submit(plan, by=company.author)
    body = page(company.manager)
    assert "Changed against what is in force" in body and "1,000</del>" in body and "(in force: 1,000 yuan)" in body


def test_customers_out_of_sight_are_counted_never_named(company):
    hidden, own = CustomerFactory(name="看不见公司"), CustomerFactory(name="看得见公司", owner=company.specialist)
    plan = PlanFactory(author=company.author, customers=[own])
    plan.contributions.create(person=company.specialist)
    submitted(plan)
    approval.withdraw(plan, by=company.author)
    plan.members.create(customer=hidden)
    approval.submit(plan, by=company.author)
    assert not Customer.objects.visible_to(company.specialist).filter(pk=hidden.pk).exists()
    for path in ("", "versions/2/", "history/"):
        body = page(company.specialist, f"{plan.get_absolute_url()}{path}")
        assert "看不见公司" not in body and "out of your sight" in body
    assert "看得见公司" in page(company.specialist, plan.get_absolute_url())
    assert "看不见公司" in page(company.director, f"{plan.get_absolute_url()}versions/2/")


def test_what_is_missing_is_said_and_nothing_is_submitted(company):
    plan = PlanFactory(author=company.author, aim="")
    response = client_of(company.author).post(reverse("plans:submit", args=[plan.pk]))
    assert response.status_code == 422 and "Say what the plan is for." in response.content.decode()
    plan.refresh_from_db()
    assert plan.status == "draft"


def test_a_page_from_before_somebody_saved_does_not_submit(company):
    plan = PlanFactory(author=company.author)
    Plan.objects.filter(pk=plan.pk).update(edition=7)
    submit = reverse("plans:submit", args=[plan.pk])
    assert client_of(company.author).post(submit, {"edition": 6}).status_code == 409
    assert client_of(company.author).post(submit, {"edition": 7}).status_code == 302


def test_a_withdrawal_that_comes_too_late_keeps_its_words(company):
    plan = running(PlanFactory(author=company.author))
    response = client_of(company.author).post(reverse("plans:withdraw", args=[plan.pk]), {"note": "等一等"})
    assert response.status_code == 409 and "等一等" in response.content.decode()


def test_the_history_has_every_step_with_what_was_seen_page_by_page(company, monkeypatch):
    plan = submitted(PlanFactory(author=company.author, budget=300))
    send(company.manager, plan, "send_back", note="再省些")
    changed(plan, 200)
    passed(plan)
    monkeypatch.setattr("plans.history.SIZE", 2)
    client, path, titles, bodies = client_of(company.author), f"{plan.get_absolute_url()}history/", [], ""
    while path and len(titles) < 9:
        response = client.get(path)
        titles += [entry.title for entry in response.context["entries"]]
        bodies += response.content.decode()
        more = response.context["more"]
        path = more and f"{plan.get_absolute_url()}history/?after={more}"
    assert titles == ["周强 passed it", "王芳 submitted it", "周强 sent it back", "王芳 submitted it"]
    assert "300</del>" in bodies and f"{plan.get_absolute_url()}versions/1/" in bodies
    assert client.get(f"{plan.get_absolute_url()}history/", {"after": "nonsense"}).status_code == 200


def test_a_version_is_drawn_as_it_was_whatever_the_wording_is_now(company):
    plan = submitted(PlanFactory(author=company.author, budget=300))
    approval.withdraw(plan, by=company.author)
    Line.objects.filter(plan=plan).update(what="完全不同的措施")
    body = page(company.manager, reverse("plans:version", args=[plan.pk, 1]))
    assert "上门拜访" in body and "完全不同的措施" not in body
    assert client_of(company.manager).get(reverse("plans:version", args=[plan.pk, 2])).status_code == 404


def grown(plan):
    """Give the plan more of everything, and another round."""
    approval.decide(plan, "send_back", version=plan.version_id, by=plan.seats.get().person, note="再省些")
    for _n in range(2):
        Line.objects.create(plan=plan, kind=Line.Kind.GIFT, what="礼品", unit_price=5)
        plan.members.create(customer=CustomerFactory())
        plan.contributions.create(person=UserFactory())
    approval.submit(plan, by=plan.author)
    text = {"text": "太多", "by": plan.seats.get().person}
    LineComment.objects.create(plan=plan, version=plan.version, line=plan.lines.last().pk, **text)


@pytest.mark.parametrize("path", ["{plan}", "{plan}history/", "{plan}versions/2/", "/plans/inbox/", "/plans/chain/"])
def test_a_page_needs_few_queries_however_long_the_plan_is(company, path):
    plan = submitted(PlanFactory(author=company.author))
    grown(plan)
    submitted(PlanFactory(author=company.author))
    clients = [client_of(person) for person in (company.manager, company.author, company.director)]
    path = path.format(plan=plan.get_absolute_url())
    numbers = []
    for _time in range(2):
        for client in clients:
            with CaptureQueriesContext(connection) as asked:
                client.get(path)
            numbers.append(len(asked))
        grown(plan)
    assert numbers[:3] == numbers[3:]
    assert max(numbers) <= 15, numbers
