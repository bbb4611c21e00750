from itertools import groupby

from django.http import StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import get_visible, render_page, require
from crm.lib.spreadsheets import csv_lines
from jobs import imports
from jobs.forms import UploadForm
from jobs.models import Run

ERRORS_SHOWN = 200


@require_safe
def run_list(request):
    runs = Run.objects.visible_to(request.user).uploads().for_list()
    page = KeysetPage.of(request, runs, "id", descending=True)
    for run in page.rows:
        run.kind = imports.KINDS.get(run.job)
    kinds = [kind for kind in imports.KINDS.values() if kind.may(request.user)]
    return render_page(request, "jobs/list.html", {"page": page, "kinds": kinds}, fragment="rows")


@require_safe
def run_detail(request, pk):
    run = get_visible(Run.objects.uploads().for_list(), request.user, pk=pk)
    errors = [_labelled(error, run) for error in run.errors.all()[:ERRORS_SHOWN]]
    context = {"run": run, "errors": errors, "errors_shown": ERRORS_SHOWN, "kind": imports.KINDS.get(run.job)}
    return render_page(request, "jobs/detail.html", context, fragment="progress")


def _labelled(error, run):
    kind = imports.KINDS.get(run.job)
    error.label = kind.label(error.field) if kind else error.field
    return error


@require_safe
def run_errors(request, pk):
    """Send the refused lines as they stood in the file, with what to do about each: mend them and import the file."""
    run = get_visible(Run.objects.uploads().for_list(), request.user, pk=pk)
    response = StreamingHttpResponse(csv_lines(_error_rows(run)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="errors-{run.pk}.csv"'
    return response


def _error_rows(run):
    headers = run.counts.get("headers", [])
    yield [*headers, _("line"), _("what to do")]
    for number, cells, told in _by_line(run.errors.iterator(chunk_size=1000)):
        cells = [*cells, *[""] * (len(headers) - len(cells))][: len(headers)]
        yield [*cells, number, " ".join(told)]


def _by_line(errors):
    """Put together what is said about one line."""
    for number, group in groupby(errors, key=lambda error: error.line):
        group = list(group)
        yield number, group[0].cells, [f"{error.field}: {error.message}" for error in group]


def import_page(request, job, template):
    """Show the page on which a file of one kind is sent in, or take the file; rooms call it from their views."""
    kind = imports.KINDS[job]
    require(kind.may(request.user))
    form = UploadForm(request.POST or None, request.FILES or None, columns=kind.columns)
    if request.method == "POST" and form.is_valid():
        return redirect(imports.ask(kind, name=form.cleaned_data["file"].name, content=form.content, by=request.user))
    return render(request, template, {"form": form, "kind": kind}, status=422 if form.errors else 200)
