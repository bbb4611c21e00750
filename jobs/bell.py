"""Ringing for a worker: the row says what is to be done, Redis only that somebody should look."""

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerError

log = logging.getLogger(__name__)


def ring_after_commit(job: str) -> None:
    """Let a worker look for runs of `job`; without Redis the next tick of the clock finds them."""
    transaction.on_commit(partial(_ring, job))


def _ring(job):
    try:
        current_app.send_task("jobs.tasks.work_off", [job])
    except (BrokerError, OSError):
        log.warning("Redis does not answer; %s waits for the next tick.", job)
