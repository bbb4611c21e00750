"""Ownership in plain Python, written from policy 4 alone: what the state machine and the replay compare with."""

import calendar
import datetime as dt
from dataclasses import dataclass, field

# Why an ownership that goes on began.
BACK = ("undone", "claim_back")


def months_later(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@dataclass
class Rules:
    no_deal: int = 2
    no_sale: int = 3
    contact: int | None = None
    first_contact: int | None = None
    changed: dt.date | None = None
    grace: int = 7
    cooldown: int = 30
    a_day: int | None = None
    capacity: int | None = None


@dataclass
class Stay:
    """A time with an owner, or in the pool (None), and why it began."""

    owner: int | None
    since: dt.date
    reason: str
    until: dt.date | None = None
    clock: dt.date | None = None  # from when on the clocks run, where that is not `since`
    night: dt.date | None = None  # the night that put it there


@dataclass
class One:
    """A customer."""

    stays: list[Stay]
    sales: list[tuple[dt.date, int]] = field(default_factory=list)  # day, salesperson
    talked: dt.date | None = None
    kept: dt.date | None = None
    held: set = field(default_factory=set)

    @property
    def now(self) -> Stay:
        return self.stays[-1]

    @property
    def owner(self):
        return self.now.owner

    @property
    def last_sale(self):
        return max((day for day, _seller in self.sales), default=None)

    @property
    def owned_since(self):
        return self.now.clock or self.now.since

    def move(self, owner, day, reason, **more):
        self.now.until = day
        self.stays.append(Stay(owner, day, reason, **more))
        self.kept = None

    def give_back(self, day, until):
        """Undo the night that put it into the pool: as if the ownership had gone on, but kept until a day."""
        before = self.stays[-2].owner
        began = next(s for s in reversed(self.stays[:-1]) if s.owner == before and s.reason not in BACK)
        reason = "claim_back" if began.reason == "claimed" else "undone"
        self.move(before, day, reason, clock=began.clock or began.since)
        self.kept = until

    def due(self, rules: Rules, leave: list[tuple[dt.date, dt.date]]):
        """Return (day, rule), None in the pool; the day is None while it is held."""
        if self.owner is None:
            return None
        since, sale = self.owned_since, self.last_sale
        began = max(since, sale or since)
        ends = [
            (months_later(began, rules.no_sale if sale else rules.no_deal), began, "no_sale" if sale else "no_deal")
        ]
        if rules.contact:
            began = max(since, self.talked or since)
            ends.append((began + dt.timedelta(rules.contact), began, "no_contact"))
        if (
            rules.first_contact
            and self.now.reason in ("claimed", "claim_back")
            and (self.talked is None or self.talked < since)
        ):
            ends.append((since + dt.timedelta(rules.first_contact), since, "no_first"))
        day, rule = min(
            ((later(began, day, leave), n, rule) for n, (day, began, rule) in enumerate(ends)), key=lambda e: e[:2]
        )[::2]
        if self.kept:
            day = max(day, self.kept + dt.timedelta(1))
        if rules.changed:
            day = max(day, rules.changed + dt.timedelta(rules.grace))
        return (None if self.held else day), rule


def later(began, due, leave):
    """Return `due` moved by each day of leave from `began` on: count the days that the clock runs, one by one."""
    left, day = (due - began).days, began
    away = {first + dt.timedelta(n) for first, last in leave for n in range((last - first).days + 1)}
    while left:
        if day not in away:
            left -= 1
        day += dt.timedelta(1)
    while day in away and day - dt.timedelta(1) in away and day - dt.timedelta(1) >= began:
        day += dt.timedelta(1)
    return day
