"""The night: regrade, then return idle customers; each business date once, missed dates in order."""

import datetime as dt

from django.utils import timezone

from customers import grading, pool
from customers.models import Customer
from jobs import ledger

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
        if ledger.once(JOB, on, night):
            done.append(on)
        elif not ledger.is_done(JOB, on):
            break
    return done


def night(on: dt.date) -> dict:
    changed = grading.regrade(on=on)
    return {"changed": changed, "returned": pool.return_idle(on=on)}


def regrade_by_hand(on: dt.date) -> dict:
    """Return what the command `regrade` prints: grades changed, and how many customers hold each."""

    def work(day):
        return {"changed": grading.regrade(on=day), "grades": grading.by_grade(Customer.objects.all())}

    return {"on": on.isoformat()} | ledger.by_hand("regrade", on, work)


def return_by_hand(on: dt.date, *, dry_run: bool = False) -> dict:
    """Return what the command `return_idle` prints: how many went (or would go) to the pool, by rule."""

    def work(day):
        by_rule = pool.return_idle(on=day)
        return {"returned": sum(by_rule.values()), "by_rule": by_rule}

    if dry_run:
        by_rule = pool.would_return(on=on)
        return {"on": on.isoformat(), "returned": sum(by_rule.values()), "by_rule": by_rule}
    return {"on": on.isoformat()} | ledger.by_hand("return_idle", on, work)
