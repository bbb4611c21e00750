"""The monthly plan against what was done: results, what is unresolved, by person and team (policy 5.9).

A callback belongs to the month of the day it was first planned for, and to whoever has to make it; once closed, to
whoever closed it. Late is what is open although its day has passed.
"""

from dataclasses import dataclass, fields
from itertools import chain

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from staff.models import Team, User
from staff.permissions import is_leader, people_in_sight
from visits.models import Callback, CallLog, MonthlyComment, Promise
from visits.months import Month, by_team
from visits.progress import DONE, REACHED, SKIPPED, late

UNRESOLVED_SHOWN = 20


@dataclass
class Figures:
    """Callbacks planned and what became of them; promises past their day; contacts logged."""

    planned: int = 0
    done: int = 0
    reached: int = 0
    skipped: int = 0
    late: int = 0
    promises: int = 0
    contacts: int = 0

    @property
    def left(self) -> int:
        return self.planned - self.done - self.skipped

    @property
    def percent(self) -> int:
        """Return how much of the plan is done; 100 only when all of it is."""
        return 100 * self.done // self.planned if self.planned else 100

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, field.name) for field in fields(self))

    def add(self, **numbers):
        for name, number in numbers.items():
            setattr(self, name, getattr(self, name) + number)

    def take(self, other: "Figures"):
        self.add(**{field.name: getattr(other, field.name) for field in fields(Figures)})


class Plan:
    """The month of the people in `user`'s sight; five questions, whatever the number of rows."""

    def __init__(self, user, month: Month):
        self.user, self.month = user, month
        self.sight = people_in_sight(user)
        self.by_person: dict[int, Figures] = {}
        for row in chain(self._callbacks(), self._promises(), self._contacts()):
            self.by_person.setdefault(row.pop("who"), Figures()).add(**row)
        self.people = self._people()

    def _callbacks(self):
        """Yield figures of callbacks by who has to make them or closed them; three questions that indexes serve."""
        planned = Callback.objects.filter(**self.month.within("first_due_on")).order_by()
        open_, closed = planned.open(), planned.exclude(status=Callback.Status.OPEN)
        yield from _counted(self._of(open_.exclude(person=None), "person"), "person")
        own = open_.filter(person=None, customer__owner__isnull=False)
        yield from _counted(self._of(own, "customer__owner"), "customer__owner")
        yield from _counted(self._of(closed.exclude(closed_by=None), "closed_by"), "closed_by")

    def _promises(self):
        promises = self._past(Promise.objects.all())
        return _grouped(self._of(promises, "owner"), "owner", promises=Count("pk"))

    def _past(self, promises):
        """Return the open promises of this month whose day has passed."""
        return promises.open().filter(**self.month.within("due_on")).filter(due_on__lt=timezone.localdate())

    def _contacts(self):
        logs = CallLog.objects.filter(**self.month.within("on"))
        return _grouped(self._of(logs, "by"), "by", contacts=Count("pk"))

    def _of(self, rows, field):
        return rows if self.sight is None else rows.filter(**{f"{field}__in": self.sight})

    def _people(self) -> dict[int, User]:
        shown = [pk for pk, figures in self.by_person.items() if not figures.is_empty]
        return User.objects.select_related("team").in_bulk(shown if is_leader(self.user) else [self.user.pk])

    @property
    def rows(self) -> list[tuple[User, Figures]]:
        return [(person, self.by_person.get(pk, Figures())) for pk, person in self.people.items()]

    @property
    def teams(self) -> list[dict]:
        """Return the people by team, each team with its sum."""
        return [
            {"team": team, "rows": rows, "sum": total(figures for _person, figures in rows)}
            for team, rows in by_team(self.rows, lambda row: row[0])
        ]

    @property
    def total(self) -> Figures:
        return total(self.by_person.values())

    def comments(self) -> list[MonthlyComment]:
        said = MonthlyComment.objects.visible_to(self.user).filter(month=self.month.first)
        return list(said.select_related("person", "team", "by"))

    def late_promises(self) -> list[Promise]:
        promises = self._past(Promise.objects.visible_to(self.user)).for_list()
        return list(promises.order_by("due_on", "pk")[:UNRESOLVED_SHOWN])

    def hard_callbacks(self) -> list[Callback]:
        """Return the late callbacks that were tried most, of owned customers."""
        found = Callback.objects.filter(late(), **self.month.within("first_due_on"), customer__owner__isnull=False)
        found = found.select_related("customer__owner", "rule", "person").order_by("-tries", "due_on", "pk")
        given = self._of(found.exclude(person=None), "person")[:UNRESOLVED_SHOWN]
        own = self._of(found.filter(person=None), "customer__owner")[:UNRESOLVED_SHOWN]
        return sorted(chain(given, own), key=lambda call: (-call.tries, call.due_on, call.pk))[:UNRESOLVED_SHOWN]


def _counted(rows, who):
    return _grouped(
        rows,
        who,
        planned=Count("pk"),
        done=Count("pk", filter=DONE),
        reached=Count("pk", filter=REACHED),
        skipped=Count("pk", filter=SKIPPED),
        late=Count("pk", filter=late()),
    )


def _grouped(rows, who, **counts):
    for row in rows.order_by().values(who).annotate(**counts):
        yield {"who": row.pop(who)} | row


def total(parts) -> Figures:
    whole = Figures()
    for figures in parts:
        whole.take(figures)
    return whole


def people_led(user):
    """Return on whom `user` may comment: those in sight who still work here."""
    return User.objects.visible_to(user).active().select_related("team").order_by("team__path", "name", "pk")


def teams_led(user):
    """Return on which teams `user` may comment: those of the people in sight."""
    people = people_in_sight(user)
    return Team.objects.all() if people is None else Team.objects.filter(pk__in=_teams_of(people))


def _teams_of(people):
    return User.objects.filter(pk__in=people, team__isnull=False).order_by().values("team")


def comment(month: Month, *, text: str, by, person=None, team=None) -> MonthlyComment:
    """Keep what `by` says of a person's or a team's month; the same words sent twice are one comment."""
    about = {"month": month.first, "person": person, "team": team, "text": text, "by": by}
    return MonthlyComment.objects.filter(**about).first() or MonthlyComment.objects.create(**about)


def keeps_team(team) -> str:
    """Return why comments on its months keep `team` from being deleted, and what helps."""
    if not MonthlyComment.objects.filter(team=team).exists():
        return ""
    text = _("Comments on its months, which stay on record, name %(team)s: rename it, or move it elsewhere.")
    return text % {"team": team}
