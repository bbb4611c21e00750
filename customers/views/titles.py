"""Inquiries, what became of them, and disputes (policy 1.7, 4.1, 4.2)."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import trigger_client_event

from crm.lib.moves import TooLate
from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import get_visible, render_page, require
from customers import permissions, search
from customers.forms import DecideForm, DisputeForm, InquiryForm
from customers.models import Dispute, Inquiry
from customers.ownership import answering, disputes, inquiring
from customers.ownership.evidence import Case
from staff.models import User
from staff.permissions import is_leader
from staff.throttle import TooManyTries

FOUND = 6
TOO_MANY = 429


@require_safe
def inquiry_list(request):
    require(permissions.may_inquire(request.user))
    is_open = request.GET.get("state") == "open"
    found = answering.with_answers(Inquiry.objects.visible_to(request.user).with_customer())
    page = KeysetPage.of(request, answering.still_open(found) if is_open else found, "at", descending=True)
    rows = inquiring.with_words(page.rows, request.user)
    context = {"page": page, "lines": inquiring.became(rows, by=request.user), "is_open": is_open}
    context["is_leader"] = is_leader(request.user)
    return render_page(request, "customers/inquiries.html", context, fragment="rows")


@require_http_methods(["GET", "HEAD", "POST"])
def inquiry_add(request):
    require(permissions.may_inquire(request.user))
    if request.method != "POST":
        initial = {"channel": "phone", "customer": request.GET.get("customer", "")}
        return _inquiry_form(request, InquiryForm(initial=initial, user=request.user))
    if "find" in request.POST:
        return _inquiry_form(request, InquiryForm(initial=request.POST.dict(), user=request.user))
    form = InquiryForm(request.POST, user=request.user)
    try:
        inquiry = _take(form, request.user) if form.is_valid() else None
    except TooManyTries as error:
        form.add_error(None, str(error))
        return _inquiry_form(request, form, status=TOO_MANY)
    return _answer(request, inquiry) if inquiry else _inquiry_form(request, form, status=422)


def _inquiry_form(request, form, status=200):
    text = (request.POST.get("q") or request.GET.get("q") or "")[:100]
    chosen = form.chosen_customer
    found = [one for one in search.quick(text, user=request.user, limit=FOUND) if one != chosen]
    context = {"form": form, "text": text, "found": found, "chosen": chosen}
    fragment = "found" if request.htmx.target == "found" else "form"
    return render_page(request, "customers/inquiry_add.html", context, fragment=fragment, status=status)


def _take(form, by) -> Inquiry | None:
    """Take the inquiry of a valid form; None when a company that nobody knows lacks what it needs."""
    if customer := form.cleaned_data["customer"]:
        return inquiring.attach(form.instance, customer, by=by, promised=form.promised)
    inquiring.count_try(by)
    if inquiring.find(form.asker, by=by) is None and form.ask_for_what_is_missing():
        return None
    return inquiring.take(form.instance, asker=form.asker, owner=form.goes_to, by=by, promised=form.promised)


def _answer(request, inquiry):
    if not request.htmx:
        return redirect("customers:inquiry", inquiry.pk)
    response = _inquiry_page(request, inquiry.pk)
    return trigger_client_event(response, "logged", {"customer": inquiry.customer_id})


@require_safe
def inquiry_detail(request, pk):
    return _inquiry_page(request, pk)


def _inquiry_page(request, pk):
    inquiry = get_visible(answering.with_answers(Inquiry.objects.with_customer()), request.user, pk=pk)
    [inquiry] = inquiring.with_words([inquiry], request.user)
    [answer] = inquiring.became([inquiry], by=request.user)
    is_other = not (answer.is_own or answer.is_pooled)
    unsettled = Dispute.objects.visible_to(request.user).open()
    raised = unsettled.filter(customer=inquiry.customer_id, claimant=inquiry.by_id).first()
    context = {
        "inquiry": inquiry,
        "answer": answer,
        "promised": inquiring.promised_in(inquiry) if inquiry.is_readable else None,
        "dispute": raised,
        "may_dispute": is_other and not raised and permissions.may_dispute(request.user, inquiry),
        "may_claim": answer.is_pooled and answer.customer and permissions.may_claim(request.user, answer.customer),
    }
    return render_page(request, "customers/inquiry.html", context, fragment="answer")


@require_http_methods(["GET", "HEAD", "POST"])
def dispute_add(request, pk):
    """Say that the customer of one's own inquiry is one's own, not that of whoever has it."""
    inquiry = get_visible(Inquiry.objects.with_customer(), request.user, pk=pk)
    require(permissions.may_dispute(request.user, inquiry))
    form = DisputeForm(request.POST if request.method == "POST" else None)
    [answer] = inquiring.became([inquiry], by=request.user)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            raised = disputes.dispute(inquiry, reason=form.cleaned_data["reason"], by=request.user)
            messages.success(request, _("Somebody above both of you decides; you will hear."))
            return redirect("customers:dispute", raised.pk)
        except TooLate as late:
            form.add_error(None, str(late))
            status = 409
    status = 422 if form.errors and status == 200 else status
    context = {"form": form, "inquiry": inquiry, "answer": answer}
    return render_page(request, "customers/dispute_add.html", context, status=status)


@require_safe
def dispute_list(request):
    """Return what is to decide first, or what was decided."""
    require(permissions.may_inquire(request.user))
    is_closed = request.GET.get("state") == "closed"
    found = Dispute.objects.visible_to(request.user).for_list()
    found = found.exclude(decided_at=None) if is_closed else found.open()
    page = KeysetPage.of(request, found, "at", descending=is_closed)
    context = {"page": page, "cases": Case.listed(page.rows, request.user), "is_closed": is_closed}
    return render_page(request, "customers/disputes.html", context, fragment="rows")


@require_safe
def dispute_detail(request, pk):
    return _dispute_page(request, get_visible(Dispute.objects.for_list(), request.user, pk=pk))


@require_http_methods(["GET", "HEAD", "POST"])
def dispute_decide(request, pk):
    dispute = get_visible(Dispute.objects.for_list(), request.user, pk=pk)
    require(permissions.may_decide(request.user, dispute))
    form = DecideForm(request.POST if request.method == "POST" else None, dispute=dispute)
    if not form.is_valid():
        return _dispute_page(request, dispute, form, status=422 if form.errors else 200)
    winner: User = form.cleaned_data["winner"]
    disputes.decide(dispute, winner=winner, note=form.cleaned_data["note"], by=request.user)
    messages.success(request, _("Decided: the customer is %(person)s's.") % {"person": winner})
    return redirect("customers:dispute", dispute.pk)


def _dispute_page(request, dispute, form=None, status=200):
    case = Case.of(dispute, request.user)
    if form is None and case.may_decide:
        form = DecideForm(dispute=dispute)
    return render_page(
        request, "customers/dispute.html", {"case": case, "dispute": dispute, "form": form}, status=status
    )
