"""Whose customers are free to be given on in the demo data, so that no day before says something else."""

from itertools import chain

from django.db.models import Q

from crm.lib.dates import start_of
from customers.models import Customer
from reports.demo_clock import Past

# Who goes within so many days has a clearing sheet to write.
SOON = 14


class Hands(Past):
    """The people with their customers, each of which is picked once."""

    def __init__(self, people, now):
        super().__init__(people, now)
        self.taken: set[int] = set()

    def idle(self, name: str, days: int, number: int = 1, **which) -> list[Customer]:
        """Pick somebody's customers to whom nothing has happened for so many days; none that came lately or go soon."""
        found = self._free(name).filter(returns_on__gt=self.day(-SOON), owned_since__lt=self.day(SOON), **which)
        if days:
            busy = found.filter(Q(activities__at__gte=start_of(self.day(days))) | Q(promises__isnull=False))
            found = found.exclude(pk__in=busy.values("pk"))
        return self._pick(found.order_by("pk")[:number])

    def leaving(self, *names: str) -> Customer:
        """Pick whoever goes first, of the first one named who has such a customer; else of anybody."""
        soon = (self._free(name).filter(returns_on__lte=self.day(-SOON)) for name in (*names, *self.people))
        return self._pick([next(chain.from_iterable(one.order_by("returns_on", "pk")[:1] for one in soon))])[0]

    def _free(self, name):
        free = Customer.objects.filter(owner=self.people[name], is_held=False, kept_until=None)
        return free.exclude(pk__in=self.taken)

    def _pick(self, customers):
        customers = list(customers)
        self.taken |= {customer.pk for customer in customers}
        return customers

    def leader(self, customer):
        """Return who decides for the owner: the head of their team, or the manager when that is themselves."""
        head = customer.owner.team.head
        return self.people["manager"] if head == customer.owner else head

    def pooled(self, days: int, number: int = 1, **which) -> list[Customer]:
        """Pick customers that came to the pool more than so many days ago."""
        found = Customer.objects.pooled().exclude(pk__in=self.taken).filter(pooled_at__lt=start_of(self.day(days)))
        return self._pick(found.filter(**which).order_by("-pooled_at", "pk")[:number])
