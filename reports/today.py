"""Today's work of one person: which customers, in which order, and why each of them (policy 1.7, 4.1, 4.3, 5).

Rooms add their own reasons with `provide`. Days are business dates in the company's time zone.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.lib.dates import start_of
from crm.lib.looks import grade
from crm.templatetags.looks import icon
from customers.models import Contact, Customer, PoolPeriods
from visits.models import Callback, CallLog, Promise
from visits.quiet import CompanyHours, contact_rests

# So many lines are shown at a time; what comes after them moves up as they are done.
MOST = 50
MOST_PROMISES = 5
LEAVING_WITHIN = dt.timedelta(days=14)
LATE, TODAY, RESTING, LEAVING = range(4)
TITLES = {
    LATE: (gettext_lazy("Late"), "due-late"),
    TODAY: (gettext_lazy("Due today"), "due-soon"),
    RESTING: (gettext_lazy("Later: they rest now"), "text-secondary"),
    LEAVING: (gettext_lazy("Leaving you soon"), "due-soon"),
}
ICONS = {
    "complaint": "message-exclamation",
    "repair": "tool",
    "repair_overrun": "tool",
    "repair_holds": "tool",
    "installation": "tool",
    "new_customer": "sparkles",
    "call_list": "list-check",
    "by_hand": "calendar-event",
    "proposal": "bulb",
}


@dataclass(frozen=True)
class Reason:
    """Why a customer stands in the queue: how urgent, since or until when, and in words."""

    section: int
    day: dt.date
    icon: str
    text: str
    purpose: str = ""


@dataclass
class Line:
    """A customer of the queue, once, with all reasons; the most urgent one places it, unless its contact rests."""

    customer: Customer
    reasons: list[Reason] = field(default_factory=list)
    rests: str = ""

    @property
    def first(self) -> Reason:
        return self.reasons[0]

    @property
    def purpose(self) -> str:
        """What the call is for, which chooses its script; a follow-up only when there is nothing else."""
        purposes = [reason.purpose for reason in self.reasons if reason.purpose]
        return next((purpose for purpose in purposes if purpose != "follow_up"), "follow_up" if purposes else "")

    @property
    def section(self) -> int:
        return RESTING if self.rests and self.first.section in {LATE, TODAY} else self.first.section

    @property
    def shown(self) -> tuple:
        """Return what the list shows of the line, in the order in which its template names it."""
        customer = self.customer
        reasons = [(icon(reason.icon, "me-1"), reason.text) for reason in self.reasons]
        return customer.pk, grade(customer.grade), customer.name, self.color, self.how_far, reasons

    @property
    def color(self) -> str:
        return TITLES[self.section][1]

    @property
    def how_far(self) -> str:
        """Say how late, until when the contact rests, or when the customer leaves."""
        if self.section == LEAVING:
            return _("leaves you %(day)s") % {"day": short(self.first.day)}
        if self.section == RESTING:
            return self.rests
        days = (timezone.localdate() - self.first.day).days
        return ngettext("%d day late", "%d days late", days) % days if days else _("due today")


Provider = Callable[..., Iterable[tuple[Customer, Reason]]]
PROVIDERS: list[Provider] = []


def provide(provider: Provider) -> Provider:
    """Add a source of work: called with (user, today), it returns pairs of a customer and a Reason, at most MOST."""
    PROVIDERS.append(provider)
    return provider


# What a line shows of its customer, and what the panel beside it needs besides.
LISTED = (
    "code", "name", "grade", "intention", "dealt", "payment", "need", "owner", "owned_since", "last_sale_on",
    "returns_on", "last_contact_at", "next_contact_on",
)  # fmt: skip
OF_CUSTOMER = tuple(f"customer__{name}" for name in LISTED)
OF_CALLBACK = ("purpose", "due_on", "closes_on", "reason", "tries", "customer", "rule__name")


@provide
def callbacks(user, today):
    """The callbacks that are due, of own customers and of those that were given to `user`."""
    own = Customer.objects.filter(owner=user, next_contact_on__lte=today).order_by("next_contact_on", "id")
    due = Callback.objects.due(by=today).select_related("rule").only(*OF_CALLBACK)
    mine = Prefetch("callbacks", due.filter(Q(person=None) | Q(person=user)).order_by("due_on", "id"), to_attr="due")
    own = list(own.only(*LISTED).prefetch_related(mine)[: MOST + 1])
    pairs = [(customer, callback) for customer in own for callback in customer.due]
    given = due.filter(person=user).exclude(customer__owner=user).filter(customer__owner__isnull=False)
    pairs += [
        (callback.customer, callback)
        for callback in given.select_related("customer").only(*OF_CALLBACK, *OF_CUSTOMER)[: MOST + 1]
    ]
    notes = _last_notes({customer.pk for customer, _callback in pairs})
    return [(customer, _due_reason(callback, today, notes.get(customer.pk, ""))) for customer, callback in pairs]


def _last_notes(customers):
    latest = CallLog.objects.filter(customer__in=customers).order_by("customer", "-at").distinct("customer")
    return dict(latest.values_list("customer", "note")) if customers else {}


def _due_reason(callback, today, note):
    day, text = callback.due_on, _sentence(callback)
    if note and callback.purpose == "follow_up":
        text = f"{text} · {Truncator(note).chars(60)}"
    if callback.tries:
        text += " · " + ngettext("tried %d time", "tried %d times", callback.tries) % callback.tries
    section = LATE if day < today else TODAY
    return Reason(section, day, ICONS.get(callback.purpose, "phone"), text, callback.purpose)


def _sentence(callback):
    title = callback.title
    if callback.closes_on and callback.closes_on > callback.due_on:
        title = _("%(purpose)s, until %(day)s") % {"purpose": title, "day": short(callback.closes_on)}
    return f"{title[:1].upper()}{title[1:]}{': ' + callback.reason_text if callback.reason else ''}"


@provide
def promises(user, today):
    """What `user` stands for and what falls due: it stays until it is kept or renegotiated (policy 1.7)."""
    due = Promise.objects.open().filter(owner=user, due_on__lte=today, customer__owner__isnull=False)
    return [
        (
            promise.customer,
            Reason(
                LATE if promise.due_on < today else TODAY,
                promise.due_on,
                "heart-handshake",
                _("You promised: %(promise)s") % {"promise": Truncator(promise.text).chars(80)},
            ),
        )
        for promise in due.select_related("customer")
        .only(*OF_CUSTOMER, "text", "due_on")
        .order_by("due_on", "id")[: MOST + 1]
    ]


@provide
def leaving(user, today):
    """Customers that the night takes soon, unless the person has spoken with them today already."""
    soon = Customer.objects.filter(owner=user, returns_on__lte=today + LEAVING_WITHIN)
    soon = soon.filter(Q(last_contact_at=None) | Q(last_contact_at__lt=start_of(today)))
    periods = PoolPeriods.current()
    return [
        (customer, Reason(LEAVING, customer.returns_on, "ripple", leaving_text(customer, periods)))
        for customer in soon.only(*LISTED).order_by("returns_on", "id")[: MOST + 1]
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


class CompanyRest:
    """Whether it is a time at which nobody is called: `text` says until when, empty when calls are welcome."""

    def __init__(self):
        self.now = timezone.now()
        self.hours = CompanyHours.at(self.now)
        self.text = contact_rests(None, self.hours, self.now) or ""


@dataclass(frozen=True)
class Queue:
    """What is left to do, what is done; `is_capped` when more lines wait than the page shows."""

    lines: list[Line]
    done: int
    is_capped: bool
    rest: CompanyRest

    @property
    def total(self) -> int:
        return self.done + len(self.lines)

    @property
    def late(self) -> int:
        return sum(line.section == LATE for line in self.lines)

    @property
    def leaving_in_a_week(self) -> int:
        limit = timezone.localdate() + dt.timedelta(days=7)
        return sum(any(r.section == LEAVING and r.day <= limit for r in line.reasons) for line in self.lines)

    def sections(self):
        """Return (title, colour class, lines) per section that has any."""
        parts = [(*TITLES[n], [line.shown for line in self.lines if line.section == n]) for n in TITLES]
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
    rest = CompanyRest()
    found = lines(user)
    note_rests(found, rest)
    found.sort(key=lambda line: (line.section, line.first.day, line.customer.pk))
    return Queue(found[:MOST], done_today(user), len(found) > MOST, rest)


def lines(user) -> list[Line]:
    """Return what all providers say of `user`'s customers, in no order; each line's reasons, the most urgent first."""
    today = timezone.localdate()
    by_customer: dict[int, Line] = {}
    for provider in PROVIDERS:
        for customer, reason in provider(user, today):
            by_customer.setdefault(customer.pk, Line(customer, [])).reasons.append(reason)
    for line in by_customer.values():
        line.reasons.sort(key=lambda reason: (reason.section, reason.day))
    return list(by_customer.values())


def note_rests(found: list[Line], rest: CompanyRest) -> None:
    """Say of each line until when its main contact wants quiet: it comes after those who can be called (policy 5.6)."""
    customers = [line.customer.pk for line in found]
    quiet = Contact.objects.filter(customer__in=customers, is_main=True, quiet_from__isnull=False)
    contacts = {contact.customer_id: contact for contact in quiet.only("customer", "quiet_from", "quiet_until")}
    for line in found:
        contact = contacts.get(line.customer.pk)
        if contact and not rest.text:
            line.rests = contact_rests(contact, rest.hours, rest.now) or ""


def open_promises(customer) -> list[Promise]:
    """Return what is promised to a customer and not kept yet, the nearest first."""
    return list(customer.promises.open().select_related("owner")[:MOST_PROMISES])


def done_today(user) -> int:
    """Return with how many customers `user` logged a contact today."""
    logs = CallLog.objects.filter(by=user, on=timezone.localdate())
    return logs.order_by().values("customer").distinct().count()
