"""Errands: long work that a person asked for at a page, and that needs no file.

A `Run` says what was asked; whichever worker gets there first does it, under a lock named after the job. A run that
says "running" while the lock is free was left behind by a worker that died, so an errand must be such that doing it
again does nothing twice.
"""

import datetime as dt
import logging
from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from crm.lib.locks import try_lock
from jobs.bell import ring_after_commit
from jobs.models import Run

MAX_ATTEMPTS = 3
OPEN = (Run.Status.WAITING, Run.Status.RUNNING)
log = logging.getLogger(__name__)

# What each errand does with its run; it returns the counts to keep.
ERRANDS: dict[str, Callable[[Run], dict]] = {}


def register(job: str, work: Callable[[Run], dict]) -> None:
    ERRANDS[job] = work


@transaction.atomic
def ask(job: str, *, by, on: dt.date | None = None, **counts) -> Run:
    """Ask for an errand, and ring; `counts` is what it has to know.

    With `on` there is one run of the job and date: asked again while it is open nothing happens, later it goes on.
    """
    run = Run.objects.create(job=job, by=by, counts=counts) if on is None else _of_date(job, by, on, counts)
    ring_after_commit(job)
    return run


def _of_date(job, by, on, counts):
    Run.objects.bulk_create([Run(job=job, business_date=on, by=by, counts=counts)], ignore_conflicts=True)
    run = Run.objects.select_for_update().get(job=job, business_date=on)
    if run.is_over:
        run.status, run.attempts, run.error, run.by = Run.Status.WAITING, 0, "", by
        run.counts |= counts
        run.save()
    return run


def open_of(job: str):
    """Return the runs of `job` that are not over, oldest first."""
    return Run.objects.filter(job=job, status__in=OPEN).order_by("pk")


def waiting_jobs() -> list[str]:
    """Return the errands that have runs not yet over."""
    return [job for job in sorted(ERRANDS) if open_of(job).exists()]


def work_off(job: str) -> None:
    """Do the errands of one kind, oldest first, unless somebody else is at it."""
    with try_lock(f"errand {job}") as mine:
        while mine and (run := open_of(job).select_related("by").first()):
            with override(run.by.language or settings.LANGUAGE_CODE):
                _work(run)


def _work(run):
    run.attempts += 1
    run.status = Run.Status.RUNNING
    run.started_at = run.started_at or timezone.now()
    run.save()
    if run.attempts > MAX_ATTEMPTS:
        text = _("This was broken off %(number)s times. Tell your administrator.") % {"number": MAX_ATTEMPTS}
        _end(run, Run.Status.FAILED, text)
        return
    run.counts = run.counts | ERRANDS[run.job](run)
    _end(run, Run.Status.DONE)


def _end(run, status, error=""):
    run.status, run.error, run.finished_at = status, error, timezone.now()
    run.save()
