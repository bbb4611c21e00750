"""Nights as the tests need them: with customers that are due, and over."""

import datetime as dt

from django.utils import timezone

from customers import night
from customers.models import PoolRules
from jobs.models import Run
from tests.factories import CustomerFactory

TODAY = timezone.localdate


def due(number=1, **fields):
    """Return customers that are due today."""
    since = TODAY() - dt.timedelta(days=100)
    return [CustomerFactory(owned_since=since, **fields) for _n in range(number)]


def returned_run(number=1, **fields):
    """Return the run of a night that returned so many, and the customers."""
    customers = due(number, **fields)
    PoolRules.objects.update(brake_percent=100)
    night.run_due(until=TODAY())
    return Run.objects.get(job=night.JOB), customers
