"""Extensions that wait for a decision: one after the other, or several at once (policy 4.7)."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from crm.lib.moves import TooLate
from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import get_visible, render_page, require
from customers import permissions
from customers.forms import DecisionForm
from customers.models import Customer
from customers.ownership import waiting
from staff.permissions import is_leader

SIZE = 20
LARGEST = 2**63


@require_safe
def extension_list(request):
    require(is_leader(request.user))
    return _draw(request)


def _draw(request, *, form=None, refused=None, status=200):
    """Draw what waits; `form` is a decision with a fault, on the extension `refused` (None: on the chosen ones)."""
    page = KeysetPage.of(request, waiting.to_decide(request.user), "asked_at", size=SIZE)
    context = {
        "page": page,
        "cases": waiting.cases(page.rows, request.user),
        "form": form,
        "refused": refused,
        "chosen": set(request.POST.getlist("chosen")),
        "all": "all" in request.GET,
    }
    return render_page(request, "customers/extensions.html", context, fragment="rows", status=status)


@require_POST
def extension_decide(request, pk):
    """Grant or refuse the extension that is asked for; the page says which one it showed."""
    require(is_leader(request.user))
    customer = get_visible(Customer.objects.with_owner(), request.user, pk=pk)
    if customer.owner_id is None:
        raise TooLate(customer.too_late("extend"))
    require(permissions.leads_owner(request.user, customer))
    extension = _asked(customer, request.POST.get("extension", ""))
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _draw(request, form=form, refused=extension.pk, status=422)
    waiting.decide(extension, **form.cleaned_data, by=request.user)
    messages.success(request, _said(form, customer, extension))
    return redirect("customers:extensions")


def _asked(customer, seen):
    """Return the extension that the page showed, be it decided by now; else the one that is asked for."""
    extensions = customer.extensions.order_by("-asked_at")
    shown = extensions.filter(pk=_number(seen)) if _number(seen) else extensions.asked()
    if (extension := shown.first()) is None:
        raise TooLate(_("No extension is asked for (any more)."))
    extension.customer = customer
    return extension


def _said(form, customer, extension):
    if form.cleaned_data["verb"] == form.REFUSE:
        return _("%(customer)s: refused.") % {"customer": customer}
    return _("%(customer)s: granted, it stays until %(day)s.") % {"customer": customer, "day": extension.until}


@require_POST
def extensions_decide(request):
    """Decide on several at once, each by itself, with one note for all."""
    require(is_leader(request.user))
    form = DecisionForm(request.POST)
    chosen = list(filter(None, map(_number, request.POST.getlist("chosen"))))[: waiting.MOST_AT_ONCE]
    if not chosen:
        messages.warning(request, _("Choose the extensions first."))
        return redirect("customers:extensions")
    if not form.is_valid():
        return _draw(request, form=form, status=422)
    data = form.cleaned_data
    results = waiting.decide_many(chosen, data["verb"], note=data["note"], by=request.user)
    for result in results:
        if result.trouble:
            messages.warning(request, result.trouble)
    if lost := len(set(chosen)) - len(results):
        text = ngettext("%(number)d is not there any more.", "%(number)d are not there any more.", lost)
        messages.warning(request, text % {"number": lost})
    if number := sum(not result.trouble for result in results):
        messages.success(request, _how_many(data["verb"], number))
    return redirect("customers:extensions")


def _how_many(verb, number):
    if verb == DecisionForm.GRANT:
        return ngettext("%(number)d extension granted.", "%(number)d extensions granted.", number) % {"number": number}
    return ngettext("%(number)d extension refused.", "%(number)d extensions refused.", number) % {"number": number}


def _number(text: str) -> int | None:
    """Return an id that was sent; None for anything that is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 and int(text) < LARGEST else None
