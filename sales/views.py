from django.contrib import messages
from django.db import IntegrityError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from crm.lib.moves import get_for_move
from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import get_visible, render_page, require
from customers.models import Customer
from jobs.views import import_page
from sales import permissions
from sales.filters import OrderFilter
from sales.forms import ConfirmForm, OrderForm, ReverseForm
from sales.importing import OrderImport
from sales.models import Order
from staff.permissions import handles_money, is_finance, is_in_sight

# What narrows the list by itself; without any of it finance sees first what waits for them.
NARROWING = ("q", "status", "month", "salesperson", "customer", "sold")


@require_safe
def order_list(request):
    asked = request.GET.copy()
    if is_finance(request.user) and not any(name in asked for name in NARROWING):
        asked["status"] = Order.Status.OPEN
    found = OrderFilter(asked, Order.objects.visible_to(request.user).for_list(), request=request)
    page = KeysetPage.of(request, found.qs, "ordered_on", descending=True)
    context = {"filter": found, "page": page, "status": asked.get("status", ""), "tabs": tabs(request.user)}
    for order in page.rows:
        order.leads_to_customer = _leads_to_customer(request.user, order)
    context |= _confirming(request.user) | {"may_import": permissions.may_import(request.user)}
    return render_page(request, "sales/list.html", context, fragment="rows")


def tabs(user):
    """Return the states as tabs; what waits for finance comes first where money is confirmed."""
    states = [(Order.Status.OPEN.value, _("Awaiting payment")), (Order.Status.PAID.value, _("Payment confirmed"))]
    everything = ("all", _("All orders"))
    return [*states, everything] if handles_money(user) else [everything, *states]


def _confirming(user):
    return {"may_confirm": handles_money(user), "today": timezone.localdate()}


def _leads_to_customer(user, order):
    """Whether `user` may open the customer: who sold an order sees it also when the customer is another's by now."""
    owner = order.customer.owner_id
    return owner is None or is_in_sight(user, owner)


@require_POST
def order_confirm(request, pk):
    order = get_for_move(Order, request.user, "confirm", pk)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return _confirm_again(request, order, form)
    order.confirm(on=form.cleaned_data["paid_on"], by=request.user)
    text = _("The payment of order %(number)s is confirmed.") % {"number": order.number}
    if not request.htmx:
        messages.success(request, text)
        return redirect("sales:list")
    order.leads_to_customer = True
    response = render(request, "sales/list.html#row", {"order": order} | _confirming(request.user))
    return trigger_client_event(response, "toast", {"text": text, "level": "success"})


def _confirm_again(request, order, form):
    """Show the form once more with what is wrong: HTMX gets the row, others a page."""
    order.leads_to_customer = True
    context = {"order": order, "form": form} | _confirming(request.user)
    template = "sales/list.html#row" if request.htmx else "sales/confirm.html"
    return render(request, template, context, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def order_reverse(request, pk):
    order = get_for_move(Order, request.user, "reverse", pk)
    form = ReverseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        order.reverse(note=form.cleaned_data["note"], by=request.user)
        messages.success(request, _("The payment of order %(number)s is taken back.") % {"number": order.number})
        return redirect("sales:list")
    context = {"order": order, "form": form}
    return render(request, "sales/reverse.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def order_add(request, pk):
    customer = get_visible(Customer.objects.with_owner(), request.user, pk=pk)
    require(permissions.may_order_for(request.user, customer))
    form = OrderForm(request.POST or None, customer=customer, user=request.user)
    if request.method == "POST" and form.is_valid() and _placed(form, request.user):
        messages.success(request, _("Order %(number)s is written.") % {"number": form.instance.number})
        return redirect(customer)
    return render(request, "sales/add.html", {"form": form, "customer": customer}, status=422 if form.errors else 200)


def _placed(form, user):
    """Write the order; somebody may have taken its number since the form was checked."""
    try:
        form.instance.place(by=user)
    except IntegrityError:
        form.add_error("number", _("This order number is taken."))
    return form.is_valid()


@require_http_methods(["GET", "HEAD", "POST"])
def order_import(request):
    return import_page(request, OrderImport.job, "sales/import.html")
