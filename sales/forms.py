from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sales.models import Order
from staff.models import User
from staff.roles import Role


def not_in_future(day):
    if day and day > timezone.localdate():
        raise forms.ValidationError(_("This day is still to come. Choose one up to today."))
    return day


def sellers_for(customer, user):
    """Return whom `user` may credit with an order of `customer`: people in sight who still work here, and its owner."""
    people = User.objects.visible_to(user).active().exclude(role=Role.FINANCE)
    return (people | User.objects.filter(pk=customer.owner_id)).order_by("name")


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **attrs):
        super().__init__(format="%Y-%m-%d", attrs=attrs)


class OrderForm(forms.ModelForm):
    """A new order for one customer; sold by whoever owns the customer unless said otherwise."""

    class Meta:
        model = Order
        fields = ["number", "ordered_on", "units", "amount", "salesperson"]
        widgets = {"ordered_on": DateInput()}

    def __init__(self, *args, customer, user, **kwargs):
        super().__init__(*args, instance=Order(customer=customer, salesperson=customer.owner), **kwargs)
        self.fields["salesperson"].queryset = sellers_for(customer, user)
        self.fields["amount"].help_text = _("yuan; 0 for free items")

    def clean_ordered_on(self):
        return not_in_future(self.cleaned_data["ordered_on"])


class ConfirmForm(forms.Form):
    """When the money arrived; today unless said otherwise."""

    paid_on = forms.DateField(label=_("paid on"), required=False, widget=DateInput())

    def clean_paid_on(self):
        return not_in_future(self.cleaned_data["paid_on"]) or timezone.localdate()


class ReverseForm(forms.Form):
    """Why a confirmed payment is taken back."""

    note = forms.CharField(label=_("Why it is taken back"), max_length=300)
