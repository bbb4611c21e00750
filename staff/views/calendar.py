"""The company's calendar and hours, for administrators (policy 1.5, 5.6)."""

import datetime as dt

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from staff import calendar, months
from staff.changes import calendar_changed
from staff.forms import DayForm, HoursForm
from staff.models import Day, WorkingHours
from staff.views.administration import administrators_only


@require_safe
@administrators_only
def calendar_detail(request):
    today = timezone.localdate()
    first, last = calendar.EARLIEST.year, calendar.last_day(today).year
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else today.year
    year = min(max(year, first), last)
    context = {
        "year": year,
        "earlier": year - 1 if year > first else None,
        "later": year + 1 if year < last else None,
        "months": months.of_year(year),
        "is_announced": calendar.is_announced(year),
        "today": today,
        "hours": WorkingHours.current(),
    }
    return render(request, "staff/calendar.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def day_edit(request):
    if request.method == "POST":
        form = DayForm(request.POST)
        if form.is_valid():
            form.save()
            on = form.cleaned_data["on"]
            messages.success(request, _("%(day)s is changed.") % {"day": on})
            return redirect(months.address(on))
        return render(request, "staff/day_form.html", {"form": form}, status=422)
    day = _day(request.GET.get("on", ""))
    return render(request, "staff/day_form.html", {"form": DayForm(initial=DayForm.initial_of(day)), "day": day})


def _day(text):
    """Return the day that an address names, today for anything else."""
    try:
        on = parse_date(text)
    except ValueError:
        on = None
    today = timezone.localdate()
    return Day.objects.filter(day=on or today).first() or Day.objects.filter(day=today).first() or _unknown(today)


def _unknown(today: dt.date):
    return Day(day=today, is_working=calendar.announced(today)[0])


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def hours_edit(request):
    form = HoursForm(request.POST or None, instance=HoursForm.only_row())
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            calendar_changed()
        messages.success(request, _("The working hours are changed."))
        return redirect("staff:calendar")
    return render(request, "staff/hours_form.html", {"form": form}, status=422 if form.errors else 200)
