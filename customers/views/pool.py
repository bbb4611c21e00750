"""The pool: look, claim, release."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.lib.moves import TooLate, get_for_move
from crm.lib.shortcuts import render_page, require
from customers import permissions, rows
from customers.filters import PoolFilter
from customers.forms import ReleaseForm
from customers.models import Customer
from customers.sorting import sorted_page
from staff.permissions import is_seller


@require_safe
def pool_list(request):
    found = PoolFilter(request.GET, Customer.objects.visible_to(request.user).pooled(), request=request)
    page = sorted_page(request, found.qs.for_list(), default="-pooled", without="returns")
    context = {"filter": found, "page": page, "lines": rows.pooled(page.rows), "may_claim": is_seller(request.user)}
    return render_page(request, "customers/pool.html", context, fragment="rows")


@require_POST
def customer_claim(request, pk):
    customer = Customer.objects.claimable_for(request.user).filter(pk=pk).first()
    if customer is None:
        raise Http404
    require(permissions.may_claim(request.user, customer))
    try:
        customer.claim(by=request.user)
    except TooLate as late:
        if not request.htmx:
            raise
        return render(request, "customers/pool.html#lost", {"customer": customer, "message": late}, status=409)
    if request.htmx:
        return render(request, "customers/pool.html#claimed", {"customer": customer})
    messages.success(request, _("%(customer)s is yours now.") % {"customer": customer})
    return redirect(customer)


@require_http_methods(["GET", "HEAD", "POST"])
def customer_release(request, pk):
    customer = get_for_move(Customer, request.user, "release", pk)
    form = ReleaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        customer.release(note=form.cleaned_data["note"], by=request.user)
        messages.success(request, _("%(customer)s is in the pool.") % {"customer": customer})
        return redirect("customers:list")
    context = {"form": form, "customer": customer}
    return render(request, "customers/release.html", context, status=422 if form.errors else 200)
