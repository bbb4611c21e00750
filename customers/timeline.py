"""The one timeline of a customer: how each kind of activity reads, and what of it a person may see."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from crm.lib.paging import KeysetPage
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

    Finance sees what concerns money. Whoever may not read the contacts reads no free text of a contact log either,
    because people write phone numbers there.
    """
    activities = _seen(customer, request.user)
    kind = request.GET.get("kind")
    if kind in Activity.KINDS:
        activities = activities.filter(verb__in=Activity.KINDS[kind])
    shown = KeysetPage.of(request, activities, "at", descending=True, size=SIZE)
    shown.kind = kind if kind in Activity.KINDS else ""
    open_book = sees_contacts(request.user, customer)
    for activity in shown.rows:
        activity.line = _line(activity, open_book)
    return shown


def latest(customer: Customer, *, user, limit: int) -> list[Activity]:
    """Return the newest activities, each with its `line`, for people who may read them."""
    rows = list(_seen(customer, user)[:limit])
    for activity in rows:
        activity.line = _line(activity, sees_contacts(user, customer))
    return rows


def _seen(customer, user):
    """Return what `user` sees of the timeline; that a record was checked, leaders see, but not of their own work."""
    activities = customer.activities.for_timeline()
    if is_finance(user):
        return activities.about_money()
    leads = is_leader(user) and customer.owner_id != user.pk
    return activities if leads else activities.exclude(verb=Activity.Verb.CHECK)


def _line(activity, open_book):
    line = DESCRIBE[activity.verb](activity)
    if not open_book and activity.verb in Activity.SPOKEN:
        line.detail = line.url = ""
    return line


@describes(Activity.Verb.CREATE)
def _create(activity):
    detail = _("imported") if activity.data.get("import") else ""
    return Line("sparkles", _("Created"), detail)


@describes(Activity.Verb.EDIT)
def _edit(activity):
    if "contact" in activity.data or "removed" in activity.data:
        return Line("address-book", _("Contacts edited"))
    names = [str(Customer._meta.get_field(name).verbose_name) for name in activity.data.get("fields", [])]
    return Line("pencil", _("Record edited"), ", ".join(names))


@describes(Activity.Verb.CLAIM)
def _claim(activity):
    return Line("hand-grab", _("Claimed from the pool"))


@describes(Activity.Verb.RELEASE)
def _release(activity):
    return Line("ripple", _("Released to the pool by %(owner)s") % {"owner": activity.by}, activity.note)


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
    return Line("receipt-yen", _("Order %(order)s paid, %(amount)s yuan") % _order_words(activity))


def _order_words(activity):
    return {"order": activity.data["order"], "amount": _money(activity.data["amount"])}


def _money(amount):
    return f"{float(amount):,.2f}".removesuffix(".00")
