"""The past, for demo data: verbs say when they happened by the clock, so the clock is set back while they do."""

import datetime as dt
from contextlib import contextmanager

from django.utils import timezone

from complaints.models import Action, Case, Countermeasure, Message, Solution, Step, Stop, Ticket, Try
from customers.models import Activity
from plans.models import Decision, LineComment, Plan, PlanEvent, Version
from staff.models import Notice

# Fields that ask the clock by themselves.
MOMENTS = [
    *(model._meta.get_field("at") for model in (Activity, Decision, LineComment, Notice, PlanEvent, Version)),
    *(model._meta.get_field("at") for model in (Action, Case, Countermeasure, Message, Solution, Step, Try)),
    Plan._meta.get_field("updated_at"),
    Stop._meta.get_field("since"),
    Ticket._meta.get_field("received_at"),
]


@contextmanager
def at(moment: dt.datetime):
    """Let everything in the block happen at `moment`. For a process of one thread that fills an empty system."""
    now, defaults = timezone.now, [field.default for field in MOMENTS]
    timezone.now = lambda: moment
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
