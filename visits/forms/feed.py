from django import forms
from django.utils.translation import gettext_lazy as _


class FeedForm(forms.Form):
    """Which of its buttons was pressed."""

    MAKE, REVOKE = "make", "revoke"
    do = forms.ChoiceField(choices=[(MAKE, _("Make a new address")), (REVOKE, _("Revoke the address"))])
