"""The report on ownership and its rows; who owned what on a date, as a page and as a spreadsheet."""

import io

from django.http import FileResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import render_page, require
from crm.lib.spreadsheets import csv_lines, write_xlsx
from customers.models import Customer
from reports import ownership_pictures, ownership_rows
from reports.owned import MOST_IN_SHEET, Owned, asked_date
from reports.ownership import TALKS, Report
from reports.ownership_sql import SILENT_DAYS
from reports.scope import Period, Scope
from staff.permissions import is_leader

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _report(request) -> Report:
    get = request.GET.get
    return Report(Scope(request.user, get("team", "")), Period(get("since", ""), get("until", "")))


@require_safe
def ownership_page(request):
    require(is_leader(request.user))
    report = _report(request)
    context = {
        "report": report,
        "period": report.period,
        "scope": report.scope,
        "charts": ownership_pictures.for_page(report),
        "reasons": ownership_pictures.reasons(report),
        "links": ownership_pictures.Links(report),
        "talks": [(key, name, getattr(report.claims, key)) for key, name in TALKS.items()],
        "silent_days": SILENT_DAYS,
    }
    return render(request, "reports/ownership.html", context)


@require_safe
def ownership_list(request):
    require(is_leader(request.user))
    report = _report(request)
    rows = ownership_rows.rows(request, report)
    context = {"rows": rows, "page": rows.page, "report": report, "back": ownership_pictures.Links(report).page}
    return render_page(request, "reports/ownership_rows.html", context, fragment="rows")


def _owned(request) -> Owned:
    return Owned(Scope(request.user, request.GET.get("team", "")), asked_date(request.GET.get("on", "")))


@require_safe
def owned_page(request):
    require(is_leader(request.user))
    owned = _owned(request)
    teams = owned.by_team()
    context = {"owned": owned, "scope": owned.scope, "teams": teams, "sum": sum(team["sum"] for team in teams)}
    return render(request, "reports/owned.html", context)


@require_safe
def owned_list(request):
    require(is_leader(request.user))
    owned = _owned(request)
    stints = owned.of(request.GET.get("person", "")).select_related("customer", "owner__team", "started_by")
    page = KeysetPage.of(request, stints, "started_at", descending=True)
    pks = [stint.customer_id for stint in page.rows]
    seen = set(Customer.objects.visible_to(request.user).filter(pk__in=pks).values_list("pk", flat=True))
    lines = [(stint, stint.customer_id in seen) for stint in page.rows]
    context = {"owned": owned, "page": page, "lines": lines}
    return render_page(request, "reports/owned_rows.html", context, fragment="rows")


@require_safe
def owned_export(request):
    """Return what the page shows as CSV, whatever its length, or as XLSX while it is not too long for one."""
    require(is_leader(request.user))
    owned, person = _owned(request), request.GET.get("person", "")
    name = f"{_('owners')}-{owned.on}"
    if request.GET.get("kind") == "xlsx" and owned.of(person)[: MOST_IN_SHEET + 1].count() <= MOST_IN_SHEET:
        file = io.BytesIO()
        write_xlsx(owned.table(person), file)
        file.seek(0)
        return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)
    response = StreamingHttpResponse(csv_lines(owned.table(person)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="owners-{owned.on}.csv"'
    return response
