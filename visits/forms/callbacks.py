import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from staff import calendar
from visits.forms.days import WorkingDayField

# Calendar days that a key puts off what is due; a day off among them becomes the next working day.
SNOOZE_DAYS = (1, 3, 7)


class SmallForm(forms.Form):
    """A form in the dialog above another page: ids of its own, so that they never meet those of the page."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="dialog_%s", **kwargs)


def words(label, *, required=True, **kwargs):
    """Return a field for a sentence or two."""
    widget = forms.Textarea(attrs={"rows": 2})
    return forms.CharField(label=label, required=required, max_length=300, widget=widget, **kwargs)


class MoveForm(SmallForm):
    on = WorkingDayField(label=_("New day"))
    reason = words(
        _("Reason"), required=False, help_text=_("Needed when another callback of the customer stands on that day.")
    )


class SkipForm(SmallForm):
    reason = words(_("Why no contact is needed"), help_text=_("The reason stays with the callback."))


class PlanForm(SmallForm):
    on = WorkingDayField(label=_("Day"))
    reason = words(_("What it is about"))


class SnoozeForm(SmallForm):
    """A later day, or the number of days of one key."""

    days = forms.TypedChoiceField(choices=[(n, n) for n in SNOOZE_DAYS], coerce=int, empty_value=None, required=False)
    on = WorkingDayField(label=_("Another day"), required=False)

    def clean_on(self):
        day = self.cleaned_data["on"]
        if day and day <= timezone.localdate():
            raise forms.ValidationError(_t("Choose a day after today."))
        return day

    def clean(self):
        data = super().clean()
        if not self.errors and not data["on"] and not data["days"]:
            self.add_error("on", _t("Choose a day."))
        return data

    @property
    def day(self) -> dt.date:
        return self.cleaned_data["on"] or snoozed_to(self.cleaned_data["days"])

    @staticmethod
    def choices() -> list[tuple[int, dt.date]]:
        """Return what each key stands for: the number of days, and the working day it leads to."""
        return [(days, snoozed_to(days)) for days in SNOOZE_DAYS]


def snoozed_to(days: int) -> dt.date:
    return calendar.opens_on(timezone.localdate() + dt.timedelta(days=days))
