"""What the rooms above do when something happened to customers, in the same transaction.

A verb that changes whose a customer is, or what it bought, calls `react`; an upper room registers a function when its
app is ready, as it registers how its activities read (`customers.timeline`). What a reaction plans must follow from
rows, so that the night can plan it again.
"""

from collections.abc import Callable

Reaction = Callable[[list[int]], None]
REACTIONS: list[Reaction] = []


def reacts(function: Reaction) -> Reaction:
    """Register a function that is called with the ids of the customers concerned."""
    REACTIONS.append(function)
    return function


def react(customers: list[int]) -> None:
    for reaction in REACTIONS if customers else ():
        reaction(customers)
