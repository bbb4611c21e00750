from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from staff.models import Team, User
from visits import monthly


class CommentForm(forms.Form):
    """What a leader says of the month of one person or of one team (policy 5.9)."""

    person = forms.ModelChoiceField(
        label=_("On a person"), queryset=User.objects.none(), required=False, empty_label=_("nobody")
    )
    team = forms.ModelChoiceField(
        label=_("Or on a team"), queryset=Team.objects.none(), required=False, empty_label=_("no team")
    )
    text = forms.CharField(
        label=_("Comment"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What went well, what stays open, what to improve. The person reads it."),
    )  # fmt: skip

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = monthly.people_led(user)
        self.fields["team"].queryset = monthly.teams_led(user)

    def clean(self):
        data = super().clean()
        if "person" in data and "team" in data and bool(data["person"]) == bool(data["team"]):
            self.add_error("person", _t("Choose either a person or a team."))
        return data
