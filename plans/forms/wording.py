"""The wording of a plan on one page: words and period, answers, goals, measures with their budget."""

import copy
from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _t

from plans import wording
from plans.forms.rows import BLANK_ROWS, MOST_ROWS, DateInput, DayField, GoalRow, GoalRows, LineRow, LineRows
from plans.models import Goal, Line, Plan
from plans.questions import QUESTIONS


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
