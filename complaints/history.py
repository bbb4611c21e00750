"""The steps of a ticket as people read them: what, by whom, when, and what was decided."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints import permissions
from complaints.choices import Cause, Department, Severity, Source
from complaints.models import Action, Step, Ticket, Try
from crm.lib.looks import money

# What is written stands in the thread.
IN_THREAD = {"note", "answer"}
OF_LEADERS = "punish"
# verb: (icon, what was done)
SAYS = {
    "receive": ("inbox", _("Received")),
    "take": ("hand-grab", _("Looked after by somebody else from here on")),
    "judge": ("scale", _("Judged")),
    "assign": ("user", _("Responsible person named")),
    "investigate": ("search", _("Investigated")),
    "propose": ("bulb", _("Solution proposed")),
    "put_forward": ("send", _("Put before a leader")),
    "choose": ("check", _("Solution chosen")),
    "send_back": ("corner-up-left", _("Other solutions asked for")),
    "agree": ("heart-handshake", _("The customer agrees")),
    "refuse": ("circle-x", _("The customer does not agree")),
    "act": ("tool", pgettext_lazy("complaint", "Carried out")),
    "review": ("check", _("Answer approved")),
    "rework": ("corner-up-left", _("To be judged again")),
    "call_back": ("phone", _("Called back")),
    "give_up": ("phone-off", _("Closed: the customer can't be reached")),
    "reopen": ("refresh", _("Opened again")),
    "stop": ("player-pause", _("The clock stands: the customer is waited for")),
    "resume": ("player-play", _("The clock goes on")),
    "severity": ("flag", _("Severity changed")),
    "match": ("building", _("Customer recognised")),
    "link": ("link", _("Linked")),
    "task": ("list-check", _("Given to do")),
    "done": ("checkbox", _("Done")),
    "punish": ("alert-triangle", _("Consequence for staff")),
    "rise": ("alert-triangle", _("Late: the next above is told")),
    "edit": ("pencil", _("Changed")),
}


@dataclass(frozen=True)
class Entry:
    icon: str
    title: str
    facts: str
    note: str
    by: str
    at: dt.datetime
    round: int


def entries(ticket: Ticket, taken: Iterable[Step], user) -> list[Entry]:
    """Return the history, newest first, as far as `user` may read it."""
    hidden = IN_THREAD if permissions.sees_consequences(user, ticket) else IN_THREAD | {OF_LEADERS}
    return [_entry(step) for step in reversed(list(taken)) if step.verb not in hidden]


def _entry(step):
    icon, title = SAYS.get(step.verb, SAYS["edit"])
    if step.verb == "rise" and step.data.get("level") == 1:
        title = _t("Due soon: those who work on it are told")
    facts = " · ".join(filter(None, map(str, FACTS.get(step.verb, _none)(step.data))))
    by = str(step.by) if step.by_id else _t("the customer") if step.is_public else ""
    return Entry(icon, title, facts, step.note, by, step.at, step.round)


def _none(data):
    return ()


def _taken(data):
    yield data.get("to")
    if data.get("from"):
        yield _t("before: %(name)s") % {"name": data["from"]}


def _judged(data):
    yield _t("justified") if data.get("justified") else _t("not justified")
    yield _t("demand reasonable") if data.get("reasonable") else _t("demand not reasonable")


def _assigned(data):
    yield _label(Department, data.get("department"))
    yield data.get("person")
    yield _t("answer promised by %(day)s") % {"day": data.get("promised_on")}


def _investigated(data):
    yield _label(Cause, data.get("cause"))
    if data.get("expectation"):
        yield _t("the customer expects: %(what)s") % {"what": data["expectation"]}


def _proposed(data):
    yield _t("%(money)s yuan") % {"money": money(data.get("cost") or 0)}
    yield data.get("benefit")


def _chosen(data):
    yield data.get("text")
    yield _t("%(money)s yuan") % {"money": money(data.get("cost") or 0)}


def _called(data):
    yield _label(Try.Outcome, data.get("outcome"))
    yield "★" * (data.get("satisfaction") or 0)


def _given(data):
    yield _label(Action.Kind, data.get("kind"))
    yield data.get("text")
    yield data.get("person")
    if data.get("is_done"):
        yield _t("done")
    else:
        yield _t("by %(day)s") % {"day": data.get("due_on")}


def _linked(data):
    how = _t("from one cause with %(number)s") if data.get("how") == "parent" else _t("repeats %(number)s")
    yield how % {"number": data.get("number")}


def _label(choices, value):
    return choices(value).label if value in choices.values else value


FACTS = {
    "receive": lambda data: [_label(Source, data.get("source"))],
    "take": _taken,
    "judge": _judged,
    "assign": _assigned,
    "investigate": _investigated,
    "propose": _proposed,
    "choose": _chosen,
    "call_back": _called,
    "severity": lambda data: [_label(Severity, data.get("was")), "→", _label(Severity, data.get("now"))],
    "link": _linked,
    "task": _given,
    "done": _given,
    "punish": _given,
}
