import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from customers.models import Contact
from visits import records
from visits.models import CallLog, LogAddition, SpotCheck


class CorrectionForm(forms.ModelForm):
    """What an author may correct of a log; `seen` is its stamp as the form was drawn."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = CallLog
        fields = records.CORRECTABLE
        widgets = {"note": forms.Textarea(attrs={"rows": 5})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["seen"] = records.stamp(self.instance)
        # Only a message is "sent", and what was sent is nothing else.
        is_sent = self.instance.outcome == CallLog.Outcome.SENT
        self.fields["outcome"].choices = [
            choice for choice in CallLog.Outcome.choices if (choice[0] == CallLog.Outcome.SENT) == is_sent
        ]
        contact = self.fields["contact"]
        contact.queryset = Contact.objects.filter(customer=self.instance.customer_id)
        contact.empty_label = _t("nobody in particular")
        self.fields["satisfaction"] = forms.TypedChoiceField(
            label=self.fields["satisfaction"].label,
            choices=[("", "—"), *((n, "★" * n) for n in range(1, 6))],
            coerce=int,
            empty_value=None,
            required=False,
        )

    def clean_note(self):
        """Browsers send line ends of their own: those alone are no correction."""
        note, was = self.cleaned_data["note"].replace("\r\n", "\n"), self.instance.note
        return was if note == was.replace("\r\n", "\n").strip() else note

    def clean(self):
        data = super().clean()
        if data.get("outcome") == CallLog.Outcome.REACHED and not data.get("note", "").strip():
            self.add_error("note", _t("Say in a few words what was said."))
        return data

    def _post_clean(self):
        """Leave the instance as it is: `records.correct` compares with the row under its lock."""


class AdditionForm(forms.ModelForm):
    class Meta:
        model = LogAddition
        fields = ("text",)
        widgets = {"text": forms.Textarea(attrs={"rows": 3, "maxlength": 2000})}


class DrawForm(forms.Form):
    """How many records to draw, and from how far back."""

    number = forms.IntegerField(
        label=_("how many records"),
        initial=5,
        min_value=1,
        max_value=100,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )
    days = forms.TypedChoiceField(
        label=_("written within"),
        choices=[(7, _("the last 7 days")), (30, _("the last 30 days")), (90, _("the last 90 days"))],
        coerce=int,
        initial=7,
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    @property
    def since(self) -> dt.date:
        return timezone.localdate() - dt.timedelta(days=self.cleaned_data["days"])


class CheckForm(forms.ModelForm):
    """Whether a record agrees with what the customer says; what differs has to be said."""

    agrees = forms.TypedChoiceField(
        label=_("does the record agree with what the customer says?"),
        choices=[("yes", _("It agrees")), ("no", _("It differs"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )

    class Meta:
        model = SpotCheck
        fields = ("agrees", "note")
        widgets = {"note": forms.Textarea(attrs={"rows": 4, "maxlength": 2000})}

    def clean(self):
        data = super().clean()
        if data.get("agrees") is False and not data.get("note", "").strip():
            self.add_error("note", _t("Say what differs."))
        return data

    def _post_clean(self):
        """Leave the instance as it is: `spot_checks.check` decides under its lock."""
