"""A ticket's way as a track (policy 7.2): what is done, by whom and when, where it stands, what is to come."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from complaints.choices import Kind
from complaints.models import Step, Ticket

Status = Ticket.Status
# Each station: the verb that leads beyond it, its name, and the states in which a ticket stands there.
LONG = (
    ("receive", _("Received"), ()),
    ("judge", _("Judge"), (Status.RECEIVED,)),
    ("assign", _("Responsible"), (Status.JUSTIFIED,)),
    ("investigate", _("Investigate"), (Status.INVESTIGATING,)),
    ("put_forward", _("Propose"), (Status.PROPOSING,)),
    ("choose", _("Choose"), (Status.CHOOSING,)),
    ("agree", _("Agree"), (Status.AGREEING,)),
    ("act", _("Carry out"), (Status.ACTING,)),
    ("call_back", _("Call back"), (Status.CALLING,)),
    ("close", _("Closed"), (Status.CLOSED,)),
)
SHORT = (
    LONG[0],
    LONG[1],
    ("review", _("Review the answer"), (Status.ANSWERING,)),
    *LONG[-2:],
)
OF_SHORT = {status for _verb, _title, states in SHORT for status in states}
DONE, NOW, TO_COME = "done", "now", "to_come"


@dataclass(frozen=True)
class Station:
    title: str
    place: str  # DONE, NOW or TO_COME
    by: str = ""
    at: dt.datetime | None = None


def track(ticket: Ticket, taken: list[Step]) -> list[Station]:
    """Return the stations of the ticket, of which `taken` are all steps with who took them, in order."""
    stations = SHORT if is_short(ticket, taken) else LONG
    last = {step.verb: step for step in taken}
    now = next(n for n, (_verb, _title, states) in enumerate(stations) if ticket.status in states)
    found = []
    for n, (verb, title, _states) in enumerate(stations):
        place = DONE if n < now or not ticket.is_open else NOW if n == now else TO_COME
        step = last.get(verb) if place == DONE else None
        by, at = (str(step.by or ""), step.at) if step else ("", ticket.closed_at if place == DONE else None)
        found.append(Station(title, place, by, at))
    return found


def is_short(ticket: Ticket, taken: list[Step]) -> bool:
    """Whether the ticket goes the short way: a suggestion, or what was not justified, unless it had to come back."""
    is_meant = ticket.kind == Kind.SUGGESTION or ticket.is_justified is False
    return is_meant and ticket.status in OF_SHORT and not any(step.verb == "act" for step in taken)
