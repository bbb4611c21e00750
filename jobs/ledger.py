"""The ledger of nightly jobs: one row per job and business date, and one effect, however often it is rung for."""

import datetime as dt
from collections.abc import Callable

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from crm.lib.locks import locked, try_lock
from jobs.models import Run


def once(job: str, on: dt.date, work) -> bool:
    """Do `work(on)` unless the ledger says it is done or another process is at it; return whether it was done here.

    The work and its row commit together: a process killed in between leaves neither, and the next ring starts anew.
    """
    Run.objects.bulk_create([Run(job=job, business_date=on)], ignore_conflicts=True)
    _count_attempt(job, on)
    with transaction.atomic():
        run = _held(job, on)
        if run is None:
            return False
        _finish(run, work(on))
    return True


def in_steps(job: str, on: dt.date, work: Callable[[Run], dict]) -> bool:
    """Do `work(run)`, which commits in several transactions, unless it is done or another process is at it.

    Its parts have to be such that the next ring may do them again: `step` keeps what one has counted. The lock is the
    connection's, so that a killed process frees it. Returns whether it was finished here.
    """
    with try_lock(f"job {job}") as mine:
        if not mine:
            return False
        Run.objects.bulk_create([Run(job=job, business_date=on)], ignore_conflicts=True)
        run = Run.objects.get(job=job, business_date=on)
        if run.status == Run.Status.DONE:
            return False
        _begin(run)
        counts = work(run)
        with transaction.atomic():
            _finish(run, counts)
    return True


def step(run: Run, name: str, work: Callable[[], object]):
    """Do `work()` in a transaction of its own and keep what it returns as `name` on the run; once done never again."""
    if name not in run.counts:
        with transaction.atomic():
            run.counts[name] = work()
            Run.objects.filter(pk=run.pk).update(counts=run.counts)
    return run.counts[name]


def by_hand(job: str, on: dt.date, work: Callable[[Run], dict], *, by=None) -> dict:
    """Do `work(run)` because a person asked, also when the date is done; return its counts.

    The counts of the times before stay on the row, under "earlier". Who asks while another is at it waits.
    """
    with locked(f"job {job}"):
        Run.objects.bulk_create([Run(job=job, business_date=on, by=by)], ignore_conflicts=True)
        run = Run.objects.get(job=job, business_date=on)
        before, run.counts = run.counts, {}
        counts = work(run)
        earlier = [*before.pop("earlier", []), before] if before else []
        run.attempts += 1
        run.by = by or run.by
        with transaction.atomic():
            _finish(run, counts | {"earlier": earlier} if earlier else counts)
    return counts


def is_done(job: str, on: dt.date) -> bool:
    return Run.objects.filter(job=job, business_date=on, status=Run.Status.DONE).exists()


def missed_dates(job: str, today: dt.date) -> list[dt.date]:
    """Return the dates not yet done, oldest first, up to `today`; only `today` when the job never ran."""
    done = Run.objects.filter(job=job, status=Run.Status.DONE, business_date__lte=today)
    latest = done.order_by("-business_date").values_list("business_date", flat=True).first()
    if latest is None:
        return [today]
    return [latest + dt.timedelta(days=n) for n in range(1, (today - latest).days + 1)]


@transaction.atomic
def _count_attempt(job, on):
    """Count this try in a transaction of its own, so that it stays on record when the process is killed."""
    run = _held(job, on)
    if run:
        Run.objects.filter(pk=run.pk).update(attempts=F("attempts") + 1)


def _begin(run):
    run.attempts += 1
    run.started_at = run.started_at or timezone.now()
    Run.objects.filter(pk=run.pk).update(attempts=F("attempts") + 1, started_at=run.started_at)


def _held(job, on):
    """Return the row locked for us, or None when it is done or held by another process."""
    open_runs = Run.objects.filter(job=job, business_date=on).exclude(status=Run.Status.DONE)
    return open_runs.select_for_update(skip_locked=True).first()


def _finish(run, counts):
    run.status = Run.Status.DONE
    run.counts = counts
    run.started_at = run.started_at or timezone.now()
    run.finished_at = timezone.now()
    run.error = ""
    run.save()
