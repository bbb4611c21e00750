"""The month that a page is about: read from its address, never one to come, with the way to its neighbours."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from crm.lib.dates import add_months, first_of_month
from customers.filters import month_of

EARLIEST = dt.date(2000, 1, 1)


@dataclass(frozen=True)
class Month:
    """A calendar month of the company; `first` is its first day."""

    first: dt.date

    @classmethod
    def asked(cls, text: str) -> "Month":
        """Return the month that YYYY-MM names; the current one for anything else, and instead of a later one."""
        current = first_of_month(timezone.localdate())
        month = month_of(text) or current
        return cls(max(EARLIEST, min(month, current)))

    def __str__(self):
        return f"{self.first:%Y-%m}"

    @property
    def next_first(self) -> dt.date:
        return add_months(self.first, 1)

    @property
    def is_current(self) -> bool:
        return self.first == first_of_month(timezone.localdate())

    @property
    def earlier(self) -> "Month | None":
        return Month(add_months(self.first, -1)) if self.first > EARLIEST else None

    @property
    def later(self) -> "Month | None":
        return None if self.is_current else Month(self.next_first)

    def within(self, field: str) -> dict:
        """Return the look-ups that a date lies in this month."""
        return {f"{field}__gte": self.first, f"{field}__lt": self.next_first}


def by_team(rows: list, person_of) -> list[tuple]:
    """Return (team, its rows) in the order of the tree; rows are in the order of their people's names."""
    groups: dict = {}
    for row in sorted(rows, key=lambda row: _place(person_of(row))):
        groups.setdefault(person_of(row).team, []).append(row)
    return list(groups.items())


def _place(person):
    return (person.team.path if person.team else "", str(person), person.pk)
