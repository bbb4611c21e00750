"""The wording of a plan, on one page: by its author and by whoever helps (policy 6.1, 6.2)."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.lib.moves import TooLate, get_for_move
from plans import checking, wording, writing
from plans.forms import Sheet
from plans.models import Plan


@require_http_methods(["GET", "HEAD", "POST"])
def plan_edit(request, pk):
    plan = get_for_move(Plan.objects.select_related("author", "team"), request.user, "edit", pk)
    if request.method != "POST":
        if plan.status not in Plan.WRITABLE:
            raise TooLate(plan.too_late("edit"))
        return _edit_page(request, plan, Sheet(plan))
    sheet = Sheet(plan, request.POST)
    if "more" in request.POST or sheet.is_wrong:
        return _edit_page(request, plan, sheet, status=200 if "more" in request.POST else 422)
    return _saved(request, plan, sheet)


def _saved(request, plan, sheet):
    try:
        writing.save(plan, sheet.write, edition=sheet.form.cleaned_data["edition"], by=request.user)
    except wording.HasTasks as used:
        plan.refresh_from_db()
        sheet.form.add_error(None, str(used))
        return _edit_page(request, plan, sheet, status=422)
    except TooLate as late:
        return _edit_again(request, plan, sheet, late)
    messages.success(request, _("Saved."))
    return redirect("plans:edit", plan.pk)


def _edit_again(request, plan, sheet, late):
    """Show the page with what was typed and how it differs from what is saved now; sent again, it goes over that."""
    sheet.form.add_error(None, str(late))
    differs = []
    if plan.status in Plan.WRITABLE:
        differs = wording.against_saved(plan, sheet.write)
        sheet.begin_from(plan.edition)
    return _edit_page(request, plan, sheet, differs=differs, status=409)


def _edit_page(request, plan, sheet, *, differs=(), status=200):
    context = {
        "plan": plan,
        "sheet": sheet,
        "form": sheet.form,
        "differs": differs,
        "missing": checking.missing(plan),
        "moves": plan.moves(request.user),
    }
    return render(request, "plans/edit.html", context, status=status)
