"""The dashboard's figures, for the people in a viewer's sight; each leads to the rows that it counts.

Ten questions at most, whatever the number of rows; months and days are the company's. Money is confirmed money in
yuan, credited to whoever sold (sales.SalesMonth).
"""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from django.db.models import CharField, Count, DateField, Q, Sum, Value
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.dates import add_months, first_of_month, start_of
from customers.grading import RANKS
from customers.models import Customer, Stint
from sales.models import Order, SalesMonth
from staff.models import User
from staff.permissions import is_finance, is_leader, is_seller, people_in_sight
from visits.models import CallLog

MONTHS = 12
DAYS = 14
RETURN_DAYS = 14
RETURNING_SHOWN = 8
# How a stint of ownership begins by taking from the pool, and ends by giving back to it (policy 4.1, 4.3, 4.5).
OUT = (Stint.Reason.CLAIMED,)
INTO = (Stint.Reason.NO_DEAL, Stint.Reason.NO_SALE, Stint.Reason.RELEASED)


def of_people(rows, field, people):
    """Return the rows whose `field` is one of `people` (a set of ids, None for everybody)."""
    return rows if people is None else rows.filter(**{f"{field}__in": people})


def claims(people):
    """Return the stints of `people` that began with a claim; one for each claim, whatever came after."""
    return of_people(Stint.objects.filter(start_reason__in=OUT), "owner", people)


def returns(people):
    """Return the stints of `people` that ended in the pool, by the night or by hand."""
    return of_people(Stint.objects.filter(end_reason__in=INTO), "owner", people)


def in_month(stints, field, month):
    return stints.filter(**{f"{field}__gte": start_of(month), f"{field}__lt": start_of(add_months(month, 1))})


def is_visible(customer, people) -> bool:
    """Whether a customer of an earlier stint is still in sight; the twin of `Customer.objects.visible_to`."""
    return people is None or customer.owner_id is None or customer.owner_id in people


@dataclass
class Row:
    """One person's figures in the table of a leader."""

    person: User
    held: int = 0
    returning: int = 0
    calls: int = 0
    dealt: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.held or self.returning or self.calls or self.dealt)


class Dashboard:
    """Figures as of today; every group of them is asked of the database once, when the page first needs it."""

    def __init__(self, user):
        self.user = user
        self.people = people_in_sight(user)
        self.today = timezone.localdate()
        self.month = first_of_month(self.today)
        self.months = [add_months(self.month, n - MONTHS + 1) for n in range(MONTHS)]
        self.days = [self.today - dt.timedelta(days=DAYS - 1 - n) for n in range(DAYS)]
        self.returns_by = self.today + dt.timedelta(days=RETURN_DAYS)

    @property
    def is_for_finance(self) -> bool:
        return is_finance(self.user)

    # Customers

    @cached_property
    def held(self) -> list[dict]:
        """Customers in hand per owner and grade, and how many of them return soon."""
        soon = Count("pk", filter=Q(returns_on__lte=self.returns_by))
        customers = of_people(Customer.objects.visible_to(self.user).owned(), "owner", self.people)
        return list(customers.order_by().values("owner", "grade").annotate(number=Count("pk"), returning=soon))

    @property
    def in_hand(self) -> int:
        return sum(row["number"] for row in self.held)

    @property
    def returning(self) -> int:
        return sum(row["returning"] for row in self.held)

    @property
    def by_grade(self) -> dict[str, int]:
        return {grade: sum(row["number"] for row in self.held if row["grade"] == grade) for grade in RANKS}

    @cached_property
    def in_pool(self) -> int:
        return Customer.objects.visible_to(self.user).pooled().count()

    @cached_property
    def returning_first(self) -> list[Customer]:
        customers = of_people(Customer.objects.visible_to(self.user), "owner", self.people)
        customers = customers.due_to_return(by=self.returns_by).select_related("owner")
        return list(customers.order_by("returns_on", "id")[:RETURNING_SHOWN])

    # Money

    @cached_property
    def sales(self) -> list[tuple[int, dt.date, int]]:
        """(salesperson id, month, yuan) over the months shown."""
        rows = of_people(SalesMonth.objects.filter(month__gte=self.months[0]), "salesperson", self.people)
        return list(rows.order_by().values_list("salesperson", "month", "amount"))

    def dealt_in(self, month):
        return sum(amount for _person, when, amount in self.sales if when == month)

    @property
    def dealt(self):
        return self.dealt_in(self.month)

    @property
    def dealt_last_month(self):
        return self.dealt_in(self.months[-2])

    @cached_property
    def awaiting(self) -> dict:
        """How many orders in sight wait for their payment, and how much that is."""
        waiting = Order.objects.visible_to(self.user).unpaid()
        return waiting.aggregate(number=Count("pk"), amount=Sum("amount", default=0))

    # Contacts

    @cached_property
    def calls(self) -> list[tuple[int, dt.date, int]]:
        """(person id, day, contacts logged) over the days shown: by people in sight or with their customers."""
        logs = CallLog.objects.visible_to(self.user).filter(on__range=(self.days[0], self.today))
        return list(logs.order_by().values_list("by", "on").annotate(Count("pk")))

    def calls_on(self, day) -> int:
        return sum(number for _person, when, number in self.calls if when == day)

    @property
    def calls_today(self) -> int:
        return self.calls_on(self.today)

    @property
    def calls_this_week(self) -> int:
        monday = self.today - dt.timedelta(days=self.today.weekday())
        return sum(number for _person, when, number in self.calls if when >= monday)

    # The pool

    @cached_property
    def pool_moves(self) -> dict[tuple[str, dt.date], int]:
        """How often customers left the pool ("out") and came into it ("in"), by month; moves, not customers."""
        out = self._by_month("out", claims(self.people), "started_at")
        into = self._by_month("in", returns(self.people), "ended_at")
        return {(way, month): number for way, month, number in out.union(into, all=True)}

    def _by_month(self, way, stints, field):
        stints = stints.filter(**{f"{field}__gte": start_of(self.months[0])}).order_by()
        stints = stints.annotate(
            way=Value(way, output_field=CharField()), month=TruncMonth(field, output_field=DateField())
        )
        return stints.values_list("way", "month").annotate(number=Count("pk"))

    def moved(self, way, month) -> int:
        return self.pool_moves.get((way, month), 0)

    # People

    @cached_property
    def colleagues(self) -> list[User]:
        """The people in a leader's sight, by team; none for those who lead nobody."""
        if not is_leader(self.user):
            return []
        people = User.objects.visible_to(self.user).select_related("team")
        return list(people.order_by("team__path", "-role", "name", "pk"))

    @property
    def title(self) -> str:
        """Whose figures these are."""
        if self.people is None:
            return _("All teams")
        own = next((person for person in self.colleagues if person.pk == self.user.pk), None)
        return str(own.team if own and own.team else self.user)

    @cached_property
    def rows(self) -> list[Row]:
        """One row for each person in a leader's sight who sells or has figures."""
        rows = {person.pk: Row(person) for person in self.colleagues}
        if not rows:
            return []
        for part in self.held:
            rows[part["owner"]].held += part["number"]
            rows[part["owner"]].returning += part["returning"]
        for person, day, number in self.calls:
            if person in rows and day == self.today:
                rows[person].calls += number
        for person, month, amount in self.sales:
            if month == self.month:
                rows[person].dealt += amount
        return [row for row in rows.values() if not row.is_empty or (row.person.is_active and is_seller(row.person))]

    @cached_property
    def teams(self) -> list[dict]:
        """The rows grouped by team, with each team's sums."""
        groups = {}
        for row in self.rows:
            groups.setdefault(row.person.team, []).append(row)
        sums = ("held", "returning", "calls", "dealt")
        return [
            {"team": team, "rows": rows} | {name: sum(getattr(row, name) for row in rows) for name in sums}
            for team, rows in groups.items()
        ]
