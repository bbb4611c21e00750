"""Finding plans: list, board, beside the customer's page, in the sidebar (policy 1.8, 6)."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from plans import board, contributing
from plans.models import Plan, Task
from tests.factories import CustomerFactory, PlanFactory, TaskFactory, TeamFactory, UserFactory, running, submitted

pytestmark = pytest.mark.django_db
Status = Plan.Status


@pytest.fixture
def team(db):
    return TeamFactory(name="杭州组")


@pytest.fixture
def author(team):
    return UserFactory(supervisor=True, team=team, name="王芳")


@pytest.fixture
def director(team):
    return UserFactory(director=True, team=team, name="吴总")


@pytest.fixture
def signed_in(client, author):
    client.force_login(author)
    return client


def found(client, **words):
    return [plan.name for plan in client.get(reverse("plans:list"), words).context["page"].rows]


def columns(client, **words):
    return {column.key: column for column in client.get(reverse("plans:board"), words).context["columns"]}


def aged(plan, days, **fields):
    Plan.objects.filter(pk=plan.pk).update(updated_at=timezone.now() - dt.timedelta(days=days), **fields)
    return plan


# The list


def test_the_list_holds_what_one_sees_what_changed_last_first(signed_in, author, team):
    aged(PlanFactory(author=author, name="旧"), 5)
    PlanFactory(author=UserFactory(supervisor=True, team=team), name="新")
    PlanFactory(name="别的组")
    assert found(signed_in) == ["新", "旧"]


def test_it_is_filtered_by_name_state_person_team_money_and_customer(client, director, author, team):
    other = UserFactory(supervisor=True, team=TeamFactory(name="上海组"))
    customer = CustomerFactory(owner=author)
    PlanFactory(author=author, name="春季拜访", budget=Decimal(500), customers=[customer])
    PlanFactory(author=other, name="秋季拜访", budget=Decimal(900))
    submitted(PlanFactory(author=other, name="新品试用", budget=Decimal(2000)))
    client.force_login(director)
    for words, names in (
        ({"q": "拜访"}, {"春季拜访", "秋季拜访"}),
        ({"state": "waiting"}, {"新品试用"}),
        ({"state": "draft"}, {"春季拜访", "秋季拜访"}),
        ({"author": author.pk}, {"春季拜访"}),
        ({"team": other.team.pk}, {"秋季拜访", "新品试用"}),
        ({"at_least": "900", "at_most": "1000"}, {"秋季拜访"}),
        ({"customer": customer.pk}, {"春季拜访"}),
        ({"mine": "1"}, set()),
    ):
        assert set(found(client, **words)) == names, words
    assert found(client, sort="-budget") == ["新品试用", "秋季拜访", "春季拜访"]
    assert found(client, sort="budget") == ["春季拜访", "秋季拜访", "新品试用"]


def test_the_plans_of_a_customer_out_of_sight_are_not_asked_for(signed_in, author):
    hidden = CustomerFactory(name="看不见的公司")
    PlanFactory(author=author, customers=[hidden])
    response = signed_in.get(reverse("plans:list"), {"customer": hidden.pk})
    assert "看不见的公司" not in response.content.decode()


def test_a_waiting_plan_says_for_whom_it_waits(signed_in, author, director):
    submitted(PlanFactory(author=author))
    assert "吴总" in signed_in.get(reverse("plans:list")).content.decode()


def test_a_specialist_finds_what_they_help_with_and_is_not_told_to_draft(client, author, team):
    seller = UserFactory(team=team)
    client.force_login(seller)
    empty = client.get(reverse("plans:list")).content.decode()
    assert reverse("plans:add") not in empty
    assert "No plan concerns you yet" in empty
    plan = PlanFactory(author=author, name="一起写的")
    contributing.invite(plan, [seller], by=author)
    assert found(client) == ["一起写的"]
    assert [card.name for card in columns(client)["writing"].cards] == ["一起写的"]


# The board


def test_each_plan_stands_in_the_column_of_its_state(signed_in, author, director):
    plans = {
        "writing": PlanFactory(author=author),
        "waiting": submitted(PlanFactory(author=author)),
        "working": running(PlanFactory(author=author)),
        "judging": running(PlanFactory(author=author)),
        "closed": running(PlanFactory(author=author)),
    }
    Plan.objects.filter(pk=plans["judging"].pk).update(status=Status.ENDED)
    aged(plans["closed"], 10, status=Status.CLOSED)
    aged(running(PlanFactory(author=author)), board.CLOSED_DAYS + 1, status=Status.CLOSED)
    PlanFactory(author=author, status=Status.DROPPED)
    shown = columns(signed_in)
    assert {key: [card.pk for card in column.cards] for key, column in shown.items()} == {
        key: [plan.pk] for key, plan in plans.items()
    }
    (waiting,) = shown["waiting"].cards
    assert [person.name for person in waiting.waits_for] == ["吴总"]


def test_a_card_tells_done_and_late_tasks_without_the_cancelled(signed_in, author, director):
    plan = running(PlanFactory(author=author))
    TaskFactory(plan=plan)
    TaskFactory(plan=plan, due_on=timezone.localdate() - dt.timedelta(days=1))
    TaskFactory(plan=plan, status=Task.Status.DONE, done_at=timezone.now())
    TaskFactory(plan=plan, status=Task.Status.CANCELLED)
    (card,) = columns(signed_in)["working"].cards
    assert (card.all_tasks, card.done, card.late) == (3, 1, 1)
    aged(plan, 0, status=Status.PAUSED)
    assert columns(signed_in)["working"].cards[0].late == 0


def test_a_column_shows_its_newest_cards_and_leads_to_the_others(signed_in, author, monkeypatch):
    monkeypatch.setattr(board, "MOST", 2)
    for days in range(4):
        aged(PlanFactory(author=author, name=f"方案{days}"), days)
    response = signed_in.get(reverse("plans:board"), {"q": "方案"})
    column = response.context["columns"][0]
    assert ([card.name for card in column.cards], column.number, column.more) == (["方案0", "方案1"], 4, 2)
    assert "?q=%E6%96%B9%E6%A1%88&amp;state=writing" in response.content.decode()


@pytest.mark.parametrize("address", ["plans:list", "plans:board"])
def test_many_plans_need_no_more_queries_than_one(signed_in, author, director, address):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert signed_in.get(reverse(address)).status_code == 200
        return len(queries)

    numbers = []
    for _n in range(2):
        PlanFactory(author=author)
        submitted(PlanFactory(author=author))
        TaskFactory(plan=running(PlanFactory(author=author)))
        numbers.append(asked())
    assert numbers[0] == numbers[1] <= 10


# Elsewhere


def test_the_customers_page_names_the_plans_under_way_that_one_sees(client, author, director, team):
    customer = CustomerFactory(owner=author)
    running(PlanFactory(author=author, name="进行中", customers=[customer]))
    PlanFactory(author=author, name="放弃的", customers=[customer], status=Status.DROPPED)
    PlanFactory(name="别人的", customers=[customer])
    client.force_login(author)
    page = client.get(customer.get_absolute_url()).content.decode()
    address = reverse("plans:of_customer", args=[customer.pk])
    assert f'hx-get="{address}"' in page
    assert f"{reverse('plans:add')}?customer={customer.pk}" in page
    assert [plan.name for plan in client.get(address).context["plans"]] == ["进行中"]
    seller = UserFactory(team=team)
    client.force_login(seller)
    assert client.get(address).status_code == 404


def test_the_sidebar_counts_the_decisions_that_wait(client, author, director):
    client.force_login(director)

    def badge():
        items = client.get(reverse("plans:board")).context["navigation"]
        return next(item["badge"] for item in items if item["title"] == "Plans")

    assert badge() == ""
    submitted(PlanFactory(author=author))
    assert badge() == "1"
