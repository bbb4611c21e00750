"""Sharing calls out among people by load (policy 5.1): whoever has least to do gets the next one."""

import datetime as dt
import heapq
from collections.abc import Iterable, Mapping, Sequence


def share(owners: Mapping[int, int], load: Mapping[int, int], *, among_all: bool = False) -> dict[int, int]:
    """Return who calls which customer: {customer: person}.

    `owners` says whose each customer is, in the order of urgency; `load` how much each chosen person has to do. An
    owner who is chosen calls their own customers; the others go to whoever has least to do. `among_all` levels
    everything instead: nobody then gets one while another has two less to do; owners get their own first all the same.
    """
    places = _level(load, len(owners)) if among_all else {person: len(owners) for person in load}
    given = {}
    for customer, owner in owners.items():
        if places.get(owner, 0) > 0:
            given[customer] = owner
            places[owner] -= 1
    left = [customer for customer in owners if customer not in given]
    if not among_all:
        places = _level(_with(load, given.values()), len(left))
    turns = _turns(places, load)
    return given | {customer: next(turns) for customer in left}


def _level(load, number) -> dict[int, int]:
    """Return how many of `number` calls each person gets, so that all have as nearly the same as can be."""
    heap = [(had, person) for person, had in load.items()]
    heapq.heapify(heap)
    places = dict.fromkeys(load, 0)
    for _n in range(number):
        had, person = heap[0]
        heapq.heapreplace(heap, (had + 1, person))
        places[person] += 1
    return places


def _with(load, given: Iterable[int]) -> dict[int, int]:
    heavier = dict(load)
    for person in given:
        heavier[person] += 1
    return heavier


def _turns(places, load):
    """Yield people until their places are gone, one turn after the other, so that nobody gets all the urgent ones."""
    left = dict(places)
    while any(left.values()):
        for person in sorted(left, key=lambda person: (load[person], person)):
            if left[person]:
                left[person] -= 1
                yield person


def days_for(given: Mapping[int, int], working: Sequence[dt.date]) -> dict[int, dt.date]:
    """Return when each customer is due: each person's calls, in their order, evenly over the `working` days."""
    by_person: dict[int, list[int]] = {}
    for customer, person in given.items():
        by_person.setdefault(person, []).append(customer)
    return {
        customer: working[n * len(working) // len(customers)]
        for customers in by_person.values()
        for n, customer in enumerate(customers)
    }
