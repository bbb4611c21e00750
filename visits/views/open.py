"""What is open with one customer: callbacks, promises, visits on site; beside its timeline, and as a page."""

from django.views.decorators.http import require_safe

from crm.lib.moves import get_for_move
from crm.lib.shortcuts import render_page
from customers.models import Customer

MOST = 20


@require_safe
def customer_open(request, pk):
    customer = get_for_move(Customer, request.user, "log", pk)
    context = {
        "customer": customer,
        "callbacks": customer.callbacks.open().select_related("rule", "person").order_by("due_on", "id")[:MOST],
        "promises": customer.promises.open().select_related("owner").order_by("due_on", "id")[:MOST],
        "visits": customer.site_visits.open().order_by("planned_from", "id")[:MOST],
    }
    return render_page(request, "visits/open.html", context, fragment="open")
