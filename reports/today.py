"""Today's work of one person: which customers, in which order, and why each of them (policy 1.7, 4.1, 4.3, 5).

Rooms add their own reasons with `provide`. Days are business dates in the company's time zone.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from crm.lib.dates import start_of
from crm.lib.looks import grade
from crm.templatetags.looks import icon
from customers.grading import RANKS
from customers.models import Customer
from plans.models import Task
from reports.queue import WORKING, number_done
from visits.models import Promise, Purpose
from visits.quiet import CompanyHours, contact_rests

# So many lines are shown at a time; what comes after them moves up as they are done.
MOST = 50
MOST_PROMISES = 5
LATE, TODAY, RESTING, LEAVING = range(4)
REASON = '<span class="d-block text-secondary small mt-1">{}{}</span>'
FOLLOW_UP = Purpose.FOLLOW_UP.value
# Small facts of the page, asked for without the price of building each question from parts.
PROMISES = """
    SELECT p.id, p.text, p.due_on, p.customer_id, p.owner_id, u.name AS owner_name
    FROM visits_promise p JOIN staff_user u ON u.id = p.owner_id
    WHERE p.customer_id = %s AND p.status = 'open' ORDER BY p.due_on, p.id LIMIT %s
"""
TASKS = f"""
    SELECT t.id, t.what, t.due_on FROM plans_task t JOIN plans_plan p ON p.id = t.plan_id AND p.status IN ({WORKING})
    WHERE t.customer_id = %s AND t.person_id = %s AND t.status = 'open' AND t.due_on <= %s
    ORDER BY t.due_on, t.id LIMIT %s
"""  # noqa: S608 - constants only
AT_ONCE = {Purpose.COMPLAINT, Purpose.PROPOSAL, Purpose.REPAIR, Purpose.REPAIR_OVERRUN}
TITLES = {
    LATE: (gettext_lazy("Late"), "due-late"),
    TODAY: (gettext_lazy("Due today"), "due-soon"),
    RESTING: (gettext_lazy("Later: they rest now"), "text-secondary"),
    LEAVING: (gettext_lazy("Leaving you soon"), "due-soon"),
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
    """What a line shows of its customer; a Customer does as well.

    A task that is for no customer to call stands as one of its own: with its words as name, -(its id), and its page; so
    does a complaint, with its subject (see `reports.queue`).
    """

    pk: int
    name: str
    grade: str
    note: str = ""
    quiet_from: dt.time | None = None
    quiet_until: dt.time | None = None
    is_owned: bool = True
    url: str = ""


@dataclass
class Line:
    """A customer of the queue, once, with all reasons; the most urgent one places it, unless its contact rests."""

    customer: Who | Customer
    reasons: list[Reason] = field(default_factory=list)
    rests: str = ""

    @property
    def first(self) -> Reason:
        return self.reasons[0]

    @property
    def purpose(self) -> str:
        """What the call is for, which chooses its script; a follow-up only when there is nothing else."""
        purposes = [reason.purpose for reason in self.reasons if reason.purpose]
        return next((purpose for purpose in purposes if purpose != FOLLOW_UP), FOLLOW_UP if purposes else "")

    @property
    def wants_sheet(self) -> bool:
        """Whether the customer's clearing sheet is to be written."""
        return any(reason.icon == "clipboard-text" for reason in self.reasons)

    @property
    def section(self) -> int:
        return RESTING if self.rests and self.first.section in {LATE, TODAY} else self.first.section

    @property
    def shown(self) -> tuple:
        """Return what the list shows of the line, in the order in which its template names it.

        It begins with the customer to open, "" for one in the pool, to whom something is promised still, and then the
        page to go to instead.
        """
        customer = self.customer
        reasons = format_html_join("", REASON, [(icon(one.icon, "me-1"), self.words(one)) for one in self.reasons])
        key = str(customer.pk) if getattr(customer, "is_owned", True) else ""
        url = "" if key else getattr(customer, "url", "")
        return key, url, grade(customer.grade), customer.name, self.color, self.how_far, reasons

    def words(self, reason) -> str:
        """Return the reason in words; what was said last stands with the follow-up, the day with who leaves."""
        note = getattr(self.customer, "note", "")
        if note and reason.purpose == FOLLOW_UP:
            return f"{reason.text} · {clipped(note, 60)}"
        if reason.section == LEAVING and self.section != LEAVING:
            return f"{_leaves(reason)} · {reason.text}"
        return reason.text

    @property
    def color(self) -> str:
        return TITLES[self.section][1]

    @property
    def how_far(self) -> str:
        """Say how late, until when the contact rests, or when the customer leaves."""
        if self.section == LEAVING:
            return _leaves(self.first)
        if self.section == RESTING:
            return self.rests
        days = (timezone.localdate() - self.first.day).days
        return ngettext("%d day late", "%d days late", days) % days if days else _("due today")


def _leaves(reason: Reason) -> str:
    return _("leaves you %(day)s") % {"day": short(reason.day)}


Provider = Callable[..., Iterable[tuple[Who | Customer, Reason]]]
PROVIDERS: list[Provider] = []


def provide(provider: Provider) -> Provider:
    """Add a source of work: called with (user, today), it returns pairs of a customer and a Reason, at most MOST.

    Words that cost something to make may be a lazy text: of many lines a page shows few.
    """
    PROVIDERS.append(provider)
    return provider


def short(day: dt.date) -> str:
    """Return "12 Nov" in the reader's language."""
    return _short(day, get_language())


@lru_cache(maxsize=1024)
def _short(day, language):
    return date_format(day, _("j M"))


def clipped(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


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
        """Return (title, colour class, lines as shown) per section that has any."""
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
    return Queue(shown, done_today(user), len(found) > MOST, rest)


def place(line: Line) -> tuple:
    """Return where the line stands: the longest due first, of one day what is to be done at once, then by grade."""
    is_urgent = any(reason.purpose in AT_ONCE for reason in line.reasons)
    return line.section, line.first.day, not is_urgent, _rank(line.customer.grade), line.customer.pk


def _rank(code):
    return RANKS.index(code) if code else len(RANKS)


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
    for line in found:
        if not rest.text and getattr(line.customer, "quiet_from", None):
            line.rests = contact_rests(line.customer, rest.hours, rest.now) or ""


def open_promises(customer) -> list[Promise]:
    """Return what is promised to a customer and not kept yet, the nearest first, each with its `owner_name`."""
    return list(Promise.objects.raw(PROMISES, [customer.pk, MOST_PROMISES]))


def open_tasks(line: Line | None, user, customer) -> list[Task]:
    """Return the tasks for `customer` that `user` has to do; none is asked for when the line names none."""
    if line is None or not any(reason.icon == "checkbox" for reason in line.reasons):
        return []
    return list(Task.objects.raw(TASKS, [customer.pk, user.pk, timezone.localdate(), MOST_PROMISES]))


def done_today(user) -> int:
    """Return how much `user` has done today: customers contacted, and tasks."""
    today = timezone.localdate()
    return number_done(user=user.pk, today=today, began=start_of(today))
