"""The case library (policy 7.8): found by whoever may meet the like, written by whoever worked on the ticket."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from complaints import cases, permissions
from complaints.filters import CaseFilter
from complaints.forms import CaseForm
from complaints.models import Case, Ticket
from crm.lib.moves import TooLate
from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import get_visible, render_page, require

SIZE = 20


@require_safe
def case_list(request):
    require(permissions.may_receive(request.user))
    found = CaseFilter(request.GET, Case.objects.defer("grams"), request=request)
    page = KeysetPage.of(request, found.qs, "at", descending=True, size=SIZE)
    return render_page(request, "complaints/cases.html", {"filter": found, "page": page}, fragment="rows")


@require_safe
def case_detail(request, pk):
    require(permissions.may_receive(request.user))
    case = get_object_or_404(Case.objects.select_related("by"), pk=pk)
    ticket = Ticket.objects.visible_to(request.user).filter(pk=case.ticket_id).only("number").first()
    context = {"case": case, "ticket": ticket, "may_edit": permissions.may_edit_case(request.user, case)}
    return render(request, "complaints/case.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def case_add(request, pk):
    """Write up a closed ticket; one that is written up already leads to its case."""
    ticket = get_visible(Ticket.objects.select_related("customer"), request.user, pk=pk)
    require(permissions.may_write_case(request.user, ticket))
    if case := Case.objects.filter(ticket=ticket).first():
        return redirect(case)
    cases.check(ticket)
    form = CaseForm(request.POST or None, instance=cases.draft(ticket))
    if request.method == "POST" and form.is_valid():
        case = cases.add(form.save(commit=False), by=request.user)
        messages.success(request, _("The case is in the library."))
        return redirect(case)
    context = {"form": form, "ticket": ticket}
    return render(request, "complaints/case_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def case_edit(request, pk):
    require(permissions.may_receive(request.user))
    case = get_object_or_404(Case.objects.select_related("ticket__customer"), pk=pk)
    require(permissions.may_edit_case(request.user, case))
    form = CaseForm(request.POST or None, instance=case, initial={"version": cases.version_of(case)})
    if request.method == "POST" and form.is_valid():
        try:
            cases.edit(case, form.cleaned_data, version=form.cleaned_data["version"])
        except TooLate as late:
            return _edit_again(request, case, form, late)
        messages.success(request, _("Saved."))
        return redirect(case)
    return _edit_page(request, case, form, status=422 if form.errors else 200)


def _edit_again(request, case, form, late):
    """Show what was typed, and how the case reads by now; sent once more, it knowingly goes over the other's change."""
    form.data = form.data.copy()
    form.data["version"] = cases.version_of(case)
    form.add_error(None, _("%(late)s Send it again to put yours in its place.") % {"late": late})
    return _edit_page(request, case, form, status=409, changed=True)


def _edit_page(request, case, form, *, status, changed=False):
    now = Case.objects.get(pk=case.pk)
    context = {"form": form, "case": now, "changed": changed}
    return render(request, "complaints/case_form.html", context, status=status)
