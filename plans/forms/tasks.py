import datetime as dt
import uuid

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from plans import work
from plans.models import Line, Task, TaskFile
from plans.models.task import COST
from staff import calendar
from staff.models import User
from staff.permissions import is_seller
from staff.roles import Role
from visits.forms.days import DayInput, WorkingDayField, check_working_day
from visits.forms.files import FilesField
from visits.wording import unknown_places

MOST_FILES = 10


def doers(user):
    """Return who may get tasks from `user`: the people in sight who work here and with customers, by team."""
    people = User.objects.visible_to(user).active().select_related("team").order_by("team__path", "name", "pk")
    return people.exclude(role=Role.FINANCE)


def ends_on(plan) -> dt.date:
    return dt.date.fromisoformat(plan.in_force.content["ends_on"])


def check_within(plan, day):
    """Raise ValidationError when `day` lies beyond the plan, unless the plan itself is past its last day."""
    last = ends_on(plan)
    if day > last >= timezone.localdate():
        text = _t("The plan ends on %(day)s. Choose a day up to then, or have the plan amended.")
        raise forms.ValidationError(text % {"day": last})


class TaskEditForm(forms.ModelForm):
    """What, who, by when and at what planned cost; measure and customer stay, for they make the task what it is."""

    class Meta:
        model = Task
        fields = ("what", "person", "due_on", "planned")
        widgets = {"due_on": DayInput}

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.plan = self.instance.plan
        # Whoever has the task keeps it, also out of the author's sight by now.
        people = Q(pk__in=doers(user).order_by().values("pk")) | Q(pk=self.instance.person_id)
        found = User.objects.filter(people).select_related("team").order_by("team__path", "name", "pk")
        self.fields["person"].queryset = found
        self.fields["person"].empty_label = _t("choose a person")
        self.fields["due_on"].help_text = _t("A working day; the plan ends on %(day)s.") % {"day": ends_on(self.plan)}
        self.fields["planned"].help_text = _t("yuan")

    def clean_due_on(self):
        """A working day within the plan, unless it stays what it was."""
        day = self.cleaned_data["due_on"]
        if "due_on" in self.changed_data:
            check_working_day(day)
            check_within(self.plan, day)
        return day

    @property
    def changed(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.changed_data}


class TaskForm(TaskEditForm):
    """One task, given by hand to somebody in the author's sight."""

    token = forms.UUIDField(widget=forms.HiddenInput)

    class Meta(TaskEditForm.Meta):
        fields = ("line", "customer", *TaskEditForm.Meta.fields)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        known = Customer.objects.visible_to(user).filter(pk__in=work.customers_in_force(self.plan))
        self.fields["line"].queryset = work.lines_in_force(self.plan)
        self.fields["line"].label = capfirst(_t("measure"))
        self.fields["line"].empty_label = _t("none of the plan's measures")
        self.fields["customer"].queryset = known.only("name").order_by("name", "pk")
        self.fields["customer"].empty_label = _t("no single customer")
        self.fields["token"].initial = uuid.uuid4()

    def clean(self):
        self.instance.token = self.cleaned_data.get("token")
        return super().clean()


class FinishForm(forms.Form):
    """What came of a task (policy 6.3)."""

    result = forms.CharField(label=capfirst(_("result")), max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))
    feedback = forms.CharField(
        label=_("What the customer says"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    cost = forms.DecimalField(
        label=_("What it cost"), max_digits=12, decimal_places=2, initial=0, validators=COST, help_text=_("yuan")
    )
    files = FilesField(
        label=_("Pictures and PDFs"),
        model=TaskFile,
        most=MOST_FILES,
        required=False,
        help_text=_("JPEG, PNG, WebP or PDF, up to 10 MB each"),
    )


class TaskReasonForm(forms.Form):
    reason = forms.CharField(label=capfirst(_("reason")), max_length=300)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="reason_%s", **kwargs)


class GenerateForm(forms.Form):
    """A task for each customer of a plan, of one measure, shared out among people and days."""

    line = forms.ModelChoiceField(label=capfirst(_("measure")), queryset=Line.objects.none())
    what = forms.CharField(
        label=_("What is to be done"),
        max_length=200,
        help_text=_("{customer} becomes the customer's name. Left empty: the measure, and the customer's name."),
        required=False,
    )
    people = forms.ModelMultipleChoiceField(label=_("Who does it"), queryset=User.objects.none())
    own = forms.ChoiceField(
        label=_("Shared out"),
        choices=[
            ("1", _("Each customer's own salesperson; those of others go to who has least to do")),
            ("", _("All get nearly the same to do; customers are lent for it")),
        ],
        initial="1",
        widget=forms.RadioSelect,
        required=False,
    )
    first = WorkingDayField(label=capfirst(_("from")))
    last = WorkingDayField(label=capfirst(_("until")))

    def __init__(self, *args, plan, user, **kwargs):
        today = timezone.localdate()
        begin = max(dt.date.fromisoformat(plan.in_force.content["starts_on"]), today)
        initial = {"first": calendar.opens_on(begin), "last": _last(plan, begin)}
        super().__init__(*args, initial=initial | kwargs.pop("initial", {}), **kwargs)
        self.plan = plan
        self.fields["line"].queryset = work.lines_in_force(plan)
        self.fields["line"].empty_label = _t("choose a measure")
        self.fields["people"].queryset = doers(user)

    @property
    def offered(self) -> list[tuple[User, bool]]:
        """Return the people to choose from, each with whether they are chosen; all who sell at first."""
        people = self.fields["people"].queryset
        if not self.is_bound:
            return [(person, is_seller(person)) for person in people]
        chosen = {str(pk) for pk in self["people"].value() or ()}
        return [(person, str(person.pk) in chosen) for person in people]

    def clean_what(self):
        what = self.cleaned_data["what"]
        strange = [place for place in unknown_places(what) if place != "{customer}"]
        if strange or "{contact}" in what or "{me}" in what:
            raise forms.ValidationError(_t("Only {customer} is filled in here. Write everything else out."))
        return what

    def clean_last(self):
        check_within(self.plan, self.cleaned_data["last"])
        return self.cleaned_data["last"]

    def clean(self):
        data = super().clean()
        first, last = data.get("first"), data.get("last")
        if first and last and last < first:
            self.add_error("last", _t("The last day lies before the first one."))
        return data

    @property
    def choice(self) -> dict:
        """Return what `work.draft` and `work.generate` take."""
        data = self.cleaned_data
        what = data["what"] or f"{data['line'].what}: {{customer}}"
        chosen = {name: data[name] for name in ("line", "people", "first", "last")}
        return chosen | {"what": what, "own": bool(data["own"])}


def _last(plan, begin):
    """Return the last working day of the plan, or of the next four weeks when it is longer."""
    days = calendar.working_days(begin, max(begin, min(ends_on(plan), begin + dt.timedelta(days=28))))
    return days[-1] if days else calendar.opens_on(begin)
