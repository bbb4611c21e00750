"""Inquiries, and who says that a customer is theirs (policy 1.7, 4.1, 4.2)."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.choices import Channel
from customers.models import Customer, Dispute, Inquiry
from customers.ownership.answering import Promised
from customers.ownership.inquiring import LEAST_DIGITS, Asker
from staff.models import User
from staff.permissions import is_seller


class InquiryForm(forms.ModelForm):
    """Who asked what: a customer in sight, or a company by its name or phone as they are."""

    customer = forms.ModelChoiceField(label=_("Customer"), queryset=Customer.objects.none(), required=False)
    name = forms.CharField(label=_("Company"), max_length=200, required=False)
    phone = forms.CharField(
        label=_("Phone"), max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    owner = forms.ModelChoiceField(
        label=_("Goes to"),
        queryset=User.objects.none(),
        required=False,
        help_text=_("If nobody knows the company yet."),
    )
    promise_text = forms.CharField(
        label=_("What was promised?"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"data-opened": True}),
    )
    promise_on = forms.DateField(
        label=pgettext_lazy("day", "By"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    class Meta:
        model = Inquiry
        fields = ("channel", "contact", "text")
        widgets = {
            "channel": forms.RadioSelect,
            "text": forms.Textarea(attrs={"rows": 3, "maxlength": 500}),
        }

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, auto_id="inquiry_%s", **kwargs)
        self.user = user
        self.fields["channel"].choices = Channel.choices
        self.fields["customer"].queryset = Customer.objects.visible_to(user)
        if is_seller(user):
            del self.fields["owner"]
        else:
            self.fields["owner"].queryset = User.objects.visible_to(user).sellers().active()

    def clean_name(self):
        return " ".join(self.cleaned_data["name"].split())

    def clean_phone(self):
        phone = self.cleaned_data["phone"]
        if phone and not Asker(phone=phone).digits:
            raise forms.ValidationError(_t("A whole number, of %(number)d digits at least.") % {"number": LEAST_DIGITS})
        return phone

    def clean_promise_on(self):
        day = self.cleaned_data["promise_on"]
        if day and day < timezone.localdate():
            raise forms.ValidationError(_t("A promise can't be for the past: choose today or later."))
        return day

    def clean(self):
        data = super().clean()
        if data.get("promise_text") and not data.get("promise_on") and "promise_on" not in self.errors:
            self.add_error("promise_on", _t("Say by when it was promised."))
        if data.get("promise_on") and not data.get("promise_text"):
            self.add_error("promise_text", _t("Say what was promised."))
        if not any(data.get(name) for name in ("customer", "name", "phone")) and "phone" not in self.errors:
            self.add_error("name", _t("Say who asks: choose a customer, or write the company's name or phone."))
        return data

    @property
    def promised(self) -> Promised | None:
        data = self.cleaned_data
        return Promised(data["promise_text"], data["promise_on"]) if data["promise_text"] else None

    @property
    def has_promise(self) -> bool:
        return any(self[name].value() or self[name].errors for name in ("promise_text", "promise_on"))

    @property
    def asker(self) -> Asker:
        return Asker(self.cleaned_data["name"], self.cleaned_data["phone"])

    @property
    def goes_to(self) -> User | None:
        """Return whose the customer becomes if nobody knows it yet."""
        return self.cleaned_data.get("owner") or (self.user if is_seller(self.user) else None)

    def ask_for_what_is_missing(self) -> bool:
        """Note what a customer that nobody knows yet needs besides; return whether anything is missing."""
        if not self.cleaned_data["name"]:
            self.add_error("name", _t("Nobody is known by this phone: write the company's name too."))
        if self.cleaned_data["phone"] and not self.cleaned_data["contact"]:
            self.add_error("contact", _t("Say whose phone this is."))
        if self.goes_to is None:
            self.add_error("owner", _t("Nobody knows this company yet: choose whose customer it becomes."))
        return bool(self.errors)

    @property
    def chosen_customer(self) -> Customer | None:
        """Return the customer that is chosen by now, if `user` sees it."""
        value = self["customer"].value()
        pk = getattr(value, "pk", value)
        if not str(pk or "").isdecimal():
            return None
        return self.fields["customer"].queryset.filter(pk=min(int(pk), 2**63 - 1)).for_list().first()


class DisputeForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it is yours"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Whoever decides reads this, and the owner. Inquiries, owners, orders and contacts are added."),
    )


class DecideForm(forms.Form):
    """To whom the customer goes: one of the two who can own customers, or whoever has it."""

    winner = forms.ModelChoiceField(
        label=_("The customer goes to"), queryset=User.objects.none(), empty_label=None, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("Reason of the decision"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Both read it."),
    )

    def __init__(self, *args, dispute: Dispute, **kwargs):
        super().__init__(*args, auto_id="decide_%s", **kwargs)
        both = User.objects.filter(pk__in=[dispute.owner_id, dispute.claimant_id])
        able = both.active().sellers().values("pk")
        self.fields["winner"].queryset = both.filter(pk__in=able) | both.filter(pk=dispute.customer.owner_id)
