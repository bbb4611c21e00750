"""How contacts, callbacks and promises read on the customer's timeline."""

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from crm.lib.looks import listed, span
from customers.choices import Channel
from customers.models import Activity
from customers.timeline import Line, describes
from visits import records
from visits.models import CallLog, Message, Purpose, ServiceEvent, SiteVisit

ICONS = {"phone": "phone", "visit": "map-pin", "wechat": "brand-wechat", "email": "mail", "message": "message"}


@describes(Activity.Verb.LOG)
def describe(activity):
    data = activity.data
    title = capfirst(f"{Channel(data['channel']).label} · {CallLog.Outcome(data['outcome']).label}")
    badges = [(_("next %(day)s") % {"day": data["next_on"]}, "azure")] if data.get("next_on") else []
    if data.get("pictures"):
        badges.append((_("picture"), "secondary"))
    return Line(ICONS.get(data["channel"], "message"), title, _said(activity), badges, url=_page(activity))


def _page(activity):
    """Return the address of the log; activities of before logs had a page name none."""
    return reverse("visits:detail", args=[activity.data["log"]]) if "log" in activity.data else ""


def _said(activity):
    """Return what was said and what was promised: one text, hidden from whoever may not read it."""
    promised = activity.data.get("promise")
    if not promised:
        return activity.note
    promise = _("Promised by %(day)s: %(promise)s") % {"day": activity.data["promise_on"], "promise": promised}
    return f"{activity.note}\n{promise}".strip()


@describes(Activity.Verb.CORRECT)
def _correct(activity):
    lines = [f"{label}: {old} → {new}" for label, old, new in records.changes(activity)]
    return Line("pencil", _("Record corrected"), "\n".join(lines), url=_page(activity))


@describes(Activity.Verb.ADD)
def _add(activity):
    return Line("note", _("Added to a record"), activity.note, url=_page(activity))


@describes(Activity.Verb.CHECK)
def _check(activity):
    verdict = (_("agrees"), "green") if activity.data["agrees"] else (_("differs"), "red")
    return Line("checkup-list", _("Record spot-checked"), badges=[verdict], url=_page(activity))


@describes(Activity.Verb.MOVE)
def _move(activity):
    if "from" not in activity.data:
        return Line("calendar-event", _("Callback planned"), activity.note, [(str(activity.data["to"]), "azure")])
    title = _("Callback put off: %(what)s") if _goes_later(activity) else _("Callback moved: %(what)s")
    return Line("calendar-event", title % {"what": _titles(activity)}, activity.note, [_from_to(activity)])


@describes(Activity.Verb.SKIP)
def _skip(activity):
    title = _("Callback skipped: %(what)s") % {"what": _titles(activity)}
    return Line("circle-x", title, activity.note, [(_("due %(day)s") % {"day": activity.data["due"]}, "secondary")])


def _titles(activity):
    """Return what the callbacks of the activity are for: of one, or of all that were due together."""
    data = activity.data
    return listed(Purpose.title_of(one["purpose"], one["name"]) for one in data.get("callbacks", [data]))


def _goes_later(activity):
    return str(activity.data["to"]) > str(activity.data["from"])


def _from_to(activity, old="from", new="to"):
    return f"{activity.data[old]} → {activity.data[new]}", "azure"


@describes(Activity.Verb.PROMISE)
def _promise(activity):
    by = [(_("by %(day)s") % {"day": activity.data["due"]}, "azure")] if activity.data.get("due") else []
    return Line("heart-handshake", _("Promised"), activity.data.get("promise", "") or activity.note, by)


@describes(Activity.Verb.KEEP)
def _keep(activity):
    return Line("circle-check", _("Promise kept"), _of_promise(activity))


@describes(Activity.Verb.RENEGOTIATE)
def _renegotiate(activity):
    return Line("heart-handshake", _("Promise renegotiated"), _of_promise(activity), [_from_to(activity, "due")])


@describes(Activity.Verb.HAND_ON)
def _hand_on(activity):
    title = _("Promise handed on to %(person)s") % {"person": activity.data["to"]}
    return Line("arrow-forward-up", title, _of_promise(activity))


def _of_promise(activity):
    """Return the promise and what was said of it: free text, hidden from whoever may not read it."""
    return "\n".join(filter(None, (activity.data.get("promise"), activity.note)))


@describes(Activity.Verb.RECEIVE)
def _receive(activity):
    if activity.data["kind"] == ServiceEvent.Kind.COMPLAINT:
        return Line("message-exclamation", _("Complaint received"), activity.note)
    return Line("bulb", _("Proposal received"), activity.note)


@describes(Activity.Verb.SITE)
def _site(activity):
    data = activity.data
    title = {
        "plan": _("Visit on site planned: %(kind)s"),
        "edit": _("Visit on site changed: %(kind)s"),
        "finish": _("Visit on site finished: %(kind)s"),
        "cancel": _("Visit on site cancelled: %(kind)s"),
    }[data["did"]] % {"kind": SiteVisit.Kind(data["kind"]).label}
    ends = ("started", "finished") if data["did"] == "finish" else ("from", "until")
    badges = [(span(*(parse_datetime(data[name]) for name in ends)), "azure")]
    if data.get("overran"):
        badges.append((_("overran"), "orange"))
    detail = "\n".join(filter(None, (data["technician"], activity.note)))
    return Line("tool", title, detail, badges, url=reverse("visits:site_detail", args=[data["site"]]))


@describes(Activity.Verb.MESSAGE)
def _message(activity):
    channel = Message.Channel(activity.data["channel"]).label
    return Line("send", _("Message to be sent again (%(channel)s)") % {"channel": channel}, activity.note)
