"""Who may stop working here, or stop being what they are, and the first administrator."""

from collections.abc import Iterator

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext as _

from crm.lib.looks import listed
from crm.lib.moves import TooLate
from staff import leaving
from staff.changes import company_changed
from staff.models import User
from staff.permissions import LEADERS
from staff.roles import Role

# Any number: whoever makes the first person holds it, so that two who try at once make one.
FIRST_PERSON_LOCK = 1_877_001


def create_first_administrator(*, username: str, name: str, password: str) -> User:
    """Create the first administrator who can sign in; raises TooLate when there is one already.

    An administrator of that username who came from a file, without a password, is given this one.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FIRST_PERSON_LOCK])
        administrators = User.objects.administrators()
        if administrators.with_password().exists():
            raise TooLate(_("There is an administrator already: sign in, or ask them for an account."))
        imported = administrators.active().filter(username=username).first()
        if imported:
            imported.name = name
            imported.set_password(password)
            imported.save()
            return imported
        person = User.objects.create_user(username, password, name=name, role=Role.ADMINISTRATOR)
        company_changed()
        return person


def lock(pk: int, *, by: User) -> User:
    """Return a person for a change, holding their row and each active administrator's until the transaction ends.

    Two administrators who dismiss each other stand in turn here: raises PermissionDenied for the one who is no longer
    an administrator when the turn comes, Http404 when there is no such person.
    """
    administrators = Q(role=Role.ADMINISTRATOR, is_active=True)
    held = User.objects.filter(Q(pk=pk) | administrators).order_by("pk").select_for_update(no_key=True)
    people = {person.pk: person for person in held}
    if pk not in people:
        raise Http404
    actor = people.get(by.pk)
    if actor is None or not actor.is_active or actor.role != Role.ADMINISTRATOR:
        raise PermissionDenied
    return people[pk]


def objections(person: User, *, role: str, is_active: bool, by: User | None) -> Iterator[tuple[str, str]]:
    """Yield the field and the text of each reason why `person` can't get this role or lose the right to sign in.

    `person` is as it stands in the database, from `lock()`; `by` is None where nobody is signed in.
    """
    field = "role" if is_active or not person.is_active else "is_active"
    if by is not None and person.pk == by.pk and not (is_active and role == person.role):
        yield field, _("You can't do this to yourself: ask another administrator.")
    elif _is_last_administrator(person) and not (is_active and role == Role.ADMINISTRATOR):
        yield field, _("This is the last administrator: make somebody else one first.")
    leaves = person.is_active and not is_active
    if leaves or role != person.role:
        yield from _unfinished_handover(person, field, None if leaves else role)
    if leaves or (person.role in LEADERS and role not in LEADERS):
        yield from _teams_without_head(person, field)


def _is_last_administrator(person):
    if person.role != Role.ADMINISTRATOR or not person.is_active:
        return False
    return not User.objects.active().filter(role=Role.ADMINISTRATOR).exclude(pk=person.pk).exists()


def _unfinished_handover(person, field, role):
    """Nobody leaves, or changes to a post in which they can't hold it, before all is handed over (policy 4.6)."""
    held = leaving.holdings(person, role)
    if held:
        text = _("%(name)s still holds %(things)s: hand it over first.")
        yield field, text % {"name": person, "things": listed(held)}


def _teams_without_head(person, field):
    teams = [team.name for team in person.heads.all()]
    if teams:
        text = _("%(name)s is the head of %(teams)s: choose another head there first.")
        yield field, text % {"name": person, "teams": listed(teams)}
