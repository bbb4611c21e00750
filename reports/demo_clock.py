"""The past, for demo data: verbs say when they happened by the clock, so the clock is set back while they do."""

import datetime as dt
from contextlib import contextmanager

from django.utils import timezone

from customers.models import Activity
from plans.models import Decision, LineComment, Plan, PlanEvent, Version
from staff.models import Notice

# Fields that ask the clock by themselves.
MOMENTS = [
    *(model._meta.get_field("at") for model in (Activity, Decision, LineComment, Notice, PlanEvent, Version)),
    Plan._meta.get_field("updated_at"),
]


@contextmanager
def at(moment: dt.datetime):
    """Let everything in the block happen at `moment`. For a process of one thread that fills an empty system."""
    now = timezone.now
    _set(lambda: moment)
    try:
        yield
    finally:
        _set(now)


def _set(clock):
    timezone.now = clock
    for field in MOMENTS:
        field.default = clock
        vars(field).pop("_get_default", None)  # Django remembers what it found there
