"""Coverage: were all good customers reached in the month, without exception (policy 5.6)?

Good are the customers of today's grades VIP, special VIP and A that somebody owns; those whose owner has had them only
since a later month are no part of an earlier one. Reached is who was spoken with in the month, by anybody.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from crm.lib.prepared import Prepared
from customers.models import Customer, Grade
from customers.sorting import NEVER_AT
from staff.models import User
from staff.permissions import people_in_sight
from visits.models import CallLog
from visits.months import Month, by_team

GOOD = (Grade.VIP, Grade.SVIP, Grade.A)


# Asked on every supervisor's Today: the sum over `good_customers`.
SO_FAR = f"""
    SELECT count(*), count(*) FILTER (WHERE EXISTS (
        SELECT FROM visits_calllog l
        WHERE l.customer_id = c.id AND l.outcome = 'reached' AND l."on" >= %(first)s AND l."on" < %(next)s
    ))
    FROM customers_customer c
    WHERE c.grade IN ({", ".join(f"'{grade.value}'" for grade in GOOD)}) AND c.owned_since < %(before)s AND {{whose}}
"""  # noqa: S608 - constants only
DAYS = {"first": "date", "next": "date", "before": "date"}
OF_ALL = Prepared("coverage", SO_FAR.format(whose="c.owner_id IS NOT NULL"), DAYS)
OF_PEOPLE = Prepared("coverage_of", SO_FAR.format(whose="c.owner_id = ANY(%(people)s)"), DAYS | {"people": "bigint[]"})


@dataclass(frozen=True)
class Coverage:
    """How many good customers there are and how many of them were reached in the month."""

    month: Month
    good: int
    reached: int

    @property
    def missing(self) -> int:
        return self.good - self.reached

    @property
    def is_whole(self) -> bool:
        return not self.missing

    @property
    def percent(self) -> int:
        """Return 100 only when everybody was reached: what lies between is rounded down."""
        return 100 * self.reached // self.good if self.good else 100


@dataclass(frozen=True)
class Row(Coverage):
    """The coverage of one person's customers."""

    person: User


def so_far(user, month: Month | None = None) -> Coverage:
    """Return the coverage of the customers in `user`'s sight, in the current month unless another is given."""
    month, people = month or Month.asked(""), people_in_sight(user)
    before = dt.date.max if month.is_current else month.next_first
    params = {"first": month.first, "next": month.next_first, "before": before, "people": people and list(people)}
    with connection.cursor() as cursor:
        (OF_ALL if people is None else OF_PEOPLE).execute(cursor, params)
        return Coverage(month, *cursor.fetchone())


def good_customers(user, month: Month) -> QuerySet[Customer]:
    good = Customer.objects.owned_visible_to(user).filter(grade__in=GOOD).order_by()
    return good if month.is_current else good.filter(owned_since__lt=month.next_first)


def reached(customers: QuerySet[Customer], month: Month) -> QuerySet[Customer]:
    return customers.filter(_spoken(month))


def missing(customers: QuerySet[Customer], month: Month) -> QuerySet[Customer]:
    """Return those of `customers` that nobody has reached in the month; `contact_key` puts the most neglected first."""
    key = Coalesce("last_contact_at", NEVER_AT)
    return customers.filter(~_spoken(month)).annotate(contact_key=key).for_list()


def _spoken(month):
    spoken = CallLog.objects.filter(customer=OuterRef("pk"), outcome=CallLog.Outcome.REACHED, **month.within("on"))
    return Exists(spoken.order_by())


def teams(user, month: Month) -> list[dict]:
    """Return the coverage by team and person: {"team", "rows", "sum"}."""
    customers = good_customers(user, month)
    good = _by_owner(customers)
    spoken = _by_owner(reached(customers, month))
    people = User.objects.select_related("team").in_bulk(good)
    rows = [Row(month, number, spoken.get(pk, 0), people[pk]) for pk, number in good.items()]
    return [
        {"team": team, "rows": rows, "sum": _sum(rows, month)} for team, rows in by_team(rows, lambda row: row.person)
    ]


def _by_owner(customers):
    return dict(customers.values_list("owner").annotate(number=Count("pk")))


def _sum(rows, month):
    return Coverage(month, sum(row.good for row in rows), sum(row.reached for row in rows))
