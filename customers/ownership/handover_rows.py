"""The things of a handover as its pages show them: which, and each prepared as a row."""

from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse

from customers.models import Customer, Handover, HandoverItem
from customers.ownership.handing_over import KINDS, Kind, kinds
from staff.models import User
from staff.permissions import is_finance

Status = HandoverItem.Status
COLORS = {
    Status.PLANNED: "secondary",
    Status.MOVED: "orange",
    Status.CONFIRMED: "green",
    Status.MISSING: "red",
    Status.LEFT: "secondary",
    Status.UNDONE: "secondary",
}
# What the list may be narrowed to, besides a kind: in a draft what nobody was chosen for, later a state.
OPEN = "open"


@dataclass(frozen=True)
class Chosen:
    """What the address asks for: a kind, a state, words of the label; whatever is none of these asks for nothing.

    What was not handed over has to be asked for.
    """

    kind: str = ""
    state: str = ""
    text: str = ""

    @classmethod
    def of(cls, get) -> "Chosen":
        kind, state = get.get("kind", ""), get.get("state", "")
        states = {OPEN, *Status.values}
        text = get.get("q", "").replace("\x00", "").strip()[:100]
        return cls(kind if kind in KINDS else "", state if state in states else "", text)

    def among(self, items):
        if self.kind:
            items = items.filter(kind=self.kind)
        if self.state == OPEN:
            items = items.resolved().filter(status=Status.PLANNED, goes_to=None, goes_home=False)
        elif self.state:
            items = items.filter(status=self.state)
        else:
            items = items.exclude(status=Status.LEFT)
        return items.filter(label__icontains=self.text) if self.text else items


@dataclass(frozen=True)
class Row:
    """One thing as a page shows it."""

    item: HandoverItem
    kind: Kind
    text: str
    url: str
    to: str
    color: str
    is_open: bool
    may_choose: bool
    may_confirm: bool
    may_supply: bool


def numbers(items) -> list[tuple[Kind, int]]:
    """Return how many of each kind there are, but for what was not handed over."""
    found = dict(items.exclude(status=Status.LEFT).order_by().values_list("kind").annotate(Count("pk")))
    return [(kind, found[kind.code]) for kind in kinds() if kind.code in found]


def states(items) -> dict[str, int]:
    return dict(items.order_by().values_list("status").annotate(Count("pk")))


def rows(items, handover: Handover, *, user, may_supply: bool) -> list[Row]:
    """Return the rows of a page of `items`, in two queries more: people, and whose page is open to `user`."""
    names = User.objects.in_bulk({pk for item in items for pk in (item.receiver_id, item.goes_to) if pk})
    asked = {item.customer_id for item in items if item.customer_id}
    seen = set() if is_finance(user) else set(_seen(user, asked))
    return [_row(item, handover, names, seen, user, may_supply) for item in items]


def _seen(user, asked):
    return Customer.objects.visible_to(user).filter(pk__in=asked).values_list("pk", flat=True)


def _row(item, handover, names, seen, user, may_supply):
    kind = KINDS[item.kind]
    is_draft = handover.status == Handover.Status.DRAFT
    may_choose = is_draft and item.status == Status.PLANNED and not item.follows and kind.may(user, handover.leaver)
    is_mine = item.receiver_id == user.pk and handover.status == Handover.Status.DONE
    to = names.get(item.goes_to if is_draft else item.receiver_id)
    home = kind.home if item.goes_home or (item.to_home and to is None) else ""
    return Row(
        item=item,
        kind=kind,
        text=kind.say(item.label),
        url=reverse("customers:detail", args=[item.customer_id]) if item.customer_id in seen else "",
        to=str(to or home),
        color=COLORS[item.status],
        is_open=is_draft and item.status == Status.PLANNED and not to and not home,
        may_choose=may_choose,
        may_confirm=is_mine and item.status in (Status.MOVED, Status.CONFIRMED),
        may_supply=may_supply and item.status == Status.MISSING,
    )


def count(handovers: list[Handover]) -> None:
    """Say of each handover of a page how many `things` it has, and how many are `moved` and `missing`, in one query."""
    found = HandoverItem.objects.filter(handover__in=handovers).exclude(status=Status.LEFT).order_by()
    numbers_ = {one.pk: {} for one in handovers}
    for pk, status, number in found.values_list("handover", "status").annotate(Count("pk")):
        numbers_[pk][status] = number
    for one in handovers:
        states_ = numbers_[one.pk]
        one.things, one.moved, one.missing = sum(states_.values()), states_.get("moved", 0), states_.get("missing", 0)


def open_things(user) -> dict[int, int]:
    """Return how many things of which handover came to `user` and wait for their word."""
    waiting = HandoverItem.objects.to_confirm_by(user).order_by()
    return dict(waiting.values_list("handover").annotate(Count("pk")))
