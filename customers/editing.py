"""Entering and editing a customer, and what follows from it: payment and cooperation decide the grade (policy 3.1)."""

from django.db import transaction
from django.utils import timezone

from customers.choices import Cooperation, Payment
from customers.grading import regrade
from customers.models import Contact
from customers.reactions import react

GRADED = {"payment", "cooperation"}
# What decides how often a customer is contacted, besides its grade (policy 5.5).
PLANNED = {"intention"}


def enter(form, *, by):
    """Create the customer of a valid `NewCustomerForm`, for the chosen owner or the person who enters it."""
    customer, data = form.instance, form.cleaned_data
    with transaction.atomic():
        customer.create(owner=data.get("owner") or by, by=by)
        if data["contact_name"]:
            Contact.objects.create(
                customer=customer, name=data["contact_name"], phone=data["contact_phone"], is_main=True
            )
        if (customer.payment, customer.cooperation) != (Payment.GOOD, Cooperation.LONG):
            _regrade(customer)
    return customer


def edit(customer, form, *, version, by):
    """Save an edit made on `version`, and the grade that it changes; raises TooLate as `Customer.edit` does."""
    with transaction.atomic():
        customer.edit(form, version=version, by=by)
        if GRADED & set(form.changed_data):
            _regrade(customer)
        if PLANNED & set(form.changed_data):
            react([customer.pk])


def _regrade(customer):
    regrade(on=timezone.localdate(), customers=[customer.pk])
