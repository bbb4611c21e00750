"""Call lists: how far they are, a new one drawn by a leader, a call given to somebody else (policy 5.1)."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from crm.lib.looks import when
from crm.lib.moves import TooLate
from crm.lib.paging import COUNT_LIMIT, KeysetPage
from crm.lib.shortcuts import get_visible, render_page, require
from customers.permissions import owns_or_leads
from staff.permissions import is_in_sight
from visits import choosing, lists, permissions, progress
from visits.forms import CallListForm, GiveForm
from visits.models import Callback, CallList
from visits.views.dialogs import Dialog

ROWS_SHOWN = 10


@require_safe
def list_list(request):
    require(permissions.may_read_logs(request.user))
    page = KeysetPage.of(request, CallList.objects.visible_to(request.user).for_list(), "id", descending=True)
    progress.mark(page.rows, request.user)
    context = {"page": page, "may_lead": permissions.may_lead(request.user)}
    return render_page(request, "visits/lists.html", context, fragment="rows")


@require_http_methods(["GET", "HEAD", "POST"])
def list_add(request):
    require(permissions.may_lead(request.user))
    form = CallListForm(request.POST or None, user=request.user)
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, status=422 if form.errors else 200)
    if "preview" in request.POST:
        return _form_page(request, form, preview=_preview(form, request.user))
    return _drawn(request, form)


def _drawn(request, form):
    note = form.cleaned_data["note"]
    try:
        made = lists.draw(form.criteria, **form.plan(), name=form.list_name, note=note, by=request.user)
    except lists.NobodyFits:
        form.add_error(None, _("No customer fits, or all who fit are to be called for another list. Choose otherwise."))
        return _form_page(request, form, status=422)
    except TooLate as late:
        form.add_error(None, str(late))
        return _form_page(request, form, status=409)
    messages.success(request, _("The list is drawn: the calls stand on the callers' days."))
    return redirect(made)


def _preview(form, user):
    """Return what the list would be: how many fit, the first of them, and what each person would get."""
    draft = lists.draft(form.criteria, **form.plan(), by=user)
    fitting = choosing.fitting(form.criteria, user=user, seed=form.cleaned_data["token"])
    number = fitting.order_by().values("pk")[: COUNT_LIMIT + 1].count()
    return {
        "number": number,
        "is_capped": number > COUNT_LIMIT,
        "drawn": len(draft.customers),
        "rows": draft.customers[:ROWS_SHOWN],
        "shares": [share for share in draft.shares(form.cleaned_data["people"]) if share[2]],
    }


def _form_page(request, form, *, preview=None, status=200):
    context = {"form": form, "preview": preview}
    return render_page(request, "visits/list_add.html", context, fragment="preview", status=status)


@require_safe
def list_detail(request, pk):
    require(permissions.may_read_logs(request.user))
    call_list = get_visible(CallList.objects.for_list(), request.user, pk=pk)
    progress.mark([call_list], request.user)
    state, caller = request.GET.get("state", ""), request.GET.get("person", "")
    found = progress.narrowed(progress.calls(call_list, request.user), state=state, caller=caller)
    page = KeysetPage.of(request, progress.for_rows(found), "due_on")
    for call in page.rows:
        _prepare(call, request.user)
    context = {"list": call_list, "page": page, "shares": progress.by_person(call_list, request.user)}
    context |= {"state": state, "caller": caller, "may_lead": permissions.may_lead(request.user)}
    return render_page(request, "visits/list_detail.html", context, fragment="rows")


def _prepare(call, user):
    """Note on a call what `user` may know and do of it; the customer of a colleague's loan may be out of sight."""
    customer = call.customer
    call.is_seen = permissions.sees_customer(user, customer)
    call.caller_person = call.closed_by or call.person or customer.owner
    call.is_mine = call.status == Callback.Status.OPEN and call.caller_person == user
    # The day's page holds the own customers and whatever is due; what is borrowed and due later has its form only.
    call.is_on_today = customer.owner_id == user.pk or call.due_on <= timezone.localdate()
    call.may_be_given = call.status == Callback.Status.OPEN and owns_or_leads(user, customer)
    call.shows_log = bool(call.log_id) and (is_in_sight(user, call.log.by_id) or owns_or_leads(user, customer))


@require_http_methods(["GET", "HEAD", "POST"])
def list_give(request, pk):
    require(permissions.may_lead(request.user))
    call = _given(request.user, pk)
    form = GiveForm(request.POST or None, user=request.user)
    facts = [(_("Call list"), call.call_list), (_("Due"), when(call.due_on, due=True, full=True))]
    facts.append((_("So far"), call.person or call.customer.owner))
    back = call.call_list.get_absolute_url()
    dialog = Dialog(_("Give the call to somebody else"), _("Give"), call.customer, back, facts)
    if request.method != "POST" or not form.is_valid():
        return dialog.show(request, form)
    to = form.cleaned_data["to"]
    try:
        lists.give(call, to=to, by=request.user)
    except TooLate as late:
        return dialog.show_late(request, form, late)
    return dialog.done(request, _("%(person)s makes this call now.") % {"person": to})


def _given(user, pk):
    """Return the call of a list; 404 unless `user` sees it, 403 unless they lead the customer's owner."""
    calls = Callback.objects.visible_to(user).filter(call_list__isnull=False)
    call = calls.select_related("customer__owner", "call_list", "person").filter(pk=pk).first()
    if call is None:
        raise Http404
    require(owns_or_leads(user, call.customer))
    return call
