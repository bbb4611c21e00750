"""What the customer page tells at a glance: the grade and why, the way to the next, when it returns to the pool."""

from functools import cached_property

from django.utils import timezone

from crm.lib.dates import add_months
from customers import permissions
from customers.forms import SECTIONS
from customers.grading import PERIOD_MONTHS, RANKS, Scale, period
from customers.models import Grade, Stint
from staff.permissions import is_finance

# What of the record is needed before one can call well (policy 2.8, 10.6).
EXPECTED = ("source", "industry", "demand", "intention", "address", "main_business", "need", "decision_process")

# What the pool and finance read of the sheet: nothing that leads to a person.
PUBLIC = ("name", "code", "source", "industry", "demand", "main_business", "payment", "cooperation")
BAR_STEP, BAR_ROOM = 20, 60


class Facts:
    """The derived facts of one customer, each asked of the database at most once, as `user` may know them."""

    def __init__(self, customer, user):
        self.customer = customer
        self.user = user

    @cached_property
    def months(self) -> list[dict]:
        """The twelve calendar months that count for the grade, oldest first, with yuan dealt in each."""
        first, last = period(timezone.localdate())
        dealt = dict(self.customer.turnover.filter(month__range=(first, last)).values_list("month", "amount"))
        months = [add_months(first, n) for n in range(PERIOD_MONTHS)]
        most = max(dealt.values(), default=0) or 1
        return [_bar(n, month, dealt.get(month, 0), most) for n, month in enumerate(months)]

    @cached_property
    def scale(self) -> Scale:
        return Scale.on(timezone.localdate())

    @cached_property
    def holds(self) -> list:
        """Why an owned customer does not return to the pool for now, whatever its date says."""
        return list(self.customer.holds.all()) if self.customer.owner_id else []

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
        return list(self.customer.stints.select_related("owner", "started_by", "ended_by"))

    @property
    def pool_rule(self):
        return Stint.Reason(self.customer.pool_reason).label if self.customer.pool_reason else ""

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
