"""What lists are filtered by: the people in sight with some roles, and their teams."""

from collections.abc import Iterable
from functools import partial

from crm.lib.remembered import remembered
from staff.models import User
from staff.permissions import people_in_sight


def people_and_teams(user, roles: Iterable[str]) -> tuple[list[tuple], list[tuple]]:
    """Return (id, name) of the people in sight of `user` who have one of `roles`, by name, and of their teams."""
    known = remembered(f"people:{','.join(sorted(roles))}", partial(_people, roles))
    sight = people_in_sight(user)
    people = known if sight is None else [row for row in known if row[0] in sight]
    teams = sorted({(path, team, name) for _pk, _name, team, name, path in people if team})
    return [row[:2] for row in people], [(team, name) for _path, team, name in teams]


def _people(roles) -> list[tuple]:
    """Return (id, name, team, its name, its path) of everybody with one of `roles`."""
    people = User.objects.filter(role__in=roles).order_by("name", "pk")
    fields = ("pk", "name", "username", "team", "team__name", "team__path")
    return [(pk, name or username, *team) for pk, name, username, *team in people.values_list(*fields)]
