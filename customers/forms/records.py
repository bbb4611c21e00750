from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Contact, Customer
from staff.models import User
from staff.permissions import is_leader

# The record card and status sheet as the form shows them: heading and fields (policy 2.3–2.5).
SECTIONS = [
    (_("Who they are"), ["name", "code", "source", "industry", "demand", "headcount", "main_business", "address"]),
    (pgettext_lazy("customer", "People"), ["legal_representative", "general_manager"]),
    (_("What they want"), ["intention", "need", "budget_range", "decision_process", "potential", "channel"]),
    (_("How they pay"), ["payment", "cooperation", "payer", "payment_method", "operating_condition", "satisfaction"]),
]


class CustomerForm(forms.ModelForm):
    class Meta:
        model = Customer
        fields = [name for _heading, names in SECTIONS for name in names]
        widgets = {"need": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.TypedChoiceField) and not field.required:
                field.choices = [("", "—"), *field.choices[1:]]

    def sections(self):
        return [(heading, [self[name] for name in names]) for heading, names in SECTIONS]

    def apply(self, customer) -> list[str]:
        """Set what was changed here on `customer`, freshly locked; return the names of those fields."""
        for name in self.changed_data:
            setattr(customer, name, self.cleaned_data[name])
        return list(self.changed_data)


class EditCustomerForm(CustomerForm):
    version = forms.IntegerField(widget=forms.HiddenInput)

    def apply(self, customer):
        return [name for name in super().apply(customer) if name != "version"]


class NewCustomerForm(CustomerForm):
    owner = forms.ModelChoiceField(label=_("owner"), queryset=User.objects.none())
    contact_name = forms.CharField(label=_("contact"), max_length=100, required=False)
    contact_phone = forms.CharField(label=_("phone"), max_length=40, required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].required = False
        self.fields["code"].help_text = _("Left empty, the next free code is given.")
        if is_leader(user):
            self.fields["owner"].queryset = User.objects.visible_to(user).sellers().active()
        else:
            del self.fields["owner"]
            self.owner = user

    def clean(self):
        data = super().clean()
        if data.get("contact_phone") and not data.get("contact_name"):
            self.add_error("contact_name", _("Say whose phone this is."))
        return data


class ContactForm(forms.ModelForm):
    class Meta:
        model = Contact
        fields = [
            "name", "position", "phone", "email", "wechat", "address", "frequency", "gender", "birthday", "interests",
            "quiet_from", "quiet_until", "is_main",
        ]  # fmt: skip
        widgets = {
            "birthday": forms.DateInput(attrs={"type": "date"}),
            "phone": forms.TextInput(attrs={"type": "tel"}),
            "quiet_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_until": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }
        help_texts = {
            "quiet_from": _("Their own rest, company time; it may go over midnight. The company's rest counts anyway."),
        }

    def clean_birthday(self):
        birthday = self.cleaned_data["birthday"]
        if birthday and birthday > timezone.localdate():
            raise forms.ValidationError(_("A birthday can't lie in the future."))
        return birthday

    def clean(self):
        """Quiet hours have both ends, and are not the whole day (policy 5.6)."""
        data = super().clean()
        if {"quiet_from", "quiet_until"} & set(self.errors):
            return data
        start, until = data["quiet_from"], data["quiet_until"]
        if (start is None) != (until is None):
            missing = "quiet_from" if start is None else "quiet_until"
            self.add_error(missing, _("Quiet hours need both times: fill in this one, or empty the other."))
        elif start is not None and start == until:
            self.add_error("quiet_until", _("The quiet hours end when they begin: choose another time."))
        return data
