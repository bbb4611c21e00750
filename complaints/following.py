"""What a customer sees of their ticket on its private link (policy 7.2): where it stands, in their words.

Nothing else is read here: no names of staff, no notes among colleagues, no causes, costs or consequences.
"""

import datetime as dt
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints import steps
from complaints.choices import Kind
from complaints.models import File, Message, Ticket, Try

Status, Way = Ticket.Status, Message.Way
RECEIVED, LOOKED_INTO, CARRIED_OUT, ASKED, CLOSED = range(5)
PLACES = {
    Status.RECEIVED: RECEIVED,
    Status.JUSTIFIED: RECEIVED,
    Status.INVESTIGATING: LOOKED_INTO,
    Status.PROPOSING: LOOKED_INTO,
    Status.CHOOSING: LOOKED_INTO,
    Status.AGREEING: LOOKED_INTO,
    Status.ACTING: CARRIED_OUT,
    Status.ANSWERING: LOOKED_INTO,
    Status.CALLING: ASKED,
    Status.CLOSED: CLOSED,
}
STATIONS = {
    RECEIVED: pgettext_lazy("state for the customer", "Received"),
    LOOKED_INTO: pgettext_lazy("state for the customer", "Looked into"),
    CARRIED_OUT: _("A solution is agreed and carried out"),
    ASKED: _("Are you satisfied?"),
    CLOSED: pgettext_lazy("state for the customer", "Closed"),
}
# A suggestion is answered; there is nothing to carry out in its short way.
SHORT = (RECEIVED, LOOKED_INTO, ASKED, CLOSED)
SAYS = {
    Status.RECEIVED: _("We have it. Somebody looks after it, and you hear from us."),
    Status.JUSTIFIED: _("We have it. Somebody looks after it, and you hear from us."),
    Status.INVESTIGATING: _("We are finding out how it came about."),
    Status.PROPOSING: _("We are working out how to settle it."),
    Status.CHOOSING: _("We are working out how to settle it."),
    Status.AGREEING: _("We have a solution to propose and agree it with you."),
    Status.ACTING: _("What we agreed with you is being carried out."),
    Status.ANSWERING: _("We are preparing our answer."),
    Status.CALLING: _("From our side it is done. It is closed only when you say that you are satisfied."),
    Status.CLOSED: _("It is closed. If something is not right after all, write to us below."),
}
WAITS = _("We are waiting for your answer.")


@dataclass(frozen=True)
class Station:
    title: str
    is_done: bool
    is_now: bool


@dataclass
class Word:
    """One entry of the thread: what the customer wrote (`is_ours` False) or what we wrote to them."""

    at: dt.datetime
    text: str
    is_ours: bool = False
    stars: str = ""
    files: list[File] = field(default_factory=list)


@dataclass(frozen=True)
class Followed:
    ticket: Ticket
    says: str
    stations: list[Station]
    words: list[Word]
    files: list[File]
    is_asked: bool
    may_continue: bool


def follow(ticket: Ticket) -> Followed:
    """Return what the customer of `ticket` sees; three queries, a fourth when it is closed."""
    files = list(ticket.files.filter(is_public=True).defer("content"))
    is_over = ticket.status == Status.CLOSED
    return Followed(
        ticket=ticket,
        says=WAITS if ticket.stopped_at and not is_over else SAYS[ticket.status],
        stations=_stations(ticket),
        words=_words(ticket, files),
        files=[file for file in files if file.message_id is None],
        is_asked=ticket.status == Status.CALLING,
        may_continue=is_over and steps.may_reopen(ticket),
    )


def _stations(ticket):
    is_short = ticket.kind == Kind.SUGGESTION or ticket.is_justified is False
    places = SHORT if is_short else tuple(STATIONS)
    now = PLACES[ticket.status]
    return [
        Station(STATIONS[place], is_done=place < now or now == CLOSED, is_now=place == now != CLOSED)
        for place in places
    ]


def _words(ticket, files):
    """Return the thread without notes, and what the customer answered when they were asked, in order."""
    messages = ticket.messages.exclude(way=Way.NOTE).only("way", "text", "at")
    words = [
        Word(it.at, it.text, it.way == Way.OUT, "", [f for f in files if f.message_id == it.pk]) for it in messages
    ]
    said = ticket.tries.filter(by=None).exclude(outcome=Try.Outcome.NOT_REACHED)
    words += [Word(it.at, it.note, stars="★" * (it.satisfaction or 0)) for it in said]
    return sorted(words, key=lambda word: word.at)
