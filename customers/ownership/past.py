"""Time travel: who owned a customer on a date, why, and under which rules (policy 4, for disputes over commission)."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_date

from crm.lib.dates import start_of
from customers.models import Activity, Customer, PoolRules, Stint


def end_of(on: dt.date) -> dt.datetime:
    """Return the last moment of `on` in the company's time zone, or now for today."""
    return min(start_of(on + dt.timedelta(days=1)) - dt.timedelta(microseconds=1), timezone.now())


@dataclass
class Past:
    """What is known of `customer` on the business date `on`, each asked of the database once."""

    customer: Customer
    on: dt.date

    @classmethod
    def asked(cls, customer, text: str) -> "Past | None":
        """Return the past of the day that `text` names, today at the latest; None when it names none."""
        try:
            on = parse_date(text)
        except ValueError:
            on = None
        if on is None or on.year < 1900:
            return None
        return cls(customer, min(on, timezone.localdate()))

    @cached_property
    def stints(self) -> list[Stint]:
        """Return with whom, or in which pool, it was on that day: one after the other where it changed hands."""
        of_day = Q(ended_at=None) | Q(ended_at__gt=start_of(self.on))
        stints = self.customer.stints.filter(of_day, started_at__lte=end_of(self.on))
        return list(stints.select_related("owner__team", "pool", "started_by").order_by("started_at", "id"))

    @cached_property
    def rules(self) -> PoolRules | None:
        """Return the version of the rules that was in force at the end of the day; the first for earlier days."""
        versions = PoolRules.objects.order_by("-id").prefetch_related("own_periods__team")
        return versions.filter(since__lte=end_of(self.on)).first() or versions.last()

    @property
    def is_before_rules(self) -> bool:
        return self.rules is not None and self.rules.since > end_of(self.on)

    @cached_property
    def last_sale_on(self) -> dt.date | None:
        """Return the day of the last confirmed payment by then, without those that were taken back later."""
        paid = self.customer.activities.filter(verb=Activity.Verb.PAY).order_by("at").values_list("data", flat=True)
        days = {}
        for data in paid:
            if data.get("reversed"):
                days.pop(data["order"], None)
            elif data.get("paid_on") and float(data.get("amount") or 0) > 0:
                days[data["order"]] = parse_date(data["paid_on"])
        return max((day for day in days.values() if day <= self.on), default=None)
