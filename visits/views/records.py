"""One log: the whole record, its correction, what is added to it, its pictures (policy 5.6, 5.8)."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.lib.moves import TooLate
from crm.lib.shortcuts import get_visible, require
from customers.models import Activity
from visits import permissions, records, scripts
from visits.forms import AdditionForm, CorrectionForm
from visits.models import CallLog, LogPicture, SpotCheck

PICTURE_HEADERS = {
    "Cache-Control": "private, max-age=300",
    "Content-Disposition": "inline",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


@require_safe
def log_detail(request, pk):
    return _detail_page(request, _visible_log(request, pk), AdditionForm())


def _visible_log(request, pk):
    logs = CallLog.objects.select_related("customer", "by", "contact", "script__script")
    return get_visible(logs, request.user, pk=pk)


def _detail_page(request, log, form, status=200):
    user = request.user
    context = {
        "log": log,
        "form": form,
        "is_readable": log.may_be_read_by(user),
        "may_correct": permissions.may_correct(user, log) and log.is_correctable,
        "may_add": permissions.may_add_to(user, log),
        "callbacks": log.callbacks.select_related("rule"),
        "spot_check": SpotCheck.objects.visible_to(user)
        .filter(log=log)
        .select_related("drawn_by", "checked_by")
        .first(),
    }
    if context["is_readable"]:
        context |= _what_was_said(log)
    return render(request, "visits/detail.html", context, status=status)


def _what_was_said(log):
    """Return what only people who may read the customer's contacts see."""
    corrections = log.customer.activities.filter(verb=Activity.Verb.CORRECT, data__log=log.pk).select_related("by")
    return {
        "promises": log.promises.select_related("owner"),
        "pictures": log.pictures.defer("content"),
        "additions": log.additions.select_related("by"),
        "corrections": [(activity, records.changes(activity)) for activity in corrections],
        "script": scripts.as_used(log) if log.script else None,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def log_correct(request, pk):
    log = _visible_log(request, pk)
    require(permissions.may_correct(request.user, log))
    if not log.is_correctable:
        return _refused(request, log, _("The day in which this record could be corrected is over. Add to it instead."))
    form = CorrectionForm(request.POST or None, instance=log)
    if request.method == "POST" and form.is_valid():
        try:
            records.correct(log, by=request.user, **form.cleaned_data)
        except TooLate as late:
            return _refused(request, log, str(late))
        messages.success(request, _("Corrected; what it said before is kept."))
        return redirect(log)
    context = {"form": form, "log": log}
    return render(request, "visits/correct.html", context, status=422 if form.errors else 200)


def _refused(request, log, message):
    """Say why it is too late to correct; what was typed is offered as an addition."""
    text = request.POST.get("note", "").strip()
    context = {"log": log, "refused": message, "may_add": permissions.may_add_to(request.user, log)}
    context["form"] = AdditionForm(initial={"text": text if text != log.note else ""})
    return render(request, "visits/correct.html", context, status=409)


@require_POST
def addition_add(request, pk):
    log = _visible_log(request, pk)
    require(permissions.may_add_to(request.user, log))
    form = AdditionForm(request.POST)
    if not form.is_valid():
        return _detail_page(request, log, form, status=422)
    records.add(log, text=form.cleaned_data["text"], by=request.user)
    messages.success(request, _("Added to the record."))
    return redirect(log)


@require_safe
def log_picture(request, pk):
    """Send a picture to whoever may read the log's note, else 404, and never as anything but a picture."""
    logs = CallLog.objects.visible_to(request.user)
    picture = LogPicture.objects.filter(pk=pk, log__in=logs).select_related("log__customer").first()
    if picture is None or not picture.log.may_be_read_by(request.user):
        raise Http404
    return HttpResponse(bytes(picture.content), content_type="image/jpeg", headers=PICTURE_HEADERS)
