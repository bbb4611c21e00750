"""The archive: list, search, one customer, its contacts."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.lib.moves import TooLate, get_for_move
from crm.lib.shortcuts import get_visible, render_page, require
from customers import editing, permissions, rows, search, timeline
from customers.filters import CustomerFilter
from customers.forms import ContactForm, EditCustomerForm, NewCustomerForm
from customers.models import Contact, Customer
from customers.ownership.past import Past
from customers.record import Facts
from customers.sorting import sorted_page
from staff.permissions import is_finance, is_leader

SEARCH_BOX_ROWS = 8
SEARCH_PAGE_ROWS = 50
FRAGMENTS = {
    "timeline": "customers/_timeline.html",
    "summary": "customers/detail.html#summary",
    "on-date": "customers/_on_date.html",
}
TABS = ("timeline", "contacts", "record", "ownership")


@require_safe
def customer_list(request):
    customers = Customer.objects.owned_visible_to(request.user)
    found = CustomerFilter(request.GET, customers, request=request)
    page = sorted_page(request, found.qs.for_list(), default="name", without="pooled")
    context = {
        "filter": found,
        "page": page,
        "lines": rows.listed(page.rows),
        "may_import": permissions.may_import(request.user),
        "may_create": permissions.may_create(request.user),
        "may_offer": not is_finance(request.user),
        "may_give": is_leader(request.user),
    }
    return render_page(request, "customers/list.html", context, fragment="rows")


@require_safe
def customer_search(request):
    text = request.GET.get("q", "")
    limit = SEARCH_BOX_ROWS if request.htmx else SEARCH_PAGE_ROWS
    found = list(search.quick(text, user=request.user, limit=limit))
    context = {"found": found, "search_text": text, "limit": limit}
    return render_page(request, "customers/search.html", context, fragment="results")


@require_safe
def customer_detail(request, pk):
    customer = get_visible(Customer.objects.with_owner(), request.user, pk=pk)
    tab = request.GET.get("tab", "")
    context = customer_page(request, customer, tab if tab in TABS else "timeline")
    response = render(request, FRAGMENTS.get(request.htmx.target, "customers/detail.html"), context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def customer_page(request, customer, tab):
    """Return what the customer's page shows on one of its tabs."""
    context = {"customer": customer, "facts": Facts(customer, request.user), "tab": tab}
    context["moves"] = customer.moves(request.user)
    if tab == "timeline":
        context["page"] = timeline.page(request, customer)
    if tab == "ownership":
        context |= {"past": Past.asked(customer, request.GET.get("on", "")), "today": timezone.localdate()}
    return context


@require_http_methods(["GET", "HEAD", "POST"])
def customer_add(request):
    require(permissions.may_create(request.user))
    form = NewCustomerForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        customer = editing.enter(form, by=request.user)
        messages.success(request, _("%(customer)s is in the archive.") % {"customer": customer})
        return redirect(customer)
    return render(request, "customers/form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def customer_edit(request, pk):
    customer = get_for_move(Customer, request.user, "edit", pk)
    form = EditCustomerForm(request.POST or None, instance=customer, initial={"version": customer.version})
    if request.method == "POST" and form.is_valid():
        try:
            editing.edit(customer, form, version=form.cleaned_data["version"], by=request.user)
        except TooLate as late:
            return _edit_again(request, customer, form, late)
        return redirect(customer)
    return _edit_page(request, customer, form, status=422 if form.errors else 200)


def _edit_again(request, customer, form, late):
    """Show the form with what was typed; sent once more, it knowingly goes over the other's change."""
    form.data = form.data.copy()
    form.data["version"] = customer.version
    form.add_error(None, _("%(late)s Send it again to put yours in its place.") % {"late": late})
    return _edit_page(request, customer, form, status=409)


def _edit_page(request, customer, form, status):
    name = Customer.objects.values_list("name", flat=True).get(pk=customer.pk)
    context = {"form": form, "customer": customer, "name": name}
    return render(request, "customers/form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def contact_add(request, pk):
    customer = get_for_move(Customer, request.user, "edit", pk)
    contact = Contact(customer=customer, is_main=not customer.contacts.exists())
    return _contact_form(request, customer, contact)


@require_http_methods(["GET", "HEAD", "POST"])
def contact_edit(request, pk):
    contact = _editable_contact(request, pk)
    return _contact_form(request, contact.customer, contact)


@require_POST
def contact_delete(request, pk):
    contact = _editable_contact(request, pk)
    contact.remove(by=request.user)
    return redirect(f"{contact.customer.get_absolute_url()}?tab=contacts")


def _contact_form(request, customer, contact):
    form = ContactForm(request.POST or None, instance=contact)
    if request.method == "POST" and form.is_valid():
        form.instance.keep(by=request.user)
        return redirect(f"{customer.get_absolute_url()}?tab=contacts")
    context = {"form": form, "customer": customer, "contact": contact}
    return render(request, "customers/contact.html", context, status=422 if form.errors else 200)


def _editable_contact(request, pk):
    """Return the contact: 404 for whoever may not read it, 403 for whoever has only borrowed its customer."""
    customers = Customer.objects.with_contacts_for(request.user)
    contact = get_object_or_404(Contact.objects.select_related("customer__owner"), pk=pk, customer__in=customers)
    require(permissions.may_edit(request.user, contact.customer))
    return contact
