"""What the rules of the pool let one person take now: said beforehand what `claiming` would refuse (policy 4.5)."""

import datetime as dt
import json
from collections import namedtuple
from collections.abc import Iterable
from functools import cached_property

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.lib.dates import start_of
from customers.models import Customer
from staff.permissions import is_seller

FACTS = """
    SELECT r.claims_a_day, r.capacity, r.embargo_days,
           CASE WHEN r.claims_a_day IS NOT NULL
                THEN (SELECT count(*) FROM customers_stint s
                      WHERE s.owner_id = %(user)s AND s.start_reason = 'claimed' AND s.started_at >= %(began)s) END,
           CASE WHEN r.capacity IS NOT NULL
                THEN (SELECT count(*) FROM customers_customer c WHERE c.owner_id = %(user)s) END,
           (SELECT jsonb_object_agg(customer_id, cool_on) FROM (
                SELECT s.customer_id, (max(s.ended_at) AT TIME ZONE %(zone)s)::date + r.cooldown_days AS cool_on
                FROM customers_stint s
                WHERE s.customer_id = ANY(%(customers)s) AND s.owner_id = %(user)s AND s.ended_at IS NOT NULL
                GROUP BY s.customer_id) AS had)
    FROM customers_poolrules r ORDER BY r.id DESC LIMIT 1
"""
Facts = namedtuple("Facts", "claims_a_day capacity embargo_days claims in_hand cool")


def used_up(claims_a_day: int) -> str:
    """Return what is said to whoever has no claim left today."""
    text = ngettext(
        "You have claimed %(number)d customer today, as many as a day allows: go on tomorrow.",
        "You have claimed %(number)d customers today, as many as a day allows: go on tomorrow.",
        claims_a_day,
    )
    return text % {"number": claims_a_day}


def full(capacity: int) -> str:
    """Return what is said to whoever has as many customers in hand as one may."""
    return _("You have %(number)d customers in hand, as many as one may: release one first.") % {"number": capacity}


class Allowance:
    """What `user` may claim of `customers`, which lie in pools and come with them.

    Asked for once, when needed, unless the `facts` are known.
    """

    def __init__(self, user, customers: Iterable[Customer] = (), *, facts: Facts | None = None):
        self.user = user
        self.customers = list(customers)
        if facts:
            self.facts = facts

    @cached_property
    def facts(self) -> Facts:
        params = {"user": self.user.pk, "began": start_of(timezone.localdate()), "zone": settings.TIME_ZONE}
        with connection.cursor() as cursor:
            cursor.execute(FACTS, params | {"customers": [customer.pk for customer in self.customers]})
            *facts, cool = cursor.fetchone()
        return Facts(*facts, {int(pk): parse_date(day) for pk, day in json.loads(cool or "{}").items()})

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
            return used_up(self.facts.claims_a_day)
        return full(self.facts.capacity) if self.is_full else ""

    @cached_property
    def not_yet(self) -> dict[int, str]:
        """Why some of the customers can't be claimed by this person, by id."""
        said = {customer.pk: self._why_not(customer) for customer in self.customers}
        return {pk: text for pk, text in said.items() if text}

    def _why_not(self, customer) -> str:
        today = timezone.localdate()
        cool_on = self.facts.cool.get(customer.pk)
        free_on = timezone.localdate(customer.pooled_at) + dt.timedelta(days=self.facts.embargo_days)
        if not customer.pool.has_member(self.user):
            return _("for another team")
        if cool_on and cool_on > today:
            return _("yours before: again from %(day)s on") % {"day": cool_on}
        if free_on > today:
            return _("new here: from %(day)s on") % {"day": free_on}
        return ""
