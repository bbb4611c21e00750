from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from staff.models import User


class FirstAdministratorForm(forms.ModelForm):
    """The first account; whoever fills it in leads the system from then on."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html,
    )
    again = forms.CharField(
        label=_("Password again"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    class Meta:
        model = User
        fields = ("name", "username")
        widgets = {"username": forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"})}

    def __init__(self, data=None):
        super().__init__(data)
        # Who came from a file without a password may take up their own account.
        imported = User.objects.administrators().active().filter(username=self.data.get("username", "")).first()
        self.instance = imported or self.instance

    def clean(self):
        data = super().clean()
        password = data.get("password")
        if password:
            self._check(password, data.get("again"))
        return data

    def _check(self, password, again):
        if again is not None and password != again:
            self.add_error("again", _("The two passwords differ."))
        try:
            validate_password(password, User(username=self.data.get("username", ""), name=self.data.get("name", "")))
        except ValidationError as error:
            self.add_error("password", error)
