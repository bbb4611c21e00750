from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from staff.models import User
from visits.forms.callbacks import SmallForm, words
from visits.forms.days import WorkingDayField


class KeepForm(SmallForm):
    note = words(_("What was done"), required=False)


class RenegotiateForm(SmallForm):
    on = WorkingDayField(label=_("New day"))
    note = words(_("What was agreed with the customer"))

    def __init__(self, *args, promise, **kwargs):
        super().__init__(*args, **kwargs)
        self.promise = promise

    def clean_on(self):
        day = self.cleaned_data["on"]
        if day == self.promise.due_on:
            raise forms.ValidationError(_t("It is promised for that day already."))
        return day


class HandOnForm(SmallForm):
    to = forms.ModelChoiceField(
        label=_("Who stands for it from now on"), queryset=User.objects.none(), empty_label=_("choose a person")
    )
    note = words(_("Why"))

    def __init__(self, *args, promise, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = promise.successors()
