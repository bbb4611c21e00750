from django import forms
from django.utils.translation import gettext_lazy as _

from plans.permissions import DRAFTERS
from staff.models import User
from staff.roles import Role


class HelpersForm(forms.Form):
    """Who may write a plan beside its author: people in the author's sight, and whoever helps already."""

    people = forms.ModelMultipleChoiceField(
        label=_("Who helps to write it"), queryset=User.objects.none(), required=False
    )

    def __init__(self, data, *, plan):
        helpers = {help.person_id: help for help in plan.contributions.all()}
        self.chosen = {pk for pk, help in helpers.items() if help.is_open}
        self.wrote = {pk for pk, help in helpers.items() if help.edited_at}
        super().__init__(data, initial={"people": self.chosen})
        in_sight = User.objects.visible_to(plan.author).active().exclude(role=Role.ADMINISTRATOR)
        people = (in_sight | User.objects.filter(pk__in=self.chosen)).exclude(pk=plan.author_id)
        self.fields["people"].queryset = people.select_related("team").order_by("team__path", "name", "pk")

    @property
    def offered(self) -> list[tuple[User, bool, bool]]:
        """Return the people to choose from, each with whether they are chosen and have written something."""
        chosen = {str(pk) for pk in self["people"].value() or ()}
        return [
            (person, str(person.pk) in chosen, person.pk in self.wrote) for person in self.fields["people"].queryset
        ]


class HandOnForm(forms.Form):
    """Who becomes the author: anybody at work who may draft."""

    to = forms.ModelChoiceField(
        label=_("The new author"), queryset=User.objects.none(), empty_label=_("choose a person")
    )
    note = forms.CharField(label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, data, *, plan):
        super().__init__(data)
        people = User.objects.active().filter(role__in=DRAFTERS).exclude(pk=plan.author_id)
        self.fields["to"].queryset = people.select_related("team").order_by("name", "pk")
