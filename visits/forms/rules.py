from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from visits import rules
from visits.models import Cadence, CallbackRule

# The longest windows that the schedule looks back over.
MOST_DAYS, MOST_MONTHS = 730, 24
# Rules whose names in the policy tell their window (policy 5.2).
TOLD_BY_NAME = {
    "purchase_half": (4, 6, "months"),
    "purchase_late": (10, 12, "months"),
    "purchase_year": (12, 13, "months"),
}


class Draft(forms.ModelForm):
    """`seen` is the moment at which the row had been edited last when the form was drawn."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, instance, **kwargs):
        super().__init__(*args, instance=instance, initial={"seen": rules.stamp(instance)}, **kwargs)


class RuleForm(Draft):
    class Meta:
        model = CallbackRule
        fields = ("name", "event", "earliest", "latest", "unit", "channel", "is_active")
        labels = {
            "name": _("What the call is for"),
            "earliest": pgettext_lazy("window", "From"),
            "latest": pgettext_lazy("window", "To"),
        }
        help_texts = {
            "earliest": _("0 is the day of the event itself."),
            "latest": _("From 0 to 0 is at once."),
            "is_active": _(
                "Rules are never deleted: one out of use plans nothing, what was done by it stays on record."
            ),
        }

    def __init__(self, *args, instance, **kwargs):
        super().__init__(*args, instance=instance, **kwargs)
        if rules.is_own(instance):
            self.fields["name"].required = True
        else:
            del self.fields["event"]
            self.fields["name"].help_text = _("Left empty it is called as the policy calls it.")

    def clean(self):
        """The window stands in order and is not longer than the schedule looks back."""
        data = super().clean()
        earliest, latest, unit = (data.get(name) for name in ("earliest", "latest", "unit"))
        if earliest is not None and latest is not None and latest < earliest:
            self.add_error("latest", _t("The window ends before it begins: choose %(earliest)d or more.") % data)
        most = MOST_MONTHS if unit == CallbackRule.Unit.MONTHS else MOST_DAYS
        self.check_name(data)
        text = _t("At most 24 months.") if unit == CallbackRule.Unit.MONTHS else _t("At most 730 days.")
        for name in ("earliest", "latest"):
            if (data.get(name) or 0) > most:
                self.add_error(name, text)
        return data

    def check_name(self, data):
        """Names of the policy that tell the window are true of that window only; a preview needs none."""
        window = tuple(data.get(name) for name in ("earliest", "latest", "unit"))
        told = TOLD_BY_NAME.get(self.instance.code, window)
        if window != told and not data.get("name") and "preview" not in self.data:
            self.add_error("name", _t("The policy's name tells another window: give the rule a name that fits."))


class CadenceForm(Draft):
    class Meta:
        model = Cadence
        fields = ("intention", "grade", "days", "channel", "is_active")
        help_texts = {
            "days": _("When several cadences fit a customer, the shortest counts."),
            "is_active": _("Cadences are never deleted: one out of use asks for nothing."),
        }

    def __init__(self, *args, instance, **kwargs):
        super().__init__(*args, instance=instance, **kwargs)
        for name in ("intention", "grade"):
            field = self.fields[name]
            field.choices = [("", _("any")), *field.choices[1:]]

    def clean(self):
        data = super().clean()
        same = Cadence.objects.filter(intention=data.get("intention", ""), grade=data.get("grade", ""))
        if {"intention", "grade"} <= data.keys() and same.exclude(pk=self.instance.pk).exists():
            self.add_error("grade", _t("There is a cadence for these customers already: change that one."))
        return data
