import datetime as dt

from django import forms
from django.core.validators import MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.grading import Scale, Step
from customers.models import Grade, GradeRow


class StandardForm(forms.Form):
    """The grading standard's thresholds, in yuan dealt in twelve calendar months (policy 3.1)."""

    vip = forms.DecimalField(label=_("VIP and special VIP from"), max_digits=14, decimal_places=2)
    a = forms.DecimalField(label=_("A from"), max_digits=14, decimal_places=2)
    b = forms.DecimalField(label=_("B from"), max_digits=14, decimal_places=2, validators=[MinValueValidator(1)])
    poor_payment_drop = forms.IntegerField(
        label=_("grades lower when payment is not good"), min_value=0, max_value=len(Grade)
    )
    poor_payment_cap = forms.ChoiceField(label=_("best grade when payment is not good"), choices=Grade)
    in_force_from = forms.DateField(label=_("in force from"), widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(label=_("why"), max_length=200, required=False)

    @classmethod
    def initial_of(cls, scale: Scale) -> dict:
        minimum = {step.grade: step.minimum for step in scale.steps}
        return {
            "vip": minimum[Grade.VIP],
            "a": minimum[Grade.A],
            "b": minimum[Grade.B],
            "poor_payment_drop": scale.poor_payment_drop,
            "poor_payment_cap": scale.poor_payment_cap,
            "in_force_from": timezone.localdate(),
        }

    def clean_in_force_from(self):
        day = self.cleaned_data["in_force_from"]
        if day < timezone.localdate():
            raise forms.ValidationError(_("A standard can't begin in the past: grades already given stay on record."))
        if day > timezone.localdate() + dt.timedelta(days=366):
            raise forms.ValidationError(_("Choose a day within a year."))
        return day

    def clean(self):
        data = super().clean()
        for higher, lower in (("vip", "a"), ("a", "b")):
            if data.get(higher) is not None and data.get(lower) is not None and data[higher] <= data[lower]:
                self.add_error(higher, _("This must be more than the next lower grade's amount."))
        return data

    def scale(self) -> Scale:
        data = self.cleaned_data
        steps = (
            Step(Grade.VIP, data["vip"], GradeRow.Cooperation.LONG),
            Step(Grade.SVIP, data["vip"], GradeRow.Cooperation.SHORT),
            Step(Grade.A, data["a"]),
            Step(Grade.B, data["b"]),
            Step(Grade.C, 0),
        )
        return Scale(steps, data["poor_payment_drop"], data["poor_payment_cap"])
