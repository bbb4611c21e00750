"""Rules that choose the receivers of a draft, and what each would get: the preview (policy 4.6)."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Count, Q, Sum

from customers.models import Customer, Handover, PoolRules
from customers.ownership.handing_over import KINDS, Kind, kinds
from customers.ownership.handovers import lock_draft
from customers.ownership.splitting import Load, Row, Split
from staff.models import User

CHOOSE = """
    UPDATE customers_handoveritem i SET receiver_id = w.person, to_home = false
    FROM unnest(%(items)s::bigint[], %(people)s::bigint[]) AS w (item, person)
    WHERE i.id = w.item AND i.status = 'planned'
"""
ROWS = ("pk", "customer__grade", "customer__address", "customer__source", "customer__dealt")


def apply(handover: Handover, rule: Callable[[list[Row]], Split] | None, *, only_open: bool, by: User) -> int:
    """Let `rule` choose who gets the customers, all or those of whom nothing was chosen; None: all to the pool.

    Returns how many were chosen; raises TooLate, PermissionDenied.
    """
    with transaction.atomic():
        lock_draft(handover, by=by)
        items = handover.items.planned().filter(kind="customer")
        if only_open:
            items = items.filter(receiver=None, to_home=False)
        if rule is None:
            return items.update(receiver=None, to_home=True)
        split = rule([Row(*row) for row in items.values_list(*ROWS).order_by("pk")])
        with connection.cursor() as cursor:
            cursor.execute(CHOOSE, {"items": list(split), "people": list(split.values())})
    return len(split)


def give_rest(handover: Handover, to: User, *, by: User) -> int:
    """Let `to` get whatever else has no receiver yet and that they may hold; return how much it was."""
    codes = [kind.code for kind in kinds() if kind.fits(to.role) and kind.may(by, handover.leaver)]
    with transaction.atomic():
        lock_draft(handover, by=by)
        rest = handover.items.planned().resolved().filter(goes_to=None, goes_home=False, kind__in=codes)
        pks = list(rest.filter(follows=False).values_list("pk", flat=True))
        return handover.items.filter(pk__in=pks).update(receiver=to)


def load(people: list[User]) -> dict[int, Load]:
    """Return what each of `people` has in hand."""
    found = Customer.objects.filter(owner__in=people).order_by().values_list("owner")
    numbers = {pk: Load(number, dealt) for pk, number, dealt in found.annotate(Count("pk"), Sum("dealt"))}
    return {person.pk: numbers.get(person.pk, Load(0, Decimal(0))) for person in people}


@dataclass
class Share:
    """What one receiver would get: how many of each kind, customers in hand before and after, yuan of receivables."""

    person: User | None
    things: list[str] = field(default_factory=list)
    customers: int = 0
    before: int = 0
    dealt: Decimal = Decimal(0)
    receivables: Decimal = Decimal(0)
    capacity: int | None = None

    @property
    def after(self) -> int:
        return self.before + self.customers

    @property
    def is_over(self) -> bool:
        return self.capacity is not None and self.customers and self.after > self.capacity


@dataclass
class Preview:
    """A draft at a glance: what each person gets, what goes where nobody is named, what has nobody yet."""

    shares: list[Share]
    home: list[tuple[str, str]]
    undecided: list[tuple[Kind, int]]
    above: list[tuple[Kind, int]]

    @property
    def open(self) -> int:
        return sum(number for _kind, number in self.undecided)

    @property
    def is_over(self) -> bool:
        return any(share.is_over for share in self.shares)


def preview(handover: Handover, *, by: User) -> Preview:
    """Return who would get what, in five queries whatever the number of things."""
    found = handover.items.planned().resolved().order_by().values("kind", "goes_to", "goes_home")
    found = list(found.annotate(number=Count("pk"), money=Sum("amount")))
    persons, home, undecided, above = defaultdict(list), [], [], []
    for row in sorted(found, key=lambda row: KINDS[row["kind"]].rank):
        kind = KINDS[row["kind"]]
        if not kind.may(by, handover.leaver):
            above.append((kind, row["number"]))
        elif row["goes_to"]:
            persons[row["goes_to"]].append(row)
        elif row["goes_home"]:
            home.append((kind.numbered(row["number"]), kind.home))
        else:
            undecided.append((kind, row["number"]))
    return Preview(_shares(persons), home, undecided, above)


def _shares(persons):
    people = list(User.objects.filter(pk__in=persons).order_by("name", "pk"))
    capacity = PoolRules.current().capacity
    in_hand = load(people)
    shares = []
    for person in people:
        share = Share(person, before=in_hand[person.pk].number, capacity=capacity)
        for row in persons[person.pk]:
            if row["kind"] == "customer":
                share.customers, share.dealt = row["number"], row["money"] or 0
            elif row["kind"] == "receivable":
                share.receivables = row["money"] or 0
            share.things.append(KINDS[row["kind"]].numbered(row["number"]))
        shares.append(share)
    return shares


def received(handover: Handover, user) -> list[tuple[User | None, dict]]:
    """Return what each receiver got of a handover that is over, as far as `user` may read it, with what is open."""
    items = handover.items.visible_to(user).exclude(status__in=("left", "planned")).order_by()
    states = {name: Count("pk", filter=Q(status=name)) for name in ("moved", "confirmed", "missing", "undone")}
    money = Sum("amount", filter=Q(kind="receivable"))
    customers = Count("pk", filter=Q(kind="customer"))
    rows = list(items.values("receiver").annotate(number=Count("pk"), money=money, customers=customers, **states))
    people = User.objects.in_bulk([row["receiver"] for row in rows if row["receiver"]])
    rows.sort(key=lambda row: (row["receiver"] is None, str(people.get(row["receiver"]))))
    return [(people.get(row["receiver"]), row) for row in rows]
