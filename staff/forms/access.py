"""Signing in, passwords."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, PasswordResetForm, SetPasswordForm
from django.utils.translation import gettext_lazy as _

from staff import throttle


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
