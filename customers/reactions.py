"""What the rooms above do when something happened to customers, in the same transaction.

A verb that changes whose a customer is, or what it bought, calls `react`; an upper room registers a function when its
app is ready, as it registers how its activities read (`customers.timeline`). What a reaction plans must follow from
rows, so that the night can plan it again.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

React = Callable[[list[int]], None]


class Arrival(NamedTuple):
    """A customer, by its id, comes to the person with the id `by` on a business date, at the moment `now`."""

    customer: int
    by: int
    on: dt.date
    now: dt.datetime


class AtArrival(NamedTuple):
    """A reaction to a claim that is part of its statement: claims are many, and somebody waits for each.

    `steps` are parts of it, which read `coming`: the customer as it comes to its new owner, or no row at all when it
    does not. `next_contact_on` is the day that its row gets, and `left` a text: "", or what is left, for which
    `finish` is called with the customer's id. `params` gives the parameters of its own, of these `types`.
    """

    steps: str
    next_contact_on: str
    left: str
    types: dict[str, str]
    params: Callable[[Arrival], dict]
    finish: Callable[[int, str], None]


@dataclass(frozen=True)
class Reaction:
    react: React
    at_arrival: AtArrival | None = None


REACTIONS: list[Reaction] = []


def reacts(function: React, *, at_arrival: AtArrival | None = None) -> React:
    """Register a function that is called with the ids of the customers concerned."""
    REACTIONS.append(Reaction(function, at_arrival))
    return function


def react(customers: list[int]) -> None:
    for reaction in REACTIONS if customers else ():
        reaction.react(customers)


def at_arrival() -> list[AtArrival]:
    """Return the reactions that are part of a claim."""
    return [reaction.at_arrival for reaction in REACTIONS if reaction.at_arrival]


def go_on(arrival: Arrival, left: list[str]) -> None:
    """React to a claim: finish what its statement has `left`, and let all others react that are no part of it."""
    for part, what in zip(at_arrival(), left, strict=True):
        if what:
            part.finish(arrival.customer, what)
    for reaction in REACTIONS:
        if not reaction.at_arrival:
            reaction.react([arrival.customer])
