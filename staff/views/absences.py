"""Recorded leave: who is away when, and who decides meanwhile (policy 6.2)."""

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.lib.moves import TooLate
from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import get_visible, render_page, require
from staff import absences
from staff.forms import AbsenceForm
from staff.models import Absence
from staff.permissions import is_leader, may_record_absence


@require_safe
def absence_list(request):
    """Who is away now and later, of the people in sight; those that are over on a page of their own."""
    today, is_past = timezone.localdate(), request.GET.get("when") == "past"
    found = Absence.objects.visible_to(request.user).select_related("person__team", "delegate")
    found = found.filter(until__lt=today) if is_past else found.filter(until__gte=today)
    page = KeysetPage.of(request, found, "since", descending=is_past)
    _mark(page.rows, request.user, today)
    context = {"page": page, "is_past": is_past, "leads": is_leader(request.user)}
    return render_page(request, "staff/absence_list.html", context, fragment="rows")


def _mark(rows, user, today):
    """Note on each row whether it is today's, may be changed, and whether who stands in is away as well."""
    stand_ins = [row.delegate_id for row in rows if row.delegate_id]
    away = set(Absence.objects.on(today).filter(person__in=stand_ins).values_list("person", flat=True))
    for row in rows:
        row.is_now = row.since <= today <= row.until
        row.is_open = row.until >= today and may_record_absence(user, row.person_id)
        row.nobody_there = row.is_now and (row.delegate_id in away or bool(row.delegate and not row.delegate.is_active))


@require_http_methods(["GET", "HEAD", "POST"])
def absence_add(request):
    form = AbsenceForm(request.POST or None, by=request.user)
    if request.method == "POST":
        return _answer(request, form)
    return _form_page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
def absence_edit(request, pk):
    with transaction.atomic():
        absence = _open(request, pk, Absence.objects.select_for_update(of=("self",)))
        form = AbsenceForm(request.POST or None, instance=absence, by=request.user)
        if request.method == "POST":
            return _answer(request, form)
    return _form_page(request, form)


def _open(request, pk, source):
    """Return an absence that is not over: 404 out of sight, 403 for who does not lead the person, 409 too late."""
    absence = get_visible(source, request.user, pk=pk)
    require(may_record_absence(request.user, absence.person_id))
    if absence.until < timezone.localdate():
        raise TooLate(_("This absence is over already."))
    return absence


def _answer(request, form):
    """Save and go to the list, or show the form again with what was typed; also when another was faster."""
    if not form.is_valid():
        return _form_page(request, form, status=422)
    try:
        with transaction.atomic():
            absence = form.save()
    except IntegrityError:
        form.add_error(None, _("Somebody recorded an absence on these days at the same moment: look at the list."))
        return _form_page(request, form, status=409)
    words = {"person": absence.person, "since": absence.since, "until": absence.until}
    messages.success(request, _("%(person)s is away from %(since)s until %(until)s.") % words)
    return redirect("staff:absence_list")


def _form_page(request, form, status=200):
    absence = Absence.objects.select_related("person").filter(pk=form.instance.pk).first() if form.instance.pk else None
    context = {"form": form, "absence": absence}
    return render(request, "staff/absence_form.html", context, status=status)


@require_POST
def absence_end(request, pk):
    """End it with yesterday: the person works again from today on; one that is to come is taken back."""
    absence = _open(request, pk, Absence.objects.select_related("person"))
    absences.end(absence, by=request.user)
    if absence.since >= timezone.localdate():
        text = _("The absence of %(person)s is taken back.")
    else:
        text = _("%(person)s works again from today on.")
    messages.success(request, text % {"person": absence.person})
    return redirect("staff:absence_list")
