"""What the rooms above do when the company or its calendar changes.

The company: somebody joins, leaves, is absent; a team or its head changes. The calendar: a day, or the working hours.
A room registers a function when its app is ready; whoever makes the change calls it in the same transaction. What is
done then must follow from rows, so that the clock can do it again.
"""

from collections.abc import Callable

Reaction = Callable[[], object]
COMPANY: list[Reaction] = []
CALENDAR: list[Reaction] = []


def on_company(function: Reaction) -> Reaction:
    """Register a function that is called after each change of the company."""
    COMPANY.append(function)
    return function


def on_calendar(function: Reaction) -> Reaction:
    """Register a function that is called after each change of the calendar."""
    CALENDAR.append(function)
    return function


def company_changed() -> None:
    for reaction in COMPANY:
        reaction()


def calendar_changed() -> None:
    for reaction in CALENDAR:
        reaction()
