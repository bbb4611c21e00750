"""The company's calendar and hours, for administrators (policy 1.5, 5.6)."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from staff import calendar
from staff.models import Day, WorkingHours


class DayForm(forms.Form):
    """What a day of the company's calendar is, against or with the Chinese calendar (policy 5.6)."""

    ANNOUNCED, WORKING, OFF = "announced", "working", "off"

    on = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    state = forms.ChoiceField(
        label=_("What it is"),
        choices=[
            (ANNOUNCED, _("as the Chinese calendar says")),
            (WORKING, _("working day")),
            (OFF, _("day off")),
        ],
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        label=_("Why it is off"),
        max_length=40,
        required=False,
        help_text=_("Shown beside the day, as a holiday's name is."),
    )

    @classmethod
    def initial_of(cls, day: Day) -> dict:
        said = cls.WORKING if day.is_working else cls.OFF
        return {
            "on": day.day,
            "state": said if day.is_edited else cls.ANNOUNCED,
            "name": day.name if day.is_edited else "",
        }

    def clean_on(self):
        on, last = self.cleaned_data["on"], calendar.last_day()
        if on < timezone.localdate():
            raise forms.ValidationError(_("That day is over: choose today or later."))
        if on > last:
            raise forms.ValidationError(_("The calendar reaches to %(day)s: choose an earlier day.") % {"day": last})
        return on

    def save(self):
        data = self.cleaned_data
        if data["state"] == self.ANNOUNCED:
            calendar.as_announced(data["on"])
        else:
            is_off = data["state"] == self.OFF
            calendar.say(data["on"], is_working=not is_off, name=data["name"] if is_off else "")


class HoursForm(forms.ModelForm):
    class Meta:
        model = WorkingHours
        fields = ["opens", "rests_from", "rests_until", "closes"]
        widgets = dict.fromkeys(fields, forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    @staticmethod
    def only_row() -> WorkingHours:
        """Return the row to edit, so that two who save at once write the same one."""
        hours = WorkingHours.current()
        hours.pk = hours.pk or 1
        return hours

    def clean(self):
        """The day's times stand in order; a rest that ends as it begins is none."""
        data = super().clean()
        for earlier, later, is_in_order, text in (
            ("opens", "rests_from", lambda a, b: a < b, _t("The rest begins after the work does.")),
            ("rests_from", "rests_until", lambda a, b: a <= b, _t("The rest can't end before it begins.")),
            ("rests_until", "closes", lambda a, b: a < b, _t("The work ends after the rest does.")),
        ):
            if data.get(earlier) and data.get(later) and not is_in_order(data[earlier], data[later]):
                self.add_error(later, text)
        return data
