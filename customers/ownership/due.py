"""When a customer returns to the pool, and why: one rule (policy 4.1, 4.3, 4.8).

Clocks, of which the earliest wins and is named:

- never dealt: start of ownership + `no_deal_months`; dealt: the later of last sale and start of ownership +
  `no_sale_months` (calendar months, clipped to the month's last day);
- where it is set: the later of last real contact and start of ownership + `contact_days`;
- where it is set, after a claim: `first_contact_days` without real contact.

While the owner is on recorded leave the clocks stand still. Nothing falls before the end of an extension or a lock
(`kept_until`), nor within `grace_days` of a change of the periods. An open complaint or a plan holds it without a date.

The customer goes with the night dated that day; dates are business dates in the company's time zone. The database
computes it (`customers_due`, migration 0008): a trigger writes `returns_on` and `returns_rule` whenever a row says
something else, `write` does when rules, teams or leave change. `explain` says the same in Python, with its reasons.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.lib.dates import add_months
from crm.lib.looks import clauses
from crm.lib.prepared import Prepared, rows_of_all
from crm.lib.remembered import remembered
from customers.models import OwnPeriods, PoolRules, Stint
from staff.models import Absence, Team

# What stands in `returns_on` of a customer that is held without a date.
FAR = dt.date(9999, 12, 31)
# Held first and judged afterwards: a row that somebody was changing is judged as it came out.
HOLD = """
    SELECT count(*) FROM (
        SELECT FROM customers_customer c WHERE c.owner_id IS NOT NULL AND {which} ORDER BY c.id FOR NO KEY UPDATE
    ) AS held
"""
WRITE = """
    UPDATE customers_customer c SET returns_on = d.returns_on, returns_rule = d.rule
    FROM (
        SELECT c.id, CASE WHEN c.is_held THEN %(far)s ELSE due.due_on END AS returns_on, due.rule
        FROM (SELECT max(id) AS version FROM customers_poolrules) AS r, customers_customer c,
            LATERAL customers_due(c.owner_id, c.owned_since, c.last_sale_on, c.talked_on, c.grade, c.stint_reason,
                                  c.kept_until, r.version) AS due
        WHERE c.owner_id IS NOT NULL AND {which}
    ) AS d
    WHERE c.id = d.id AND (c.returns_on, c.returns_rule) IS DISTINCT FROM (d.returns_on, d.rule)
"""
WHICH = {"owners": "c.owner_id = ANY(%(owners)s)", "customers": "c.id = ANY(%(customers)s)"}


@transaction.atomic
def write(**which: list[int]) -> int:
    """Write anew when customers return: those of `owners`, `customers`, or everybody's; return how many changed.

    Everybody's is for few customers or no visitors: `applying.catch_up` does it without holding all of them at once.
    """
    condition = " AND ".join(WHICH[name] for name in which) or "true"
    with connection.cursor() as cursor:
        cursor.execute(HOLD.format(which=condition), which)
        cursor.execute(WRITE.format(which=condition), which | {"far": FAR})
        return cursor.rowcount


def _columns(model, alias: str) -> str:
    return ", ".join(f"{alias}.{field.column}" for field in model._meta.concrete_fields)


RULES = Prepared(
    "pool_rules",
    f"SELECT {_columns(PoolRules, 'r')} FROM customers_poolrules r ORDER BY r.id DESC LIMIT 1",  # noqa: S608
    {},
)
OWN = Prepared(
    "own_periods",
    f"""
    SELECT {_columns(OwnPeriods, "o")}, t.name FROM customers_ownperiods o LEFT JOIN staff_team t ON t.id = o.team_id
    WHERE o.rules_id = (SELECT max(id) FROM customers_poolrules) ORDER BY o.id
    """,  # noqa: S608 - constants only
    {},
)
# The leave of one person, as first and last day.
OF_PERSON = "SELECT since, until FROM staff_absence WHERE person_id = %(person)s ORDER BY since"
LEAVE = Prepared("leave_of", OF_PERSON, {"person": "bigint"})


@dataclass(frozen=True)
class Periods:
    """The periods that count for one customer, and whose they are: a grade's, a team's, or the company's ("")."""

    no_deal_months: int
    no_sale_months: int
    contact_days: int | None
    first_contact_days: int | None
    whose: dict[str, str]
    not_before: dt.date | None = None

    @classmethod
    def of(cls, rules: PoolRules, own: list[OwnPeriods], *, grade: str, lineage: list[int]) -> "Periods":
        """Return them by `rules` for a customer of `grade` whose owner's team has `lineage` (ids from the top down)."""
        fits = [row for row in own if row.grade == grade]
        teams = [row for row in own if row.team_id in lineage]
        fits += sorted(teams, key=lambda row: lineage.index(row.team_id))[-1:]
        values, whose = {}, {}
        for name in ("no_deal_months", "no_sale_months", "contact_days"):
            shortest = min(
                (row for row in fits if getattr(row, name) is not None),
                key=lambda row, name=name: getattr(row, name),
                default=None,
            )
            values[name] = getattr(rules if shortest is None else shortest, name)
            whose[name] = "" if shortest is None else str(shortest)
        not_before = rules.clocks_since and rules.clocks_since + dt.timedelta(days=rules.grace_days)
        return cls(first_contact_days=rules.first_contact_days, whose=whose, not_before=not_before, **values)


@dataclass(frozen=True)
class Clock:
    """One clock: the rule, since when it runs, when it ends (leave counted in), how long it is and whose it is."""

    rule: str
    began: dt.date
    ends: dt.date
    length: int
    whose: str = ""
    leave: int = 0


@dataclass(frozen=True)
class Due:
    """When a customer goes and by which clock; `on` is FAR while it is held without a date."""

    on: dt.date
    clock: Clock
    kept_until: dt.date | None = None
    not_before: dt.date | None = None

    @property
    def is_held(self) -> bool:
        return self.on == FAR


def clocks(customer, periods: Periods, leave: list[tuple[dt.date, dt.date]]) -> list[Clock]:
    """Return the clocks of an owned customer; `leave` is the owner's, as (first day, last day)."""
    since, sale, talk = customer.owned_since, customer.last_sale_on, customer.talked_on
    months = "no_sale_months" if sale else "no_deal_months"
    began = max(since, sale or since)
    length = getattr(periods, months)
    rule = Stint.Reason.NO_SALE if sale else Stint.Reason.NO_DEAL
    running = [(rule, began, add_months(began, length), length, periods.whose[months])]
    if periods.contact_days is not None:
        began, length = max(since, talk or since), periods.contact_days
        whose = periods.whose["contact_days"]
        running.append((Stint.Reason.NO_CONTACT, began, began + dt.timedelta(days=length), length, whose))
    is_claimed = customer.stint_reason in Stint.OF_CLAIM
    if periods.first_contact_days is not None and is_claimed and (talk is None or talk < since):
        length = periods.first_contact_days
        running.append((Stint.Reason.NO_FIRST_CONTACT, since, since + dt.timedelta(days=length), length, ""))
    return [_stand_still(Clock(*facts), leave) for facts in running]


def _stand_still(clock: Clock, leave) -> Clock:
    ends = clock.ends
    for first, last in sorted(leave):
        if last >= clock.began and first < ends:
            ends += dt.timedelta(days=(last - max(first, clock.began)).days + 1)
    return Clock(clock.rule, clock.began, ends, clock.length, clock.whose, (ends - clock.ends).days)


def due_by(customer, periods: Periods, leave: list[tuple[dt.date, dt.date]]) -> Due:
    """Return when an owned customer goes, and why: `customers_due` in Python."""
    clock = min(clocks(customer, periods, leave), key=lambda clock: clock.ends)
    kept = customer.kept_until and customer.kept_until + dt.timedelta(days=1)
    on = max(filter(None, (clock.ends, kept, periods.not_before)))
    return Due(FAR if customer.is_held else on, clock, customer.kept_until, periods.not_before)


class Reader:
    """Says when the customers of one owner go, by the rules in force; asks for rules and leave once, when needed."""

    def __init__(self, owner):
        self.owner = owner

    @cached_property
    def rules(self) -> tuple[PoolRules, list[OwnPeriods]]:
        return remembered("pool-rules", rules_in_force)

    @cached_property
    def leave(self) -> list[tuple[dt.date, dt.date]]:
        return list(Absence.objects.filter(person=self.owner).order_by("since").values_list("since", "until"))

    def due(self, customer) -> Due:
        rules, own = self.rules
        lineage = self.owner.team.lineage if own and self.owner.team_id else []
        return due_by(customer, Periods.of(rules, own, grade=customer.grade, lineage=lineage), self.leave)


def rules_in_force() -> tuple[PoolRules, list[OwnPeriods]]:
    """Return the newest rules, and the own periods of grades and teams with the teams' names."""
    newest, own = rows_of_all((RULES, OWN), {})
    periods, names = [], [field.attname for field in PoolRules._meta.concrete_fields]
    for *values, team in own:
        row = OwnPeriods.from_db(None, [field.attname for field in OwnPeriods._meta.concrete_fields], values)
        if row.team_id:
            row.team = Team(pk=row.team_id, name=team)
        periods.append(row)
    return PoolRules.from_db(None, names, newest[0]) if newest else PoolRules(), periods


def explain(customer) -> Due:
    """Return when `customer`, whom somebody owns, goes and why, by the rules in force."""
    reader = Reader(customer.owner)
    reader.rules = rules_in_force()
    return reader.due(customer)


# In words


def rule_name(rule: str, length: int) -> str:
    """Return the name of a rule by its length, as people call it: "3-month rule"."""
    if rule in (Stint.Reason.NO_DEAL, Stint.Reason.NO_SALE):
        return ngettext("%(number)d-month rule", "%(number)d-month rule", length) % {"number": length}
    return ngettext("%(number)d-day rule", "%(number)d-day rule", length) % {"number": length}


def since_words(clock: Clock, customer) -> str:
    """Return what has not happened since when, of which the clock speaks."""
    day = {"day": clock.began}
    if clock.rule == Stint.Reason.NO_DEAL:
        return _("no deal since %(day)s") % day
    if clock.rule == Stint.Reason.NO_SALE and customer.last_sale_on < clock.began:
        return _("no sale under this owner since %(day)s") % day
    if clock.rule == Stint.Reason.NO_SALE:
        return _("no sale since %(day)s") % day
    if clock.rule == Stint.Reason.NO_CONTACT:
        return _("no real contact since %(day)s") % day
    return _("not spoken with since the claim on %(day)s") % day


def in_words(due: Due, customer) -> str:
    """Return the whole reason: "no sale since 2026-12-12 (3-month rule); an order or an extension moves it"."""
    clock = due.clock
    rule = rule_name(clock.rule, clock.length)
    if clock.whose:
        rule = _("%(rule)s of %(whose)s") % {"rule": rule, "whose": clock.whose}
    parts = [_("%(since)s (%(rule)s)") % {"since": since_words(clock, customer), "rule": rule}]
    if clock.leave:
        parts.append(
            ngettext("%(number)d day of leave does not count", "%(number)d days of leave do not count", clock.leave)
            % {"number": clock.leave}
        )
    if due.kept_until and due.kept_until >= clock.ends:
        parts.append(_("kept until %(day)s") % {"day": due.kept_until})
    if due.not_before and due.on == due.not_before and due.on > clock.ends:
        parts.append(_("not before %(day)s, because the rules were changed") % {"day": due.not_before})
    parts.append(_moves(clock.rule))
    return clauses(parts)


def _moves(rule) -> str:
    if rule in (Stint.Reason.NO_DEAL, Stint.Reason.NO_SALE):
        return _("an order, or an approved extension, moves it")
    return _("a logged talk, or an approved extension, moves it")
