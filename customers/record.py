"""What the customer page tells at a glance: the grade and why, the way to the next, when it returns to the pool."""

from functools import cached_property

from django.utils import timezone

from crm.lib.dates import add_months
from crm.lib.prepared import Prepared, rows_of_all
from crm.lib.remembered import remembered
from customers import permissions
from customers.forms import SECTIONS
from customers.grading import PERIOD_MONTHS, RANKS, Scale, period
from customers.models import ClearingSheet, Grade, Hold, Stint, Transfer
from customers.models.customer_queryset import pool_count
from customers.ownership import answering, clearing, due
from customers.ownership.allowance import Allowance
from customers.ownership.standing import Standing
from customers.rows import why_pooled
from staff.permissions import is_finance

# What of the record is needed before one can call well (policy 2.8, 10.6).
EXPECTED = ("source", "industry", "demand", "intention", "address", "main_business", "need", "decision_process")

# What the pool and finance read of the sheet: nothing that leads to a person.
PUBLIC = ("name", "code", "source", "industry", "demand", "main_business", "payment", "cooperation")
BAR_STEP, BAR_ROOM = 20, 60
# So many inquiries are shown, from the first on.
INQUIRIES = 20
# What the page names of stints and disputes.
OF_STINT = (
    "customer", "owner__name", "pool__name", "started_at", "ended_at", "start_reason", "started_by__name", "run",
    "rules__since",
)  # fmt: skip
OF_DISPUTE = ("customer", "decided_at", "claimant__name", "winner__name")

# What of a hold the page shows, and what it asks of the customer besides.
HELD = ("pk", "kind", "source", "reason", "since", "until", "by_id")
HOLDS = Prepared(
    "holds_of",
    """
    SELECT id, kind, source, reason, since, until, by_id FROM customers_hold
    WHERE customer_id = %(customer)s AND (until IS NULL OR until >= %(today)s) ORDER BY since, id
    """,
    {"customer": "bigint", "today": "date"},
)
MONTHS = Prepared(
    "months_of",
    """
    SELECT month, amount FROM customers_turnover
    WHERE customer_id = %(customer)s AND month BETWEEN %(first)s AND %(last)s
    """,
    {"customer": "bigint", "first": "date", "last": "date"},
)


class Facts:
    """The derived facts of one customer, each asked of the database at most once, as `user` may know them."""

    def __init__(self, customer, user):
        self.customer = customer
        self.user = user

    @cached_property
    def _rows(self) -> tuple[list, list, list]:
        """The owner's leave, the holds that run, and (month, yuan dealt), on one way to the server."""
        today, c = timezone.localdate(), self.customer
        first, last = period(today)
        params = {"customer": c.pk, "person": c.owner_id, "today": today, "first": first, "last": last}
        return tuple(rows_of_all((due.LEAVE, HOLDS, MONTHS), params))

    @cached_property
    def months(self) -> list[dict]:
        """The twelve calendar months that count for the grade, oldest first, with yuan dealt in each."""
        first, _last = period(timezone.localdate())
        dealt = dict(self._rows[2])
        months = [add_months(first, n) for n in range(PERIOD_MONTHS)]
        most = max(dealt.values(), default=0) or 1
        return [_bar(n, month, dealt.get(month, 0), most) for n, month in enumerate(months)]

    @cached_property
    def scale(self) -> Scale:
        today = timezone.localdate()
        return remembered(f"scale-{today}", lambda: Scale.on(today))

    @cached_property
    def holds(self) -> list:
        """Why an owned customer does not return to the pool for now, whatever its date says."""
        if not self.customer.owner_id:
            return []
        return [Hold(customer=self.customer, **dict(zip(HELD, row, strict=True))) for row in self._rows[1]]

    @property
    def lock(self):
        return next((hold for hold in self.holds if hold.kind == Hold.Kind.LOCK), None)

    @cached_property
    def standing(self) -> Standing | None:
        """What is asked and written before it goes to the pool; for its owner and whoever leads them (policy 4.7)."""
        if not permissions.owns_or_leads(self.user, self.customer):
            return None
        return Standing(self.customer, self.reader.rules[0])

    @property
    def sheet_before(self):
        """What the last owner wrote of it, for whoever works with it now (policy 4.7)."""
        return self.standing and self.standing.sheet_before

    @cached_property
    def reader(self) -> due.Reader:
        reader = due.Reader(self.customer.owner)
        reader.leave = self._rows[0]
        return reader

    @property
    def is_sheet_news(self) -> bool:
        """Whether what the last owner wrote comes first: until the owner of now has spoken with the customer."""
        c = self.customer
        return bool(c.owner_id and (c.talked_on is None or c.talked_on < c.owned_since) and self.sheet_before)

    @property
    def due_words(self) -> str:
        """Why an owned customer returns when it does, and what moves that."""
        return due.in_words(self.reader.due(self.customer), self.customer)

    @property
    def next_step(self):
        c = self.customer
        return self.scale.step_up(dealt=c.dealt, payment=c.payment, cooperation=c.cooperation)

    @property
    def missing(self):
        """Yuan to deal until the next grade; None at the top."""
        return self.next_step.minimum - self.customer.dealt if self.next_step else None

    @property
    def percent(self) -> int:
        """How far the way from nothing to the next grade's amount is done."""
        return min(100, int(100 * self.customer.dealt / self.next_step.minimum)) if self.next_step else 100

    @property
    def next_grade(self):
        return Grade(self.next_step.grade).label if self.next_step else ""

    @property
    def is_better_than_c(self):
        return RANKS.index(self.customer.grade) < len(RANKS) - 1

    @property
    def sees_contacts(self):
        return permissions.sees_contacts(self.user, self.customer)

    @property
    def sees_record(self):
        """Needs, people and ways of deciding are for those who work with the customer (policy 1.8)."""
        return self.sees_contacts

    @property
    def sees_money(self):
        """Orders and payments are the owner's and finance's, not for whoever has only borrowed the customer."""
        return permissions.owns_or_leads(self.user, self.customer) or is_finance(self.user)

    @cached_property
    def contacts(self):
        return list(self.customer.contacts.all()) if self.sees_contacts else []

    @cached_property
    def contact_count(self):
        return self.customer.contacts.count() if not self.sees_contacts else len(self.contacts)

    @property
    def main_contact(self):
        return self.contacts[0] if self.contacts else None

    @cached_property
    def stints(self):
        return list(self.customer.stints.select_related("owner", "pool", "started_by", "rules").only(*OF_STINT))

    @cached_property
    def inquiries(self) -> list:
        """The inquiries of the customer, oldest first; who took them and when is no secret, what was said is."""
        return list(answering.with_answers(self.customer.inquiries.select_related("by"))[:INQUIRIES])

    @property
    def stamp(self):
        """The first inquiry, which nobody can change (policy 4.1)."""
        return next((one for one in self.inquiries if one.is_first), None)

    @cached_property
    def disputes(self) -> list:
        """The disputes about the customer, for whoever owns it or leads its owner."""
        if not permissions.owns_or_leads(self.user, self.customer):
            return []
        return list(self.customer.disputes.select_related("claimant", "winner").only(*OF_DISPUTE))

    @property
    def pool_rule(self):
        return why_pooled(self.customer)

    @property
    def is_referred(self) -> bool:
        """Whether a manager handed the customer to its owner (policy 4.4)."""
        return self.customer.stint_reason == Stint.Reason.REFERRED

    @property
    def has_pools(self) -> bool:
        return pool_count(self.user) > 1

    @cached_property
    def no_claim(self) -> str:
        """Why this person, who sells, can't claim the customer now; "" when they can."""
        allowance = Allowance(self.user, [self.customer])
        return allowance.not_yet.get(self.customer.pk) or allowance.why_none

    @cached_property
    def left(self) -> ClearingSheet | None:
        """What the last owner wrote for the next one, while the customer lies in the pool; finance needs none of it."""
        is_seen = self.customer.owner_id is None and not is_finance(self.user)
        return clearing.of_last_owner(self.customer) if is_seen else None

    @cached_property
    def offer(self) -> Transfer | None:
        """The open offer of this customer to somebody, with what the person `may` do with it."""
        if self.customer.owner_id is None:
            return None
        offers = Transfer.objects.visible_to(self.user).offered().filter(customer=self.customer)
        found = offers.select_related("sender", "receiver", "by").first()
        if found:
            found.may = found.moves(self.user)
        return found

    @cached_property
    def sheet(self):
        """The record card and status sheet as (label, value), or as much of it as everybody may read."""
        names = [name for _heading, names in SECTIONS for name in names] if self.sees_record else PUBLIC
        return [
            (self.customer._meta.get_field(name).verbose_name.capitalize(), _shown(self.customer, name))
            for name in names
        ]

    @property
    def unfilled(self):
        fields = [self.customer._meta.get_field(name) for name in EXPECTED]
        return [field.verbose_name for field in fields if not getattr(self.customer, field.name)]

    @property
    def completeness(self) -> int:
        """How much of what a caller needs is known, in percent; a contact counts as one thing."""
        known = len(EXPECTED) - len(self.unfilled) + bool(self.contact_count)
        return 100 * known // (len(EXPECTED) + 1)


def _shown(customer, name):
    display = getattr(customer, f"get_{name}_display", None)
    return display() if display else getattr(customer, name)


def _bar(n, month, amount, most):
    """Return one bar of the little picture, in the units of its 240 × 64 view box."""
    height = max(3, int(BAR_ROOM * amount / most))
    return {
        "month": month,
        "amount": amount,
        "bar_x": n * BAR_STEP + 2,
        "bar_y": BAR_ROOM + 2 - height,
        "bar_height": height,
    }
