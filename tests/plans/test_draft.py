"""Drafting a plan: for whom, from which wording, written by several people, handed on (policy 6.1, 6.2)."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from plans import contributing, writing
from plans.models import Goal, Judgement, Line, Plan
from tests.factories import (
    CustomerFactory,
    OrderFactory,
    PlanFactory,
    TaskFactory,
    TeamFactory,
    UserFactory,
    running,
    submitted,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(db):
    return TeamFactory(name="杭州组")


@pytest.fixture
def author(team):
    return UserFactory(supervisor=True, team=team, name="王芳")


@pytest.fixture
def seller(team):
    return UserFactory(team=team, name="李伟")


@pytest.fixture
def signed_in(client, author):
    client.force_login(author)
    return client


def begin(client, **fields):
    data = {"token": uuid.uuid4(), "name": "春季维护", "whom": "later"} | fields
    return client.post(reverse("plans:add"), data)


def only_plan():
    return Plan.objects.get()


def for_whom(plan):
    return set(plan.members.values_list("customer__name", flat=True))


def rows(prefix, *rows):
    """Return what the page sends for the rows of one kind."""
    data = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": 0}
    return data | {f"{prefix}-{n}-{name}": value for n, row in enumerate(rows) for name, value in row.items()}


def wording(plan, *, goals=(), lines=(), **fields):
    data = {"name": plan.name, "aim": plan.aim, "method": plan.method, "edition": plan.edition} | fields
    return data | rows("goals", *goals) | rows("lines", *lines)


def write(client, plan, **fields):
    return client.post(reverse("plans:edit", args=[plan.pk]), wording(plan, **fields))


VISIT = {"kind": "visit", "what": "上门拜访", "unit_price": "80"}


# For whom


def test_a_draft_begins_for_the_customer_whose_page_one_came_from(signed_in, seller):
    customer = CustomerFactory(owner=seller)
    page = signed_in.get(reverse("plans:add"), {"customer": customer.pk})
    assert page.context["form"]["whom"].value() == "customer"
    response = begin(signed_in, whom="customer", customer=customer.pk)
    plan = only_plan()
    assert response.url == reverse("plans:edit", args=[plan.pk])
    assert (for_whom(plan), plan.reach, plan.team) == ({customer.name}, 1, seller.team)


def test_the_same_form_sent_twice_is_one_plan(signed_in):
    token = uuid.uuid4()
    assert begin(signed_in, token=token).url == begin(signed_in, token=token, name="另一个名字").url
    assert only_plan().name == "春季维护"


def test_a_form_of_somebody_else_sent_once_more_makes_nothing_and_keeps_what_was_typed(signed_in):
    theirs = PlanFactory()
    response = begin(signed_in, token=theirs.token, name="没写完的方案")
    assert response.status_code == 409
    assert "没写完的方案" in response.content.decode()
    assert Plan.objects.get() == theirs


def test_a_pasted_list_takes_codes_and_names_also_of_a_table(signed_in, seller):
    first = CustomerFactory(owner=seller, code="HZ-1")
    second = CustomerFactory(owner=seller, name="绍兴轻纺（集团）有限公司")
    begin(signed_in, whom="codes", codes=f"hz-1\t备注\n\n  {second.name}\nHZ-1")
    assert for_whom(only_plan()) == {first.name, second.name}


def test_each_line_that_names_nobody_or_several_is_said_with_its_number_and_nothing_is_kept(signed_in, seller):
    CustomerFactory(owner=seller, name="同名公司", code="A1")
    CustomerFactory(owner=seller, name="同名公司", code="A2")
    CustomerFactory(owner=seller, code="GOOD")
    CustomerFactory(pooled=True, code="POOL")
    CustomerFactory(code="HIDDEN")
    response = begin(signed_in, whom="codes", codes="GOOD\n同名公司\nHIDDEN\nNOWHERE\nPOOL")
    errors = response.context["form"].errors["codes"]
    assert [error.partition(":")[0] for error in errors] == ["Line 2", "Line 3", "Line 4", "Line 5"]
    assert "A1, A2" in errors[0]
    assert errors[1].replace("HIDDEN", "") == errors[2].replace("NOWHERE", "").replace("4", "3")
    assert "pool" in errors[3]
    assert (response.status_code, Plan.objects.count()) == (422, 0)
    assert "同名公司" in response.content.decode()


def test_a_segment_takes_whoever_fits_in_sight_and_is_remembered(signed_in, seller, team):
    fits = CustomerFactory(owner=seller, grade="A", industry="trade", address="杭州市西湖区1号")
    for other in (
        {"grade": "C"},
        {"industry": "health"},
        {"address": "上海市"},
        {"owner": UserFactory()},
    ):
        CustomerFactory(**{"owner": seller, "grade": "A", "industry": "trade", "address": "杭州市"} | other)
    chosen = {"grades": ["A", "VIP"], "industry": "trade", "area": "西湖", "team": team.pk, "owner": seller.pk}
    begin(signed_in, whom="segment", **chosen)
    plan = only_plan()
    assert for_whom(plan) == {fits.name}
    assert plan.criteria == chosen
    page = signed_in.get(reverse("plans:customers", args=[plan.pk]))
    assert page.context["form"]["area"].value() == "西湖"


def test_a_segment_too_large_or_empty_or_without_a_word_is_refused(signed_in, seller, monkeypatch):
    CustomerFactory.create_batch(3, owner=seller, grade="B")
    monkeypatch.setattr(writing, "MOST_CUSTOMERS", 2)
    for chosen, said in (({"grades": ["B"]}, "at most 2"), ({"grades": ["VIP"]}, "fits"), ({}, "at least a grade")):
        response = begin(signed_in, whom="segment", **chosen)
        assert response.status_code == 422
        assert said in str(response.context["form"].errors["grades"])
    assert Plan.objects.count() == 0


def test_a_look_at_the_segment_counts_and_writes_nothing(signed_in, seller):
    CustomerFactory.create_batch(2, owner=seller, grade="B")
    response = signed_in.post(
        reverse("plans:add"),
        {"token": uuid.uuid4(), "whom": "segment", "grades": ["B"], "preview": "1"},
        headers={"HX-Request": "true"},
    )
    assert response.context["found"]["number"] == 2
    assert Plan.objects.count() == 0


# From an earlier plan


def test_a_plan_starts_from_an_earlier_one_with_its_measures_and_lessons_for_other_customers(signed_in, author, seller):
    source = running(PlanFactory(author=author))
    source.status = Plan.Status.ENDED
    source.save()
    Judgement.objects.create(plan=source, improvements="早两周预约", reported_at=source.updated_at)
    other = CustomerFactory(owner=seller, code="N1")
    begin(signed_in, source=source.pk, whom="codes", codes="N1", name="秋季维护")
    plan = Plan.objects.latest("pk")
    assert (plan.name, plan.copied_from, plan.lessons) == ("秋季维护", source, "早两周预约")
    assert [line.what for line in plan.lines.all()] == ["上门拜访"]
    assert (plan.budget, for_whom(plan)) == (Decimal(1200), {other.name})
    assert (plan.starts_on, plan.answers) == (None, {})


def test_a_copy_is_for_those_customers_that_its_author_sees(signed_in, author):
    mine, hidden = CustomerFactory(owner=author), CustomerFactory()
    source = PlanFactory(author=author, customers=[mine, hidden])
    token = uuid.uuid4()
    for _again in range(2):
        response = signed_in.post(reverse("plans:copy", args=[source.pk]), {"token": token})
    plan = Plan.objects.exclude(pk=source.pk).get()
    assert response.url == reverse("plans:edit", args=[plan.pk])
    assert for_whom(plan) == {mine.name}


def test_a_template_is_for_everybody_who_drafts_until_it_is_withdrawn(client, author):
    source = PlanFactory(author=author)
    address = reverse("plans:template", args=[source.pk])
    client.force_login(author)
    client.post(address, {"on": "1"})
    stranger = UserFactory(supervisor=True)
    client.force_login(stranger)
    assert source in client.get(reverse("plans:add")).context["form"].sources
    assert client.get(source.get_absolute_url()).status_code == 404
    assert client.post(address, {"on": "0"}).status_code == 404
    assert client.post(reverse("plans:copy", args=[source.pk])).status_code == 302
    writing.offer(source, False, by=author)
    assert client.post(reverse("plans:copy", args=[source.pk])).status_code == 404


# The wording


def test_the_page_saves_words_answers_goals_and_measures_and_sums_the_budget(signed_in, author):
    customer = CustomerFactory(owner=author)
    OrderFactory(customer=customer, amount=Decimal(60000), ordered_on=_month_ago(), paid=True)
    plan = writing.draft(Plan(name="维护"), customers=[customer.pk], by=author)
    response = write(
        signed_in,
        plan,
        aim="多下单",
        starts_on="2026-03-01",
        ends_on="2026-05-31",
        answer_people="可以",
        goals=[{"measure": "orders", "target": "3"}, {}],
        lines=[VISIT | {"quantity": "1,0", "unit_price": "¥1,200.50"}, {"kind": "", "quantity": "1"}],
    )
    assert response.status_code == 302
    plan.refresh_from_db()
    assert (plan.aim, plan.answers["people"], plan.edition) == ("多下单", "可以", 2)
    assert list(plan.goals.values_list("measure", "target")) == [("orders", Decimal(3))]
    assert (plan.budget, plan.turnover, plan.share) == (Decimal(12005), Decimal(60000), Decimal("20.0"))
    page = signed_in.get(reverse("plans:edit", args=[plan.pk])).content.decode()
    assert "12,005" in page
    assert "60,000" in page


def _month_ago():
    return timezone.localdate().replace(day=1) - dt.timedelta(days=10)


def test_a_row_keeps_its_id_and_one_that_is_removed_or_emptied_goes(signed_in, author):
    plan = PlanFactory(author=author)
    line = plan.lines.get()
    more = Line.objects.create(plan=plan, kind="gift", what="礼品", position=1)
    last = Line.objects.create(plan=plan, kind="news", what="通讯", position=2)
    kept = VISIT | {"id": line.pk, "what": "登门拜访"}
    write(
        signed_in,
        plan,
        lines=[{"id": more.pk, "kind": "gift", "what": "礼品", "DELETE": "on"}, {"id": last.pk, "quantity": "1"}, kept],
    )
    assert list(plan.lines.values_list("pk", "what")) == [(line.pk, "登门拜访")]
    assert not Goal.objects.filter(plan=plan).exists()


def test_a_row_of_another_plan_is_not_touched_whatever_id_is_sent(signed_in, author):
    other, plan = PlanFactory(), PlanFactory(author=author)
    line = other.lines.get()
    write(signed_in, plan, lines=[VISIT | {"id": line.pk}])
    line.refresh_from_db()
    assert (line.plan, line.unit_price) == (other, Decimal(1200))
    assert plan.lines.get().unit_price == Decimal(80)


def test_errors_name_the_row_and_keep_what_was_typed(signed_in, author):
    plan = PlanFactory(author=author)
    wrong = {"kind": "", "what": "样品", "unit_price": "一百", "quantity": "-1", "starts_on": "2026-05-02"}
    response = write(
        signed_in,
        plan,
        name="",
        goals=[{"measure": "satisfaction", "target": "9"}],
        lines=[VISIT, wrong | {"ends_on": "2026-05-01"}],
    )
    assert response.status_code == 422
    sheet = response.context["sheet"]
    assert [place for _id, place, _error in sheet.goals.problems] == ["1 · Target"]
    places = {place for _id, place, _error in sheet.lines.problems}
    assert places == {"2 · Measure", "2 · Unit price", "2 · Quantity", "2 · Until"}
    assert 'value="一百"' in response.content.decode()
    assert plan.lines.get().unit_price == Decimal(1200)


def test_more_rows_are_offered_without_saving_or_losing_anything(signed_in, author):
    plan = PlanFactory(author=author)
    response = write(signed_in, plan, name="没存的名字", lines=[VISIT], more="lines")
    assert response.status_code == 200
    assert len(response.context["sheet"].lines.forms) == 4
    assert "没存的名字" in response.content.decode()
    plan.refresh_from_db()
    assert plan.name != "没存的名字"


def test_of_two_who_write_at_once_the_later_sees_the_difference_and_may_save_again(client, author, seller):
    plan = PlanFactory(author=author)
    contributing.invite(plan, [seller], by=author)
    client.force_login(author)
    assert write(client, plan, aim="作者的话", lines=[VISIT]).status_code == 302
    client.force_login(seller)
    response = write(client, plan, aim="专员的话", lines=[VISIT])
    assert response.status_code == 409
    assert "专员的话" in response.content.decode()
    assert ("作者的话", "专员的话") in [(change.old, change.new) for change in response.context["differs"]]
    plan.refresh_from_db()
    assert plan.aim == "作者的话"
    again = wording(plan, aim="专员的话", edition=response.context["form"]["edition"].value())
    assert client.post(reverse("plans:edit", args=[plan.pk]), again).status_code == 302
    plan.refresh_from_db()
    assert plan.aim == "专员的话"
    assert plan.contributions.get().edited_at


def test_a_plan_submitted_meanwhile_is_not_written_and_the_text_stays_on_the_page(signed_in, author):
    UserFactory(administrator=True)
    plan = submitted(PlanFactory(author=author))
    response = write(signed_in, plan, aim="来不及的话")
    assert response.status_code == 409
    assert "来不及的话" in response.content.decode()
    assert signed_in.get(reverse("plans:edit", args=[plan.pk])).status_code == 409


def test_a_measure_with_tasks_stays_in_an_amendment(signed_in, author):
    plan = running(PlanFactory(author=author))
    TaskFactory(plan=plan)
    Plan.objects.filter(pk=plan.pk).update(status=Plan.Status.AMENDING)
    plan.refresh_from_db()
    response = write(signed_in, plan, aim="改", lines=[])
    assert response.status_code == 422
    assert "Tasks belong to the measure" in response.content.decode()
    plan.refresh_from_db()
    assert (plan.lines.count(), plan.aim) == (1, "让老客户继续下单")


@pytest.mark.parametrize("lines", [1, 20])
def test_the_page_needs_few_queries_however_many_rows(signed_in, author, lines):
    plan = PlanFactory(author=author)
    Line.objects.bulk_create(Line(plan=plan, kind="gift", what="礼品") for _n in range(lines - 1))
    with CaptureQueriesContext(connection) as asked:
        assert signed_in.get(reverse("plans:edit", args=[plan.pk])).status_code == 200
    assert len(asked) <= 14


# Customers, afterwards


def add(client, plan, **data):
    return client.post(reverse("plans:customers", args=[plan.pk]), data, follow=True)


def test_customers_are_added_and_removed_and_the_sums_follow(signed_in, author, seller):
    plan = PlanFactory(author=author)
    first = plan.members.get().customer
    added = CustomerFactory(owner=seller, code="X1", grade="VIP")
    add(signed_in, plan, do="codes", codes="X1")
    assert for_whom(plan) == {first.name, added.name}
    add(signed_in, plan, do="remove", customer=[first.pk])
    plan.refresh_from_db()
    assert (for_whom(plan), plan.reach) == ({added.name}, 1)
    add(signed_in, plan, do="segment", grades=["C"])
    assert for_whom(plan) == {first.name, added.name}


def test_more_customers_than_a_plan_takes_are_refused_together_with_those_there(signed_in, seller, author, monkeypatch):
    plan = PlanFactory(author=author)
    CustomerFactory.create_batch(2, owner=seller, grade="VIP")
    monkeypatch.setattr(writing, "MOST_CUSTOMERS", 2)
    assert add(signed_in, plan, do="segment", grades=["VIP"]).status_code == 422
    assert plan.members.count() == 1


def test_customers_out_of_sight_are_counted_not_named_and_go_only_all_together(signed_in, author):
    mine, hidden = CustomerFactory(owner=author), CustomerFactory(name="看不见的公司")
    plan = PlanFactory(author=author, customers=[mine, hidden])
    page = signed_in.get(reverse("plans:customers", args=[plan.pk]))
    assert page.context["hidden"] == 1
    assert "看不见的公司" not in page.content.decode()
    add(signed_in, plan, do="remove", customer=[hidden.pk])
    assert for_whom(plan) == {mine.name, hidden.name}
    add(signed_in, plan, do="remove", hidden="1")
    assert for_whom(plan) == {mine.name}


def test_who_helps_adds_only_customers_that_both_see(client, author, seller):
    plan = PlanFactory(author=author)
    contributing.invite(plan, [seller], by=author)
    CustomerFactory(owner=seller, code="OWN")
    CustomerFactory(owner=author, code="BOSS")
    client.force_login(seller)
    assert add(client, plan, do="codes", codes="BOSS").status_code == 422
    assert add(client, plan, do="codes", codes="OWN").status_code == 200
    assert plan.members.count() == 2


# People


def test_the_author_asks_people_in_sight_to_help_and_they_find_and_write_the_plan(client, author, seller, team):
    administrator = UserFactory(administrator=True, team=team)
    plan = PlanFactory(author=author)
    address = reverse("plans:people", args=[plan.pk])
    client.force_login(author)
    assert client.post(address, {"people": [administrator.pk]}).status_code == 422
    assert client.post(address, {"people": [UserFactory().pk]}).status_code == 422
    assert client.post(address, {"people": [seller.pk]}).status_code == 302
    client.force_login(seller)
    assert plan in client.get(reverse("plans:list")).context["page"].rows
    assert write(client, plan, lines=[VISIT]).status_code == 302
    assert client.get(address).status_code == 403
    client.force_login(author)
    assert client.post(address, {}).status_code == 302
    client.force_login(seller)
    assert client.get(reverse("plans:edit", args=[plan.pk])).status_code == 403


def test_whoever_leads_the_author_hands_the_plan_on_and_it_is_the_others_then(client, author):
    other = UserFactory(supervisor=True, name="张敏")
    plan = PlanFactory(author=author)
    address = reverse("plans:hand_on", args=[plan.pk])
    client.force_login(UserFactory(director=True))
    assert client.post(address, {"to": UserFactory().pk, "note": "调岗"}).status_code == 422
    assert client.post(address, {"to": other.pk, "note": ""}).status_code == 422
    assert client.post(address, {"to": other.pk, "note": "调岗"}).status_code == 302
    client.force_login(other)
    assert client.get(reverse("plans:edit", args=[plan.pk])).status_code == 200
    client.force_login(author)
    assert client.get(reverse("plans:edit", args=[plan.pk])).status_code == 403


def test_a_draft_that_is_given_up_stays_to_be_found_and_is_given_up_once(signed_in, author):
    plan = PlanFactory(author=author)
    address = reverse("plans:drop", args=[plan.pk])
    assert signed_in.post(address).status_code == 302
    assert signed_in.post(address).status_code == 409
    assert signed_in.get(reverse("plans:list"), {"state": "dropped"}).context["page"].rows == [plan]
