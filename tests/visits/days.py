"""Going from day to day in the tests of callbacks."""

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

import time_machine

from customers.models import Customer
from visits import calls
from visits.models import Callback

CHINA = ZoneInfo("Asia/Shanghai")


def at(day: dt.date, *, hour: int = 10):
    """Let it be `hour` o'clock of `day`, company time, in the block."""
    return time_machine.travel(dt.datetime.combine(day, dt.time(hour), CHINA), tick=False)


def opened(customer, purpose: str | None = None) -> list[Callback]:
    """Return the customer's open callbacks, those due first first."""
    found = Callback.objects.open().filter(customer=customer).order_by("due_on", "opens_on", "purpose")
    return list(found.filter(purpose=purpose) if purpose else found)


def log(customer, *, outcome="reached", **fields):
    """Log a call of the owner's."""
    customer = Customer.objects.get(pk=customer.pk)
    return calls.log(customer, token=uuid.uuid4(), by=customer.owner, outcome=outcome, note="谈了", **fields)
