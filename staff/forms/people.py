"""People and the tree of teams, for administrators (policy 1.5)."""

from django import forms
from django.contrib.auth.forms import SetPasswordMixin, UsernameField
from django.utils.translation import gettext_lazy as _

from staff import people, teams
from staff.models import Team, User
from staff.permissions import LEADERS


class TeamField(forms.ModelChoiceField):
    """Offers teams by their whole path: names repeat in a tree."""

    def label_from_instance(self, team):
        return team.path


class PersonForm(forms.ModelForm):
    """`instance` comes from `people.lock()`, so that what is checked here still holds when it is saved."""

    team = TeamField(label=_("Team"), queryset=Team.objects.all(), required=False, empty_label=_("no team"))

    class Meta:
        model = User
        fields = ["name", "username", "email", "role", "team", "is_active"]
        field_classes = {"username": UsernameField}
        help_texts = {
            "username": _("What the person types to sign in."),
            "email": _("For resetting a forgotten password."),
            "is_active": _("Without it the person is out at the next click; everything they wrote stays."),
        }

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.by = by
        self.fields["username"].widget.attrs["autocomplete"] = "off"

    def clean_username(self):
        """Refuse a name that differs from another only in case: nobody would tell them apart."""
        username = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(User._meta.get_field("username").error_messages["unique"], code="unique")
        return username

    def clean(self):
        data = super().clean()
        if self.instance.pk and "role" in data:
            change = {"role": data["role"], "is_active": data["is_active"]}
            for field, text in people.objections(self.instance, **change, by=self.by):
                self.add_error(field, text)
        return data


class NewPersonForm(SetPasswordMixin, PersonForm):
    password1, password2 = SetPasswordMixin.create_password_fields(_("First password"), _("The same once more"))
    field_order = ["name", "username", "email", "role", "team", "is_active", "password1", "password2"]

    def clean(self):
        self.validate_passwords()
        return super().clean()

    def _post_clean(self):
        super()._post_clean()
        self.validate_password_for_user(self.instance)

    def save(self, commit=True):
        return self.set_password_and_save(super().save(commit=False), commit=commit)


class TeamForm(forms.ModelForm):
    """Used behind `teams.lock_tree()`, so that what is checked here still holds when it is saved."""

    parent = TeamField(
        label=_("Above it"), queryset=Team.objects.all(), required=False, empty_label=_("none: at the top")
    )
    head = forms.ModelChoiceField(
        label=_("Head"),
        queryset=User.objects.active().filter(role__in=LEADERS),
        required=False,
        empty_label=_("nobody"),
        help_text=_("A supervisor, manager, director or administrator."),
    )

    class Meta:
        model = Team
        fields = ["name", "parent", "head"]

    def clean_name(self):
        name = self.cleaned_data["name"]
        if teams.parts(name) != [name]:
            raise forms.ValidationError(_("A team's name can't contain a slash: it separates teams in a path."))
        return name

    def clean_parent(self):
        parent = self.cleaned_data["parent"]
        if parent and self.instance.pk in parent.lineage:
            raise forms.ValidationError(_("A team can't stand below itself."))
        return parent

    def clean(self):
        data = super().clean()
        if "name" in data and "parent" in data:
            path = teams.path_of(data["name"], data["parent"])
            if Team.objects.filter(path=path).exclude(pk=self.instance.pk).exists():
                self.add_error("name", _("There is a team of this name at this place already."))
            elif teams.is_too_deep(self.instance, path):
                self.add_error("name", _("The names of this team and those around it are too long together."))
        return data

    def save(self, commit=True):
        team = super().save(commit=commit)
        teams.place(team)
        return team
