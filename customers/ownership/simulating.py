"""Who would fall by rules that are not saved yet, compared with those in force (policy 4.8; the preview of 3.2).

The draft is written in a transaction that is rolled back, so that the database judges by it as it will once it is
saved: what is said here is what `applying` writes then.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property

from django.db import connection, transaction
from django.utils import timezone

from customers import night
from customers.models import Customer, OwnPeriods
from customers.ownership import brake, due
from customers.ownership.rules import NAMES, Version, by_rule
from staff.models import User

# How far ahead it looks, in days.
AHEAD = 30
MOST_CUSTOMERS = 50
DUE = """
    LATERAL customers_due(c.owner_id, c.owned_since, c.last_sale_on, c.talked_on, c.grade, c.stint_reason, c.kept_until,
                          %(version)s) AS d
"""
# Leave, holds and grace only put a date off: who is not due by the shortest periods of the draft need not be judged.
MAY_FALL = """
    NOT c.is_held AND LEAST(GREATEST(c.owned_since, c.last_sale_on) + make_interval(months => %(months)s),
        GREATEST(c.owned_since, c.talked_on) + %(contact)s::int, c.owned_since + %(first_contact)s::int) <= %(until)s
"""
COUNTED = f"""
    SELECT true, c.owner_id, d.rule, count(*) FILTER (WHERE d.due_on <= %(first)s), count(*)
    FROM customers_customer c, {DUE}
    WHERE c.owner_id IS NOT NULL AND {MAY_FALL} AND d.due_on <= %(until)s GROUP BY 2, 3
    UNION ALL
    SELECT false, c.owner_id, c.returns_rule, count(*) FILTER (WHERE c.returns_on <= %(first)s), count(*)
    FROM customers_customer c WHERE c.owner_id IS NOT NULL AND c.returns_on <= %(until)s GROUP BY 2, 3
"""  # noqa: S608 - constants only
OF_PERSON = f"""
    SELECT id, draft_on, rule FROM (
        SELECT c.id, c.returns_on, CASE WHEN c.is_held THEN %(far)s ELSE d.due_on END AS draft_on, d.rule
        FROM customers_customer c, {DUE} WHERE c.owner_id = %(owner)s
    ) AS judged
    WHERE returns_on <= %(until)s OR draft_on <= %(until)s ORDER BY draft_on, id LIMIT %(most)s
"""  # noqa: S608 - constants only


@dataclass
class Row:
    """How many would fall of one person, or by one rule: by the first night and by the last day looked at.

    `now` stands for the rules in force, `draft` for those to be saved.
    """

    first_draft: int = 0
    until_draft: int = 0
    first_now: int = 0
    until_now: int = 0

    def add(self, is_draft: bool, first: int, until: int) -> None:
        if is_draft:
            self.first_draft, self.until_draft = self.first_draft + first, self.until_draft + until
        else:
            self.first_now, self.until_now = self.first_now + first, self.until_now + until

    @property
    def first_more(self) -> int:
        return self.first_draft - self.first_now

    @property
    def until_more(self) -> int:
        return self.until_draft - self.until_now

    @property
    def weight(self) -> tuple:
        return -max(self.until_draft, self.until_now), -max(self.first_draft, self.first_now)


@dataclass
class Simulation:
    """What the draft would do; `first` is its first night (after the grace), `until` the last day looked at."""

    first: dt.date
    until: dt.date
    grace_until: dt.date | None
    total: Row = field(default_factory=Row)
    by_person: dict[int, Row] = field(default_factory=dict)
    by_rule: dict[str, Row] = field(default_factory=dict)
    owned: int = 0
    percent: int = 0

    def add(self, is_draft, owner, rule, first, until) -> None:
        for row in (self.total, self.by_person.setdefault(owner, Row()), self.by_rule.setdefault(rule, Row())):
            row.add(is_draft, first, until)

    @cached_property
    def people(self) -> list[tuple[User, Row]]:
        """The people concerned, the one with most customers to lose first."""
        found = User.objects.select_related("team").in_bulk(self.by_person)
        rows = [(found[pk], row) for pk, row in self.by_person.items()]
        return sorted(rows, key=lambda pair: (*pair[1].weight, pair[0].pk))

    @property
    def rules(self) -> list[tuple[str, Row]]:
        return by_rule(dict(sorted(self.by_rule.items(), key=lambda pair: pair[1].weight)))

    @property
    def is_braked(self) -> bool:
        """Whether the first night would be stopped and a manager asked."""
        return brake.holds({"due": self.total.first_draft, "owned": self.owned, "percent": self.percent})


def simulate(draft: Version) -> Simulation:
    """Return what `draft`, made by `rules.drafted`, would do; changes nothing."""
    found = _frame(draft)
    with written(draft) as version, connection.cursor() as cursor:
        cursor.execute(COUNTED, _params(found, version) | _shortest(draft))
        for line in cursor.fetchall():
            found.add(*line)
    found.owned, found.percent = Customer.objects.owned().count(), draft.rules.brake_percent
    return found


def customers_of(draft: Version, owner) -> list[Customer]:
    """Return the customers of `owner` that would fall, or fall now, within the days looked at, at most MOST_CUSTOMERS.

    Each with `draft_on` and `draft_rule`, the soonest by the draft first.
    """
    with written(draft) as version, connection.cursor() as cursor:
        params = _params(_frame(draft), version) | {"owner": owner.pk, "most": MOST_CUSTOMERS}
        cursor.execute(OF_PERSON, params)
        rows = cursor.fetchall()
    found = Customer.objects.for_list().in_bulk([pk for pk, *_due in rows])
    return [_with_draft(found[pk], draft_on, rule) for pk, draft_on, rule in rows]


def _with_draft(customer, draft_on, rule):
    customer.draft_on = None if draft_on == due.FAR else draft_on
    customer.now_on = None if customer.returns_on == due.FAR else customer.returns_on
    customer.draft_rule = NAMES[rule]
    return customer


def _frame(draft) -> Simulation:
    """Return the days that are looked at, with nothing counted yet."""
    today, rules = timezone.localdate(), draft.rules
    next_night = night.business_date() + dt.timedelta(days=1)
    grace_until = rules.clocks_since and rules.clocks_since + dt.timedelta(days=rules.grace_days)
    first = max(next_night, grace_until or next_night)
    until = max(first, today + dt.timedelta(days=AHEAD))
    return Simulation(first, until, grace_until if grace_until and grace_until > next_night else None)


def _params(found, version):
    return {"first": found.first, "until": found.until, "far": due.FAR, "version": version}


def _shortest(draft) -> dict:
    """Return the shortest period of each kind in the draft, the company's or anybody's own."""
    every = [draft.rules, *draft.own]
    months = [getattr(row, name) for row in every for name in ("no_deal_months", "no_sale_months")]
    contact = [row.contact_days for row in every if row.contact_days]
    first = draft.rules.first_contact_days
    return {"months": min(filter(None, months)), "contact": min(contact, default=None), "first_contact": first}


@contextmanager
def written(draft: Version) -> Iterator[int]:
    """Yield the id of `draft` as if it were saved; nobody else sees it, and it is gone after the block."""
    with transaction.atomic():
        rules = copy(draft.rules)
        rules.pk = None
        rules.save(force_insert=True)
        OwnPeriods.objects.bulk_create(_copy(row, rules) for row in draft.own)
        yield rules.pk
        transaction.set_rollback(True)


def _copy(row, rules):
    row = copy(row)
    row.pk, row.rules = None, rules
    return row
