"""Who decides at a step of the approval chain: a pure function of the company as it stands (policy 6.2).

The holders of the step's role are sought from the author's team upwards. Whoever wrote any of the plan is passed over;
in the stead of somebody absent their delegate decides; where nobody of the role is left, the stand-in that the chain
names, then the next role above. The administrator comes last of all, so that no plan stands still.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from plans.models import Seat
from staff.roles import Role

Why = Seat.Why
ABOVE = {
    Role.SUPERVISOR: Role.MANAGER,
    Role.MANAGER: Role.DIRECTOR,
    Role.FINANCE: Role.DIRECTOR,
    Role.DIRECTOR: Role.ADMINISTRATOR,
}


class Person(NamedTuple):
    pk: int
    role: str
    team: int | None


class Chair(NamedTuple):
    """A person who may decide, in whose stead, and by what right."""

    person: int
    stands_for: int | None
    why: str


@dataclass(frozen=True)
class Company:
    """The active people who can decide, the tree of teams with their heads, and who is away, on one business date.

    `lineage` lists the ids from the top down to the team itself; `away` names each absent person's delegate or None.
    """

    people: Mapping[int, Person]
    lineage: Mapping[int, tuple[int, ...]]
    heads: Mapping[int, int | None]
    away: Mapping[int, int | None] = field(default_factory=dict)

    @cached_property
    def _roles(self) -> dict[str, list[int]]:
        found = defaultdict(list)
        for pk, person in sorted(self.people.items()):
            found[person.role].append(pk)
        return found

    def of_role(self, role) -> list[int]:
        return self._roles[role]

    def holders(self, role, team: int | None) -> Iterator[list[int]]:
        """Yield who holds `role` above the people of `team`, the nearest first; those who are equal together."""
        everybody = self.of_role(role)
        if role in {Role.FINANCE, Role.ADMINISTRATOR}:
            yield everybody
            return
        for above in reversed(self.lineage.get(team, ())):
            head = self.heads.get(above)
            yield [head] if head in everybody else [pk for pk in everybody if self.people[pk].team == above]
        if role == Role.DIRECTOR:
            yield everybody

    def present(self, pk) -> bool:
        return pk in self.people and pk not in self.away


def levels(role: str, stand_in: int | None, *, team: int | None, barred, company: Company) -> Iterator[list[Chair]]:
    """Yield those who may decide at a step, the first in turn first, each with those who are equal to them.

    `barred` never appear, neither for themselves nor for others; nobody appears twice.
    """
    seen, why = set(barred), Why.OWN
    while role:
        for holders in company.holders(role, team):
            chairs = [chair for chair in _chairs(holders, why, barred, company) if chair.person not in seen]
            seen.update(chair.person for chair in chairs)
            if chairs:
                yield list({chair.person: chair for chair in reversed(chairs)}.values())[::-1]
        if why == Why.OWN and stand_in not in seen and company.present(stand_in):
            seen.add(stand_in)
            yield [Chair(stand_in, None, Why.STAND_IN)]
        role, why = ABOVE.get(role), Why.ABOVE


def _chairs(holders, why, barred, company):
    for pk in holders:
        if pk in barred:
            continue
        if pk not in company.away:
            yield Chair(pk, None, why)
            continue
        delegate = company.away[pk]
        if delegate is not None and company.present(delegate):
            yield Chair(delegate, pk, Why.DELEGATE)


def seats(step, *, team, barred, company: Company, escalated: int = 0) -> list[Chair]:
    """Return who may decide at `step` now; each time it waited too long the next above may as well.

    When everybody who could is away, the seat stays with them.
    """
    found = []
    for number, level in enumerate(levels(step.role, step.stand_in_id, team=team, barred=barred, company=company)):
        if number > escalated:
            break
        found += [chair._replace(why=Why.LATE) if number else chair for chair in level]
    if not found and company.away:
        return seats(step, team=team, barred=barred, company=replace(company, away={}))
    return found


def holds_own_seat(person: int, step, *, team, barred, company: Company) -> bool:
    """Whether `person` would decide at `step` by their own right, first in turn."""
    first = next(levels(step.role, step.stand_in_id, team=team, barred=barred, company=company), [])
    return Chair(person, None, Why.OWN) in first
