import datetime as dt
import uuid

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from customers.models import Grade
from staff import calendar
from staff.models import User
from visits.choosing import MOST, Criteria
from visits.forms.callbacks import SmallForm
from visits.forms.days import WorkingDayField
from visits.models import CallList


def callers(user):
    """Return who may get calls from `user`: the sellers in sight who work here, by team."""
    return User.objects.visible_to(user).sellers().active().select_related("team").order_by("team__path", "name", "pk")


def whole(label, *, most, initial):
    return forms.IntegerField(
        label=label, initial=initial, validators=[MinValueValidator(1), MaxValueValidator(most)],
        widget=forms.NumberInput(attrs={"min": 1, "max": most}),
    )  # fmt: skip


class CallListForm(forms.Form):
    """How customers are chosen, and who calls them by when (policy 5.1)."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    way = forms.ChoiceField(
        label=_("How to choose"), choices=CallList.Way, widget=forms.RadioSelect, initial=CallList.Way.RANDOM
    )
    number = whole(_("At most so many customers"), most=MOST, initial=50)
    grade = forms.ChoiceField(label=_("Grade"), choices=[("", _("any grade")), *Grade.choices], required=False)
    code_from = forms.CharField(label=_("Codes from"), max_length=32, required=False)
    code_to = forms.CharField(label=_("Codes up to"), max_length=32, required=False)
    months = whole(_("Told within so many months"), most=60, initial=6)
    by_rhythm = forms.ChoiceField(
        label=_("Rare means"),
        choices=[("", _("no contact for so many days")), ("1", _("silent twice as long as usual"))],
        required=False,
    )
    days = whole(_("Days without contact"), most=3650, initial=90)
    people = forms.ModelMultipleChoiceField(label=_("Who calls"), queryset=User.objects.none())
    among_all = forms.ChoiceField(
        label=_("Shared out"),
        choices=[
            ("", _("Owners call their own; customers of others go to who has least to do")),
            ("1", _("All get nearly the same to do; customers are lent for it")),
        ],
        widget=forms.RadioSelect,
        required=False,
    )
    due_on = WorkingDayField(label=_("To be called by"))
    name = forms.CharField(label=_("Name of the list"), max_length=100, required=False)
    note = forms.CharField(label=_("What it is about"), max_length=300, required=False)

    # What only one way of choosing asks for: when another is chosen, a slip there stops nobody.
    OF_A_WAY = {"months": CallList.Way.UNSATISFIED, "days": CallList.Way.RARE, "by_rhythm": CallList.Way.RARE}

    def __init__(self, *args, user, **kwargs):
        in_a_week = calendar.opens_on(timezone.localdate() + dt.timedelta(days=7))
        initial = {"token": uuid.uuid4(), "due_on": in_a_week}
        super().__init__(*args, initial=initial | kwargs.pop("initial", {}), **kwargs)
        self.fields["people"].queryset = callers(user)
        for name, way in self.OF_A_WAY.items():
            self.fields[name].required = name != "by_rhythm" and self["way"].value() == way

    @property
    def offered(self) -> list[tuple[User, bool]]:
        """Return the people to choose from, each with whether they are chosen; all of them at first."""
        chosen = {str(pk) for pk in self["people"].value() or ()} if self.is_bound else None
        return [(person, chosen is None or str(person.pk) in chosen) for person in self.fields["people"].queryset]

    def clean(self):
        data = super().clean()
        for name, way in self.OF_A_WAY.items():
            if data.get("way") != way:
                self.errors.pop(name, None)
                data[name] = self.fields[name].initial
        first, last = data.get("code_from"), data.get("code_to")
        if last and not first:
            self.add_error("code_from", _t("Say where the codes begin."))
        elif last and last < first and not last.startswith(first):
            self.add_error("code_to", _t("This code comes before the first one."))
        return data

    @property
    def criteria(self) -> Criteria:
        data = self.cleaned_data
        return Criteria(
            way=data["way"],
            number=data["number"],
            grade=data["grade"],
            code_from=data["code_from"],
            code_to=data["code_to"],
            months=data["months"],
            days=data["days"],
            by_rhythm=bool(data["by_rhythm"]),
        )

    def plan(self) -> dict:
        """Return who calls by when, as `lists.draft` and `lists.draw` take it."""
        data = self.cleaned_data
        return {
            "due_on": data["due_on"],
            "people": list(data["people"]),
            "among_all": bool(data["among_all"]),
            "token": data["token"],
        }

    @property
    def list_name(self) -> str:
        """Return the name given, else the way and today's date."""
        way = capfirst(CallList.Way(self.cleaned_data["way"]).label)
        return self.cleaned_data["name"] or f"{way} {timezone.localdate()}"


class GiveForm(SmallForm):
    """Who makes a call of a list from now on."""

    to = forms.ModelChoiceField(label=_("Who calls"), queryset=User.objects.none(), empty_label=_("choose a person"))

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = callers(user)
