"""Who owned what on a date, by person: for disputes over commission (policy 4)."""

import datetime as dt
from collections.abc import Iterator

from django.db.models import Count
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from crm.lib.dates import local_date
from customers.models import Customer, Stint
from customers.ownership.past import end_of
from reports.scope import Scope
from staff.models import User
from visits.months import by_team

# A spreadsheet holds no more than a million rows; what a browser is sent at once stays far below.
MOST_IN_SHEET = 100_000
BATCH = 2000


def asked_date(text: str) -> dt.date:
    """Return the date that `text` names, today for anything else and instead of a later one."""
    today = timezone.localdate()
    try:
        on = parse_date(text)
    except ValueError:
        on = None
    return min(on, today) if on and on.year >= 2000 else today


class Owned:
    """Whose the customers were at the end of a business date, as far as the people of `scope` had them."""

    def __init__(self, scope: Scope, on: dt.date):
        self.scope, self.on = scope, on

    @property
    def stints(self):
        return self.scope.of(Stint.objects.at(end_of(self.on)))

    def of(self, person: str):
        """Return the stints of the person with this id; of all people for anything else."""
        if person.isdecimal() and len(person) < 19:
            return self.stints.filter(owner=int(person))
        return self.stints

    def by_team(self) -> list[dict]:
        """Return each team with its people and how many customers each had."""
        numbers = dict(self.stints.order_by().values_list("owner").annotate(Count("pk")))
        people = User.objects.select_related("team").in_bulk(numbers)
        rows = [(people[pk], number) for pk, number in numbers.items()]
        return [
            {"team": team, "rows": found, "sum": sum(number for _person, number in found)}
            for team, found in by_team(rows, lambda row: row[0])
        ]

    def table(self, person: str) -> Iterator[list]:
        """Yield the lines of a spreadsheet, a heading first; customers out of sight by now are not named."""
        yield [
            _("date"), _("team"), _("person"), _("customer"), _("code"), _("since"), _("why"), _("by"), _("until"),
            _("version of the rules"),
        ]  # fmt: skip
        found = self.of(person).select_related("owner__team", "started_by", "customer").order_by("owner", "id")
        found = found.only(
            "started_at", "ended_at", "start_reason", "rules", "owner__name", "owner__username", "owner__team__name",
            "started_by__name", "started_by__username", "customer__name", "customer__code",
        )  # fmt: skip
        for stints in _batches(found.iterator(chunk_size=BATCH)):
            visible = self._visible(stints)
            for stint in stints:
                yield self._line(stint, stint.customer_id in visible)

    def _visible(self, stints) -> set[int]:
        pks = [stint.customer_id for stint in stints]
        return set(Customer.objects.visible_to(self.scope.user).filter(pk__in=pks).values_list("pk", flat=True))

    def _line(self, stint, is_visible):
        hidden = _("out of your sight")
        return [
            self.on.isoformat(),
            stint.owner.team.name if stint.owner.team else "",
            str(stint.owner),
            stint.customer.name if is_visible else hidden,
            stint.customer.code if is_visible else "",
            local_date(stint.started_at).isoformat(),
            stint.get_start_reason_display(),
            str(stint.started_by) if stint.started_by else "",
            local_date(stint.ended_at).isoformat() if stint.ended_at else "",
            stint.rules_id or "",
        ]


def _batches(rows):
    batch = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
