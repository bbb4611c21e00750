"""What rooms below leave to be done today: callbacks, promises, tasks, complaints, customers about to leave.

It names most customers first, so the lines show what is known of them here: what was said last, when they want quiet.
"""

import datetime as dt
from types import SimpleNamespace

from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from complaints.models import Ticket
from crm.lib.dates import start_of
from customers.ownership import due
from reports.queue import ACTION, LEAVES, PROMISED, TASK, TICKET, TICKETS_FROM, queue_rows
from reports.today import LATE, LEAVING, MOST, TODAY, Reason, Who, clipped, provide, short
from visits.models import Callback, Purpose

LEAVING_WITHIN = dt.timedelta(days=14)
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


@provide
def own_work(user, today):
    """Yield a line for each row of `reports.queue`."""
    reader = due.Reader(user)
    until, began = today + LEAVING_WITHIN, start_of(today)
    for row in queue_rows(user=user.pk, today=today, leaving=until, talked=began, most=MOST + 1):
        quiet = row.quiet_from, row.quiet_until
        who = Who(row.pk, row.name, row.grade, row.note or "", *quiet, row.is_owned, _page(row))
        yield who, _reason(row, today, reader)


def _page(row):
    """Return where a line leads that opens no customer."""
    if row.is_owned:
        return ""
    if row.kind in {TICKET, ACTION}:
        return reverse("complaints:detail", args=[-row.pk - TICKETS_FROM])
    return reverse("plans:task", args=[-row.pk]) if row.kind == TASK and row.pk < 0 else reverse("visits:promises")


def _reason(row, today, reader):
    if row.kind == LEAVES:
        return Reason(LEAVING, row.day, "ripple", _leaving_text(row, reader))
    section = LATE if row.day < today else TODAY
    if row.kind == PROMISED:
        return Reason(section, row.day, "heart-handshake", _promise_text(row.text))
    if row.kind == TASK:
        return Reason(section, row.day, "checkbox", _task_text(row.text, row.rule))
    if row.kind == TICKET:
        return Reason(section, row.day, "message-exclamation", f"{row.text} · {Ticket.Status(row.purpose).label}")
    if row.kind == ACTION:
        return Reason(section, row.day, "list-check", f"{row.rule} · {clipped(row.text, 80)}")
    return Reason(section, row.day, ICONS.get(row.purpose, "phone"), _due_text(row), row.purpose)


def _say_due(row):
    text = Purpose.title_of(row.purpose, row.rule)
    if row.closes_on and row.closes_on > row.day:
        text = _("%(purpose)s, until %(day)s") % {"purpose": text, "day": short(row.closes_on)}
    text = text[:1].upper() + text[1:]
    if row.text:
        text += f" · {Callback.REASONS.get(row.text, row.text)}"
    if row.tries:
        text += " · " + ngettext("tried %d time", "tried %d times", row.tries) % row.tries
    return text


_due_text = lazy(_say_due, str)


_task_text = lazy(
    lambda what, plan: _("Task: %(what)s · %(plan)s") % {"what": clipped(what, 80), "plan": clipped(plan, 40)}, str
)
_promise_text = lazy(lambda text: _("You promised: %(promise)s") % {"promise": clipped(text, 80)}, str)


def _say_leaving(row, reader):
    """Say by which rule an own customer goes, and what moves it."""
    customer = SimpleNamespace(
        grade=row.grade,
        owned_since=row.owned_since,
        last_sale_on=row.last_sale_on,
        talked_on=parse_date(row.text) if row.text else None,
        kept_until=row.closes_on,
        is_held=False,
        stint_reason=row.rule,
    )
    text = due.in_words(reader.due(customer), customer)
    return text[:1].upper() + text[1:]


_leaving_text = lazy(_say_leaving, str)
