"""The night: regrade, return idle customers, remind; each business date once, missed dates in order."""

import datetime as dt

from django.utils import timezone

from customers import grading
from customers.models import Customer
from customers.ownership import applying, brake, pool, reminding
from jobs import ledger
from jobs.models import Run

JOB = "night"
# The company's day begins its night's work at two in the morning, company time.
HOUR = 2


def business_date() -> dt.date:
    """Return the date whose night has come: today from 02:00 company time on, yesterday before."""
    return (timezone.localtime() - dt.timedelta(hours=HOUR)).date()


def run_due(*, until: dt.date | None = None) -> list[dt.date]:
    """Do every night not yet done, oldest first; return the dates done by this call.

    While another process is at a night, the later ones wait for it: this call ends there and the next ring goes on.
    """
    done = []
    for on in ledger.missed_dates(JOB, until or business_date()):
        if ledger.in_steps(JOB, on, night):
            done.append(on)
        elif not ledger.is_done(JOB, on):
            break
    return done


def night(run: Run) -> dict:
    """Do the night of `run`; what a killed process left undone is done, what it did is not done again.

    A night that would return too many returns nobody and asks the managers instead (see `brake`); grades, callbacks
    and reminders go on.
    """
    on = run.business_date
    applying.catch_up()
    changed = ledger.step(run, "changed", lambda: grading.regrade(on=on))
    stopped = ledger.step(run, "stopped", lambda: brake.stopped(on=on))
    if not stopped:
        pool.return_idle(on=on, run=run)
    reminded = ledger.step(run, "reminded", lambda: reminding.remind(on=on))
    counts = {"changed": changed, "returned": pool.by_rule(run), "reminded": reminded}
    return counts | {"stopped": stopped} if stopped else counts


def regrade_by_hand(on: dt.date) -> dict:
    """Return what the command `regrade` prints: grades changed, and how many customers hold each."""

    def work(run):
        changed = ledger.step(run, "changed", lambda: grading.regrade(on=on))
        return {"changed": changed, "grades": grading.by_grade(Customer.objects.all())}

    return {"on": on.isoformat()} | ledger.by_hand("regrade", on, work)


def return_by_hand(on: dt.date, *, dry_run: bool = False, confirm: bool = False, by=None) -> dict:
    """Return what the command `return_idle` prints: how many went (or would go) to the pool, by rule.

    Raises brake.Brake, and returns nobody, when more would go than may unasked, unless `confirm` says so.
    """

    def work(run):
        applying.catch_up()
        if not confirm:
            brake.check(on=on)
        by_rule = pool.return_idle(on=on, run=run)
        return {"returned": sum(by_rule.values()), "by_rule": by_rule}

    if dry_run:
        by_rule = pool.would_return(on=on)
        return {"on": on.isoformat(), "returned": sum(by_rule.values()), "by_rule": by_rule}
    return {"on": on.isoformat()} | ledger.by_hand("return_idle", on, work, by=by)
