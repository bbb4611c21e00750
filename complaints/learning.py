"""What complaints teach (policy 7.8): how many, why, where, how long each step takes, what it costs, what comes back.

Counted are the tickets received in a period, as far as somebody sees them, beside the period before, which is as long.
Money is in yuan: the chosen solutions and what was done besides; what staff had to bear is no cost. Times are working
hours by the company's calendar; waiting for the customer counts.
"""

import datetime as dt
import re
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.conf import settings
from django.db import connection
from django.db.models import Case, Count, DateField, F, Q, Value, When
from django.db.models.functions import TruncMonth
from django.utils import timezone

from complaints import seen
from complaints.choices import Kind
from complaints.models import Ticket
from crm.lib.dates import add_months, first_of_month, start_of
from staff.models import WorkingHours

SPANS = (30, 90, 365)
MONTHS = 12
PRODUCTS = 10
GROUPS = ("cause", "department", "grade", "product")
# What `grouping` says of each group: a bit for every column that it does not tell apart, the first one the highest.
GROUP_OF = {0b0111: "cause", 0b1011: "department", 0b1101: "grade", 0b1110: "product"}
# Each step of the track by the verb that ends it; the whole way stands for itself.
STEPS = ("judge", "assign", "investigate", "put_forward", "choose", "agree", "act", "review", "call_back")
WHOLE = "whole"
# What costs is looked for from the oldest ticket on; what is alike in every group is added up before it is grouped.
COUNTED = """
    WITH t AS MATERIALIZED ({tickets}),
    costs AS (
        SELECT ticket_id, sum(cost) AS cost FROM (
            SELECT ticket_id, cost FROM complaints_solution
            WHERE chosen_at IS NOT NULL AND ticket_id >= (SELECT min(id) FROM t)
            UNION ALL
            SELECT ticket_id, cost FROM complaints_action
            WHERE done_at IS NOT NULL AND kind <> 'consequence' AND ticket_id >= (SELECT min(id) FROM t)
        ) AS spent WHERE ticket_id IN (SELECT id FROM t) GROUP BY 1
    ),
    alike AS (
        SELECT cause, department, grade, product, received_at >= %(since)s AS is_now, count(*) AS number,
               count(*) FILTER (WHERE is_again) AS again, sum(coalesce(cost, 0)) AS cost,
               sum(satisfaction) AS stars, count(satisfaction) AS rated
        FROM t LEFT JOIN costs ON ticket_id = id GROUP BY 1, 2, 3, 4, 5
    )
    SELECT grouping(cause, department, grade, product), cause, department, grade, product, is_now,
           sum(number)::bigint, sum(again)::bigint, sum(cost), sum(stars) / nullif(sum(rated), 0), sum(rated)::bigint
    FROM alike
    GROUP BY GROUPING SETS ((is_now), (cause, is_now), (department, is_now), (grade, is_now), (product, is_now))
"""
# Working seconds since the calendar began up to a moment, as an expression: so that two of them give what lies between.
# `number` counts working days up to the day on which work goes on, so that all before that one are over.
WORKED = """
    (d.number - 1) * %(day)s + CASE WHEN d.is_working THEN
        greatest(least(l.second - 86400 * (d.day - date '1970-01-01'), %(rests_from)s) - %(opens)s, 0)
        + greatest(least(l.second - 86400 * (d.day - date '1970-01-01'), %(closes)s) - %(rests_until)s, 0)
    ELSE 0 END
"""
# All that is reckoned once only (OFFSET 0) and in floats: time zones and exact numbers are what takes long.
LOCAL = "date_part('epoch', {} AT TIME ZONE %(zone)s) AS second"
DAY = "JOIN staff_day d ON d.day = date '1970-01-01' + floor(l.second / 86400)::int"
TOOK = f"""
    WITH t AS MATERIALIZED ({{tickets}}),
    worked AS (
        SELECT ticket_id, verb, at, l.id, {WORKED} AS worked FROM (
            SELECT ticket_id, verb, at, s.id, {LOCAL.format("at")} FROM complaints_step s JOIN t ON t.id = ticket_id
            WHERE verb = ANY(%(verbs)s) AND ticket_id >= (SELECT min(id) FROM t) OFFSET 0
        ) AS l {DAY} OFFSET 0
    ),
    spent AS (
        SELECT verb, worked - lag(worked) OVER (PARTITION BY ticket_id ORDER BY at, id) AS spent FROM worked
    ),
    whole AS (
        SELECT l.id, {WORKED} AS worked FROM (
            SELECT id, {LOCAL.format("m.at")} FROM t, LATERAL (VALUES (received_at), (closed_at)) AS m (at)
            WHERE closed_at IS NOT NULL OFFSET 0
        ) AS l {DAY}
    )
    SELECT verb, percentile_cont(0.5) WITHIN GROUP (ORDER BY spent), count(*) FROM (
        SELECT verb, spent FROM spent WHERE spent IS NOT NULL AND verb = ANY(%(steps)s)
        UNION ALL
        SELECT %(whole)s, max(worked) - min(worked) FROM whole GROUP BY id HAVING count(*) = 2
    ) AS took GROUP BY verb
"""  # noqa: S608 - constants only


@dataclass
class Sum:
    """What was counted of a group: how many, how many of them came back, yuan, and the satisfaction after."""

    number: int = 0
    again: int = 0
    cost: Decimal = Decimal(0)
    satisfaction: float | None = None
    rated: int = 0

    @property
    def share_again(self) -> int | None:
        """Return what part repeats another, was opened again or took more than one round, in per cent."""
        return round(100 * self.again / self.number) if self.number else None


@dataclass
class Group:
    """One cause, department, grade or product: in the period and in the one before."""

    key: str
    now: Sum
    before: Sum


class Lessons:
    """The figures for whoever looks, of the last `days` days; each group of them is asked for once."""

    def __init__(self, user, days: int):
        self.user, self.days = user, days
        self.until = timezone.localdate()
        self.since = self.until - dt.timedelta(days=days - 1)
        self.before = self.since - dt.timedelta(days=days)
        self.month = first_of_month(self.until)
        self.months = [add_months(self.month, n - MONTHS + 1) for n in range(MONTHS)]

    def _received(self, since):
        return Ticket.objects.visible_to(self.user).filter(received_at__gte=start_of(since)).order_by()

    def _counted_tickets(self):
        """Return the tickets of both periods with what is counted of them."""
        found = seen.with_customers(self._received(self.before), self.user).annotate(
            # The grade of a customer out of sight is nobody's to know.
            grade=Case(When(sees_customer=True, then=F("customer__grade")), default=Value("")),
            is_again=Case(
                When(Q(repeats__isnull=False) | Q(rounds__gt=0) | Q(reopened__gt=0), then=Value(True)),
                default=Value(False),
            ),
        )
        columns = ("id", "cause", "department", "product", "satisfaction", "received_at")
        return found.values(*columns, "grade", "is_again")

    @cached_property
    def _counted(self) -> dict[str, dict[str, dict[bool, Sum]]]:
        """Return by group and key what was counted, in the period (True) and before it; "" stands for all."""
        tickets, params = _sql(self._counted_tickets())
        with connection.cursor() as cursor:
            cursor.execute(COUNTED.format(tickets=tickets), params | {"since": start_of(self.since)})
            rows = cursor.fetchall()
        found = defaultdict(lambda: defaultdict(lambda: {True: Sum(), False: Sum()}))
        for mask, *keys, is_now, number, again, cost, satisfaction, rated in rows:
            group = GROUP_OF.get(mask, "")
            key = keys[GROUPS.index(group)] if group else ""
            found[group][key][is_now] = Sum(number, again, cost, satisfaction and float(satisfaction), rated)
        return found

    @property
    def all(self) -> Group:
        sums = self._counted[""][""]
        return Group("", sums[True], sums[False])

    def by(self, group: str) -> list[Group]:
        """Return the causes, departments, grades or products that occurred, the most frequent first."""
        found = [Group(key, sums[True], sums[False]) for key, sums in self._counted[group].items()]
        found.sort(key=lambda one: (-one.now.number, -one.before.number, one.key))
        return [one for one in found if one.key][:PRODUCTS] if group == "product" else found

    @cached_property
    def took(self) -> dict[str, tuple[float, int]]:
        """Return by step the median of the working hours that it took, and how often it was taken."""
        hours = WorkingHours.current()
        names = ("opens", "rests_from", "rests_until", "closes")
        params = {name: _second(getattr(hours, name)) for name in names}
        params["day"] = params["rests_from"] - params["opens"] + params["closes"] - params["rests_until"]
        params |= {"zone": settings.TIME_ZONE, "whole": WHOLE, "steps": list(STEPS)}
        params["verbs"] = ["receive", "reopen", "refuse", "send_back", "rework", *STEPS]
        tickets, of_tickets = _sql(self._received(self.since).values("id", "received_at", "closed_at"))
        with connection.cursor() as cursor:
            cursor.execute(TOOK.format(tickets=tickets), params | of_tickets)
            return {verb: (median / 3600, number) for verb, median, number in cursor.fetchall()}

    @cached_property
    def monthly(self) -> dict[tuple[dt.date, str], int]:
        """Return how many tickets of each kind were received in each of the months shown."""
        found = self._received(self.months[0]).annotate(month=TruncMonth("received_at", output_field=DateField()))
        counted = found.values_list("month", "kind").annotate(number=Count("pk"))
        return {(month, kind): number for month, kind, number in counted}

    def received(self, month, kind: Kind) -> int:
        return self.monthly.get((month, kind.value), 0)


def _sql(tickets) -> tuple[str, dict]:
    """Return the SQL of a queryset and its parameters, by names."""
    sql, params = tickets.query.sql_with_params()
    named = {f"t{n}": value for n, value in enumerate(params)}
    places = iter(named)
    return re.sub("%s", lambda place: f"%({next(places)})s", sql), named


def _second(time: dt.time) -> float:
    """Return how many seconds after midnight it is."""
    return float(time.hour * 3600 + time.minute * 60 + time.second)
