"""The schedule's part of the night: each business date once, missed dates in order (see `customers.night`)."""

import datetime as dt

from customers import night as grading_night
from jobs import ledger
from staff import calendar
from visits import schedule

JOB = "schedule"


def run_due(*, until: dt.date | None = None) -> list[dt.date]:
    """Plan the callbacks of every date not planned yet, oldest first; return the dates done by this call.

    Grades and ownership decide what is planned, so a date waits until `customers.night` has done it.
    """
    done = []
    for on in ledger.missed_dates(JOB, until or grading_night.business_date()):
        if until is None and not ledger.is_done(grading_night.JOB, on):
            break
        if ledger.once(JOB, on, work):
            done.append(on)
        elif not ledger.is_done(JOB, on):
            break
    return done


def work(on: dt.date) -> dict:
    calendar.sync()
    return {"planned": schedule.plan(on=on)}


def by_hand(on: dt.date) -> dict:
    """Return what the command `plan_callbacks` prints: how many callbacks were missing and are planned now."""
    return {"on": on.isoformat()} | ledger.by_hand("plan_callbacks", on, work)
