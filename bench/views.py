"""What pages are compared with: the same middleware and sign-in, and no more than a plain Django view does."""

from django.shortcuts import render

from customers.models import Customer

ROWS = 50


def floor(request):
    """Draw a table of 50 customers: three queries (session, person, rows), one template without a shell around it."""
    rows = Customer.objects.select_related("owner__team").order_by("pk")[:ROWS]
    return render(request, "bench/table.html", {"rows": rows})


def bare(request):
    """Draw the same page without rows: the price of the request, the session and the sign-in alone."""
    return render(request, "bench/table.html", {"rows": []})
