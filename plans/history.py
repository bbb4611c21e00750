"""All that was ever done with a plan: decisions and events in one row, newest first, and what each version changed."""

import datetime as dt
from dataclasses import dataclass

from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from crm.lib.looks import listed
from plans import reading
from plans.changes import Change
from plans.models import Decision, Plan, PlanEvent
from plans.track import Mark, marks, with_names

SIZE = 30
SALT = __name__
DID = {
    "draft": lazy("%(who)s began the draft"),
    "edit": lazy("%(who)s edited it"),
    "invite": lazy("%(who)s said who helps to write it"),
    "hand_on": lazy("%(who)s handed it on"),
    "offer": lazy("%(who)s offered it as a template"),
    "keep": lazy("%(who)s no longer offers it as a template"),
    "drop": lazy("%(who)s gave it up"),
    "amend": lazy("%(who)s began an amendment"),
    "discard": lazy("%(who)s gave the amendment up"),
    "pause": lazy("%(who)s paused it"),
    "resume": lazy("%(who)s resumed it"),
    "end": lazy("%(who)s ended it"),
    "assign": lazy("%(who)s gave a task"),
    "generate": lazy("%(who)s gave tasks to all customers"),
    "task_edit": lazy("%(who)s changed a task"),
    "task_finish": lazy("%(who)s finished a task"),
    "task_cancel": lazy("%(who)s cancelled a task"),
    "task_reopen": lazy("%(who)s reopened a task"),
    "report": lazy("%(who)s wrote the report"),
    "guide": lazy("%(who)s gave guidance"),
}


@dataclass(frozen=True)
class Entry:
    """A decision (with its `mark`) or an event; `changes` are those of a version against the one before."""

    at: dt.datetime
    kind: str
    title: str
    detail: str
    note: str
    mark: Mark | None = None
    changes: list[Change] | None = None


def entries(plan: Plan, user, *, after: str = "") -> tuple[list[Entry], str]:
    """Return a page of the history and the cursor of the next one; a cursor tampered with is the first page."""
    cursor = _read(after)
    decisions = with_names(plan.decisions)
    found = [*_page(decisions, cursor), *_page(plan.events.select_related("by"), cursor)]
    found = sorted((row for row in found if cursor is None or _place(row) < cursor), key=_place, reverse=True)
    shown = found[:SIZE]
    more = signing.dumps([shown[-1].at.isoformat(), *_place(shown[-1])[1:]], salt=SALT) if len(found) > SIZE else ""
    return _described(plan, shown, user), more


def _page(rows, cursor):
    if cursor:
        rows = rows.filter(at__lte=cursor[0])
    return rows.order_by("-at", "-id")[: SIZE + 2]


def _place(row):
    return row.at, isinstance(row, Decision), row.pk


def _read(text):
    try:
        at, is_decision, pk = signing.loads(text, salt=SALT)
    except (signing.BadSignature, ValueError):
        return None
    return dt.datetime.fromisoformat(at), is_decision, pk


def _described(plan, rows, user):
    decisions = [row for row in rows if isinstance(row, Decision)]
    # A step that was signed already stands beside the signature, which may be on the page before.
    said = dict(zip((row.pk for row in decisions), marks(decisions), strict=True))
    changed = _changed(plan, {row.version_id for row in decisions if row.verb == Decision.Verb.SUBMIT}, user)
    return [_event(row) if isinstance(row, PlanEvent) else _decision(row, said[row.pk], changed) for row in rows]


def _decision(row, mark, changed):
    changes = changed.get(row.version_id) if row.verb == Decision.Verb.SUBMIT else None
    return Entry(row.at, row.verb, mark.title, "", row.note, mark, changes)


def _event(row):
    title = DID.get(row.verb, lazy("%(who)s changed it")) % {"who": row.by or _("The system")}
    return Entry(row.at, row.verb, str(title), _detail(row), row.note)


def _detail(row):
    data = row.data
    if "people" in data:
        return listed(data["people"]) or _("nobody but the author")
    if "number" in data:
        number = data["number"]
        return f"{data.get('line', '')}: " + ngettext("%d task", "%d tasks", number) % number
    return data.get("to") or data.get("what") or ""


def _changed(plan, versions, user):
    """Return the changes of each of `versions` against the one before it; the first has none."""
    if not versions:
        return {}
    numbers = dict(plan.versions.filter(pk__in=versions).values_list("number", "pk"))
    wanted = {number - before for number in numbers for before in (0, 1)}
    contents = dict(plan.versions.filter(number__in=wanted).values_list("number", "content"))
    seen = reading.seen_by(user, *contents.values())
    return {
        pk: reading.changed(contents[number - 1], contents[number], seen)
        for number, pk in numbers.items()
        if number - 1 in contents
    }
