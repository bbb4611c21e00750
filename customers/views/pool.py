"""The pool: look, claim one or several, release, move to another pool."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.lib.moves import TooLate, get_for_move
from crm.lib.shortcuts import render_page, require
from customers import rows
from customers.filters import PoolFilter
from customers.forms import MoveForm, ReleaseForm
from customers.models import Customer, Pool
from customers.ownership import claiming
from customers.ownership.allowance import Allowance
from customers.ownership.repooling import repool
from customers.sorting import sorted_page
from customers.views.choosing import Giving, chosen, chosen_ids, none_chosen
from staff.permissions import is_leader, is_seller

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def pool_list(request):
    user = request.user
    pools = {pool.pk: pool for pool in Pool.objects.open_to(user)}
    found = PoolFilter(request.GET, Customer.objects.pooled_visible_to(user), request=request, pools=pools.values())
    page = sorted_page(request, found.qs.for_list(), default="-pooled", without="returns")
    for customer in page.rows:
        customer.pool = pools.get(customer.pool_id) or customer.pool
    allowance = Allowance(user, page.rows) if is_seller(user) else None
    context = {
        "filter": found,
        "page": page,
        "lines": rows.pooled(page.rows, allowance),
        "allowance": allowance,
        "may_give": is_leader(user),
        "has_pools": len(pools) > 1,
    }
    return render_page(request, "customers/pool.html", context, fragment="rows")


@require_POST
def customer_claim(request, pk):
    """The claim itself asks for all that a claimer needs; only who gets nothing is asked what they may see."""
    customer = Customer(pk=pk)
    try:
        facts = claiming.claim(customer, by=request.user)
    except (TooLate, PermissionDenied) as refusal:
        if not Customer.objects.claimable_for(request.user).filter(pk=pk).exists():
            raise Http404 from None
        if not request.htmx or not isinstance(refusal, TooLate):
            raise
        return render(request, "customers/pool.html#lost", {"message": refusal}, status=409)
    if request.htmx:
        context = {"customer": customer, "allowance": Allowance(request.user, facts=facts), "is_swapped": True}
        return render(request, "customers/pool.html#claimed", context)
    messages.success(request, _("%(customer)s is yours now.") % {"customer": customer})
    return redirect(customer)


@require_POST
def claim_many(request):
    """Claim each by itself, in the order of the list; what a rule refuses does not hold up the others."""
    require(is_seller(request.user))
    pks = chosen_ids(request)
    seen = Customer.objects.claimable_for(request.user).in_bulk(pks)
    customers = [seen[pk] for pk in pks if pk in seen]
    if not customers:
        return none_chosen(request, "customers:pool")
    results = [_claimed(customer, request.user) for customer in customers]
    context = {"results": results, "done": sum(is_done for _customer, is_done, _text in results)}
    return render(request, "customers/claimed.html", context)


def _claimed(customer, user):
    """Return the customer, whether it is the user's now, and why not."""
    try:
        claiming.claim(customer, by=user)
    except TooLate as late:
        return customer, False, str(late)
    except PermissionDenied:
        return customer, False, _("for another team")
    return customer, True, _("yours now")


@form_page
def customer_release(request, pk):
    customer = get_for_move(Customer.objects.with_owner(), request.user, "release", pk)
    data = request.POST if request.method == "POST" else None
    form = ReleaseForm(data, customer=customer, user=request.user)
    if not form.is_valid():
        return _release_page(request, customer, form, 422 if form.errors else 200)
    try:
        customer.release(**form.verb, by=request.user)
    except TooLate as late:
        form.add_error(None, str(late))
        return _release_page(request, customer, form, 409)
    messages.success(request, _("%(customer)s is in the pool.") % {"customer": customer})
    return redirect("customers:list")


def _release_page(request, customer, form, status):
    context = {"form": form, "customer": customer, "holds": list(customer.holds_here())}
    return render(request, "customers/release.html", context, status=status)


@form_page
def customer_move(request, pk):
    customer = get_for_move(Customer.objects.select_related("owner", "pool"), request.user, "move", pk)
    customer.check_move("move", by=request.user)
    return _move(request, [customer], data=request.POST if request.method == "POST" else None)


@require_POST
def move_many(request):
    require(is_leader(request.user))
    customers = chosen(request, "move")
    if not customers:
        return none_chosen(request, "customers:pool")
    return _move(request, customers, data=request.POST if "pool" in request.POST else None, is_many=True)


def _move(request, customers, *, data, is_many=False):
    form = MoveForm(data, customers=customers, user=request.user)
    text = _("The people of that pool's team may claim them then.")
    giving = Giving(_("Move to another pool"), _("Move"), "ripple", customers, "customers:pool", text, is_many=is_many)
    if not form.is_valid():
        return giving.show(request, form)
    try:
        number = repool(customers, by=request.user, **form.cleaned_data)
    except TooLate as late:
        return giving.show_late(request, form, late)
    text = ngettext("%(number)d customer lies in %(pool)s now.", "%(number)d customers lie in %(pool)s now.", number)
    messages.success(request, text % {"number": number, "pool": form.cleaned_data["pool"]})
    return redirect("customers:pool")
