"""What complaints teach: the figures, and what is done so that a cause does not come back (policy 7.8)."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from complaints import figures, measures, permissions
from complaints.forms import MeasureDoneForm, MeasureForm
from complaints.learning import SPANS, Lessons
from complaints.models import Countermeasure
from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import render_page, require


@require_safe
def lessons(request):
    require(permissions.may_receive(request.user))
    asked = request.GET.get("days", "")
    days = next((span for span in SPANS if str(span) == asked), SPANS[1])
    return render(request, "complaints/learn.html", figures.page(Lessons(request.user, days)))


@require_safe
def measure_list(request):
    require(permissions.may_receive(request.user))
    is_done = request.GET.get("which") == "done"
    found = measures.shown(is_done=is_done, cause=request.GET.get("cause", ""))
    page = KeysetPage.of(request, found, "done_at" if is_done else "due_on", descending=is_done)
    context = {"page": page, "is_done": is_done, "today": timezone.localdate()}
    context |= {"may_plan": permissions.may_plan_measures(request.user), "cause": request.GET.get("cause", "")}
    for measure in page.rows:
        measure.may_finish = permissions.may_finish_measure(request.user, measure)
    return render_page(request, "complaints/measures.html", context, fragment="rows")


@require_http_methods(["GET", "HEAD", "POST"])
def measure_add(request):
    require(permissions.may_plan_measures(request.user))
    initial = {name: request.GET.get(name, "") for name in ("cause", "department")}
    form = MeasureForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        measures.plan(form.save(commit=False), by=request.user)
        messages.success(request, _("The countermeasure is planned."))
        return redirect("complaints:measures")
    return render(request, "complaints/measure_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def measure_done(request, pk):
    require(permissions.may_receive(request.user))
    measure = get_object_or_404(Countermeasure.objects.select_related("owner"), pk=pk)
    require(permissions.may_finish_measure(request.user, measure))
    form = MeasureDoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        measures.finish(measure, result=form.cleaned_data["result"], by=request.user)
        messages.success(request, _("The countermeasure is done."))
        return redirect("complaints:measures")
    context = {"form": form, "measure": measure, "today": timezone.localdate()}
    return render(request, "complaints/measure_done.html", context, status=422 if form.errors else 200)
