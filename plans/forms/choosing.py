"""For whom a plan is, as forms: a pasted list, or a segment."""

import uuid

from django import forms
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from customers.choices import Industry
from customers.models import Customer, Grade
from plans import choosing, writing
from plans.choosing import Segment
from plans.models import Plan
from staff.models import User

PROBLEMS_SHOWN = 15
SOURCES_SHOWN = 60


def number(text):
    """Read the value of a choice that is an id."""
    return int(text)


class SegmentForm(forms.Form):
    """What the customers have in common, and a list of them; which of both counts, the page says."""

    codes = forms.CharField(
        label=_("Codes or names, one a line"),
        required=False,
        max_length=200 * writing.MOST_CUSTOMERS,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
    )
    grades = forms.MultipleChoiceField(
        label=_("Grades"), choices=Grade, required=False, widget=forms.CheckboxSelectMultiple
    )
    industry = forms.ChoiceField(
        label=_("Industry"), choices=[("", _("any industry")), *Industry.choices], required=False
    )
    area = forms.CharField(label=_("Area"), required=False, max_length=60, help_text=_("a part of the address"))
    team = forms.TypedChoiceField(label=_("Team"), coerce=number, empty_value=None, required=False)
    owner = forms.TypedChoiceField(label=_("Owner"), coerce=number, empty_value=None, required=False)

    def __init__(self, *args, user, plan=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.plan = user, plan
        self.customers: list[int] = []
        self._offer_people()

    def _offer_people(self):
        """Offer the people in sight who can own customers, and their teams, from one query."""
        sellers = User.objects.visible_to(self.user).sellers().select_related("team")
        people = list(sellers.only("name", "username", "team__name", "team__path").order_by("name", "pk"))
        teams = sorted({person.team for person in people if person.team}, key=lambda team: team.path)
        self.fields["owner"].choices = [("", _("any owner")), *((person.pk, str(person)) for person in people)]
        self.fields["team"].choices = [("", _("any team")), *((team.pk, team.name) for team in teams)]

    @property
    def segment(self) -> Segment:
        data = self.cleaned_data
        return Segment(
            grades=tuple(data["grades"]),
            area=data["area"],
            industry=data["industry"],
            team=data["team"],
            owner=data["owner"],
        )

    def of_segment(self):
        return choosing.fitting(self.segment, choosing.reach(self.user, self.plan))

    def choose_named(self):
        """Take the customers of the list; each line that is wrong is an error with its number."""
        found = choosing.named(self.cleaned_data["codes"], reach=choosing.reach(self.user, self.plan), user=self.user)
        problems = found.problems[:PROBLEMS_SHOWN]
        rest = len(found.problems) - len(problems)
        if rest:
            problems.append(ngettext("and %d more line", "and %d more lines", rest) % rest)
        if not found.customers and not problems:
            problems = [_t("Paste at least one code or name.")]
        for problem in problems:
            self.add_error("codes", problem)
        self._take(found.customers, "codes")

    def choose_segment(self):
        if not self.segment.as_dict():
            self.add_error("grades", _t("Choose at least a grade, an industry, an area, a team or an owner."))
            return
        # One more than fit tells that there are too many.
        found = self.of_segment().order_by().values_list("pk", flat=True)[: writing.MOST_CUSTOMERS + 1]
        self._take(list(found), "grades")
        if not self.customers and not self.errors:
            self.add_error("grades", _t("No customer in your sight fits. Loosen the segment."))

    def _take(self, customers, field):
        if len(customers) > writing.MOST_CUSTOMERS:
            text = _t("A plan is for at most %(most)s customers, so that those who decide can judge it. Narrow it.")
            self.add_error(field, text % {"most": f"{writing.MOST_CUSTOMERS:,}"})
            return
        self.customers = customers


class AddForm(SegmentForm):
    """A new plan: its name, for whom it is, and which earlier wording it starts from."""

    WAYS = {
        "customer": _("this customer"),
        "codes": _("a list of codes or names"),
        "segment": _("a segment"),
        "same": _("the customers of the earlier plan"),
        "later": _("I choose later"),
    }
    token = forms.UUIDField(widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name of the plan"), max_length=120)
    source = forms.ModelChoiceField(
        label=_("Start from"), queryset=Plan.objects.none(), required=False, empty_label=_("an empty page")
    )
    whom = forms.ChoiceField(label=_("For whom"), widget=forms.RadioSelect)
    customer = forms.ModelChoiceField(queryset=Customer.objects.none(), required=False, widget=forms.HiddenInput)

    def __init__(self, *args, user, asked, **kwargs):
        """`asked` are the words of the address: the ids of a `customer` and of a plan as `source`."""
        super().__init__(*args, user=user, initial={"token": uuid.uuid4()}, **kwargs)
        self.fields["source"].queryset = writing.patterns(user)
        self.fields["customer"].queryset = choosing.reach(user)
        self.one = self._row("customer", asked)
        self.chosen_source = self._row("source", asked)
        ways = {way: label for way, label in self.WAYS.items() if way != "customer" or self.one}
        self.fields["whom"].choices = [(way, capfirst(label)) for way, label in ways.items()]
        self.initial |= {
            "customer": self.one and self.one.pk,
            "source": self.chosen_source and self.chosen_source.pk,
            "whom": "customer" if self.one else "same" if self.chosen_source else "segment",
        }

    def _row(self, name, asked):
        """Return the row that was posted, else the one that the address asks for; None for whatever is no such row."""
        value = self[name].data if self.is_bound else asked.get(name)
        try:
            return self.fields[name].clean(value) if value else None
        except forms.ValidationError:
            return None

    @property
    def sources(self) -> list[Plan]:
        """Return what the select offers: templates, then what one has written lately, and the plan chosen."""
        shown = Plan.objects.filter(Q(author=self.user) | Q(is_template=True))
        rows = list(shown.order_by("-is_template", "-updated_at").only("name", "is_template")[:SOURCES_SHOWN])
        chosen = self.chosen_source
        return rows if chosen is None or chosen in rows else [chosen, *rows]

    def clean(self):
        data = super().clean()
        if self.errors:
            return data
        choose = getattr(self, f"choose_{CHOOSERS[data['whom']]}", None)
        if choose:
            choose()
        return data

    def choose_one(self):
        if self.cleaned_data["customer"] is None:
            self.add_error("whom", _t("Choose for whom the plan is."))
            return
        self.customers = [self.cleaned_data["customer"].pk]

    def choose_same(self):
        if self.cleaned_data["source"] is None:
            self.add_error("source", _t("Choose the earlier plan whose customers it is for."))

    def draft(self, *, by) -> Plan:
        """Write the plan; the same form sent twice is one plan."""
        data = self.cleaned_data
        criteria = self.segment.as_dict() if data["whom"] == "segment" else {}
        if data["source"] is None:
            plan = Plan(name=data["name"], token=data["token"], criteria=criteria)
            return writing.draft(plan, customers=self.customers, by=by)
        chosen = {} if data["whom"] == "same" else {"customers": self.customers, "criteria": criteria}
        return writing.copy(data["source"], token=data["token"], name=data["name"], by=by, **chosen)


class CustomersForm(SegmentForm):
    """More customers for a plan; `do` says which half of the page was sent."""

    do = forms.ChoiceField(choices=[("codes", ""), ("segment", ""), ("preview", "")])

    def __init__(self, *args, plan, **kwargs):
        super().__init__(*args, plan=plan, initial=plan.criteria, **kwargs)

    def clean(self):
        data = super().clean()
        if not self.errors and data["do"] != "preview":
            choose = self.choose_named if data["do"] == "codes" else self.choose_segment
            choose()
        return data

    def _take(self, customers, field):
        there = set(self.plan.members.values_list("customer", flat=True))
        new = [pk for pk in customers if pk not in there]
        super()._take(new if len(there) + len(new) <= writing.MOST_CUSTOMERS else [*there, *new], field)


CHOOSERS = {"customer": "one", "codes": "named", "segment": "segment", "same": "same", "later": "nobody"}
