import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.lib.dates import start_of
from staff import calendar
from staff.models import WorkingHours
from visits.forms.days import closed_text
from visits.models import SiteVisit

USUAL_LENGTH = dt.timedelta(hours=2)
LONGEST = dt.timedelta(days=31)
FARTHEST = dt.timedelta(days=366)  # ahead when planned, back when finished
CLOCKS_DIFFER = dt.timedelta(minutes=2)


class MomentInput(forms.DateTimeInput):
    """A day and a time to the minute, company time."""

    input_type = "datetime-local"

    def __init__(self):
        super().__init__(format="%Y-%m-%dT%H:%M")


def usual_times() -> dict:
    """Return the planned times to start from: the first hours of the next working day."""
    day = calendar.opens_on(timezone.localdate() + dt.timedelta(days=1))
    begin = timezone.make_aware(dt.datetime.combine(day, WorkingHours.current().opens))
    return {"planned_from": begin, "planned_until": begin + USUAL_LENGTH}


class SiteVisitForm(forms.ModelForm):
    """A visit as it is planned: ahead of now, and within working time unless it is said to be otherwise on purpose."""

    on_purpose = forms.BooleanField(label=_("It is meant to be outside working time"), required=False)

    class Meta:
        model = SiteVisit
        fields = ("kind", "planned_from", "planned_until", "technician", "task")
        field_classes = {"planned_from": forms.DateTimeField, "planned_until": forms.DateTimeField}
        widgets = {
            "kind": forms.RadioSelect,
            "planned_from": MomentInput,
            "planned_until": MomentInput,
            "task": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = SiteVisit.Kind.choices

    def clean_planned_from(self):
        moment = self.cleaned_data["planned_from"]
        if "planned_from" in self.changed_data:
            if moment < start_of(timezone.localdate()):
                raise forms.ValidationError(
                    _("This day is over. Work that is done already: plan it for today, then enter its real times.")
                )
            _not_too_far(moment)
        return moment

    def clean_planned_until(self):
        moment = self.cleaned_data["planned_until"]
        if "planned_until" in self.changed_data:
            if moment < timezone.now():
                raise forms.ValidationError(_("The planned end has passed already. Choose a later one."))
            _not_too_far(moment)
        return moment

    def clean(self):
        data = super().clean()
        begin, end = data.get("planned_from"), data.get("planned_until")
        if begin and end:
            _in_order(self, "planned_until", begin, end)
            if {"planned_from", "planned_until"} & set(self.changed_data) or not self.instance.pk:
                self._within_working_time(begin, end)
        return data

    def _within_working_time(self, begin, end):
        """Add an error for a begin or end at which nobody works; the box "on purpose" then stands beside it."""
        moments = {"planned_from": begin, "planned_until": end}
        outside = {name: words for name, moment in moments.items() if (words := _closed(moment))}
        if not self.cleaned_data.get("on_purpose"):
            for name, words in outside.items():
                self.add_error(name, _t("%(why)s Choose another time, or say that it is meant so.") % {"why": words})
        self.asks_for_purpose = bool(outside)

    def apply(self, visit) -> list[str]:
        """Set what was changed here on `visit`, freshly locked; return the names of those fields."""
        names = [name for name in self.changed_data if name != "on_purpose"]
        for name in names:
            setattr(visit, name, self.cleaned_data[name])
        return names


def _not_too_far(moment):
    if moment > timezone.now() + FARTHEST:
        raise forms.ValidationError(_("This is more than a year ahead. Check the year."))


def _in_order(form, name, begin, end):
    if end <= begin:
        text = _t("The end lies before the beginning. Put it after %(begin)s.")
        form.add_error(name, text % {"begin": f"{timezone.localtime(begin):%Y-%m-%d %H:%M}"})
    elif end - begin > LONGEST:
        form.add_error(name, _t("A visit lasts at most 31 days. Check the date, or plan several visits."))


def _closed(moment) -> str:
    """Return why nobody works at `moment`, "" when people do."""
    local = timezone.localtime(moment)
    holiday = calendar.closed_name(local.date())
    if holiday is not None:
        return closed_text(local.date(), holiday)
    hours = WorkingHours.current()
    if not hours.opens <= local.time() <= hours.closes:
        return _t("%(time)s is outside working hours (%(hours)s).") % {"time": f"{local:%H:%M}", "hours": hours}
    return ""


class SiteFinishForm(forms.Form):
    """What really happened; the times are told, not taken from the plan, because callbacks follow them."""

    started_at = forms.DateTimeField(label=capfirst(_("began")), widget=MomentInput)
    finished_at = forms.DateTimeField(label=capfirst(_("ended")), widget=MomentInput)
    result = forms.CharField(label=capfirst(_("result")), max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))

    def clean_started_at(self):
        return self._been(self.cleaned_data["started_at"])

    def clean_finished_at(self):
        return self._been(self.cleaned_data["finished_at"])

    def _been(self, moment):
        now = timezone.now()
        if moment > now + CLOCKS_DIFFER:
            raise forms.ValidationError(_("This is still to come. Enter the time at which it really was."))
        if moment < now - FARTHEST:
            raise forms.ValidationError(_("This is more than a year ago. Check the year."))
        return moment

    def clean(self):
        data = super().clean()
        begin, end = data.get("started_at"), data.get("finished_at")
        if begin and end:
            _in_order(self, "finished_at", begin, end)
        return data


class SiteCancelForm(forms.Form):
    reason = forms.CharField(label=capfirst(_("reason")), max_length=300)
