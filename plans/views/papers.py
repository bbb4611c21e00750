"""A plan's papers, printed as PDF (policy 12)."""

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from crm.lib.shortcuts import get_visible
from plans import papers
from plans.models import Plan

LOADED = ("author", "team", "version", "in_force", "judgement__by", "judgement__guided_by")


@require_safe
def plan_paper(request, pk, kind):
    """Draw one of the plan's forms; 404 for one that there is none of, as a report that is not written yet."""
    plan = get_visible(Plan.objects.select_related(*LOADED), request.user, pk=pk)
    found = papers.KINDS.get(kind)
    if found is None or not found.exists(plan):
        raise Http404
    name, pdf = papers.print_form(found, plan, by=request.user)
    response = HttpResponse(pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=False, filename=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response
