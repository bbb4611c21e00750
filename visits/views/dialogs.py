"""Small forms that open in the dialog above a page, and as pages of their own without JavaScript."""

from dataclasses import dataclass, field

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, resolve_url
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from crm.lib.shortcuts import render_page
from customers.models import Customer
from visits import permissions


@dataclass
class Dialog:
    """What a small form says: heading, button, and `facts` in front of the fields; `back` is where one came from."""

    title: str
    button: str
    customer: Customer
    back: str
    facts: list[tuple[str, object]] = field(default_factory=list)
    choices: list = field(default_factory=list)
    color: str = "primary"

    def show(self, request, form, *, status=200):
        """Draw the form: as a fragment for the dialog, else as a page."""
        links = permissions.sees_customer(request.user, self.customer)
        context = {"dialog": self, "form": form, "leads_to_customer": links}
        status = 422 if form.errors and status == 200 else status
        return render_page(request, "visits/dialog.html", context, fragment="form", status=status)

    def show_late(self, request, form, late, *, field=None):
        """Draw the form again with what was typed, and why it came too late."""
        form.add_error(field, str(late))
        return self.show(request, form, status=409)

    def done(self, request, text):
        """Answer a saved form: a dialog closes and the page below hears what changed, a page leads back."""
        is_page = request.htmx and request.htmx.current_url_abs_path == request.get_full_path()
        if request.htmx and not is_page:
            return _told(HttpResponse(), self.customer, text)
        messages.success(request, text)
        return HttpResponseClientRedirect(resolve_url(self.back)) if is_page else redirect(self.back)


def _told(response, customer, text):
    trigger_client_event(response, "logged", {"customer": customer.pk})
    trigger_client_event(response, "toast", {"text": text, "level": "success"})
    return trigger_client_event(response, "closeDialog", {})


def sent(request):
    """Return what a form is bound to: what was posted, be it nothing at all."""
    return request.POST if request.method == "POST" else None


def page_of(user, customer) -> str:
    """Return the address of the customer's page, of the calendar for somebody who does not see the customer."""
    return customer.get_absolute_url() if permissions.sees_customer(user, customer) else resolve_url("visits:calendar")
