"""Countermeasures and cases (policy 7.8)."""

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from complaints import anonymous, cases
from complaints.choices import Cause, Department
from complaints.forms.steps import colleagues, words
from complaints.models import Case, Countermeasure
from crm.lib.looks import listed
from visits.forms.days import WorkingDayField


def name_the_empty(fields):
    """Say what an empty choice is for, instead of showing dashes."""
    fields["cause"].choices = [("", _t("choose a cause")), *Cause.choices]
    fields["department"].choices = [("", _t("choose a department")), *Department.choices]


class MeasureForm(forms.ModelForm):
    due_on = WorkingDayField(label=_("To be done by"))

    class Meta:
        model = Countermeasure
        fields = ("text", "cause", "department", "owner", "due_on")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = colleagues()
        self.fields["owner"].empty_label = _t("choose a person")
        name_the_empty(self.fields)


class MeasureDoneForm(forms.Form):
    result = words(_("What came of it?"), most=500)


class CaseForm(forms.ModelForm):
    """A case as it is written; whatever tells who somebody is is refused, and named.

    `version` is the wording that an edit was made on (`cases.version_of`).
    """

    version = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Case
        fields = ("title", "kind", "cause", "department", "product", "situation", "solution", "lesson")
        labels = {"kind": _("Kind")}
        widgets = {
            "situation": forms.Textarea(attrs={"rows": 6}),
            "solution": forms.Textarea(attrs={"rows": 5}),
            "lesson": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        name_the_empty(self.fields)

    def clean(self):
        data = super().clean()
        for name in cases.TEXTS:
            found = anonymous.found(data.get(name) or "", self.instance.ticket)
            if found:
                text = _t("This tells who it was: %(words)s. Write it without.")
                self.add_error(name, text % {"words": listed(f"“{word}”" for word in found)})
        return data
