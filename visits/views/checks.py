"""Spot checks, the leaders' (policy 5.6, 10.6): draw, call again, say whether the record agrees."""

import datetime as dt

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from crm.lib.moves import TooLate
from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import get_visible, render_page, require
from staff.permissions import people_in_sight
from visits import permissions, spot_checks
from visits.forms import CheckForm, DrawForm
from visits.models import SpotCheck

WAITING_SHOWN = 100
RATED_DAYS = 365
CHECKS = SpotCheck.objects.select_related("log__customer", "log__by", "log__contact", "drawn_by", "checked_by")


@require_http_methods(["GET", "HEAD", "POST"])
def check_list(request):
    require(permissions.may_lead(request.user))
    form = DrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        people, number = people_in_sight(request.user), form.cleaned_data["number"]
        drawn = spot_checks.draw(number, since=form.since, people=people, by=request.user)
        _tell(request, drawn, number)
        return redirect("visits:checks")
    return _list_page(request, form)


def _tell(request, drawn, number):
    text = ngettext("%(number)d record drawn.", "%(number)d records drawn.", drawn) % {"number": drawn}
    if drawn == number:
        messages.success(request, text)
    else:
        messages.warning(request, f"{text} {_('There are no others from this time that were not drawn before.')}")


def _list_page(request, form):
    checks = SpotCheck.objects.visible_to(request.user)
    year_ago = timezone.now() - dt.timedelta(days=RATED_DAYS)
    context = {
        "form": form,
        "waiting": checks.waiting_for(request.user).for_list().order_by("drawn_at", "pk")[:WAITING_SHOWN],
        "page": KeysetPage.of(request, checks.made().for_list(), "checked_at", descending=True),
        "people": spot_checks.rates(checks.filter(checked_at__gte=year_ago)),
    }
    for check in context["page"].rows:
        check.is_readable = check.log.may_be_read_by(request.user)
    status = 422 if form.errors else 200
    return render_page(request, "visits/checks.html", context, fragment="rows", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def check_detail(request, pk):
    require(permissions.may_lead(request.user))
    check = get_visible(CHECKS, request.user, pk=pk)
    form = CheckForm(request.POST or None, instance=check)
    if request.method == "POST" and form.is_valid():
        try:
            spot_checks.check(check, by=request.user, **form.cleaned_data)
        except TooLate as late:
            return _too_late(request, pk, form, late)
        messages.success(request, _("Noted. Thank you for checking."))
        return redirect("visits:checks")
    return _check_page(request, check, form, status=422 if form.errors else 200)


def _too_late(request, pk, form, late):
    """Show how it stands now; what was typed stays to be read and taken elsewhere."""
    check = get_visible(CHECKS, request.user, pk=pk)
    form.add_error(None, str(late))
    return _check_page(request, check, form, status=409)


def _check_page(request, check, form, *, status=200):
    log = check.log
    is_readable = log.may_be_read_by(request.user)
    context = {
        "check": check,
        "log": log,
        "form": form,
        "is_readable": is_readable,
        "contacts": log.customer.contacts.all() if is_readable else (),
    }
    return render(request, "visits/check.html", context, status=status)
