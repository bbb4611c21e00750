"""The extensions that wait for somebody's decision, each with what there is to know of its customer (policy 4.7)."""

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from crm.lib.moves import TooLate
from customers import timeline
from customers.models import Activity, Extension, Stint
from customers.ownership import due, extending, leaving
from customers.ownership.standing import rules_in_force

# What of the timeline is shown with each, and how much.
KINDS = (*Activity.SPOKEN, Activity.Verb.ORDER, Activity.Verb.PAY, Activity.Verb.GRADE, Activity.Verb.PLAN)
LINES = 3
# So many at once: each is a decision of its own, and the page has to answer.
MOST_AT_ONCE = 100
CUSTOMER = (
    "name", "code", "grade", "dealt", "payment", "last_sale_on", "last_contact_at", "owner", "owned_since",
    "returns_on", "returns_rule", "is_held", "kept_until", "talked_on", "stint_reason", "owner__name",
    "owner__username", "owner__role", "owner__team__name", "owner__team__lineage",
)  # fmt: skip


@dataclass
class Case:
    """An extension to be decided: why its customer goes, what was granted before, what happened last."""

    extension: Extension
    why: str
    granted: int
    left: int
    until: dt.date | None
    lines: list[Activity]

    @property
    def customer(self):
        return self.extension.customer


def to_decide(user):
    """Return the extensions that wait for `user`, to be read oldest first, with their customers and owners."""
    asked = Extension.objects.to_decide(user).select_related("customer__owner__team")
    names = ("days", "reason", "asked_at", "asked_by", "status", "stint", *(f"customer__{name}" for name in CUSTOMER))
    return asked.only(*names)


def cases(extensions, user) -> list[Case]:
    """Return each of `extensions` as a case, in a few questions for all of them."""
    customers = [extension.customer for extension in extensions]
    known = rules_in_force()
    readers, stints = leaving.readers(customers, known), leaving.running(customers)
    lines = _latest(customers, user)
    return [_case(one, readers[one.customer.owner_id], stints, lines) for one in extensions]


def _case(extension, reader, stints: dict[int, Stint], lines):
    customer = extension.customer
    granted = stints[customer.pk].granted
    return Case(
        extension=extension,
        why=due.in_words(reader.due(customer), customer),
        granted=granted,
        left=max(0, reader.rules[0].extensions - granted),
        until=None if customer.is_held else extending.longer(customer, extension.days),
        lines=lines.get(customer.pk, []),
    )


def _latest(customers, user) -> dict[int, list[Activity]]:
    """Return the newest activities of each customer by its id, each with its `line`."""
    newest = Activity.objects.for_timeline().filter(customer__in=customers, verb__in=KINDS)
    rank = Window(RowNumber(), partition_by="customer", order_by=("-at", "-id"))
    by_pk = {customer.pk: customer for customer in customers}
    found: dict[int, list[Activity]] = {}
    for activity in newest.annotate(rank=rank).filter(rank__lte=LINES).order_by("-at", "-id"):
        activity.line = timeline.line_for(activity, by_pk[activity.customer_id], user)
        found.setdefault(activity.customer_id, []).append(activity)
    return found


@dataclass(frozen=True)
class Result:
    """What became of one of many decisions."""

    extension: Extension
    trouble: str = ""


def decide_many(pks: list[int], verb: str, *, note: str, by) -> list[Result]:
    """Decide each by itself, in its own transaction; say of each what happened. Those out of sight are passed over."""
    seen = Extension.objects.visible_to(by).select_related("customer__owner").filter(pk__in=pks)
    return [_decide_one(one, verb, note, by) for one in seen.order_by("asked_at", "pk")]


def _decide_one(extension, verb, note, by):
    name = extension.customer.name
    try:
        decide(extension, verb, note=note, by=by)
    except TooLate as late:
        return Result(extension, f"{name}: {late}")
    except PermissionDenied:
        return Result(extension, f"{name}: " + _("it is not yours to decide."))
    return Result(extension)


def decide(extension: Extension, verb: str, *, note: str, by) -> None:
    """Do `verb`, "grant" or "refuse"; as they do, raises TooLate or PermissionDenied."""
    (extending.grant if verb == "grant" else extending.refuse)(extension, note=note, by=by)
