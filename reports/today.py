"""Today's work of one person: which customers, in which order, and why each of them (policy 4.1, 4.3, 5.5, 5.8).

Rooms add their own reasons with `provide`. Days are business dates in the company's time zone.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.lib.dates import start_of
from customers.models import Customer, PoolPeriods
from visits.models import CallLog

MOST = 200
LEAVING_WITHIN = dt.timedelta(days=14)
LATE, TODAY, LEAVING = range(3)
TITLES = {
    LATE: (gettext_lazy("Late"), "due-late"),
    TODAY: (gettext_lazy("Due today"), "due-soon"),
    LEAVING: (gettext_lazy("Leaving you soon"), "due-soon"),
}


@dataclass(frozen=True)
class Reason:
    """Why a customer stands in the queue: how urgent, since or until when, and in words."""

    section: int
    day: dt.date
    icon: str
    text: str


@dataclass
class Line:
    """A customer of the queue, once, with all reasons; the most urgent one places it."""

    customer: Customer
    reasons: list[Reason]

    @property
    def first(self) -> Reason:
        return self.reasons[0]

    @property
    def key(self) -> str:
        return str(self.customer.pk)

    @property
    def color(self) -> str:
        return TITLES[self.first.section][1]

    @property
    def how_far(self) -> str:
        """Say how late, or when the customer leaves."""
        if self.first.section == LEAVING:
            return _("leaves you %(day)s") % {"day": short(self.first.day)}
        days = (timezone.localdate() - self.first.day).days
        return ngettext("%d day late", "%d days late", days) % days if days else _("due today")


Provider = Callable[..., Iterable[tuple[Customer, Reason]]]
PROVIDERS: list[Provider] = []


def provide(provider: Provider) -> Provider:
    """Add a source of work: called with (user, today), it returns pairs of a customer and a Reason, at most MOST."""
    PROVIDERS.append(provider)
    return provider


@provide
def next_contacts(user, today):
    due = Customer.objects.filter(owner=user, next_contact_on__lte=today).order_by("next_contact_on", "id")
    due = list(due[: MOST + 1])
    notes = _last_notes(due)
    return [(customer, _contact_reason(customer, today, notes.get(customer.pk, ""))) for customer in due]


def _last_notes(customers):
    latest = CallLog.objects.filter(customer__in=customers).order_by("customer", "-at").distinct("customer")
    return dict(latest.values_list("customer", "note"))


def _contact_reason(customer, today, note):
    day = customer.next_contact_on
    is_late = day < today
    text = _("Next contact was %(day)s") % {"day": short(day)} if is_late else _("Next contact is today")
    if note:
        text = f"{text} · {Truncator(note).chars(60)}"
    return Reason(LATE if is_late else TODAY, day, "phone", text)


@provide
def leaving(user, today):
    """Customers that the night takes soon, unless the person has spoken with them today already."""
    soon = Customer.objects.filter(owner=user, returns_on__lte=today + LEAVING_WITHIN)
    soon = soon.filter(Q(last_contact_at=None) | Q(last_contact_at__lt=start_of(today)))
    periods = PoolPeriods.current()
    return [
        (customer, Reason(LEAVING, customer.returns_on, "ripple", leaving_text(customer, periods)))
        for customer in soon.order_by("returns_on", "id")[: MOST + 1]
    ]


def leaving_text(customer, periods) -> str:
    """Return by which rule an owned customer goes, and what keeps it."""
    since = short(max(customer.owned_since, customer.last_sale_on or customer.owned_since))
    if customer.last_sale_on is None:
        return ngettext(
            "No deal since %(day)s (%(months)d-month rule); a first order keeps it",
            "No deal since %(day)s (%(months)d-month rule); a first order keeps it",
            periods.no_deal_months,
        ) % {"day": since, "months": periods.no_deal_months}
    return ngettext(
        "No sale since %(day)s (%(months)d-month rule); an order keeps it",
        "No sale since %(day)s (%(months)d-month rule); an order keeps it",
        periods.no_sale_months,
    ) % {"day": since, "months": periods.no_sale_months}


def short(day: dt.date) -> str:
    """Return "12 Nov" in the reader's language."""
    return date_format(day, _("j M"))


@dataclass(frozen=True)
class Queue:
    """What is left to do, what is done; `is_capped` when more lines wait than the page shows."""

    lines: list[Line]
    done: int
    is_capped: bool

    @property
    def total(self) -> int:
        return self.done + len(self.lines)

    @property
    def late(self) -> int:
        return sum(line.first.section == LATE for line in self.lines)

    @property
    def leaving_in_a_week(self) -> int:
        limit = timezone.localdate() + dt.timedelta(days=7)
        return sum(any(r.section == LEAVING and r.day <= limit for r in line.reasons) for line in self.lines)

    def sections(self):
        """Return (title, colour class, lines) per section that has any."""
        parts = [(*TITLES[n], [line for line in self.lines if line.first.section == n]) for n in TITLES]
        return [part for part in parts if part[2]]

    def find(self, pk) -> Line | None:
        return next((line for line in self.lines if line.customer.pk == pk), None)

    def after(self, pk) -> Line | None:
        """Return the line to work on next: the one below, from the last one the one above."""
        keys = [line.customer.pk for line in self.lines]
        others = [line for line in self.lines if line.customer.pk != pk]
        if pk not in keys or not others:
            return others[0] if others else None
        return others[min(keys.index(pk), len(others) - 1)]


def queue(user) -> Queue:
    found = lines(user)
    return Queue(found[:MOST], done_today(user), len(found) > MOST)


def lines(user) -> list[Line]:
    """Return what all providers say of `user`'s customers: late first, then today, then those about to leave."""
    today = timezone.localdate()
    by_customer: dict[int, Line] = {}
    for provider in PROVIDERS:
        for customer, reason in provider(user, today):
            by_customer.setdefault(customer.pk, Line(customer, [])).reasons.append(reason)
    for line in by_customer.values():
        line.reasons.sort(key=lambda reason: (reason.section, reason.day))
    return sorted(by_customer.values(), key=lambda line: (line.first.section, line.first.day, line.customer.pk))


def done_today(user) -> int:
    """Return with how many customers `user` logged a contact today."""
    logs = CallLog.objects.filter(by=user, on=timezone.localdate())
    return logs.order_by().values("customer").distinct().count()
