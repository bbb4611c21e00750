"""Handovers: opened, split, given by hand, carried out, confirmed (policy 4.6)."""

from functools import partial

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from customers.choices import Source
from customers.forms.giving import PersonField, words
from customers.models import Grade, Handover, HandoverItem
from customers.ownership import handover_split, splitting
from customers.ownership.handovers import receivers
from staff.models import User
from staff.permissions import SELLERS, is_administrator

AREAS = 3


class HandoverForm(forms.Form):
    """Whose, why, and what else there is to say."""

    leaver = PersonField(_("Who hands over"))
    why = forms.ChoiceField(label=_("Why"), choices=Handover.Why, widget=forms.RadioSelect)
    note = forms.CharField(label=_("Note"), max_length=300, required=False, help_text=_("Where to, since when …"))

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        people = User.objects.visible_to(user).active()
        self.fields["leaver"].offer(people if is_administrator(user) else people.exclude(pk=user.pk))


class HandForm(forms.Form):
    """What of a draft goes to whom, by hand: what was ticked, or with `whole` all that the list shows."""

    items = forms.ModelMultipleChoiceField(HandoverItem.objects.none(), label=_("Things"), required=False)
    whole = forms.BooleanField(required=False)
    to = PersonField(_("To whom"))

    def __init__(self, *args, handover, user, shown, **kwargs):
        super().__init__(*args, **kwargs)
        self.shown = shown
        self.fields["items"].queryset = handover.items.planned()
        self.fields["to"].offer(receivers(user, handover.leaver))
        self.fields["to"].required = False

    def clean(self):
        data = super().clean()
        if not self.errors and not data["whole"] and not data["items"]:
            self.add_error("items", _t("Tick something first."))
        if not self.errors and data["to"] is None and "to_person" in self.data:
            self.add_error("to", _t("Choose a person."))
        return data

    @property
    def chosen(self) -> list[HandoverItem]:
        return list(self.shown if self.cleaned_data["whole"] else self.cleaned_data["items"])


class SplitForm(forms.Form):
    """A rule by which customers are split, and who gets what hangs on none of them."""

    WAYS = [
        ("one", _("all to one person")),
        ("number", _("evenly by number")),
        ("money", _("evenly by money")),
        ("grade", _("by grade")),
        ("area", _("by area or source")),
        ("pool", _("into the pool")),
    ]

    way = forms.ChoiceField(
        label=_("How to split the customers"), choices=WAYS, widget=forms.RadioSelect, initial="one"
    )
    only_open = forms.BooleanField(label=_("Only customers that nobody was chosen for yet"), required=False)
    to = PersonField(_("To whom"))
    people = forms.ModelMultipleChoiceField(User.objects.none(), label=_("Among whom"), required=False)
    rest = PersonField(_("Everything else that nobody was chosen for goes to"))

    def __init__(self, *args, handover, user, **kwargs):
        super().__init__(*args, **kwargs)
        offered = receivers(user, handover.leaver)
        sellers = offered.filter(role__in=SELLERS)
        for grade in Grade:
            self.fields[f"grade_{grade}"] = PersonField(_("Grade %(grade)s") % {"grade": grade.label})
        for n in range(AREAS):
            self.fields[f"text_{n}"] = forms.CharField(label=_("The address contains"), max_length=60, required=False)
            self.fields[f"source_{n}"] = forms.ChoiceField(
                label=_("Source"), choices=[("", _("any source")), *Source.choices], required=False
            )
            self.fields[f"area_{n}"] = PersonField(_("To whom"))
        for field in self.fields.values():
            if isinstance(field, PersonField):
                field.offer(sellers)
                field.required = False
                field.empty_label = _("nobody")
        self.fields["people"].queryset = sellers.order_by("team__path", "name", "pk")
        self.fields["rest"].offer(offered)

    @property
    def offered(self) -> list[tuple[User, bool]]:
        chosen = {str(pk) for pk in self["people"].value() or ()}
        return [(person, str(person.pk) in chosen) for person in self.fields["people"].queryset]

    @property
    def grades(self) -> list:
        return [self[f"grade_{grade}"] for grade in Grade]

    @property
    def areas(self) -> list[tuple]:
        return [(self[f"text_{n}"], self[f"source_{n}"], self[f"area_{n}"]) for n in range(AREAS)]

    def clean(self):
        data = super().clean()
        if not self.errors:
            getattr(self, f"_check_{data['way']}", lambda data: None)(data)
        return data

    def _check_one(self, data):
        if not data["to"] and not data["rest"]:
            self.add_error("to", _t("Choose a person."))

    def _check_number(self, data):
        if not data["people"]:
            self.add_error("people", _t("Choose at least one person."))

    _check_money = _check_number

    def _check_area(self, data):
        for n in range(AREAS):
            if data[f"area_{n}"] and not data[f"text_{n}"] and not data[f"source_{n}"]:
                self.add_error(f"text_{n}", _t("Say which part of the address, or which source."))

    def rule(self):
        """Return the rule that was chosen, None for the pool."""
        return None if self.cleaned_data["way"] == "pool" else getattr(self, f"_by_{self.cleaned_data['way']}")()

    def _by_one(self):
        to = self.cleaned_data["to"]
        return partial(splitting.to_one, person=to.pk) if to else lambda rows: {}

    def _by_grade(self):
        people = {grade.value: self.cleaned_data[f"grade_{grade}"] for grade in Grade}
        return partial(splitting.by_grade, people={grade: person.pk for grade, person in people.items() if person})

    def _by_area(self):
        data = self.cleaned_data
        rows = ((data[f"text_{n}"], data[f"source_{n}"], data[f"area_{n}"]) for n in range(AREAS))
        return partial(splitting.by_area, areas=[splitting.Area(t, s, person.pk) for t, s, person in rows if person])

    def _by_number(self):
        return partial(splitting.by_number, load=handover_split.load(list(self.cleaned_data["people"])))

    def _by_money(self):
        return partial(splitting.by_money, load=handover_split.load(list(self.cleaned_data["people"])))


class CarryOutForm(forms.Form):
    override = forms.CharField(
        label=_("Why somebody may have more in hand than the rules allow"), max_length=300, required=False
    )


class MissingForm(forms.Form):
    note = words(_("What is missing"), help_text=_("The contract, the statement of account, a receivable in dispute …"))


class SupplyForm(forms.Form):
    text = words(_("What was supplied, and how"))
