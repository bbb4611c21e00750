"""How complaints are received: who gets what nobody was asked for, and the limits (policy 7.1, 7.9)."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from complaints.models import Desk, Target
from complaints.permissions import may_receive
from customers.grading import RANKS
from staff.models import User

MOST_HOURS = 2000
SELECT = {"class": "form-select"}


class DeskForm(forms.ModelForm):
    class Meta:
        model = Desk
        fields = ["person", "reopen_days"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        able = [role for role in User.role.field.choices if may_receive(User(role=role[0]))]
        self.fields["person"].queryset = User.objects.active().filter(role__in=[role for role, _name in able])
        self.fields["person"].empty_label = _t("nobody: it waits in the queue of every leader")
        self.fields["reopen_days"].help_text = _t(
            "What a customer writes later becomes a new ticket, linked to the old one."
        )


class HoursField(forms.DecimalField):
    """Working hours, kept as minutes."""

    def __init__(self, **kwargs):
        widget = forms.NumberInput(attrs={"step": "0.25", "inputmode": "decimal", "class": "form-control cell-hours"})
        super().__init__(min_value=Decimal("0.25"), max_value=MOST_HOURS, decimal_places=2, widget=widget, **kwargs)

    def prepare_value(self, value):
        return f"{Decimal(value) / 60:.2f}".rstrip("0").rstrip(".") if isinstance(value, int) else value

    def has_changed(self, initial, data):
        return super().has_changed(Decimal(initial) / 60 if isinstance(initial, int) else initial, data)

    def clean(self, value):
        hours = super().clean(value)
        return None if hours is None else int(hours * 60)


class TargetForm(forms.ModelForm):
    first = HoursField(label=_("First answer (working hours)"))
    resolve = HoursField(label=_("Resolution (working hours)"))
    grade = forms.ChoiceField(label=_("Grade"), required=False, widget=forms.Select(attrs=SELECT))

    class Meta:
        model = Target
        fields = ["severity", "grade", "first", "resolve"]
        widgets = {"severity": forms.Select(attrs=SELECT)}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["grade"].choices = [("", _t("any other grade")), *((grade, grade) for grade in RANKS)]
        if self.instance.pk:
            # Which row it is stays: another one is added, and this one removed.
            self.fields["severity"].disabled = self.fields["grade"].disabled = True

    def clean(self):
        data = super().clean()
        if data.get("first") and data.get("resolve") and data["first"] > data["resolve"]:
            self.add_error("first", _t("The first answer can't be due after the resolution."))
        return data


class TargetFormSet(forms.BaseModelFormSet):
    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.fields["DELETE"].widget.attrs["class"] = "form-check-input"
        if form.instance.pk and not form.instance.grade:
            del form.fields["DELETE"]  # a severity always has a limit for any grade


TargetsForm = forms.modelformset_factory(
    Target, form=TargetForm, formset=TargetFormSet, extra=1, can_delete=True, max_num=100, absolute_max=200
)
