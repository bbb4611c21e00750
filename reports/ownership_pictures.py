"""The report on ownership as pictures and tables, each value with the address of its rows."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from customers.models import Stint
from reports.ownership import AGE_NAMES, Report


class Links:
    """Addresses of the rows behind the figures of one report."""

    def __init__(self, report: Report):
        period, team = report.period, report.scope.team
        self.query = {"since": f"{period.first:%Y-%m}", "until": f"{period.last:%Y-%m}"}
        self.query |= {"team": team.pk} if team else {}

    def rows(self, what: str, **more) -> str:
        return f"{reverse('reports:ownership_rows')}?{urlencode({'what': what} | more | self.query)}"

    @property
    def page(self) -> str:
        return f"{reverse('reports:ownership')}?{urlencode(self.query)}"

    @property
    def claims(self) -> str:
        return self.rows("claims")

    @property
    def paid(self) -> str:
        return self.rows("claims", paid="yes")

    @property
    def talk(self) -> str:
        """Return an address that ends where a time of TALKS is to be added."""
        return f"{self.rows('claims')}&talk="

    @property
    def bounced(self) -> str:
        return self.rows("bounced")

    @property
    def in_turn(self) -> str:
        return self.rows("turn")

    @property
    def silent(self) -> str:
        """Return an address that ends where a person is to be added."""
        return f"{self.rows('silent')}&person="


def moves(report: Report) -> dict:
    links, months = Links(report), report.period.months

    def series(name, way):
        values = [report.moved(way, month=month) for month in months]
        urls = [links.rows(way, month=f"{month:%Y-%m}") for month in months]
        return {"name": name, "values": values, "urls": urls}

    both = [series(_("out of the pool"), "out"), series(_("into the pool"), "in")]
    return {"kind": "diverging", "labels": [f"{month:%Y-%m}" for month in months], "series": both}


def ages(report: Report) -> dict:
    links = Links(report)
    series = {
        "name": _("customers"),
        "values": report.ages,
        "urls": [links.rows("age", age=n) for n in range(len(AGE_NAMES))],
        "color": "azure",
    }
    return {"kind": "bar", "labels": [str(name) for name in AGE_NAMES], "series": [series]}


def for_page(report: Report) -> dict:
    return {"moves": moves(report), "ages": ages(report)}


def reasons(report: Report) -> list[dict]:
    """Return the table of moves by reason: each way with its reasons, months and sums, each with its rows."""
    names = {"in": _("Into the pool"), "out": _("Out of the pool")}
    return [
        {"title": title, "rows": [_reason(report, way, reason) for reason in report.reasons(way)]} | _sums(report, way)
        for way, title in names.items()
    ]


def _sums(report, way):
    months = [report.moved(way, month=month) for month in report.period.months]
    return {"months": months, "sum": report.moved(way), "url": Links(report).rows(way)}


def _reason(report, way, reason: Stint.Reason):
    links, months = Links(report), report.period.months
    cells = [
        (
            report.moved(way, month=month, reason=reason),
            links.rows(way, month=f"{month:%Y-%m}", reason=reason.value),
        )
        for month in months
    ]
    url = links.rows(way, reason=reason.value)
    return {"name": reason.label, "cells": cells, "sum": report.moved(way, reason=reason), "url": url}
