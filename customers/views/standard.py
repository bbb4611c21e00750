"""The grading standard: what is in force, what a change would do."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from crm.lib.shortcuts import render_page, require
from customers import grading, permissions
from customers.forms import StandardForm
from customers.models import Customer, Grade, GradingStandard


@require_safe
def standard_detail(request):
    today = timezone.localdate()
    standard = GradingStandard.on(today)
    numbers = grading.by_grade(Customer.objects.visible_to(request.user))
    rows = list(standard.rows.all())
    for row in rows:
        row.number = numbers[row.grade]
    context = {
        "standard": standard,
        "rows": rows,
        "history": GradingStandard.objects.select_related("drafted_by").prefetch_related("rows")[:20],
        "may_edit": permissions.may_edit_standard(request.user),
        "today": today,
    }
    return render(request, "customers/standard.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def standard_edit(request):
    require(permissions.may_edit_standard(request.user))
    initial = StandardForm.initial_of(grading.Scale.on(timezone.localdate()))
    form = StandardForm(request.POST or None, initial=initial)
    valid = request.method == "POST" and form.is_valid()
    if valid and "preview" not in request.POST:
        data = form.cleaned_data
        grading.save_standard(form.scale(), in_force_from=data["in_force_from"], note=data["note"], by=request.user)
        messages.success(request, _("The standard is saved."))
        return redirect("customers:standard")
    context = {"form": form, "preview": _preview(form) if valid else None}
    return render_page(
        request, "customers/standard_edit.html", context, fragment="preview", status=422 if form.errors else 200
    )


def _preview(form):
    """Return how many customers would move between grades, the largest move first (policy 3.2)."""
    moves = grading.preview(form.scale(), on=timezone.localdate())
    changed = [
        {"old": old, "new": new, "number": number, "rises": Grade.values.index(new) < Grade.values.index(old)}
        for (old, new), number in moves.items()
        if old != new
    ]
    after = {grade: sum(n for (_old, new), n in moves.items() if new == grade) for grade in grading.RANKS}
    return {"changed": sorted(changed, key=lambda row: -row["number"]), "after": after}
