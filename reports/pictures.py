"""The dashboard's figures as pictures (see templates/includes/chart.html), each value with the address of its rows."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from customers.models import Grade
from reports.dashboard import RETURN_DAYS

GRADE_COLORS = {"VIP": "yellow", "SVIP": "purple", "A": "green", "B": "azure", "C": "secondary"}


def address(view, **query) -> str:
    return f"{reverse(view)}?{urlencode(query)}"


def month_name(month) -> str:
    return f"{month:%Y-%m}"


def sales_url(month, **more) -> str:
    """Return the address of the orders paid in a month that people in sight sold."""
    return address("sales:list", month=month_name(month), sold=1, **more)


def calls_url(day, **more) -> str:
    return address("visits:list", on=day.isoformat(), **more)


def moves_url(way, month) -> str:
    return address("reports:pool_moves", way=way, month=month_name(month))


def grades(board) -> dict:
    series = {
        "name": _("customers in hand"),
        "values": list(board.by_grade.values()),
        "urls": [address("customers:list", grade=grade) for grade in board.by_grade],
        "colors": [GRADE_COLORS[grade] for grade in board.by_grade],
    }
    return {"kind": "bar", "labels": [str(Grade(grade).label) for grade in board.by_grade], "series": [series]}


def sales(board) -> dict:
    series = {
        "name": _("sales"),
        "values": [board.dealt_in(month) for month in board.months],
        "urls": [sales_url(month) for month in board.months],
        "color": "green",
    }
    labels = [month_name(month) for month in board.months]
    return {"kind": "bar", "labels": labels, "series": [series], "unit": _("yuan")}


def calls(board) -> dict:
    series = {
        "name": _("contacts logged"),
        "values": [board.calls_on(day) for day in board.days],
        "urls": [calls_url(day) for day in board.days],
    }
    return {"kind": "bar", "labels": [f"{day:%m-%d}" for day in board.days], "series": [series]}


def pool(board) -> dict:
    def series(name, way):
        values = [board.moved(way, month) for month in board.months]
        return {"name": name, "values": values, "urls": [moves_url(way, month) for month in board.months]}

    both = [series(_("claimed"), "out"), series(_("returned"), "in")]
    return {"kind": "diverging", "labels": [month_name(month) for month in board.months], "series": both}


def for_page(board) -> dict:
    """Return the pictures that the viewer's dashboard shows; finance sees money and grades only (policy 1.8)."""
    shown = {"grades": grades(board), "sales": sales(board)}
    if not board.is_for_finance:
        shown |= {"calls": calls(board), "pool": pool(board)}
    return shown


def links(board) -> dict:
    """Return the addresses of the rows behind the single figures."""
    return {
        "in_hand": reverse("customers:list"),
        "returning": address("customers:list", returns=RETURN_DAYS, sort="returns"),
        "pool": reverse("customers:pool"),
        "dealt": sales_url(board.month),
        "awaiting": address("sales:list", status="open"),
        "calls": calls_url(board.today),
    }


def team_table(board) -> list[dict]:
    """Return the leader's table: teams with their sums, and each person's figures with the addresses of their rows."""
    return [team | {"rows": [(row, _person_links(row, board)) for row in team["rows"]]} for team in board.teams]


def _person_links(row, board):
    person = row.person.pk
    return {
        "held": address("customers:list", owner=person),
        "returning": address("customers:list", owner=person, returns=RETURN_DAYS),
        "calls": calls_url(board.today, by=person),
        "dealt": sales_url(board.month, salesperson=person),
    }
