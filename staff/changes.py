"""What the rooms above do when the company or its calendar changes.

The company: somebody joins, leaves, is absent; a team or its head changes.
Times: somebody's leave, or the team they work in. The calendar: a day, or the working hours.
A room registers a function when its app is ready; whoever makes the change calls it in the same transaction. What is
done then must follow from rows, so that the clock can do it again.
"""

from collections.abc import Callable

Reaction = Callable[[], object]
COMPANY: list[Reaction] = []
TIMES: list[Callable[[list[int]], object]] = []
CALENDAR: list[Reaction] = []


def on_company(function: Reaction) -> Reaction:
    """Register a function that is called after each change of the company."""
    COMPANY.append(function)
    return function


def on_calendar(function: Reaction) -> Reaction:
    """Register a function that is called after each change of the calendar."""
    CALENDAR.append(function)
    return function


def on_times(function: Callable[[list[int]], object]) -> Callable[[list[int]], object]:
    """Register a function that is called with the ids of people whose leave or team changed."""
    TIMES.append(function)
    return function


def times_changed(people: list[int]) -> None:
    for reaction in TIMES if people else ():
        reaction(people)


def company_changed() -> None:
    for reaction in COMPANY:
        reaction()


def calendar_changed() -> None:
    for reaction in CALENDAR:
        reaction()
