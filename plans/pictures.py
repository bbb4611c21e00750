"""A plan's figures as pictures (see templates/includes/chart.html)."""

from decimal import Decimal

from django.utils.translation import gettext as _

from plans.models import Goal
from plans.progress import Progress

LONGEST_NAME = 14


def course(progress: Progress) -> dict:
    """Tasks done over time against the deadlines."""
    days = progress.course
    due = {"name": _("due by then"), "values": [day[1] for day in days], "color": "orange"}
    done = {"name": _("done"), "values": [day[2] for day in days], "color": "green"}
    return {"kind": "line", "labels": [f"{day[0]:%m-%d}" for day in days], "series": [due, done]}


def money(progress: Progress) -> dict:
    """Each measure's money; what is spent beyond what is approved is red."""
    rows = progress.money
    spent = {
        "name": _("spent"),
        "values": [str(row.spent) for row in rows],
        "color": "green",
        "colors": ["red" if row.is_over else "green" for row in rows],
    }
    series = [
        {"name": _("approved"), "values": [str(row.approved) for row in rows], "color": "azure"},
        {"name": _("planned in tasks"), "values": [str(row.planned) for row in rows], "color": "secondary"},
        spent,
    ]
    return {"kind": "bar", "labels": [_short(row.name) for row in rows], "series": series, "unit": _("yuan")}


def _short(name):
    if not name:
        return _("no measure")
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def change(results: dict) -> dict | None:
    """What the customers did in the plan's time, in percent of the time before it; None with nothing to compare."""
    rows = [
        (Goal.Measure(name).label, round(100 * Decimal(results["after"][name] or 0) / Decimal(was)))
        for name, was in results["before"].items()
        if was is not None and Decimal(was)
    ]
    series = {
        "name": _("of the time before"),
        "values": [percent for _label, percent in rows],
        "colors": ["green" if percent >= 100 else "orange" for _label, percent in rows],
    }
    return {"kind": "bar", "labels": [str(row[0]) for row in rows], "series": [series], "unit": "%"} if rows else None
