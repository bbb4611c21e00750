import datetime as dt
import time

import pytest
from django.db import models, transaction
from django.test import Client
from django.urls import reverse

from customers.models import OwnPeriods, Pool, PoolRules
from plans.models import Plan
from staff import teams
from staff.models import Team, User
from tests.factories import TeamFactory, UserFactory
from tests.walls.racing import racers
from visits.models import MonthlyComment

LIST = reverse("staff:team_list")
ADD = reverse("staff:team_add")


@pytest.fixture
def tree(db):
    """总公司 > 华东 > 杭州组."""
    top = TeamFactory(name="总公司")
    east = TeamFactory(name="华东", parent=top)
    return top, east, TeamFactory(name="杭州组", parent=east)


def save(client, team=None, **typed):
    page = team.get_absolute_url() if team else ADD
    fields = {"name": team.name, "parent": team.parent_id or "", "head": team.head_id or ""} if team else {}
    return client.post(page, fields | typed)


def errors(response):
    return {field: str(texts) for field, texts in response.context["form"].errors.items()}


# List


def test_the_list_is_a_tree_with_heads_and_numbers(as_boss, tree):
    head = UserFactory(name="王芳", supervisor=True, team=tree[2])
    Team.objects.filter(pk=tree[2].pk).update(head=head)
    TeamFactory(name="西北", parent=tree[0])
    page = as_boss.get(LIST)
    rows = [(team.name, len(team.levels), team.members) for team in page.context["teams"]]
    assert rows == [("总公司", 0, 0), ("华东", 1, 0), ("杭州组", 2, 1), ("西北", 1, 0)]
    assert "王芳" in page.content.decode()


def test_the_list_costs_the_same_queries_for_one_team_and_three(as_boss, django_assert_num_queries):
    TeamFactory()
    with django_assert_num_queries(4):  # session, person, teams, what waits for a decision
        as_boss.get(LIST)
    TeamFactory(parent=TeamFactory(head=UserFactory(supervisor=True)))
    with django_assert_num_queries(4):
        as_boss.get(LIST)


def test_an_empty_list_says_what_teams_are_for(as_boss, boss):
    User.objects.update(team=None)
    Team.objects.all().delete()
    assert "Begin with the one at the top" in as_boss.get(LIST).content.decode()


# Add and edit


def test_a_team_is_added_below_another(as_boss, tree):
    assert f'value="{tree[1].pk}" selected' in as_boss.get(ADD, {"parent": tree[1].pk}).content.decode()
    head = UserFactory(supervisor=True)
    assert save(as_boss, name="上海组", parent=tree[1].pk, head=head.pk).status_code == 302
    team = Team.objects.get(name="上海组")
    assert (team.path, team.head) == ("总公司/华东/上海组", head)
    assert team.lineage == [tree[0].pk, tree[1].pk, team.pk]


def test_a_renamed_team_takes_the_paths_below_along(as_boss, tree):
    assert save(as_boss, tree[1], name="东区").status_code == 302
    tree[2].refresh_from_db()
    assert tree[2].path == "总公司/东区/杭州组"


def test_a_moved_team_takes_those_below_along_and_the_sight_of_its_manager(as_boss, tree):
    top, east, hangzhou = tree
    north = TeamFactory(name="华北", parent=top)
    manager = UserFactory(manager=True, team=north)
    rep = UserFactory(team=hangzhou)
    assert rep.pk not in manager.people_led()
    assert save(as_boss, east, parent=north.pk).status_code == 302
    hangzhou.refresh_from_db()
    assert hangzhou.lineage == [top.pk, north.pk, east.pk, hangzhou.pk]
    assert hangzhou.path == "总公司/华北/华东/杭州组"
    assert rep.pk in manager.people_led()


def test_a_team_can_become_one_at_the_top(as_boss, tree):
    save(as_boss, tree[1], parent="")
    tree[2].refresh_from_db()
    assert tree[2].path == "华东/杭州组"
    assert tree[2].lineage == [tree[1].pk, tree[2].pk]


@pytest.mark.parametrize("below", [1, 2], ids=["itself", "one below"])
def test_a_team_cannot_stand_below_itself(as_boss, tree, below):
    response = save(as_boss, tree[1], parent=tree[below].pk)
    assert "can't stand below itself" in errors(response)["parent"].replace("&#x27;", "'")
    tree[1].refresh_from_db()
    assert tree[1].parent == tree[0]


def test_two_teams_of_one_name_stand_only_at_different_places(as_boss, tree):
    assert "name" in errors(save(as_boss, name="杭州组", parent=tree[1].pk))
    assert save(as_boss, name="杭州组", parent=tree[0].pk).status_code == 302
    assert "name" in errors(save(as_boss, tree[2], parent=tree[0].pk))


@pytest.mark.parametrize("name", ["华/东", "华／东", "", "/"])
def test_a_name_is_there_and_has_no_slash(as_boss, boss, name):
    assert "name" in errors(save(as_boss, name=name))


def test_a_tree_that_grows_too_deep_is_refused(as_boss, boss):
    above = None
    for letter in "ABCD":
        above = TeamFactory(name=letter * 100, parent=above)
    assert save(as_boss, name="E" * 96, parent=above.pk).status_code == 302
    assert "name" in errors(save(as_boss, name="F" * 97, parent=above.pk))
    top = Team.objects.get(path="A" * 100)
    root = TeamFactory(name="R")
    assert "name" in errors(save(as_boss, top, parent=root.pk))


def test_a_head_is_an_active_leader(as_boss, tree):
    for person in (UserFactory(), UserFactory(finance=True), UserFactory(supervisor=True, inactive=True)):
        assert "head" in errors(save(as_boss, tree[2], head=person.pk))
    for trait in ("supervisor", "manager", "director", "administrator"):
        assert save(as_boss, tree[2], head=UserFactory(**{trait: True}).pk).status_code == 302


def test_fields_that_are_not_on_the_form_have_no_effect(as_boss, tree):
    save(as_boss, tree[2], lineage="1,2", path="elsewhere", id="4711")
    tree[2].refresh_from_db()
    assert tree[2].path == "总公司/华东/杭州组"


def test_a_refused_form_keeps_what_was_typed(as_boss, tree):
    page = save(as_boss, tree[1], name="一个/新名字", parent="").content.decode()
    assert 'value="一个/新名字"' in page
    assert "<title>华东" in page.replace("\n", "").replace("  ", "")


# Delete


def test_an_empty_team_is_deleted(as_boss, tree):
    page = reverse("staff:team_delete", args=[tree[2].pk])
    assert page in as_boss.get(tree[2].get_absolute_url()).content.decode()
    assert as_boss.get(page).status_code == 405
    assert as_boss.post(page).status_code == 302
    assert not Team.objects.filter(pk=tree[2].pk).exists()


def test_a_team_with_people_or_teams_in_it_stays(as_boss, tree):
    UserFactory(team=tree[2])
    for team in tree[1:]:
        page = reverse("staff:team_delete", args=[team.pk])
        assert page not in as_boss.get(team.get_absolute_url()).content.decode()
        response = as_boss.post(page)
        assert response.status_code == 409
        assert "is not empty" in response.content.decode()
    assert Team.objects.count() == 3


def test_a_team_with_a_pool_of_its_own_is_told_so_and_what_helps(as_boss, tree):
    pool = Pool.objects.create(name="杭州公海", team=tree[2])
    page = reverse("staff:team_delete", args=[tree[2].pk])
    for response, status in ((as_boss.get(tree[2].get_absolute_url()), 200), (as_boss.post(page), 409)):
        body = response.content.decode()
        assert response.status_code == status
        assert "has a pool of its own, 杭州公海" in body and "close it first" in body
        assert f'action="{page}"' not in body and "plans were drafted" not in body
    as_boss.post(reverse("customers:pool_close", args=[pool.pk]))
    assert as_boss.post(page).status_code == 302


def test_a_team_that_rules_or_comments_name_stays_on_record(as_boss, boss, tree):
    team, page = tree[2], reverse("staff:team_delete", args=[tree[2].pk])
    rules = PoolRules.objects.create()
    periods = OwnPeriods.objects.create(rules=rules, team=team, no_deal_months=1)
    comment = MonthlyComment.objects.create(month=dt.date(2026, 1, 1), team=team, text="好", by=boss)
    for row, said in ((periods, "Versions of the pool"), (comment, "Comments on its months")):
        assert said in as_boss.get(team.get_absolute_url()).content.decode()
        assert said in as_boss.post(page).content.decode()
        assert Team.objects.filter(pk=team.pk).exists()
        row.delete()
    assert as_boss.post(page).status_code == 302


def test_every_kind_of_row_that_keeps_a_team_is_named():
    related = Team._meta.get_fields(include_hidden=True)
    keeping = {one.related_model for one in related if getattr(one, "on_delete", None) is models.PROTECT}
    assert keeping == {User, Team, Pool, OwnPeriods, MonthlyComment, Plan}, (
        "teams.why_kept, or the last word of team_delete, says it of each"
    )


def test_a_team_that_is_not_there_is_not_found(as_boss, boss):
    assert as_boss.get(reverse("staff:team_edit", args=[0])).status_code == 404
    assert as_boss.post(reverse("staff:team_edit", args=[0]), {"name": "x"}).status_code == 404
    assert as_boss.post(reverse("staff:team_delete", args=[0])).status_code == 404


def test_nobody_else_changes_teams(client, anybody_else, tree):
    client.force_login(anybody_else)
    assert save(client, name="新").status_code == 403
    assert save(client, tree[2], name="新").status_code == 403
    assert client.post(reverse("staff:team_delete", args=[tree[2].pk])).status_code == 403
    assert client.post(reverse("staff:team_delete", args=[0])).status_code == 403
    assert not Team.objects.filter(name="新").exists()


# Races


def opposite_moves():
    """Move A below B and B below A at once, ten times; return the answers and how many stand at the top, by pair."""
    boss = UserFactory(administrator=True)
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(boss)
    results = []
    with racers(2) as them:
        for number in range(10):
            a, b = TeamFactory(name=f"A{number}"), TeamFactory(name=f"B{number}")
            moves = (clients[0], a, b), (clients[1], b, a)
            answers = them.run(*[lambda move=move: save(move[0], move[1], parent=move[2].pk) for move in moves])
            at_top = Team.objects.filter(pk__in=(a.pk, b.pk), parent=None).count()
            results.append(({getattr(answer, "status_code", 500) for answer in answers}, at_top))
    return results


@pytest.mark.django_db(transaction=True)
def test_of_two_opposite_moves_at_once_the_second_is_told_why_not():
    assert all(result == ({200, 302}, 1) for result in opposite_moves())


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_opposite_moves_end_in_a_circle_or_an_error(monkeypatch):
    monkeypatch.setattr(teams, "lock_tree", lambda: None)
    save_at_once = Team.save

    def save_slowly(team, *args, **kwargs):
        time.sleep(0.05)
        save_at_once(team, *args, **kwargs)

    monkeypatch.setattr(Team, "save", save_slowly)
    assert any(answers == {302} or 500 in answers for answers, _at_top in opposite_moves())


@pytest.mark.django_db(transaction=True)
def test_the_tree_can_be_read_while_it_is_changed():
    TeamFactory()
    with transaction.atomic():
        teams.lock_tree()
        with racers(1) as them:
            assert them.run(Team.objects.count) == [1]
