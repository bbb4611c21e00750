"""Choosing whom to call (policy 5.1): at random, unsatisfied, owed a service, contact grown rare; each one question.

A customer with an open call of a list is never chosen again: one due callback per purpose. Days are business dates.
"""

import datetime as dt
from dataclasses import asdict, dataclass

from django.db.models import (
    Count,
    DateField,
    Exists,
    F,
    Func,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Least
from django.utils import timezone

from crm.lib.dates import add_months, start_of
from customers.models import Customer
from customers.sorting import NEVER_AT
from visits.models import Callback, CallList, CallLog, Promise, Purpose, SiteVisit

# At most so many customers make one list.
MOST = 500
LOW = 2
# Contact follows a rhythm from so many days of contact in a year on; a silence of a few days is never rare.
RHYTHM_DAYS, RHYTHM_CONTACTS, SILENCE_DAYS = 365, 4, 14


@dataclass(frozen=True)
class Criteria:
    """How customers are chosen; `months` counts for low satisfaction, `days` or `by_rhythm` for rare contact.

    `code_from` alone is the beginning of codes, with `code_to` the first of a range.
    """

    way: str
    number: int = 50
    grade: str = ""
    code_from: str = ""
    code_to: str = ""
    months: int = 6
    days: int = 90
    by_rhythm: bool = False

    def as_dict(self) -> dict:
        return asdict(self)


def fitting(criteria: Criteria, *, user, seed) -> QuerySet[Customer]:
    """Return the customers that people in `user`'s sight own and that fit, the most pressing first.

    For the random way `seed` (any text) decides the order: the same seed draws the same customers.
    """
    waiting = Callback.objects.open().filter(customer=OuterRef("pk"), purpose=Purpose.CALL_LIST)
    customers = _narrowed(Customer.objects.owned_visible_to(user), criteria).filter(~Exists(waiting))
    return WAYS[criteria.way](customers, criteria, seed)


def _narrowed(customers, criteria):
    if criteria.grade:
        customers = customers.filter(grade=criteria.grade)
    first, last = criteria.code_from, criteria.code_to
    if not last:
        return customers.filter(code__startswith=first) if first else customers
    return customers.filter(Q(code__lte=last) | Q(code__startswith=last), code__gte=first)


def _random(customers, criteria, seed):
    shuffled = Func(
        Func(F("pk"), Value(str(seed)), template="%(expressions)s", arg_joiner="::text || "),
        function="hashtextextended",
        template="%(function)s(%(expressions)s, 0)",
        output_field=IntegerField(),
    )
    return customers.order_by(shuffled, "pk")


def _unsatisfied(customers, criteria, seed):
    """The last satisfaction told within the months is low, or the status sheet says so (policy 2.4)."""
    since = add_months(timezone.localdate(), -criteria.months)
    told = CallLog.objects.filter(on__gte=since, satisfaction__isnull=False)
    later = told.filter(customer=OuterRef("customer"), at__gt=OuterRef("at"))
    low = told.filter(~Exists(later), satisfaction__lte=LOW, customer__in=customers).values("customer")
    last = told.filter(customer=OuterRef("pk")).order_by("-at").values("satisfaction")[:1]
    customers = customers.filter(Q(satisfaction__lte=LOW) | Q(pk__in=low))
    return customers.order_by(Coalesce(Subquery(last), F("satisfaction")), "pk")


def _owed(customers, criteria, seed):
    """A promise or a callback is late, or work at the customer's place has run over its time."""
    now, today = timezone.now(), timezone.localdate()
    late = {
        "due_on": (Promise.objects.open().filter(due_on__lt=today), Callback.objects.due(by=today - dt.timedelta(1))),
        "planned_until": (SiteVisit.objects.open().filter(planned_until__lt=now),),
    }
    fits, since = Q(), []
    for field, kinds in late.items():
        for rows in kinds:
            fits |= Q(pk__in=rows.order_by().values("customer"))
            own = rows.filter(customer=OuterRef("pk")).order_by().values("customer")
            since.append(Cast(Subquery(own.annotate(since=Min(field)).values("since")), DateField()))
    return customers.filter(fits).order_by(Least(*since), "pk")


def _rare(customers, criteria, seed):
    """Nobody has spoken with them for so many days, or not for twice as long as the year's rhythm has it.

    The rhythm is the average of the days between the days of contact of the last year, of four at least.
    """
    today = timezone.localdate()
    long_ago = today - dt.timedelta(days=SILENCE_DAYS if criteria.by_rhythm else criteria.days)
    before = start_of(long_ago)
    customers = customers.order_by(Coalesce("last_contact_at", NEVER_AT), "pk")
    if not criteria.by_rhythm:
        return customers.filter(Q(last_contact_at__lt=before) | Q(last_contact_at=None, owned_since__lt=long_ago))
    # Asked customer by customer in the order of the list, so that it ends with the first so many that fit.
    rhythm = CallLog.objects.filter(customer=OuterRef("pk"), on__gte=today - dt.timedelta(days=RHYTHM_DAYS))
    rhythm = rhythm.order_by().values("customer").annotate(days=Count("on", distinct=True))
    rhythm = rhythm.annotate(span=_days(Max("on"), Min("on")), silence=_days(Value(today), Max("on")))
    rhythm = rhythm.annotate(silences=F("silence") * (F("days") - 1))  # over this number the span is its average
    out_of_it = rhythm.filter(days__gte=RHYTHM_CONTACTS, silences__gte=2 * F("span"))
    return customers.filter(Exists(out_of_it), last_contact_at__lt=before)


def _days(later, earlier):
    return Func(
        Cast(later, DateField()), Cast(earlier, DateField()), template="(%(expressions)s)", arg_joiner=" - ",
        output_field=IntegerField(),
    )  # fmt: skip


WAYS = {
    CallList.Way.RANDOM: _random,
    CallList.Way.UNSATISFIED: _unsatisfied,
    CallList.Way.OWED: _owed,
    CallList.Way.RARE: _rare,
}
