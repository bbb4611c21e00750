"""A complaint or suggestion that somebody receives, as a form (policy 7.1)."""

import datetime as dt
import uuid

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t

from complaints import linking, receiving
from complaints.choices import Kind, Severity, Source
from complaints.forms.work import files
from complaints.models import Ticket
from customers.models import Customer
from visits.forms.sites import MomentInput

EARLIEST = dt.timedelta(days=366)
CLOCKS_DIFFER = dt.timedelta(minutes=2)
BY_HAND = [choice for choice in Source.choices if choice[0] != Source.FORM]


class TicketForm(forms.ModelForm):
    """What was said, by whom and about what. A customer is named, or recognised by phone or mail, or unknown."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    # They were told that the customer has a similar one open.
    anyway = forms.BooleanField(required=False, widget=forms.HiddenInput)
    files = files()

    class Meta:
        model = Ticket
        fields = (
            "kind", "source", "severity", "customer", "reporter", "phone", "email", "subject", "text", "demand",
            "product", "received_at",
        )  # fmt: skip
        field_classes = {"received_at": forms.DateTimeField}
        widgets = {
            "kind": forms.RadioSelect,
            "source": forms.RadioSelect,
            "severity": forms.RadioSelect,
            "text": forms.Textarea(attrs={"rows": 4, "maxlength": 10000}),
            "demand": forms.Textarea(attrs={"rows": 2}),
            "received_at": MomentInput,
        }

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, auto_id="ticket_%s", **kwargs)
        self.user = user
        self.duplicates: list[Ticket] = []
        self.fields["kind"].choices, self.fields["severity"].choices = Kind.choices, Severity.choices
        self.fields["source"].choices = BY_HAND
        self.fields["customer"].queryset = Customer.objects.visible_to(user)
        self.fields["token"].initial = uuid.uuid4

    def clean_received_at(self):
        moment, now = self.cleaned_data["received_at"], timezone.now()
        if moment > now + CLOCKS_DIFFER:
            raise forms.ValidationError(_t("This lies ahead. When did it come in?"))
        if moment < now - EARLIEST:
            raise forms.ValidationError(_t("This is more than a year ago. Look at the year."))
        return min(moment, now)

    def clean(self):
        data = super().clean()
        if not any(data.get(name) for name in ("customer", "reporter", "phone", "email")):
            self.add_error("reporter", _t("Say who complains: the customer, a name, a phone number or an e-mail."))
        if not self.errors and not data["anyway"]:
            self._look_for_duplicates(data)
        return data

    def _look_for_duplicates(self, data):
        if Ticket.objects.filter(token=data["token"]).exists():
            return
        customer = data["customer"] or receiving.recognise(phone=data["phone"], email=data["email"])
        if customer:
            self.duplicates = linking.duplicates(customer, data["subject"], user=self.user)
        if self.duplicates:
            self.add_error(None, _t("A similar one of this customer is open already."))

    def ticket(self) -> Ticket:
        """Return the ticket as it is to be received."""
        self.instance.token = self.cleaned_data["token"]
        return self.instance

    @property
    def chosen_customer(self) -> Customer | None:
        """Return the customer that is chosen by now, if `user` sees it."""
        value = self["customer"].value()
        pk = getattr(value, "pk", value)
        if not str(pk or "").isdecimal():
            return None
        return self.fields["customer"].queryset.filter(pk=min(int(pk), 2**63 - 1)).for_list().first()
