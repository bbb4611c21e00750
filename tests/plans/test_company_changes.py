"""Who decides on a waiting plan follows each page that changes the company (policy 6.2)."""

import pytest
from django.urls import reverse

from customers.ownership.handing_over import holdings
from plans import work
from plans.models import Seat
from staff.importing import StaffImport
from staff.people import create_first_administrator
from tests.factories import (
    PASSWORD,
    AbsenceFactory,
    PlanFactory,
    TaskFactory,
    TeamFactory,
    UserFactory,
    running,
    submitted,
)
from tests.imports import take

pytestmark = pytest.mark.django_db


@pytest.fixture
def hq(db):
    return TeamFactory(name="总公司")


@pytest.fixture
def plan(hq):
    """A plan that waits for nobody but the director: there is no manager."""
    team = TeamFactory(name="杭州组", parent=hq)
    UserFactory(director=True, team=hq, name="吴总")
    return submitted(author=UserFactory(supervisor=True, team=team, name="王芳"))


@pytest.fixture
def boss(client, hq):
    client.force_login(UserFactory(administrator=True, team=hq))
    return client


def seated(plan):
    return set(plan.seats.values_list("person__name", flat=True))


def typed(person, **changes):
    fields = {name: getattr(person, name) for name in ("name", "username", "email", "role")}
    fields |= {"team": person.team_id or "", "is_active": "on"} | changes
    return {name: value for name, value in fields.items() if value is not None}


def edit(boss, person, **changes):
    answer = boss.post(reverse("staff:person_edit", args=[person.pk]), typed(person, **changes))
    assert answer.status_code == 302, answer.context["form"].errors


def test_a_new_manager_finds_it(boss, plan, hq):
    assert seated(plan) == {"吴总"}
    fields = {"name": "周强", "username": "zhou", "role": "manager", "team": hq.pk, "is_active": "on"}
    boss.post(reverse("staff:person_add"), fields | {"password1": PASSWORD, "password2": PASSWORD})
    assert seated(plan) == {"周强"}


def test_one_who_becomes_a_manager_finds_it_and_one_who_leaves_loses_it(boss, plan, hq):
    person = UserFactory(supervisor=True, team=hq, name="周强")
    edit(boss, person, role="manager")
    assert seated(plan) == {"周强"}
    edit(boss, person, role="manager", is_active=None)
    assert seated(plan) == {"吴总"}


def test_a_new_head_and_a_moved_team_take_it_along(boss, plan, hq):
    manager = UserFactory(manager=True, name="周强")
    team = {"name": plan.team.name, "parent": hq.pk, "head": ""}
    boss.post(reverse("staff:team_edit", args=[hq.pk]), {"name": hq.name, "head": manager.pk})
    assert seated(plan) == {"周强"}
    boss.post(reverse("staff:team_edit", args=[plan.team_id]), team | {"parent": ""})
    assert seated(plan) == {"吴总"}


def test_people_from_a_file_find_it(plan):
    take(StaffImport(), "username,name,role,team,email", "zhou,周强,manager,总公司,")
    assert seated(plan) == {"周强"}


def test_the_first_administrator_finds_what_nobody_else_can_decide_on():
    plan = submitted(author=UserFactory(supervisor=True, team=TeamFactory()))
    assert seated(plan) == set()
    create_first_administrator(username="admin", name="孙工", password=PASSWORD)
    assert seated(plan) == {"孙工"}


def test_one_with_seats_and_delegations_can_leave_once_their_tasks_are_given_on_and_every_page_stands(boss, plan, hq):
    leaver = UserFactory(manager=True, team=hq, name="周强")
    edit(boss, leaver)
    assert seated(plan) == {"周强"}
    own = running(PlanFactory(author=plan.author))
    task = TaskFactory(plan=own, person=leaver)
    assert holdings(leaver, None) == ["1 task of a plan"]
    work.edit(task, fields={"person": plan.author}, by=plan.author)
    AbsenceFactory(person=plan.author, delegate=leaver)
    edit(boss, leaver, is_active=None)
    assert not Seat.objects.filter(person=leaver).exists()
    for address in (plan.get_absolute_url(), own.get_absolute_url(), reverse("staff:absence_list")):
        assert boss.get(address).status_code == 200, address


def test_a_team_that_plans_were_drafted_in_stays(boss, plan):
    plan.author.team = None
    plan.author.save()
    refused = boss.post(reverse("staff:team_delete", args=[plan.team_id]))
    assert refused.status_code == 409
    assert "plans were drafted in it" in refused.content.decode()
