"""Small forms that open in the dialog above a page, and as pages of their own without JavaScript."""

from dataclasses import dataclass, field

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, resolve_url
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from crm.lib.shortcuts import render_page
from customers.models import Customer


@dataclass
class Dialog:
    """What a small form says: heading, button, and `facts` in front of the fields; `more` is for its own template."""

    title: str
    button: str
    customer: Customer
    facts: list[tuple[str, object]] = field(default_factory=list)
    template: str = "customers/dialog.html"
    more: dict = field(default_factory=dict)

    def show(self, request, form, *, status=200):
        """Draw the form: as a fragment for the dialog, else as a page."""
        context = {"dialog": self, "form": form, "customer": self.customer} | self.more
        status = 422 if form.errors and status == 200 else status
        return render_page(request, self.template, context, fragment="form", status=status)

    def show_late(self, request, form, late):
        """Draw the form again with what was typed, and why it came too late."""
        form.add_error(None, str(late))
        return self.show(request, form, status=409)


def done(request, customer, text, *, back=None, page=""):
    """Answer what was done: a dialog closes and the page below hears what changed, a page leads back.

    `page` is the address of the form as a page, where it is not that which it is sent to.
    """
    back = back or customer
    is_page = request.htmx and request.htmx.current_url_abs_path == (page or request.get_full_path())
    if request.htmx and not is_page:
        response = trigger_client_event(HttpResponse(), "logged", {"customer": customer.pk})
        trigger_client_event(response, "toast", {"text": text, "level": "success"})
        return trigger_client_event(response, "closeDialog", {})
    messages.success(request, text)
    return HttpResponseClientRedirect(resolve_url(back)) if is_page else redirect(back)


def sent(request):
    """Return what a form is bound to: what was posted, be it nothing at all."""
    return request.POST if request.method == "POST" else None
