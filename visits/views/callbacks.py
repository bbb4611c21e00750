"""The verbs of callbacks: one moved, skipped or planned by hand; all that is due of a customer put off or skipped."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from crm.lib.looks import day_name, when
from crm.lib.moves import TooLate, get_for_move
from customers.models import Customer
from visits import callbacks, due
from visits.forms import MoveForm, PlanForm, SkipForm, SnoozeForm
from visits.models import Callback
from visits.views.dialogs import Dialog, page_of, sent

form_page = require_http_methods(["GET", "HEAD", "POST"])


@form_page
def callback_move(request, pk):
    callback = get_for_move(Callback, request.user, "move", pk)
    dialog = _about(request, callback, _("Move the callback"), _("Move"))
    form = MoveForm(sent(request), initial={"on": request.GET.get("on") or callback.due_on})
    if request.method == "POST" and form.is_valid():
        on = form.cleaned_data["on"]
        try:
            callbacks.move(callback, on=on, reason=form.cleaned_data["reason"], by=request.user)
        except TooLate as late:
            return dialog.show_late(request, form, late, field="reason" if callback.status == "open" else None)
        return dialog.done(request, _("Moved to %(day)s.") % {"day": day_name(on)})
    return dialog.show(request, form)


@form_page
def callback_skip(request, pk):
    callback = get_for_move(Callback, request.user, "skip", pk)
    dialog = _about(request, callback, _("Skip the callback"), _("Skip"))
    form = SkipForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            callbacks.skip(callback, reason=form.cleaned_data["reason"], by=request.user)
        except TooLate as late:
            return dialog.show_late(request, form, late)
        return dialog.done(request, _("Skipped: %(callback)s.") % {"callback": callback.title})
    return dialog.show(request, form)


def _about(request, callback, title, button):
    facts = [(_("Callback"), callback.title), (_("Due"), when(callback.due_on, due=True, full=True))]
    facts += [(_("Reason"), callback.reason_text)] if callback.reason else []
    return Dialog(title, button, callback.customer, page_of(request.user, callback.customer), facts)


@form_page
def callback_add(request, pk):
    customer = get_for_move(Customer, request.user, "log", pk)
    dialog = Dialog(_("Plan a callback"), _("Plan it"), customer, customer.get_absolute_url())
    form = PlanForm(sent(request), initial={"on": request.GET.get("on")})
    if request.method == "POST" and form.is_valid():
        on = form.cleaned_data["on"]
        try:
            callbacks.plan_by_hand(customer, on=on, reason=form.cleaned_data["reason"], by=request.user)
        except TooLate as late:
            return dialog.show_late(request, form, late)
        return dialog.done(request, _("A callback is planned for %(day)s.") % {"day": day_name(on)})
    return dialog.show(request, form)


@form_page
def due_snooze(request, pk):
    customer = get_for_move(Customer, request.user, "log", pk)
    dialog = _due(request, customer, _("Put off what is due"), _("Put off"))
    dialog.choices = SnoozeForm.choices()
    form = SnoozeForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            count = due.put_off(customer, on=form.day, by=request.user)
        except TooLate as late:
            return dialog.show_late(request, form, late)
        text = ngettext(
            "%(count)d callback is put off to %(day)s.", "%(count)d callbacks are put off to %(day)s.", count
        )
        return dialog.done(request, text % {"day": day_name(form.day), "count": count})
    return dialog.show(request, form)


@form_page
def due_skip(request, pk):
    customer = get_for_move(Customer, request.user, "log", pk)
    dialog = _due(request, customer, _("Skip what is due"), _("Skip"))
    form = SkipForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            count = due.skip(customer, reason=form.cleaned_data["reason"], by=request.user)
        except TooLate as late:
            return dialog.show_late(request, form, late)
        text = ngettext("Skipped.", "%(count)d callbacks are skipped.", count)
        return dialog.done(request, text % {"count": count})
    return dialog.show(request, form)


def _due(request, customer, title, button):
    rows = due.due_callbacks(customer, request.user)
    facts = [(row.title, when(row.due_on, due=True, full=True)) for row in rows] or [(_("Due"), _("nothing"))]
    return Dialog(title, button, customer, customer.get_absolute_url(), facts)
