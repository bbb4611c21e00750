"""What the rooms above do when the company changes: somebody joins, leaves, is absent; a team or its head changes.

A room registers a function when its app is ready; whoever changes the company calls `company_changed` in the same
transaction. What is done then must follow from rows, so that the clock can do it again.
"""

from collections.abc import Callable

Reaction = Callable[[], object]
REACTIONS: list[Reaction] = []


def reacts(function: Reaction) -> Reaction:
    """Register a function that is called after each change."""
    REACTIONS.append(function)
    return function


def company_changed() -> None:
    for reaction in REACTIONS:
        reaction()
