"""The tree of teams: where a team stands in it, and finding a team by its path from the top."""

from collections.abc import Callable

from django.db import connection, transaction
from django.db.models import Count
from django.db.models.functions import Length
from django.utils.translation import gettext as _

from staff.models import Team

SEPARATOR = "/"
# What the rooms above know of why a team can't be deleted: functions of the team, which say so with what helps, or "".
KEPT: list[Callable[[Team], str]] = []
PLACE = """
    WITH RECURSIVE tree AS (
        SELECT t.id, coalesce(above.lineage, '{}') || t.id AS lineage, concat_ws('/', above.path, t.name) AS path
        FROM staff_team t LEFT JOIN staff_team above ON above.id = t.parent_id WHERE t.id = %s
        UNION ALL
        SELECT t.id, tree.lineage || t.id, concat_ws('/', tree.path, t.name)
        FROM staff_team t JOIN tree ON t.parent_id = tree.id WHERE t.id <> ALL(tree.lineage)
    )
    UPDATE staff_team t SET lineage = tree.lineage, path = tree.path FROM tree WHERE tree.id = t.id
"""


def place(team: Team) -> Team:
    """Save `team` and write where it and all teams below it stand (`lineage`, `path`); return it.

    Raises IntegrityError when another team has that path already.
    """
    team.path = path_of(team.name, team.parent)
    with transaction.atomic():
        team.save()
        with connection.cursor() as cursor:
            cursor.execute(PLACE, [team.pk])
    team.refresh_from_db(fields=("lineage", "path"))
    return team


def parts(path: str) -> list[str]:
    """Return the names in "总公司/华东/杭州组" from the top down."""
    return [name.strip() for name in path.replace("／", SEPARATOR).split(SEPARATOR) if name.strip()]


def find_or_create(path: str) -> Team | None:
    """Return the team at `path`, making it and those above it where they are missing; None for an empty path."""
    team, names = None, parts(path)
    for depth, name in enumerate(names, start=1):
        known = Team.objects.filter(path=SEPARATOR.join(names[:depth])).first()
        team = known or place(Team(name=name, parent=team))
    return team


def path_of(name: str, parent: Team | None) -> str:
    return f"{parent.path}{SEPARATOR}{name}" if parent else name


def is_too_deep(team: Team, path: str) -> bool:
    """Whether a path would no longer fit its column if `team`, with all below it, stood at `path`."""
    deepest = len(team.path)
    if team.pk:
        paths = Team.objects.filter(lineage__contains=[team.pk]).annotate(length=Length("path"))
        deepest = paths.order_by("-length").values_list("length", flat=True).first()
    return len(path) + deepest - len(team.path) > Team._meta.get_field("path").max_length


def lock_tree() -> None:
    """Let nobody else change a team until the transaction ends; readers go on.

    Two moves that are each right could make a circle together, so they stand in turn.
    """
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE staff_team IN SHARE ROW EXCLUSIVE MODE")


def on_keeping(function: Callable[[Team], str]) -> Callable[[Team], str]:
    KEPT.append(function)
    return function


def why_kept(team: Team) -> list[str]:
    """Return in words why `team` can't be deleted now, and what helps: people, teams below, what rooms above know."""
    found = [why(team) for why in KEPT]
    if team.people.exists() or team.children.exists():
        text = _("%(name)s is not empty: move its people and the teams below it elsewhere first.")
        found.insert(0, text % {"name": team})
    return [text for text in found if text]


def tree() -> list[Team]:
    """Return all teams, each followed by those below it, with the `levels` above and the number of `members`."""
    teams = {team.pk: team for team in Team.objects.select_related("head").annotate(members=Count("people"))}
    for team in teams.values():
        team.levels = team.lineage[1:]
    return sorted(teams.values(), key=lambda team: [(teams[pk].name, pk) for pk in team.lineage])
