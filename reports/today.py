"""Today's work of one person: which customers, in which order, and why each of them (policy 1.7, 4.1, 4.3, 5).

Rooms add their own reasons with `provide`. Days are business dates in the company's time zone.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import SimpleLazyObject, lazy
from django.utils.html import format_html_join
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.lib.dates import start_of
from crm.lib.looks import grade
from crm.templatetags.looks import icon
from customers.grading import RANKS
from customers.models import Contact, Customer, PoolPeriods
from visits.models import Callback, CallLog, Promise, Purpose
from visits.quiet import CompanyHours, contact_rests

# So many lines are shown at a time; what comes after them moves up as they are done.
MOST = 50
MOST_PROMISES = 5
LEAVING_WITHIN = dt.timedelta(days=14)
LATE, TODAY, RESTING, LEAVING = range(4)
REASON = '<span class="d-block text-secondary small mt-1">{}{}</span>'
FOLLOW_UP = Purpose.FOLLOW_UP.value
AT_ONCE = {Purpose.COMPLAINT, Purpose.PROPOSAL, Purpose.REPAIR, Purpose.REPAIR_OVERRUN}
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


class Who(NamedTuple):
    """What a line shows of its customer; a Customer does as well."""

    pk: int
    name: str
    grade: str


@dataclass
class Line:
    """A customer of the queue, once, with all reasons; the most urgent one places it, unless its contact rests."""

    customer: Who | Customer
    reasons: list[Reason] = field(default_factory=list)
    rests: str = ""
    note: str = ""

    @property
    def first(self) -> Reason:
        return self.reasons[0]

    @property
    def purpose(self) -> str:
        """What the call is for, which chooses its script; a follow-up only when there is nothing else."""
        purposes = [reason.purpose for reason in self.reasons if reason.purpose]
        return next((purpose for purpose in purposes if purpose != FOLLOW_UP), FOLLOW_UP if purposes else "")

    @property
    def section(self) -> int:
        return RESTING if self.rests and self.first.section in {LATE, TODAY} else self.first.section

    @property
    def shown(self) -> tuple:
        """Return what the list shows of the line, in the order in which its template names it."""
        customer = self.customer
        reasons = format_html_join("", REASON, [(icon(one.icon, "me-1"), self.words(one)) for one in self.reasons])
        return str(customer.pk), grade(customer.grade), customer.name, self.color, self.how_far, reasons

    def words(self, reason) -> str:
        """Return the reason in words; what was said last stands with the follow-up."""
        if self.note and reason.purpose == FOLLOW_UP:
            return f"{reason.text} · {Truncator(self.note).chars(60)}"
        return reason.text

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


Provider = Callable[..., Iterable[tuple[Who | Customer, Reason]]]
PROVIDERS: list[Provider] = []


def provide(provider: Provider) -> Provider:
    """Add a source of work: called with (user, today), it returns pairs of a customer and a Reason, at most MOST.

    Words that cost something to make may be a lazy text: of many lines a page shows few.
    """
    PROVIDERS.append(provider)
    return provider


WHO = ("customer", "customer__name", "customer__grade")
OF_CALLBACK = ("purpose", "rule__name", "due_on", "closes_on", "reason", "tries")


@provide
def callbacks(user, today):
    """The callbacks that are due, of own customers and of those that were given to `user`."""
    due = Callback.objects.due(by=today).order_by("due_on", "id").values_list(*WHO, *OF_CALLBACK)
    # The customers first, in the order of their index: who has hundreds waiting reads no more than the page shows.
    waiting = Customer.objects.filter(owner=user, next_contact_on__lte=today).order_by("next_contact_on", "id")
    own = due.filter(customer__in=waiting.values("pk")[: MOST + 1])
    own = own.filter(Q(person=None) | Q(person=user))[: 2 * MOST]
    given = due.filter(person=user, customer__owner__isnull=False).exclude(customer__owner=user)[: MOST + 1]
    for pk, name, grade_, *callback in own.union(given, all=True):
        yield Who(pk, name, grade_), _due_reason(today, *callback)


def _due_reason(today, purpose, rule_name, due_on, closes_on, reason, tries):
    text = _due_text(purpose, rule_name, due_on, closes_on, reason, tries)
    return Reason(LATE if due_on < today else TODAY, due_on, ICONS.get(purpose, "phone"), text, purpose)


def _say_due(purpose, rule_name, due_on, closes_on, reason, tries):
    text = Purpose.title_of(purpose, rule_name)
    if closes_on and closes_on > due_on:
        text = _("%(purpose)s, until %(day)s") % {"purpose": text, "day": short(closes_on)}
    text = text[:1].upper() + text[1:]
    if reason:
        text += f" · {Callback.REASONS.get(reason, reason)}"
    if tries:
        text += " · " + ngettext("tried %d time", "tried %d times", tries) % tries
    return text


_due_text = lazy(_say_due, str)


def last_notes(customers) -> dict[int, str]:
    """Return what was said last with each customer; what we wrote to them says nothing of it."""
    spoken = CallLog.objects.filter(customer__in=customers).exclude(outcome=CallLog.Outcome.SENT)
    latest = spoken.order_by("customer", "-at").distinct("customer")
    return dict(latest.values_list("customer", "note")) if customers else {}


@provide
def promises(user, today):
    """What `user` stands for and what falls due: it stays until it is kept or renegotiated (policy 1.7)."""
    due = Promise.objects.open().filter(owner=user, due_on__lte=today, customer__owner__isnull=False)
    for *who, text, due_on in due.order_by("due_on", "id").values_list(*WHO, "text", "due_on")[: MOST + 1]:
        section = LATE if due_on < today else TODAY
        yield Who(*who), Reason(section, due_on, "heart-handshake", _promise_text(text))


_promise_text = lazy(lambda text: _("You promised: %(promise)s") % {"promise": Truncator(text).chars(80)}, str)


@provide
def leaving(user, today):
    """Customers that the night takes soon, unless the person has spoken with them today already."""
    soon = Customer.objects.filter(owner=user, returns_on__lte=today + LEAVING_WITHIN)
    soon = soon.filter(Q(last_contact_at=None) | Q(last_contact_at__lt=start_of(today))).order_by("returns_on", "id")
    periods = SimpleLazyObject(PoolPeriods.current)
    rows = soon.values_list("pk", "name", "grade", "returns_on", "owned_since", "last_sale_on")
    for *who, returns_on, owned_since, last_sale_on in rows[: MOST + 1]:
        yield Who(*who), Reason(LEAVING, returns_on, "ripple", _leaving_text(owned_since, last_sale_on, periods))


def _say_leaving(owned_since, last_sale_on, periods):
    """Say by which rule an owned customer goes, and what keeps it."""
    since = short(max(owned_since, last_sale_on or owned_since))
    if last_sale_on is None:
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


_leaving_text = lazy(_say_leaving, str)


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
    found.sort(key=place)
    shown = found[:MOST]
    note_rests(shown, rest)
    shown.sort(key=place)
    notes = last_notes([line.customer.pk for line in shown if line.purpose])
    for line in shown:
        line.note = notes.get(line.customer.pk, "")
    return Queue(shown, done_today(user), len(found) > MOST, rest)


def place(line: Line) -> tuple:
    """Return where the line stands: the longest due first, of one day what is to be done at once, then by grade."""
    is_urgent = any(reason.purpose in AT_ONCE for reason in line.reasons)
    return line.section, line.first.day, not is_urgent, RANKS.index(line.customer.grade), line.customer.pk


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
