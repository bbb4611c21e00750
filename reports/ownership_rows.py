"""The rows behind each figure of the report on ownership: moves, claims, or customers."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection
from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, Min, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib.dates import add_months, start_of
from crm.lib.paging import KeysetPage
from customers.filters import month_of
from customers.models import Customer, Stint
from reports import ownership_sql as sql
from reports.ownership import AGE_NAMES, AGES, TALKS, Report
from reports.ownership_sql import SILENT_DAYS
from sales.models import Order
from visits.models import CallLog

# Above how many days and up to how many.
TALK_DAYS = {"day": (0, 1), "three": (1, 3), "week": (3, 7), "later": (7, 36500)}
NEVER = start_of(dt.date(9999, 12, 30))
# Of customers that came back again and again, and of moves to be looked at, so many are.
MOST = 5000


@dataclass
class Line:
    """One row: the customer if it is in sight, whose it was or is, when, and why."""

    customer: Customer | None
    person: str
    at: dt.datetime | None
    why: str


@dataclass
class Rows:
    """A page of rows, with its heading."""

    title: str
    page: KeysetPage
    lines: list[Line]


def moves_in(report, get):
    stints = _within(report.scope.of(Stint.objects.all()), "ended_at", *_asked_period(report, get))
    into = Stint.objects.filter(customer=OuterRef("customer"), pool__isnull=False, started_at=OuterRef("ended_at"))
    return _moves(stints, get, "end_reason", sql.INTO, sql.INTO_MAYBE, into), _("Into the pool")


def moves_out(report, get):
    stints = _within(report.scope.of(Stint.objects.all()), "started_at", *_asked_period(report, get))
    before = Stint.objects.filter(customer=OuterRef("customer"), pool__isnull=False, ended_at=OuterRef("started_at"))
    return _moves(stints, get, "start_reason", sql.OUT, sql.OUT_MAYBE, before), _("Out of the pool")


def _moves(stints, get, why, surely, maybe, pooled):
    """Return the stints that are moves; those for reasons that may lead elsewhere are looked at one by one first."""
    checked = stints.filter(Exists(pooled), **{f"{why}__in": maybe}).order_by().values_list("pk", flat=True)
    reason = get("reason", "")
    if reason in surely:
        return stints.filter(**{why: reason})
    if reason in maybe:
        return stints.filter(**{why: reason}, pk__in=list(checked[:MOST]))
    return stints.filter(Q(**{f"{why}__in": surely}) | Q(pk__in=list(checked[:MOST])))


def _asked_period(report, get):
    """Return the month asked for, else the whole period."""
    month = month_of(get("month", ""))
    if month in report.period.months:
        return start_of(month), start_of(add_months(month, 1))
    return report.period.began, report.period.ended


def _within(stints, at, began, ended):
    return stints.filter(**{f"{at}__gte": began, f"{at}__lt": ended})


def claims(report, get):
    stints = report.scope.of(Stint.objects.filter(start_reason=Stint.Reason.CLAIMED))
    stints = _within(stints, "started_at", report.claims_since, report.period.ended)
    paid = get("paid", "")
    if paid in {"yes", "no"}:
        stints = stints.filter(Exists(_paid()) if paid == "yes" else ~Exists(_paid()))
        return stints, _("Claims with a paid order") if paid == "yes" else _("Claims without a paid order")
    talk = get("talk", "")
    if talk not in TALKS:
        return stints, _("Claims")
    stints = stints.annotate(talked_at=Subquery(_talks().values("customer").annotate(at=Min("at")).values("at")))
    return _spoken_with(stints, talk), _("First talk %(when)s") % {"when": TALKS[talk]}


def _talks():
    """Return the logs of who was reached during a stint."""
    logs = CallLog.objects.filter(customer=OuterRef("customer"), outcome=CallLog.Outcome.REACHED).order_by()
    return logs.filter(on__gte=TruncDate(_began()), at__gte=OuterRef("started_at"), at__lt=_ended())


def _paid():
    """Return the paid orders of a stint's customer while the stint ran, by business dates."""
    orders = Order.objects.paid().filter(customer=OuterRef("customer"), amount__gt=0)
    return orders.filter(paid_on__gte=TruncDate(_began()), paid_on__lte=TruncDate(_ended()))


def _began():
    return ExpressionWrapper(OuterRef("started_at"), output_field=DateTimeField())


def _ended():
    return Coalesce(OuterRef("ended_at"), Value(NEVER), output_field=DateTimeField())


def _spoken_with(stints, talk):
    if talk == "none":
        return stints.filter(talked_at=None)
    after, within = TALK_DAYS[talk]
    stints = stints.filter(talked_at__lte=F("started_at") + dt.timedelta(days=within))
    return stints.filter(talked_at__gt=F("started_at") + dt.timedelta(days=after)) if after else stints


def aged(report, get):
    """Return the customers of the open pools of one age."""
    n = next((n for n in range(len(AGES)) if get("age", "") == str(n)), 0)
    now = timezone.now()
    customers = Customer.objects.pooled_visible_to(report.scope.user).filter(pooled_at__lte=now - dt.timedelta(AGES[n]))
    if n + 1 < len(AGES):
        customers = customers.filter(pooled_at__gt=now - dt.timedelta(AGES[n + 1]))
    return customers, _("In the pool %(age)s") % {"age": AGE_NAMES[n]}


def bounced(report, get):
    return _by_ids(report, sql.BOUNCED), _("Came back twice or more")


def in_turn(report, get):
    return _by_ids(report, sql.IN_TURN), _("Claimed by the same two people in turn")


def _by_ids(report, statement):
    found = f"{sql.of_people(statement, report.scope)} LIMIT {MOST}"
    with connection.cursor() as cursor:
        cursor.execute(found, sql.params(report.scope, report.period))
        pks = [pk for (pk,) in cursor.fetchall()]
    return Customer.objects.filter(pk__in=pks)


def silent(report, get):
    """Return the customers that one of the people holds and nobody spoke with lately."""
    since = timezone.localdate() - dt.timedelta(days=SILENT_DAYS)
    customers = report.scope.of(Customer.objects.filter(Q(talked_on=None) | Q(talked_on__lt=since)))
    person = get("person", "")
    if person.isdecimal() and len(person) < 19:
        customers = customers.filter(owner=int(person))
    return customers, _("Held, and not spoken with for %(days)d days") % {"days": SILENT_DAYS}


Ask = Callable[[Report, Callable], tuple]
# What is asked for → the rows, and by which column they stand in order.
KINDS: dict[str, tuple[Ask, str]] = {
    "in": (moves_in, "ended_at"),
    "out": (moves_out, "started_at"),
    "claims": (claims, "started_at"),
    "age": (aged, "pooled_at"),
    "bounced": (bounced, "id"),
    "turn": (in_turn, "id"),
    "silent": (silent, "id"),
}
HEADS = {
    "in": gettext_lazy("Whose it was"),
    "out": gettext_lazy("Whose it became"),
    "claims": gettext_lazy("Claimed by"),
}


def rows(request, report: Report) -> Rows:
    """Return the page of the rows that the request asks for; for what is not known, who came into the pool."""
    kind = request.GET.get("what", "")
    ask, key = KINDS.get(kind, KINDS["in"])
    found, title = ask(report, request.GET.get)
    if found.model is Stint:
        page = KeysetPage.of(request, found.select_related("customer", "owner"), key, descending=True)
    else:
        page = KeysetPage.of(request, found.select_related("owner", "pool").defer("grams", "pinyin"), key)
    return Rows(title, page, _lines(page.rows, key, request.user))


def _lines(found, key, user):
    customers = [one.customer if isinstance(one, Stint) else one for one in found]
    seen = Customer.objects.visible_to(user).filter(pk__in=[one.pk for one in customers])
    visible = set(seen.values_list("pk", flat=True))
    return [
        _line(one, customer if customer.pk in visible else None, key)
        for one, customer in zip(found, customers, strict=True)
    ]


def _line(one, customer, key):
    if isinstance(one, Stint):
        why = one.get_end_reason_display() if key == "ended_at" else one.get_start_reason_display()
        return Line(customer, str(one.owner), getattr(one, key), why)
    owner = one.owner if customer else None
    return Line(customer, str(owner) if owner else "", one.pooled_at or one.owned_at, one.get_stint_reason_display())
