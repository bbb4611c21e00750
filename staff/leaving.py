"""What somebody still holds when they stop working here or get another post, as the rooms above know it (policy 4.6).

A room registers a function when its app is ready; it takes the person, and the role that they get or None when they
leave, and returns in words what they hold and could not any more: "12 customers".
"""

from collections.abc import Callable

HOLDINGS: list[Callable] = []


def on_leaving(function: Callable) -> Callable:
    HOLDINGS.append(function)
    return function


def holdings(person, role: str | None) -> list[str]:
    return [text for asked in HOLDINGS for text in asked(person, role)]
