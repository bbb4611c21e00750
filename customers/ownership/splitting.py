"""Splitting somebody's customers among receivers by a rule: by grade, by area, evenly, all to one (policy 4.6).

Pure functions of rows; the load of a receiver is what they have in hand, in number and in yuan dealt in twelve months.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple


class Row(NamedTuple):
    """A customer to be split: the id of its item, its grade, where it is, where it came from, yuan in twelve months."""

    item: int
    grade: str
    address: str
    source: str
    dealt: Decimal


class Area(NamedTuple):
    """Whoever gets the customers whose address contains `text` and that came from `source`, where these are given."""

    text: str
    source: str
    person: int

    def fits(self, row: Row) -> bool:
        in_place = not self.text or self.text.casefold() in row.address.casefold()
        return in_place and (not self.source or self.source == row.source)


class Load(NamedTuple):
    number: int
    dealt: Decimal


Split = dict[int, int]  # item: person; what no rule speaks of is left out


def to_one(rows: Iterable[Row], person: int) -> Split:
    return {row.item: person for row in rows}


def by_grade(rows: Iterable[Row], people: Mapping[str, int]) -> Split:
    return {row.item: people[row.grade] for row in rows if row.grade in people}


def by_area(rows: Iterable[Row], areas: Sequence[Area]) -> Split:
    """Of several areas that fit the first one counts."""
    found = ((row.item, next((area.person for area in areas if area.fits(row)), None)) for row in rows)
    return {item: person for item, person in found if person}


def by_number(rows: Iterable[Row], load: Mapping[int, Load]) -> Split:
    """Level how many customers each has in hand; of equal ones whoever has dealt less comes first."""
    return _level(rows, load, key=lambda had: (had.number, had.dealt))


def by_money(rows: Iterable[Row], load: Mapping[int, Load]) -> Split:
    """Level how much the customers of each dealt in twelve months, the largest given first; then their number."""
    return _level(rows, load, key=lambda had: (had.dealt, had.number))


def _level(rows, load, key: Callable[[Load], tuple]) -> Split:
    heap = [(key(had), person, had) for person, had in sorted(load.items())]
    heapq.heapify(heap)
    split = {}
    for row in sorted(rows, key=lambda row: (-row.dealt, row.item)):
        _key, person, had = heap[0]
        split[row.item] = person
        now = Load(had.number + 1, had.dealt + row.dealt)
        heapq.heapreplace(heap, (key(now), person, now))
    return split
