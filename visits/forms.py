import datetime as dt
import uuid

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from customers.choices import Channel
from customers.models import Contact
from visits.models import CallLog

# Days until the next contact by intention level (policy 5.5); C also stands for a level not known yet.
CADENCE_DAYS = {"A": 7, "B": 14, "C": 30, "": 30}
PROPOSALS = [
    (1, _("tomorrow")),
    (3, _("in 3 days")),
    (7, _("in a week")),
    (14, _("in 2 weeks")),
    (30, _("in a month")),
]
NO_NEXT = "0"


class CallLogForm(forms.ModelForm):
    """A contact in a few seconds: chips for channel, outcome and next date, one text field."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(label=_("outcome"), choices=CallLog.Outcome, widget=forms.RadioSelect)
    channel = forms.ChoiceField(label=_("channel"), choices=Channel, widget=forms.RadioSelect, initial=Channel.PHONE)
    next_in = forms.ChoiceField(
        label=_("next contact"),
        choices=[*((str(days), text) for days, text in PROPOSALS), (NO_NEXT, _("none"))],
        widget=forms.RadioSelect,
        required=False,
    )
    next_on = forms.DateField(label=_("or on"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    class Meta:
        model = CallLog
        fields = ("channel", "outcome", "contact", "satisfaction", "note", "next_on")
        widgets = {
            "note": forms.Textarea(attrs={"rows": 3, "placeholder": _("What did they say?")}),
        }

    def __init__(self, *args, customer, **kwargs):
        initial = {"token": uuid.uuid4(), "next_in": str(CADENCE_DAYS[customer.intention])}
        super().__init__(*args, initial=initial | kwargs.pop("initial", {}), **kwargs)
        self.contacts = list(customer.contacts.all())
        field = self.fields["contact"]
        field.queryset = Contact.objects.filter(customer=customer)
        field.choices = [("", _("nobody in particular")), *((contact.pk, contact.name) for contact in self.contacts)]
        self.main_contact = self.contacts[0] if self.contacts else None
        field.initial = self.main_contact and self.main_contact.pk
        self.fields["satisfaction"].widget = forms.RadioSelect(choices=[(n, "★" * n) for n in range(1, 6)])

    def clean_next_on(self):
        day = self.cleaned_data["next_on"]
        if day and day < timezone.localdate():
            raise forms.ValidationError(_("The next contact can't lie in the past: choose today or later."))
        return day

    def clean(self):
        data = super().clean()
        if data.get("outcome") == CallLog.Outcome.REACHED and not data.get("note", "").strip():
            self.add_error("note", _t("Say in a few words what was said."))
        return data

    def log_fields(self) -> dict:
        """Return what `visits.calls.log` takes: a date given by hand goes before a proposal."""
        data = dict(self.cleaned_data)
        days = int(data.pop("next_in") or NO_NEXT)
        if data["next_on"] is None and days:
            data["next_on"] = timezone.localdate() + dt.timedelta(days=days)
        return data
