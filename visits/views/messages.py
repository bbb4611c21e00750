"""Quick messages: to one contact, to many customers, and what became of them."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.lib.moves import get_for_move
from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import render_page, require
from customers.models import Customer
from visits import permissions
from visits.filters import MessageFilter
from visits.forms import MailingForm, MessageForm
from visits.mailing import MOST, choose
from visits.messages import retry, write
from visits.models import Message
from visits.wording import fill


@require_safe
def message_list(request):
    require(permissions.may_read_logs(request.user))
    found = MessageFilter(request.GET, Message.objects.visible_to(request.user).for_list(), request=request)
    page = KeysetPage.of(request, found.qs, "created_at", descending=True)
    for message in page.rows:
        message.is_readable = message.may_be_read_by(request.user)
        message.leads_to_customer = permissions.sees_customer(request.user, message.customer)
        message.may_retry = "retry" in message.moves(request.user)
    return render_page(request, "visits/messages.html", {"filter": found, "page": page}, fragment="rows")


@require_http_methods(["GET", "HEAD", "POST"])
def message_add(request, pk):
    customer = get_for_move(Customer, request.user, "log", pk)
    start = {"template": request.GET.get("template", ""), "to": request.GET.get("to", "")}
    form = MessageForm(request.POST or None, customer=customer, user=request.user, **start)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        words = {name: data[name] for name in ("channel", "subject", "text", "token")}
        moment = write([(customer, data["contact"])], by=request.user, **words)
        messages.success(request, _on_its_way(data["contact"], moment))
        return redirect(customer)
    contacts = f"{customer.get_absolute_url()}?tab=contacts"
    context = {"customer": customer, "form": form, "contacts_url": contacts}
    status = 422 if form.errors else 200
    return render_page(request, "visits/message_form.html", context, fragment="form", status=status)


def _on_its_way(contact, moment):
    if moment <= timezone.now():
        return _("The message to %(contact)s is on its way.") % {"contact": contact}
    words = {"contact": contact, "moment": f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"}
    return _("The message to %(contact)s goes out on %(moment)s, so as not to disturb.") % words


@require_http_methods(["GET", "HEAD", "POST"])
def messages_add(request):
    require(permissions.may_read_logs(request.user))
    start = {"template": request.GET.get("template", ""), "whom": request.GET}
    form = MailingForm(request.POST or None, user=request.user, **start)
    if request.method != "POST" or not form.is_valid() or "change" in request.POST:
        return _mailing_page(request, form)
    mailing = choose(**form.criteria())
    if mailing.is_too_many:
        text = _("These are more than %(most)d customers. Choose fewer, by grade or intention.")
        form.add_error(None, text % {"most": MOST})
    elif not mailing.recipients:
        form.add_error(None, _("This channel reaches none of them. Choose another channel, or loosen the filters."))
    elif form.cleaned_data["seen"] == len(mailing.recipients):
        return _send(request, form, mailing)
    return _mailing_page(request, form, None if form.errors else mailing)


def _mailing_page(request, form, mailing=None):
    """Draw the form, or what would be sent to whom: nothing goes out before somebody has seen that."""
    context = {"form": form, "mailing": mailing}
    if mailing:
        customer, contact = mailing.recipients[0]
        names = {"customer": customer, "contact": contact, "me": request.user}
        context["sample"] = {name: fill(form.cleaned_data[name], **names) for name in ("subject", "text")}
        context["has_changed"] = form.cleaned_data["seen"] is not None
    status = 422 if form.is_bound and form.errors else 200
    return render_page(request, "visits/mailing.html", context, fragment="form", status=status)


def _send(request, form, mailing):
    words = {name: form.cleaned_data[name] for name in ("channel", "subject", "text", "token")}
    write(mailing.recipients, by=request.user, **words)
    count = len(mailing.recipients)
    text = ngettext(
        "%(count)d message is written and goes out by itself.",
        "%(count)d messages are written and go out by themselves.",
        count,
    )
    messages.success(request, text % {"count": count})
    return redirect("visits:messages")


@require_POST
def message_retry(request, pk):
    message = get_for_move(Message, request.user, "retry", pk)
    retry(message, by=request.user)
    messages.success(request, _("The message waits to be sent again."))
    return redirect("visits:messages")
