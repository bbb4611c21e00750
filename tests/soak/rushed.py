"""The product's worker and beat in a hurry: the night is rung for twice a second and goes in many small batches."""

import os
import time

import django

from crm.celery import app

django.setup()

from customers import night  # noqa: E402 - models are there from now on only
from customers.ownership import pool  # noqa: E402 - models are there from now on only
from jobs import ledger  # noqa: E402

__all__ = ["app"]
pool.BATCH = 20
_batch = pool._return_batch


def _unhurried(*args):
    time.sleep(0.02)  # long enough to be hit in the middle
    return _batch(*args)


pool._return_batch = _unhurried
app.conf.beat_schedule = {"night": {"task": "customers.tasks.night", "schedule": 0.5, "options": {"expires": 5}}}
app.conf.beat_max_loop_interval = 0.5


def _carelessly(job, on, work):
    """Say that it is done, then do it: what a ledger is there to prevent."""
    plain(job, on, lambda run: {})
    return work(ledger.Run.objects.get(job=job, business_date=on)) is not None


if os.environ.get("CARELESS"):
    plain, ledger.in_steps = ledger.in_steps, _carelessly
    assert night.ledger is ledger
