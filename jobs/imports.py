"""Imports that a page asked for: a `Run` with its file, worked off by whichever worker gets there first.

The lock named after the job is held for as long as a file is being read, so no two imports of a kind run at once, and
a run that says "running" while the lock is free was left behind by a worker that died: it goes on behind the last
chunk that was committed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from crm.lib import importing, spreadsheets
from crm.lib.importing import Column, Report
from crm.lib.locks import try_lock
from jobs.bell import ring_after_commit
from jobs.models import Run, RunError, Upload

MAX_ATTEMPTS = 3


@dataclass(frozen=True)
class Kind:
    """One kind of import; the room that takes the records registers it."""

    importer: type[importing.Importer]
    title: str
    view: str
    may: Callable[[object], bool]

    @property
    def job(self) -> str:
        return self.importer.job

    @property
    def url(self) -> str:
        return reverse(self.view)

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.importer.columns

    def label(self, field) -> str:
        return next((str(column.label) for column in self.columns if column.field == field), field)


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    KINDS[kind.job] = kind


def ask(kind: Kind, *, name: str, content: bytes, by) -> Run:
    """Keep a file for import and ring for a worker; without Redis the next tick of the clock finds it."""
    with transaction.atomic():
        run = Run.objects.create(job=kind.job, by=by)
        Upload.objects.create(run=run, name=name[-255:], content=content)
        ring_after_commit(kind.job)
    return run


def waiting_jobs() -> list[str]:
    """Return the kinds that have runs not yet over."""
    open_runs = Run.objects.filter(job__in=KINDS, status__in=(Run.Status.WAITING, Run.Status.RUNNING))
    return list(open_runs.order_by("job").values_list("job", flat=True).distinct())


def work_off(job: str) -> None:
    """Work on the runs of one kind, oldest first, unless somebody else is at it."""
    with try_lock(job) as mine:
        while mine and (run := _next(job)):
            with override(run.by.language or settings.LANGUAGE_CODE):
                _work(run, KINDS[job])


def _next(job):
    open_runs = Run.objects.filter(job=job, status__in=(Run.Status.WAITING, Run.Status.RUNNING))
    return open_runs.uploads().select_related("by", "upload").order_by("pk").first()


def _work(run, kind):
    run.attempts += 1
    run.status = Run.Status.RUNNING
    run.started_at = run.started_at or timezone.now()
    run.save()
    refusal = _refusal(run, kind)
    if refusal:
        _end(run, Run.Status.FAILED, refusal)
        return
    try:
        _read(run, kind)
    except spreadsheets.Unreadable as error:
        _end(run, Run.Status.FAILED, str(error))
    else:
        _end(run, Run.Status.DONE)


def _refusal(run, kind) -> str:
    """Return why the run can't begin, or nothing."""
    if run.attempts > MAX_ATTEMPTS:
        return _("The import was broken off %(number)s times. Split the file, or tell your administrator.") % {
            "number": MAX_ATTEMPTS
        }
    if not (run.by.is_active and kind.may(run.by)):
        return _("You may no longer import this.")
    return ""


def _read(run, kind):
    table = importing.match(spreadsheets.read(bytes(run.upload.content)), kind.columns)
    run.total = max(table.sheet.lines, run.done)
    # What an earlier attempt, broken off, has committed.
    earlier = Report(**{name: run.counts.get(name, 0) for name in Report().counts()})
    keep = partial(_keep, run, table)
    report = importing.run(kind.importer(run.by), table, keep=keep, report=earlier)
    _count(run, report, table)


def _keep(run, table, report, refused):
    """Save progress and refused lines with their chunk, in its transaction: a run taken up again loses no count."""
    report.errors.clear()
    RunError.objects.bulk_create(
        RunError(run=run, line=line.number, field=name, message=message[:500], cells=line.row)
        for line in refused
        for name, message in line.problems
    )
    _count(run, report, table)
    run.save(update_fields=["done", "total", "counts"])


def _count(run, report, table):
    run.done = report.read
    run.total = max(run.total, run.done)
    refused = report.read - report.created - report.updated - report.unchanged
    run.counts = report.counts() | {"refused": refused, "headers": table.sheet.headers, "ignored": table.ignored}


def _end(run, status, error=""):
    run.status, run.error, run.finished_at = status, error, timezone.now()
    run.save()
    # The file has done its work; what was refused of it is kept line by line.
    Upload.objects.filter(run=run).update(content=b"")
