"""What the rules of the pool let one person take now: said beforehand what `claiming` would refuse (policy 4.5)."""

import datetime as dt
from collections import namedtuple
from collections.abc import Iterable
from functools import cached_property

from django.db import connection
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.dates import start_of
from customers.models import Customer, Pool, Stint
from customers.models.customer_queryset import open_pools
from staff.permissions import is_seller

FACTS = """
    SELECT r.claims_a_day, r.capacity, r.cooldown_days, r.embargo_days,
           CASE WHEN r.claims_a_day IS NOT NULL
                THEN (SELECT count(*) FROM customers_stint s
                      WHERE s.owner_id = %(user)s AND s.start_reason = 'claimed' AND s.started_at >= %(began)s) END,
           CASE WHEN r.capacity IS NOT NULL
                THEN (SELECT count(*) FROM customers_customer c WHERE c.owner_id = %(user)s) END
    FROM customers_poolrules r ORDER BY r.id DESC LIMIT 1
"""
Facts = namedtuple("Facts", "claims_a_day capacity cooldown_days embargo_days claims in_hand")


class Allowance:
    """Asks for the rules, the claims of the day and the customers in hand at once, and only when needed."""

    def __init__(self, user):
        self.user = user

    @cached_property
    def facts(self) -> Facts:
        with connection.cursor() as cursor:
            cursor.execute(FACTS, {"user": self.user.pk, "began": start_of(timezone.localdate())})
            return Facts(*cursor.fetchone())

    @property
    def claims_left(self) -> int | None:
        """How many claims today has left; None without such a rule."""
        most = self.facts.claims_a_day
        return None if most is None else max(0, most - self.facts.claims)

    @property
    def is_used_up(self) -> bool:
        return self.claims_left == 0

    @property
    def is_full(self) -> bool:
        return self.facts.capacity is not None and self.facts.in_hand >= self.facts.capacity

    @property
    def may_claim(self) -> bool:
        """Whether any claim can succeed now."""
        return is_seller(self.user) and not self.why_none

    @property
    def why_none(self) -> str:
        """Why no claim at all can succeed now."""
        if self.is_used_up:
            return _("no claims left today")
        return _("as many in hand as one may have") if self.is_full else ""

    def not_yet(self, customers: Iterable[Customer]) -> dict[int, str]:
        """Return why some of `customers`, which lie in pools, can't be claimed by this person, by id."""
        customers = list(customers)
        mine = {pool.pk for pool in self.pools if pool.has_member(self.user)}
        cool = self._cool(customers)
        said = {c.pk: self._why_not(c, c.pool_id in mine, cool.get(c.pk)) for c in customers}
        return {pk: text for pk, text in said.items() if text}

    @cached_property
    def pools(self) -> list[Pool]:
        return list(Pool.objects.all())

    @property
    def open_pools(self) -> list[Pool]:
        """The pools that this person may look into."""
        opened = open_pools(self.user)
        return [pool for pool in self.pools if opened is None or pool.pk in opened]

    def _cool(self, customers) -> dict[int, dt.date]:
        """Return from which day on this person, an earlier owner, may claim some of `customers` again."""
        had = Stint.objects.filter(owner=self.user, customer__in=customers, ended_at__isnull=False).order_by()
        ended = had.values_list("customer").annotate(Max("ended_at"))
        return {pk: timezone.localdate(at) + dt.timedelta(days=self.facts.cooldown_days) for pk, at in ended}

    def _why_not(self, customer, is_member, cool_on) -> str:
        today = timezone.localdate()
        free_on = timezone.localdate(customer.pooled_at) + dt.timedelta(days=self.facts.embargo_days)
        if not is_member:
            return _("for another team")
        if cool_on and cool_on > today:
            return _("yours before: again from %(day)s on") % {"day": cool_on}
        if free_on > today:
            return _("new here: from %(day)s on") % {"day": free_on}
        return ""
