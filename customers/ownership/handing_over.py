"""What a person holds, as the rooms know it, and how it goes to somebody else (policy 4.6).

Each room registers the kinds of things of its own that have a person as holder when its app is ready; a handover lists
them all, gives them in one transaction and can give them back. Whoever stops working here, or gets a post in which
they may not hold a thing, is asked for it first (`staff.leaving`).
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from staff.models import User
from staff.roles import Role

# In which order kinds are given: those whose rows others hold before they hold customers, customers, the rest.
BEFORE, CUSTOMERS, AFTER = range(3)


class Held(NamedTuple):
    """One thing: the id of its record, what it is called, of which customer, and how much money it is about (yuan).

    What `follows` goes with its customer and nowhere else; what is `at_home` needs nobody named.
    """

    source: int
    label: str
    customer: int | None = None
    amount: Decimal | None = None
    follows: bool = False
    at_home: bool = False


class Given(NamedTuple):
    """A thing on its way: to `receiver`, None for where it goes without one; `before` is what stood before a give."""

    source: int
    receiver: int | None
    customer: int | None = None
    follows: bool = False
    before: dict = {}


@dataclass(frozen=True)
class Work:
    """A handover as the kinds see it while it is carried out or undone: whose, by whom, when, why and in which run."""

    leaver: User
    by: User
    at: dt.datetime
    why: str
    note: str
    run: object


def everybody(*_of) -> bool:
    return True


def not_finance(role: str) -> bool:
    return role != Role.FINANCE


def nothing(_listed) -> None:
    """Hold nothing."""


@dataclass(frozen=True)
class Kind:
    """A kind of thing that people hold.

    `give` and `give_back` return what they could move: {source: what stood before}, and the sources. `fits` says which
    roles may hold one, `may` who gives it: (by, leaver). `home` names where it goes without anybody named; with
    `home_is_owner` that is the owner of its customer. Without an owner, what `needs_somebody` is the opener's.
    """

    code: str
    title: str
    count: str
    icon: str
    held: Callable[[User], list[Held]]
    number: Callable[[User], int]
    give: Callable[[list[Given], Work], dict[int, dict]]
    give_back: Callable[[list[Given], Work], set[int]]
    rank: int
    phase: int = AFTER
    # Called with the sources of all kinds that go, when any of this one does: what its room holds before customers.
    hold: Callable[[Mapping[str, list[int]]], None] = nothing
    fits: Callable[[str], bool] = not_finance
    # Whom one goes back to, where nobody else could get it.
    fits_back: Callable[[str], bool] | None = None
    may: Callable[[User, User], bool] = everybody
    home: str = ""
    home_is_owner: bool = False
    needs_somebody: bool = False
    # Why it stays although it was chosen.
    stays: str = field(default=_("It was no longer theirs."))
    # What leaving itself passes on keeps nobody from leaving.
    blocks: bool = True
    say: Callable[[str], str] = str

    def numbered(self, number: int) -> str:
        """Return "3 complaints"."""
        return self.count % {"number": number}


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    KINDS[kind.code] = kind
    return kind


def kinds() -> list[Kind]:
    """Return all kinds in the order in which pages show them."""
    return sorted(KINDS.values(), key=lambda kind: kind.rank)


def in_turn() -> list[Kind]:
    """Return all kinds in the order in which they are given."""
    return sorted(KINDS.values(), key=lambda kind: (kind.phase, kind.rank))


def holdings(person: User, role: str | None) -> list[str]:
    """Return in words what `person` still holds and could not in `role`; None for somebody who leaves."""
    asked = [kind for kind in kinds() if kind.blocks and (role is None or not kind.fits(role))]
    numbers = [(kind, kind.number(person)) for kind in asked]
    return [kind.numbered(number) for kind, number in numbers if number]


@dataclass(frozen=True)
class Column:
    """How rows that name their holder in a column go from one person to another, those of a handover at once.

    `rows` are those that can be held now; `told(rows, work)` writes what the room's own history says of it.
    """

    rows: Callable[[], QuerySet]
    name: str
    told: Callable[[list[Model], Work], object] = lambda rows, work: None
    also: tuple[str, ...] = ()

    def of(self, person: User) -> QuerySet:
        return self.rows().filter(**{self.name: person})

    def number(self, person: User) -> int:
        return self.of(person).order_by().count()

    def give(self, given: list[Given], work: Work) -> dict[int, dict]:
        return {key: {} for key in self._move(given, work, lambda one: work.leaver.pk, lambda one: one.receiver)}

    def give_back(self, given: list[Given], work: Work) -> set[int]:
        return set(self._move(given, work, lambda one: one.receiver, lambda one: work.leaver.pk))

    def _move(self, given, work, whose, to) -> list[int]:
        by_source = {one.source: one for one in given}
        found = self.rows().filter(pk__in=by_source).order_by("pk").select_for_update(of=("self",), no_key=True)
        holder = f"{self.name}_id"
        rows = [row for row in found if getattr(row, holder) == whose(by_source[row.pk])]
        for row in rows:
            row.was = getattr(row, holder)
            setattr(row, holder, to(by_source[row.pk]))
        if rows:
            type(rows[0]).objects.bulk_update(rows, [self.name, *self.also], batch_size=500)
            self.told(rows, work)
        return [row.pk for row in rows]


def known(people: Iterable[int | None]) -> dict[int, User]:
    """Return the people with these ids, for what histories say of them."""
    return User.objects.in_bulk({pk for pk in people if pk})
