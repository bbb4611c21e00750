"""Promises to customers: who stands for which, until it is kept, renegotiated or handed on (policy 1.7)."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from crm.lib.looks import day_name, when
from crm.lib.moves import TooLate, get_for_move
from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import render_page, require
from visits import permissions
from visits.filters import PromiseFilter
from visits.forms import HandOnForm, KeepForm, RenegotiateForm
from visits.models import Promise
from visits.views.dialogs import Dialog, sent

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def promise_list(request):
    require(permissions.may_read_logs(request.user))
    promises = Promise.objects.visible_to(request.user).for_list()
    found = PromiseFilter(request.GET, promises, request=request)
    page = KeysetPage.of(request, found.qs, "due_on", descending=found.state == "kept")
    for promise in page.rows:
        promise.leads_to_customer = permissions.sees_customer(request.user, promise.customer)
    return render_page(request, "visits/promises.html", {"filter": found, "page": page}, fragment="rows")


@form_page
def promise_keep(request, pk):
    promise = get_for_move(Promise, request.user, "keep", pk)
    form = KeepForm(sent(request))
    dialog = _about(promise, _("Promise kept"), _("It is kept"))
    return _answer(request, dialog, form, promise.keep, lambda data: _("Kept: %(promise)s") % {"promise": promise})


@form_page
def promise_renegotiate(request, pk):
    promise = get_for_move(Promise, request.user, "renegotiate", pk)
    form = RenegotiateForm(sent(request), promise=promise)
    dialog = _about(promise, _("Renegotiate the promise"), pgettext("promise", "Agreed"))
    return _answer(
        request,
        dialog,
        form,
        promise.renegotiate,
        lambda data: _("Promised by %(day)s.") % {"day": day_name(data["on"])},
    )


@form_page
def promise_hand_on(request, pk):
    promise = get_for_move(Promise, request.user, "hand_on", pk)
    form = HandOnForm(sent(request), promise=promise)
    dialog = _about(promise, _("Hand the promise on"), _("Hand on"))
    return _answer(
        request, dialog, form, promise.hand_on, lambda data: _("%(person)s stands for it now.") % {"person": data["to"]}
    )


def _answer(request, dialog, form, verb, say):
    """Do the promise's `verb` with what the form holds and `say` so, or show the form."""
    if request.method != "POST" or not form.is_valid():
        return dialog.show(request, form)
    try:
        verb(**form.cleaned_data, by=request.user)
    except TooLate as late:
        return dialog.show_late(request, form, late)
    return dialog.done(request, say(form.cleaned_data))


def _about(promise, title, button):
    facts = [(_("Promise"), promise.text), (pgettext("day", "By"), when(promise.due_on, due=True, full=True))]
    facts.append((_("Stands for it"), promise.owner))
    if promise.renegotiated:
        facts.append((_("First promised by"), when(promise.first_due_on, full=True)))
    return Dialog(title, button, promise.customer, "visits:promises", facts)
