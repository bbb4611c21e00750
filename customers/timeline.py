"""The one timeline of a customer: how each kind of activity reads, and what of it a person may see."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.lib.looks import listed
from crm.lib.paging import KeysetPage
from customers.choices import Channel, Reason
from customers.models import Activity, Customer, Grade, Stint
from customers.permissions import sees_contacts
from staff.permissions import is_finance, is_leader

SIZE = 20


@dataclass
class Line:
    """One line as the page shows it."""

    icon: str
    title: str
    detail: str = ""
    badges: list[tuple[str, str]] = field(default_factory=list)
    # The page that tells more of it; for whoever may read the details.
    url: str = ""
    # The title without what people wrote, where the title quotes it; for everybody else.
    plain: str = ""


Describe = Callable[[Activity], Line]
# How each verb reads. Upper rooms add their own verbs when their app is ready.
DESCRIBE: dict[str, Describe] = {}


def describes(verb):
    def register(function):
        DESCRIBE[verb] = function
        return function

    return register


def page(request, customer) -> KeysetPage:
    """Return a page of the customer's activities, newest first, each with its `line`.

    Finance sees what concerns money. Whoever else may not read the contacts reads no words either that people wrote,
    but those for the next claimer: phone numbers stand in them.
    """
    activities = _seen(customer, request.user)
    kind = request.GET.get("kind")
    if kind in Activity.KINDS:
        activities = activities.filter(verb__in=Activity.KINDS[kind])
    shown = KeysetPage.of(request, activities, "at", descending=True, size=SIZE)
    shown.kind = kind if kind in Activity.KINDS else ""
    is_closed = _is_closed(request.user, customer)
    for activity in shown.rows:
        activity.line = _line(activity, is_closed)
    return shown


def latest(customer: Customer, *, user, limit: int) -> list[Activity]:
    """Return the newest activities, each with its `line`, for people who may read them."""
    rows = list(_seen(customer, user)[:limit])
    is_closed = _is_closed(user, customer)
    for activity in rows:
        activity.line = _line(activity, is_closed)
    return rows


def _seen(customer, user):
    """Return what `user` sees of the timeline; that a record was checked, leaders see, but not of their own work."""
    activities = customer.activities.for_timeline()
    if is_finance(user):
        return activities.about_money()
    leads = is_leader(user) and customer.owner_id != user.pk
    return activities if leads else activities.exclude(verb=Activity.Verb.CHECK)


def line_for(activity: Activity, customer: Customer, user) -> Line:
    """Return how an activity of `customer` reads to `user`."""
    return _line(activity, _is_closed(user, customer))


def _is_closed(user, customer) -> bool:
    """Whether `user` reads no more than what everybody may who sees a customer of the pool (policy 4.5)."""
    return not sees_contacts(user, customer) and not is_finance(user)


def _line(activity, is_closed):
    line = DESCRIBE[activity.verb](activity)
    if is_closed and activity.verb not in Activity.OPEN and activity.data.get("reason") != Stint.Reason.MOVED:
        line.detail = line.url = ""
        if line.plain:
            line.title, line.badges = line.plain, []
    return line


def unquoted(text: str, **words: str) -> str:
    """Return the sentence `text` that ends with a quotation without it; `words` fill what else it names."""
    return (text % words).rstrip(" :\uff1a")


@describes(Activity.Verb.CREATE)
def _create(activity):
    detail = _("imported") if activity.data.get("import") else ""
    return Line("sparkles", _("Created"), detail)


@describes(Activity.Verb.EDIT)
def _edit(activity):
    if "contact" in activity.data or "removed" in activity.data:
        return Line("address-book", _("Contacts edited"))
    names = [str(Customer._meta.get_field(name).verbose_name) for name in activity.data.get("fields", [])]
    return Line("pencil", _("Record edited"), listed(names))


@describes(Activity.Verb.CLAIM)
def _claim(activity):
    return Line("hand-grab", _("Claimed from the pool"))


@describes(Activity.Verb.RELEASE)
def _release(activity):
    data = activity.data
    if data.get("reason") == Stint.Reason.PROBLEM:
        title = _("Put into the pool as a problem customer by %(person)s") % {"person": activity.by}
        return Line("ripple", title, activity.note, [(data["owner"], "secondary")])
    title = _("Released to the pool by %(owner)s") % {"owner": activity.by}
    return Line("ripple", title, _joined(data.get("why") and Reason(data["why"]).label, activity.note))


# How it reads that somebody was given the customer, by the reason.
GIVEN = {
    Stint.Reason.ASSIGNED: gettext_lazy("Assigned to %(owner)s"),
    Stint.Reason.REFERRED: gettext_lazy("Referred to %(owner)s"),
    Stint.Reason.TRANSFERRED: gettext_lazy("Taken over by %(owner)s"),
    Stint.Reason.HANDED_OVER: gettext_lazy("Handed over to %(owner)s"),
    Stint.Reason.FIRST_ORDER: gettext_lazy("%(owner)s's by the first order"),
    Stint.Reason.DECIDED: gettext_lazy("Dispute decided for %(owner)s"),
    Stint.Reason.UNDONE: gettext_lazy("Given back to %(owner)s"),
}


@describes(Activity.Verb.ASSIGN)
def _assign(activity):
    data = activity.data
    if data.get("reason") == Stint.Reason.MOVED:
        return Line("ripple", _("Moved from %(from)s to %(pool)s") % data, activity.note)
    title = GIVEN.get(data.get("reason"), GIVEN[Stint.Reason.ASSIGNED]) % {"owner": data["owner"]}
    about = data.get("order") and _("Order %(order)s") % {"order": data["order"]}
    if data.get("reason") == Stint.Reason.UNDONE and data.get("on"):
        about = _("the return of %(day)s was undone") % {"day": data["on"]}
    badges = [(data["from"], "secondary")] if data.get("from") else []
    return Line("user-share", title, _joined(about, activity.note), badges)


OFFERS = {
    "offered": gettext_lazy("%(from)s's customer offered to %(to)s"),
    "declined": gettext_lazy("%(to)s declined the offer of %(from)s"),
    "withdrawn": gettext_lazy("Offer to %(to)s withdrawn"),
}


@describes(Activity.Verb.TRANSFER)
def _transfer(activity):
    return Line("arrows-exchange", OFFERS[activity.data["what"]] % activity.data, activity.note)


def _joined(*parts):
    return ": ".join(str(part) for part in parts if part)


@describes(Activity.Verb.RETURN)
def _return(activity):
    data = activity.data
    rule = Stint.Reason(data["rule"]).label
    last_sale = parse_date(data["last_sale"]) if data.get("last_sale") else None
    detail = _("Last sale %(day)s") % {"day": last_sale} if last_sale else _("No sale so far")
    return Line("ripple", _("Returned to the pool: %(rule)s") % {"rule": rule}, detail, [(data["owner"], "secondary")])


@describes(Activity.Verb.LEND)
def _lend(activity):
    data = activity.data
    if not data.get("until"):
        return Line("heart-handshake", _("No longer lent to %(person)s") % {"person": data["person"]})
    title = _("Lent to %(person)s until %(day)s") % {"person": data["person"], "day": data["until"]}
    return Line("heart-handshake", title, activity.note)


@describes(Activity.Verb.GRADE)
def _grade(activity):
    data = activity.data
    old, new = Grade(data["from"]), Grade(data["to"])
    rose = Grade.values.index(new) < Grade.values.index(old)
    title = _("Grade %(old)s → %(new)s") % {"old": old.label, "new": new.label}
    detail = _("%(amount)s yuan dealt in the 12 months to %(day)s") % {
        "amount": _money(data["dealt"]),
        "day": data["on"],
    }
    return Line("arrow-up-right" if rose else "arrow-down-right", title, detail)


@describes(Activity.Verb.ORDER)
def _order(activity):
    title = _("Order %(order)s, %(amount)s yuan") % _order_words(activity)
    return Line("receipt", title, activity.note)


@describes(Activity.Verb.PAY)
def _pay(activity):
    if activity.data.get("reversed"):
        title = _("Order %(order)s: payment taken back, %(amount)s yuan") % _order_words(activity)
        return Line("receipt-refund", title, activity.note)
    return Line("receipt-yen", _("Order %(order)s paid, %(amount)s yuan") % _order_words(activity))


def _order_words(activity):
    return {"order": activity.data["order"], "amount": _money(activity.data["amount"])}


def _money(amount):
    return f"{float(amount):,.2f}".removesuffix(".00")


@describes(Activity.Verb.INQUIRE)
def _inquire(activity):
    channel = Channel(activity.data["channel"]).label
    first = [(_("first inquiry"), "green")] if activity.data.get("first") else []
    detail, data = activity.note, activity.data
    if data.get("promise"):
        promise = _("Promised by %(day)s: %(promise)s") % {"day": data["promise_on"], "promise": data["promise"]}
        detail = f"{detail}\n{promise}"
    return Line("message-2", _("Inquiry · %(channel)s") % {"channel": channel}, detail, first)


@describes(Activity.Verb.DISPUTE)
def _dispute(activity):
    data = activity.data
    if data.get("winner"):
        return Line("scale", _("Dispute decided: it is %(person)s's") % {"person": data["winner"]})
    title = _("Dispute: %(claimant)s says that it is theirs, not %(owner)s's") % data
    about = _("first order %(order)s") % data if data.get("order") else ""
    return Line("scale", title, about)


@describes(Activity.Verb.EXTEND)
def _extend(activity):
    data = activity.data
    titles = {
        "asked": ngettext("Asked for %(days)d more day", "Asked for %(days)d more days", data["days"]),
        "granted": ngettext("Extension of %(days)d day granted", "Extension of %(days)d days granted", data["days"]),
        "refused": ngettext("Extension of %(days)d day refused", "Extension of %(days)d days refused", data["days"]),
    }
    badges = [(_("until %(day)s") % {"day": data["until"]}, "secondary")] if data.get("until") else []
    return Line("hourglass", titles[data["did"]] % {"days": data["days"]}, activity.note, badges)


@describes(Activity.Verb.LOCK)
def _lock(activity):
    if activity.data.get("lifted"):
        return Line("lock-open", _("Lock lifted"))
    return Line("lock", _("Locked until %(day)s") % {"day": activity.data["until"]}, activity.note)


SHEETS = {
    "written": gettext_lazy("Clearing sheet written"),
    "sent_back": gettext_lazy("Clearing sheet sent back"),
    "clear": gettext_lazy("Clearing sheet is clear"),
}


@describes(Activity.Verb.SHEET)
def _sheet(activity):
    return Line("clipboard-text", str(SHEETS[activity.data["did"]]), activity.note)
