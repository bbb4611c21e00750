"""The made-up life of one demo customer: where it was when, and what the verbs would have left of it."""

import datetime as dt
from dataclasses import dataclass, field

from crm.lib.dates import start_of
from customers.models import Activity, Contact, Customer, Stint
from sales.models import Order
from visits.models import CallLog


@dataclass
class Life:
    """One customer with all that belongs to it, not yet saved."""

    customer: Customer
    contacts: list[Contact] = field(default_factory=list)
    stints: list[Stint] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    logs: list[CallLog] = field(default_factory=list)
    note: str = ""
    leaves_soon: bool = False
    # How many days ago a night took it, 0 for none of the last ones.
    went: int = 0

    def places(self) -> list[dict]:
        """Return where the customer was, as columns: with each owner, and in the pool after each that ended."""
        stays = []
        for stint in self.stints:
            at, day = stint.started_at, stint.started_at.astimezone(start_of(dt.date(2000, 1, 1)).tzinfo).date()
            owned = {"owner": stint.owner, "owned_since": day, "owned_at": at, "moved_by": stint.started_by}
            stays.append(owned | {"stint_reason": stint.start_reason})
            if stint.ended_at:
                pooled = {"pooled_at": stint.ended_at, "moved_by": stint.ended_by, "pool_note": self.note}
                stays.append(pooled | {"stint_reason": stint.end_reason})
        return stays

    @property
    def last_sale(self):
        return max((order.paid_on for order in self.orders if order.paid_on), default=None)

    def activities(self, confirmed_by):
        """Yield the rows that the verbs would have left on the timeline."""
        for stint in self.stints:
            yield from self._of_stint(stint)
        for order in self.orders:
            data = {"order": order.number, "amount": order.amount}
            at = start_of(order.ordered_on) + dt.timedelta(hours=10)
            yield self._row(Activity.Verb.ORDER, at, order.salesperson, data)
            if order.paid_on:
                data = data | {"paid_on": order.paid_on}
                at = start_of(order.paid_on) + dt.timedelta(hours=10, minutes=30)
                yield self._row(Activity.Verb.PAY, at, confirmed_by, data)
        for log in self.logs:
            data = {"log": log.pk, "channel": log.channel, "outcome": log.outcome, "next_on": log.next_on}
            yield self._row(Activity.Verb.LOG, log.at, log.by, data, log.note)

    def _of_stint(self, stint):
        began = Activity.Verb.CLAIM if stint.start_reason == Stint.Reason.CLAIMED else Activity.Verb.CREATE
        yield self._row(began, stint.started_at, stint.owner)
        if stint.end_reason == Stint.Reason.RELEASED:
            yield self._row(Activity.Verb.RELEASE, stint.ended_at, stint.owner, {"owner": stint.owner.name}, self.note)
        elif stint.end_reason:
            sale = self.last_sale if stint.end_reason == Stint.Reason.NO_SALE else None
            data = {"rule": stint.end_reason, "owner": stint.owner.name, "due": stint.ended_at.date()}
            yield self._row(Activity.Verb.RETURN, stint.ended_at, None, data | {"last_sale": sale})

    def _row(self, verb, at, by, data=None, note=""):
        return Activity(customer=self.customer, verb=verb, at=at, by=by, data=data or {}, note=note)
