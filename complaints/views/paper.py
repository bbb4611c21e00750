"""投诉处理单 as PDF (policy 12)."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from complaints import paper, seen
from complaints.models import Ticket
from crm.lib.shortcuts import get_visible

LOADED = ("customer", "holder__team", "responsible", "received_by__team")


@require_safe
def ticket_paper(request, pk):
    tickets = seen.with_customers(Ticket.objects.select_related(*LOADED), request.user)
    name, pdf = paper.print_form(get_visible(tickets, request.user, pk=pk), by=request.user)
    response = HttpResponse(pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=False, filename=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response
