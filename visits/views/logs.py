import json
import uuid

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from crm.lib.moves import TooLate, get_for_move
from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import render_page, require
from customers.models import Customer
from visits import calls, permissions, rows
from visits.filters import CallLogFilter
from visits.forms import CallLogForm
from visits.models import CallLog, Purpose


@require_safe
def log_list(request):
    require(permissions.may_read_logs(request.user))
    found = CallLogFilter(request.GET, CallLog.objects.visible_to(request.user).for_list(), request=request)
    page = KeysetPage.of(request, found.qs, "at", descending=True)
    context = {"filter": found, "page": page, "lines": rows.listed(page.rows, request.user)}
    return render_page(request, "visits/list.html", context, fragment="rows")


@require_http_methods(["GET", "HEAD", "POST"])
def log_add(request, pk):
    customer = _customer(request, pk)
    if request.method != "POST":
        form = CallLogForm.fresh(customer, request.user, purpose=_purpose(customer, request.user))
        return _form_page(request, customer, form, status=200)
    form = CallLogForm(request.POST, request.FILES, customer=customer)
    if not form.is_valid():
        return _form_page(request, customer, form, status=422)
    try:
        calls.log(customer, by=request.user, **form.log_fields())
    except TooLate as late:
        return _too_late(request, customer, form, late)
    return _logged(request, customer)


def _customer(request, pk):
    """Return the customer, 404 or 403 as `get_for_move`; somebody's own, of whom most is saved, sooner."""
    own = request.method == "POST" and Customer.objects.own_of(request.user, pk)
    if own and own.MOVES["log"].who(request.user, own):
        return own
    return get_for_move(Customer.objects.for_log(), request.user, "log", pk)


def _purpose(customer, user):
    """Return what the customer is due to be called for, which chooses the script; a follow-up only for want of else."""
    due = customer.callbacks.due(by=timezone.localdate()).filter(Q(person=None) | Q(person=user))
    purposes = list(due.order_by("due_on", "id").values_list("purpose", flat=True))
    return next((purpose for purpose in purposes if purpose != Purpose.FOLLOW_UP), purposes[0] if purposes else "")


def _too_late(request, customer, form, late):
    """Show the form with what was typed; a log written in another window is known by then, so sending again counts."""
    form.data = form.data.copy()
    if isinstance(late, calls.LoggedMeanwhile):
        form.data["seen"], form.data["token"] = calls.newest(customer), uuid.uuid4()
        form.add_error(
            None, _("%(late)s Your text is still here: save again to add it as another one.") % {"late": late}
        )
    else:
        form.add_error(None, _("%(late)s Your text is still here.") % {"late": late})
    return _form_page(request, customer, form, status=409)


def _form_page(request, customer, form, status):
    return render_page(request, "visits/log.html", {"customer": customer, "form": form}, fragment="form", status=status)


def _logged(request, customer):
    """Answer a saved log: HTMX gets an empty place and the word to reread what changed."""
    text = _("Logged for %(customer)s.") % {"customer": customer}
    if not request.htmx:
        messages.success(request, text)
        return redirect(customer)
    events = {"logged": {"customer": customer.pk}, "toast": {"text": text, "level": "success"}}
    return HttpResponse(headers={"HX-Trigger": json.dumps(events)})
