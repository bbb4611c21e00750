"""Rows of the queue and cards of the board, prepared: their look-ups would cost more than the queries behind."""

from functools import lru_cache

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from complaints.choices import Kind, Severity
from complaints.left import Clock
from complaints.models import Ticket
from crm.lib.looks import when

Status = Ticket.Status
# Orange waits to be judged or reviewed, azure is worked on.
STATES = {Status.CHOOSING: "orange", Status.ANSWERING: "orange", Status.RECEIVED: "orange", Status.CLOSED: "green"}
SEVERITIES = {Severity.LOW: "secondary", Severity.NORMAL: "", Severity.HIGH: "orange", Severity.CRITICAL: "red"}
TIMES = {"red": "due-late", "orange": "due-soon", "green": "due-ok"}

CARD = """<a class="card board-card text-reset" href="{}"><span class="fw-bold text-break">{}</span><span>{}</span>
<span class="text-secondary small text-break">{}{}</span>
<span class="d-flex small gap-2"><span class="text-secondary">{}</span>
<span class="ms-auto text-end {}">{}</span></span></a>
"""
MARK = ' · <span class="text-orange">{}</span>'


def listed(tickets: list[Ticket]) -> list[tuple]:
    """Return what each row of the queue shows, in the order in which its template names it.

    The tickets are loaded `for_queue` and went through `seen.mark_customers`.
    """
    address, clock = _address(), Clock()
    return [
        (
            address % ticket.pk,
            ticket.number,
            ticket.subject,
            again(ticket),
            shown_who(ticket),
            severity(ticket),
            badge(ticket.status),
            *times(ticket, clock),
            ticket.holder_name or "",
            (ticket.responsible_name or "") if ticket.responsible_id != ticket.holder_id else "",
            when(ticket.received_at),
        )
        for ticket in tickets
    ]


def cards(tickets: list[Ticket], clock: Clock) -> list[SafeString]:
    """Return the cards of the board, drawn: there are more of them than a template draws in time."""
    address, nobody = _address(), _("nobody yet")
    return [_card(ticket, address, nobody, clock) for ticket in tickets]


def _card(ticket, address, nobody, clock):
    left, left_css = nearest(ticket, clock)
    facts = " · ".join(filter(None, (ticket.number, shown_who(ticket))))
    marks = again(ticket)
    marks = format_html(MARK, marks) if marks else ""
    words = (ticket.subject, severity(ticket), facts, marks, ticket.holder_name or nobody, left_css, left)
    return format_html(CARD, address % ticket.pk, *words)


def shown_who(ticket) -> str:
    """Return who complains, as whoever looks may know."""
    if ticket.sees_customer:
        return ticket.customer_name
    said = ticket.reporter or ticket.phone or ticket.email
    return said or (_("a customer out of your sight") if ticket.customer_id else "")


def times(ticket, clock) -> tuple:
    """Return what is said of the clocks of a ticket: text and colour of each that runs, the settling first."""
    if not ticket.is_open:
        return when(ticket.closed_at), "", "", ""
    if ticket.stopped_at:
        return _("waits for the customer"), "text-secondary", "", ""
    left, first = clock.resolution(ticket), clock.first_answer(ticket)
    answer = (_("answer: %(time)s") % {"time": first.text}, TIMES[first.color]) if first else ("", "")
    return left.text, TIMES[left.color], *answer


def nearest(ticket, clock) -> tuple[str, str]:
    """Return what is said of the clock that runs out first, and its colour."""
    if ticket.stopped_at:
        return _("waits for the customer"), "text-secondary"
    if first := clock.first_answer(ticket):
        return _("answer: %(time)s") % {"time": first.text}, TIMES[first.color]
    left = clock.resolution(ticket)
    return left.text, TIMES[left.color]


def again(ticket) -> str:
    """Say that it is not the first time: how often the customer was not satisfied, or that it repeats another."""
    if ticket.rounds:
        return nth(ticket.rounds + 1)
    return _("repeats") if ticket.repeats_id else ""


def nth(number: int) -> str:
    return {2: _("2nd time"), 3: _("3rd time")}.get(number) or _("%dth time") % number


def badge(status: str) -> SafeString:
    return _badge(STATES.get(status, "azure"), Status(status), get_language())


def severity(ticket) -> SafeString:
    """Return the badges of what is out of the ordinary: a suggestion, another severity than the normal one."""
    return _severity(ticket.kind, ticket.severity, get_language())


@lru_cache(maxsize=256)
def _badge(color, choice, language):
    return format_html('<span class="badge bg-{}-lt">{}</span>', color, choice.label)


@lru_cache(maxsize=64)
def _severity(kind, grade, language):
    mark = _badge("azure", Kind.SUGGESTION, language) if kind == Kind.SUGGESTION else SafeString("")
    color = SEVERITIES[grade]
    return format_html("{} {}", mark, _badge(color, Severity(grade), language)) if color else mark


def _address() -> str:
    """Return the address of a ticket with a place for its id."""
    return reverse("complaints:detail", args=[0]).replace("0", "%d")
