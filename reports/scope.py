"""What a report is about: whole months, and whose figures."""

import datetime as dt
from functools import cached_property

from django.utils import timezone

from crm.lib.dates import add_months, first_of_month, start_of
from customers.filters import month_of
from staff.models import Team, User
from staff.permissions import people_in_sight

MONTHS, MOST_MONTHS = 6, 24
EARLIEST = dt.date(2000, 1, 1)


class Period:
    """Whole months, from the first to the last; what can't be read is the last MONTHS."""

    def __init__(self, since: str = "", until: str = ""):
        current = first_of_month(timezone.localdate())
        last = max(EARLIEST, min(month_of(until) or current, current))
        first = month_of(since) or add_months(last, 1 - MONTHS)
        self.first = max(EARLIEST, add_months(last, 1 - MOST_MONTHS), min(first, last))
        self.last = last

    @property
    def months(self) -> list[dt.date]:
        number = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
        return [add_months(self.first, n) for n in range(number)]

    @property
    def began(self) -> dt.datetime:
        return start_of(self.first)

    @property
    def ended(self) -> dt.datetime:
        return start_of(add_months(self.last, 1))


class Scope:
    """Whose figures: the people in a leader's sight, or those of one team among them and the teams below it."""

    def __init__(self, user, team: str = ""):
        self.user, self.sight = user, people_in_sight(user)
        self.team = next((one for one in self.teams if str(one.pk) == team), None)

    @cached_property
    def teams(self) -> list[Team]:
        """Return the teams to choose from: those of the people in sight who sell, and of those above them in sight."""
        people = User.objects.visible_to(self.user).sellers().filter(team__isnull=False).order_by()
        return list(Team.objects.filter(pk__in=people.values("team")).order_by("path"))

    @cached_property
    def people(self) -> list[int] | None:
        """Return the ids of whose figures are shown; None for everybody."""
        if self.team is None:
            return None if self.sight is None else sorted(self.sight)
        members = User.objects.filter(team__lineage__contains=[self.team.pk])
        pks = members.order_by("pk").values_list("pk", flat=True)
        return [pk for pk in pks if self.sight is None or pk in self.sight]

    def of(self, rows, field="owner"):
        """Return the rows whose `field` is somebody of whom figures are shown."""
        if self.people is None:
            return rows.filter(**{f"{field}__isnull": False})
        return rows.filter(**{f"{field}__in": self.people})
