"""Goals and measures as rows of a page: numbers and days as people type them, blank rows are none."""

import datetime as dt
import unicodedata
from decimal import Decimal

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from plans.models import Goal, Line

DAYS = [MinValueValidator(dt.date(2000, 1, 1)), MaxValueValidator(dt.date(2100, 12, 31))]
BLANK_ROWS, MOST_ROWS = 3, 100
BEST = 5  # stars


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self):
        super().__init__(format="%Y-%m-%d", attrs={"min": "2000-01-01", "max": "2100-12-31"})


class DayField(forms.DateField):
    widget = DateInput
    default_validators = DAYS

    def prepare_value(self, value):
        return value.isoformat() if isinstance(value, dt.date) else value


class AmountField(forms.DecimalField):
    """A number as people type and paste it: 1,200.00, ¥1200, full-width digits."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    IGNORED = str.maketrans("", "", ",，¥￥元 ")

    def to_python(self, value):
        if isinstance(value, str):
            value = unicodedata.normalize("NFKC", value).translate(self.IGNORED)
        return super().to_python(value)

    def widget_attrs(self, widget):
        return {}

    def prepare_value(self, value):
        """Draw numbers without idle zeros; what was typed stays as typed."""
        return f"{value:.2f}".removesuffix(".00") if isinstance(value, Decimal) else value


class RowForm(forms.ModelForm):
    """A row that may be left blank: then it is none. `id` is that of the row it was."""

    id = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**63 - 1)
    # What is filled in already when the row is blank.
    FILLED = ("id", "quantity", "DELETE")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # The validators of the fields say the same; checking the constraints would be a query for each row.
        self.instance.validate_constraints = lambda exclude=None: None

    def has_changed(self):
        telling = (self[name].data for name in self.fields if name not in self.FILLED)
        return any(str(value or "").strip() for value in telling)


class GoalRow(RowForm):
    class Meta:
        model = Goal
        fields = ["measure", "target", "text"]
        field_classes = {"target": AmountField}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["measure"].label = _("Measure of success")
        self.fields["measure"].choices = [("", _("choose what counts")), *_labels(Goal.Measure)]

    def clean(self):
        data = super().clean()
        target = data.get("target")
        if data.get("measure") == Goal.Measure.SATISFACTION and target and target > BEST:
            self.add_error("target", _t("Satisfaction is at most 5."))
        return data


class LineRow(RowForm):
    class Meta:
        model = Line
        fields = ["kind", "what", "how", "people", "starts_on", "ends_on", "quantity", "unit_price"]
        field_classes = {
            "starts_on": DayField,
            "ends_on": DayField,
            "quantity": AmountField,
            "unit_price": AmountField,
        }
        widgets = {"starts_on": DateInput(), "ends_on": DateInput()}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("choose from the library")), *_labels(Line.Kind)]
        for name, default in (("quantity", 1), ("unit_price", 0)):
            self.fields[name].required = False
            self.fields[name].initial = default if name == "quantity" else None

    def clean(self):
        data = super().clean()
        for name, default in (("quantity", 1), ("unit_price", 0)):
            if name in data and data[name] is None:
                data[name] = Decimal(default)
        first, last = data.get("starts_on"), data.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _t("It ends before it begins."))
        return data

    @property
    def amount(self) -> Decimal | None:
        """Return what the row costs as far as it is typed by now, in yuan; None when that is no number."""
        quantity, price = (self._number(name) for name in ("quantity", "unit_price"))
        return None if quantity is None or price is None else (quantity * price).quantize(Decimal("0.01"))

    def _number(self, name):
        try:
            return self.fields[name].clean(self[name].value()) or Decimal(0)
        except forms.ValidationError:
            return None


def _labels(choices):
    return [(value, capfirst(label)) for value, label in choices.choices]


class Rows(forms.BaseFormSet):
    """The rows of one kind; a row without a word is none, whether it was there before or not."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.extra = BLANK_ROWS

    def _construct_form(self, i, **kwargs):
        return super()._construct_form(i, **kwargs | {"empty_permitted": True})

    def get_deletion_widget(self):
        return forms.CheckboxInput(attrs={"class": "form-check-input"})

    @property
    def shown(self):
        return [form for form in self.forms if not self._is_gone(form)]

    @property
    def rows(self) -> list[dict]:
        """Return the cleaned rows in order, without those that are blank or to be removed."""
        kept = [form for form in self.forms if form.has_changed() and form not in self.deleted_forms]
        return [{name: value for name, value in form.cleaned_data.items() if name != "DELETE"} for form in kept]

    def _is_gone(self, form):
        return self.is_bound and bool(form["DELETE"].data)

    @property
    def problems(self) -> list[tuple[str, str, str]]:
        """Return (id of the field, "row · field", error) of everything that is wrong."""
        return [
            (form[name].id_for_label, f"{number} · {capfirst(form.fields[name].label)}", error)
            for number, form in enumerate(self.shown, start=1)
            for name, errors in form.errors.items()
            if name in form.fields
            for error in errors
        ]


ROWS = {"extra": 0, "can_delete": True, "max_num": MOST_ROWS, "absolute_max": MOST_ROWS + 20, "validate_max": True}
GoalRows = forms.formset_factory(GoalRow, formset=Rows, **ROWS)
LineRows = forms.formset_factory(LineRow, formset=Rows, **ROWS)
