"""Who works in the scratch company: areas, teams, a head for each, sellers."""

from django.contrib.auth.hashers import make_password

from bench.names import PLACES
from staff import teams
from staff.models import Team, User
from staff.roles import Role

AREAS = ("华东", "华南", "华北")
PEOPLE_A_TEAM = 5
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
GIVEN = "伟芳娜敏静磊洋勇艳杰娟涛明超霞平刚桂英华"


def make_people(number: int) -> list[int]:
    """Make the teams of three areas, a head for each and `number` sellers; return the sellers' ids."""
    top = teams.place(Team(name="总公司"))
    areas = [teams.place(Team(name=name, parent=top)) for name in AREAS]
    groups = [
        teams.place(Team(name=f"{PLACES[n % len(PLACES)]}{n + 1}组", parent=areas[n % len(areas)]))
        for n in range(-(-number // PEOPLE_A_TEAM))
    ]
    sellers = [
        (Role.SUPERVISOR if n < len(groups) else Role.REPRESENTATIVE, groups[n % len(groups)]) for n in range(number)
    ]
    others = [
        (Role.DIRECTOR, top),
        (Role.ADMINISTRATOR, top),
        (Role.FINANCE, top),
        *((Role.MANAGER, it) for it in areas),
    ]
    people = User.objects.bulk_create(_person(n, role, team) for n, (role, team) in enumerate([*sellers, *others]))
    for person in people:
        if person.role in {Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR}:
            Team.objects.filter(pk=person.team_id).update(head=person)
    return [person.pk for person in people[:number]]


def _person(n, role, team):
    name = SURNAMES[n % len(SURNAMES)] + GIVEN[n // len(SURNAMES) % len(GIVEN)]
    return User(username=f"bench{n}", name=name, role=role, team=team, password=make_password(None))
