"""What was before whom: a frozen version of a plan, and its whole history."""

from django.http import Http404
from django.views.decorators.http import require_safe

from crm.lib.shortcuts import get_visible, render_page
from plans import history, reading
from plans.models import Plan
from plans.track import marks, with_names


@require_safe
def plan_version(request, pk, number):
    """Draw a version as everybody saw it who decided on it, and what it changed against the one before."""
    plan = get_visible(Plan.objects.select_related("author", "team"), request.user, pk=pk)
    found = {one.number: one for one in plan.versions.select_related("by").filter(number__in=(number, number - 1))}
    version = found.get(number)
    if version is None:
        raise Http404
    before = found.get(number - 1)
    seen = reading.seen_by(request.user, *(one.content for one in found.values()))
    comments = reading.comments_of(version)
    context = {
        "plan": plan,
        "version": version,
        "before": before,
        "changes": reading.changed(before.content, version.content, seen) if before else [],
        "wording": reading.wording(version.content, comments),
        "customers": reading.customers_in(version.content, seen),
        "marks": marks(list(with_names(version.decisions))),
    }
    return render_page(request, "plans/version.html", context)


@require_safe
def plan_history(request, pk):
    plan = get_visible(Plan.objects.select_related("author", "team"), request.user, pk=pk)
    entries, more = history.entries(plan, request.user, after=request.GET.get("after", ""))
    context = {"plan": plan, "entries": entries, "more": more, "is_later": "after" in request.GET}
    return render_page(request, "plans/history.html", context)
