from django import forms
from django.contrib.auth.forms import (
    AuthenticationForm,
    PasswordChangeForm,
    PasswordResetForm,
    SetPasswordForm,
    SetPasswordMixin,
    UsernameField,
)
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from staff import calendar, people, teams, throttle
from staff.models import Day, Team, User, WorkingHours
from staff.permissions import LEADERS


class Throttled:
    """A form that counts its tries; `refusal` says that and how long to wait."""

    purpose: str
    refusal: throttle.TooManyTries | None = None

    def enter(self, account: str) -> None:
        try:
            throttle.enter(self.purpose, self.request, account)
        except throttle.TooManyTries as refusal:
            self.refusal = refusal
            raise forms.ValidationError(str(refusal), code="throttled") from refusal


class LoginForm(Throttled, AuthenticationForm):
    """Signs in; an unknown name, a wrong password and an inactive person get one and the same answer."""

    error_messages = {
        "invalid_login": _("The username or the password is wrong."),
        "inactive": _("The username or the password is wrong."),
    }
    purpose = throttle.SIGN_IN

    def clean(self):
        username = self.cleaned_data.get("username")
        if not username or not self.cleaned_data.get("password"):
            return self.cleaned_data
        self.enter(username)
        data = super().clean()
        throttle.forgive(self.purpose, self.request, username)
        return data


class OwnPasswordForm(Throttled, PasswordChangeForm):
    """A change by the person themself: somebody at a forgotten open screen can't guess the old password for long."""

    purpose = throttle.CHANGE

    def __init__(self, request, *args, **kwargs):
        self.request = request
        super().__init__(request.user, *args, **kwargs)

    def clean_old_password(self):
        self.enter(self.user.username)
        old = super().clean_old_password()
        throttle.forgive(self.purpose, self.request, self.user.username)
        return old


class ResetForm(Throttled, PasswordResetForm):
    purpose = throttle.RESET

    def __init__(self, request, *args, **kwargs):
        self.request = request
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("Your e-mail address")

    def clean(self):
        if self.cleaned_data.get("email"):
            self.enter(self.cleaned_data["email"])
        return super().clean()


class NewPasswordForm(SetPasswordForm):
    """A new password without the old one: by a mailed link, or by an administrator."""

    def save(self, commit=True):
        user = super().save(commit=False)
        if commit:
            user.save(update_fields=["password"])
        return user


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


class DayForm(forms.Form):
    """What a day of the company's calendar is, against or with the Chinese calendar (policy 5.6)."""

    ANNOUNCED, WORKING, OFF = "announced", "working", "off"

    on = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    state = forms.ChoiceField(
        label=_("What it is"),
        choices=[
            (ANNOUNCED, _("as the Chinese calendar says")),
            (WORKING, _("working day")),
            (OFF, _("day off")),
        ],
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        label=_("Why it is off"),
        max_length=40,
        required=False,
        help_text=_("Shown beside the day, as a holiday's name is."),
    )

    @classmethod
    def initial_of(cls, day: Day) -> dict:
        said = cls.WORKING if day.is_working else cls.OFF
        return {
            "on": day.day,
            "state": said if day.is_edited else cls.ANNOUNCED,
            "name": day.name if day.is_edited else "",
        }

    def clean_on(self):
        on, last = self.cleaned_data["on"], calendar.last_day()
        if on < timezone.localdate():
            raise forms.ValidationError(_("That day is over: choose today or later."))
        if on > last:
            raise forms.ValidationError(_("The calendar reaches to %(day)s: choose an earlier day.") % {"day": last})
        return on

    def save(self):
        data = self.cleaned_data
        if data["state"] == self.ANNOUNCED:
            calendar.as_announced(data["on"])
        else:
            is_off = data["state"] == self.OFF
            calendar.say(data["on"], is_working=not is_off, name=data["name"] if is_off else "")


class HoursForm(forms.ModelForm):
    class Meta:
        model = WorkingHours
        fields = ["opens", "rests_from", "rests_until", "closes"]
        widgets = dict.fromkeys(fields, forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    @staticmethod
    def only_row() -> WorkingHours:
        """Return the row to edit, so that two who save at once write the same one."""
        hours = WorkingHours.current()
        hours.pk = hours.pk or 1
        return hours

    def clean(self):
        """The day's times stand in order; a rest that ends as it begins is none."""
        data = super().clean()
        for earlier, later, is_in_order, text in (
            ("opens", "rests_from", lambda a, b: a < b, _t("The rest begins after the work does.")),
            ("rests_from", "rests_until", lambda a, b: a <= b, _t("The rest can't end before it begins.")),
            ("rests_until", "closes", lambda a, b: a < b, _t("The work ends after the rest does.")),
        ):
            if data.get(earlier) and data.get(later) and not is_in_order(data[earlier], data[later]):
                self.add_error(later, text)
        return data
