"""The wording of a plan on one page: words and period, answers, goals, measures with their budget."""

import copy
import datetime as dt
import unicodedata
from decimal import Decimal

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from plans import wording
from plans.models import Goal, Line, Plan
from plans.questions import QUESTIONS

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


class WordingForm(forms.ModelForm):
    edition = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**9)

    class Meta:
        model = Plan
        fields = ["name", "aim", "method", "starts_on", "ends_on"]
        field_classes = {"starts_on": DayField, "ends_on": DayField}
        widgets = {
            "aim": forms.Textarea(attrs={"rows": 3}),
            "method": forms.Textarea(attrs={"rows": 3}),
            "starts_on": DateInput(),
            "ends_on": DateInput(),
        }

    def __init__(self, data, *, plan):
        # The page goes on showing the plan as it is saved.
        super().__init__(data, instance=copy.copy(plan), initial={"edition": plan.edition})
        self.answers = dict(plan.answers)
        for key, question in QUESTIONS.items():
            self.fields[f"answer_{key}"] = forms.CharField(
                label=question,
                required=False,
                max_length=2000,
                initial=plan.answers.get(key, ""),
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    @property
    def questions(self):
        return [self[f"answer_{key}"] for key in QUESTIONS]

    def clean(self):
        data = super().clean()
        first, last = data.get("starts_on"), data.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _t("The plan ends before it begins."))
        return data

    def write(self, plan):
        for name in self.Meta.fields:
            setattr(plan, name, self.cleaned_data[name])
        plan.answers = self.answers | {key: self.cleaned_data[f"answer_{key}"] for key in QUESTIONS}


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


class Sheet:
    """The whole page as one form: `form` with the words, `goals` and `lines`."""

    def __init__(self, plan: Plan, data=None):
        self.plan, self.data = plan, data
        if data is not None and "more" in data:
            data = self.data = _with_more_rows(data)
        self.form = WordingForm(data, plan=plan)
        self.goals = GoalRows(data, prefix="goals", initial=_initial(plan.goals.all(), GoalRow, data))
        self.lines = LineRows(data, prefix="lines", initial=_initial(plan.lines.all(), LineRow, data))

    def is_valid(self) -> bool:
        return all([self.form.is_valid(), self.goals.is_valid(), self.lines.is_valid()])

    @property
    def is_wrong(self) -> bool:
        return self.data is not None and not self.is_valid()

    @property
    def total(self) -> Decimal:
        """Return the budget as far as it is typed, in yuan."""
        return sum((row.amount or Decimal(0) for row in self.lines.shown), Decimal(0))

    @property
    def share(self):
        return round(100 * self.total / self.plan.turnover, 1) if self.plan.turnover else None

    def write(self, plan: Plan) -> None:
        """Set the wording of `plan`, held by `writing.save`, to what was typed; raises wording.HasTasks."""
        self.form.write(plan)
        wording.put_rows(plan, Goal, self.goals.rows)
        wording.put_rows(plan, Line, self.lines.rows)

    def begin_from(self, edition: int) -> None:
        """Let what was typed be sent once more, now knowingly over the wording of `edition`."""
        self.form.data = self.form.data.copy()
        self.form.data["edition"] = edition


def _initial(records, row, data):
    """Return the rows as they are saved; none when rows were sent, for these count then."""
    if data is not None:
        return None
    return [{name: getattr(record, name) for name in ("id", *row.Meta.fields)} for record in records]


def _with_more_rows(data):
    """Return what was sent, with room for more rows of the kind that was asked for."""
    data = data.copy()
    name = f"{data['more']}-TOTAL_FORMS"
    if data.get(name, "").isdecimal():
        data[name] = str(min(int(data[name]) + BLANK_ROWS, MOST_ROWS))
    return data
