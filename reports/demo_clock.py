"""The past, for demo data: verbs say when they happened by the clock, so the clock is set back while they do."""

import datetime as dt
from contextlib import contextmanager

from django.utils import timezone

from complaints.models import Action, Case, Countermeasure, Message, Solution, Step, Stop, Ticket, Try
from crm.lib.dates import local_date, start_of
from customers.models import Activity, Dispute, Extension, Handover, Hold, Inquiry, Transfer
from plans.models import Decision, LineComment, Plan, PlanEvent, Version
from staff.models import Notice

# Fields that ask the clock by themselves.
MOMENTS = [
    *(model._meta.get_field("at") for model in (Activity, Decision, LineComment, Notice, PlanEvent, Version)),
    *(model._meta.get_field("at") for model in (Action, Case, Countermeasure, Message, Solution, Step, Try)),
    *(model._meta.get_field("at") for model in (Dispute, Inquiry)),
    Extension._meta.get_field("asked_at"),
    Handover._meta.get_field("opened_at"),
    Hold._meta.get_field("since"),
    Transfer._meta.get_field("offered_at"),
    Plan._meta.get_field("updated_at"),
    Stop._meta.get_field("since"),
    Ticket._meta.get_field("received_at"),
]


@contextmanager
def at(moment: dt.datetime):
    """Let everything in the block happen at `moment`. For a process of one thread that fills an empty system."""
    now, defaults = timezone.now, [field.default for field in MOMENTS]
    then = moment.astimezone(dt.UTC)  # as the clock says it
    timezone.now = lambda: then
    _set([timezone.now] * len(MOMENTS))
    try:
        yield
    finally:
        timezone.now = now
        _set(defaults)


def _set(clocks):
    for field, clock in zip(MOMENTS, clocks, strict=True):
        field.default = clock
        vars(field).pop("_get_default", None)  # Django remembers what it found there


class Past:
    """The people of the made-up company, and the days counted back from today on which they did what they did."""

    def __init__(self, people, now: dt.datetime):
        self.people, self.now, self.today = people, now, local_date(now)

    def day(self, days: int) -> dt.date:
        return self.today - dt.timedelta(days=days)

    def ago(self, days: int, hour: int = 10):
        """Set the clock to so many days ago; today, to a quarter of an hour ago."""
        moment = start_of(self.day(days)) + dt.timedelta(hours=hour)
        return at(min(moment, self.now - dt.timedelta(minutes=15)))
