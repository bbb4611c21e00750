"""Before a customer goes to the pool: the list, more time, a lock, the clearing sheet (policy 4, 4.7)."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.lib.looks import when
from crm.lib.moves import TooLate, get_for_move
from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import get_visible, render_page, require
from customers import permissions
from customers.filters import LeavingFilter
from customers.forms import ExtendForm, LockForm, SheetForm, UnclearForm
from customers.models import Customer, PoolRules
from customers.ownership import clearing, extending, leaving, locking, standing
from customers.views.dialogs import Dialog, done, sent
from staff.permissions import is_finance, is_leader, people_in_sight

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def leaving_list(request):
    """Return the list of who goes soon; for leaders those of their people, with what is to do of whom."""
    require(not is_finance(request.user))
    found = LeavingFilter(request.GET, leaving.going(request.user), request=request)
    page = KeysetPage.of(request, found.qs, "returns_on")
    context = {
        "filter": found,
        "page": page,
        "lines": leaving.listed(page.rows, request.user, found.rules),
        "people": _by_person(request.user, found),
        "is_leader": is_leader(request.user),
        "today": timezone.localdate(),
    }
    return render_page(request, "customers/leaving.html", context, fragment="rows")


def _by_person(user, found):
    """Return what is to do by person: of whoever leads a few; who sees everybody chooses a team first."""
    people = people_in_sight(user)
    if not is_leader(user):
        return []
    if team := found.form.cleaned_data.get("team"):
        in_team = leaving.people_of(team)
        people = in_team if people is None else people & in_team
    return leaving.by_person(people, until=found.until, days=found.sheet_days) if people else []


@form_page
def customer_extend(request, pk):
    customer = get_for_move(Customer.objects.with_owner(), request.user, "extend", pk)
    rules = PoolRules.current()
    form = ExtendForm(sent(request), most=rules.extension_days)
    dialog = Dialog(_("Ask for an extension"), _("Ask"), customer, _facts(customer, rules))
    if request.method == "POST" and form.is_valid():
        try:
            extending.ask(customer, **form.cleaned_data, by=request.user)
        except TooLate as late:
            return dialog.show_late(request, form, late)
        return done(request, customer, _("Asked: you will hear what is decided."))
    return dialog.show(request, form)


def _facts(customer, rules):
    now = standing.Standing(customer)
    goes = _("on hold") if customer.is_held else when(customer.returns_on, due=True, full=True)
    facts = [(_("Goes to the pool"), goes), (_("Extensions left"), f"{now.left} / {rules.extensions}")]
    return facts + ([(_("Now"), now.refusal)] if now.refusal else [])


@form_page
def customer_lock(request, pk):
    customer = get_for_move(Customer.objects.with_owner(), request.user, "lock", pk)
    form = LockForm(sent(request))
    facts = [(_("Owner"), customer.owner), (_("Goes to the pool"), when(customer.returns_on, due=True, full=True))]
    dialog = Dialog(_("Lock the customer"), _("Lock"), customer, facts[: 1 if customer.is_held else 2])
    if request.method == "POST" and form.is_valid():
        try:
            locking.lock(customer, **form.cleaned_data, by=request.user)
        except TooLate as late:
            return dialog.show_late(request, form, late)
        text = _("Locked until %(day)s: it stays with %(owner)s.")
        return done(request, customer, text % {"day": form.cleaned_data["until"], "owner": customer.owner})
    return dialog.show(request, form)


@require_POST
def customer_unlock(request, pk):
    customer = get_for_move(Customer.objects.with_owner(), request.user, "unlock", pk)
    locking.unlock(customer, by=request.user)
    return done(request, customer, _("The lock is lifted."))


@form_page
def customer_sheet(request, pk):
    """The clearing sheet: its owner writes it, whoever leads them reads it and says what is unclear."""
    customer = get_visible(Customer.objects.with_owner(), request.user, pk=pk)
    require(permissions.reads_sheet(request.user, customer))
    if request.method == "GET" or request.method == "HEAD":
        return _sheet(request, customer)
    require(permissions.is_own(request.user, customer))
    form = SheetForm(request.POST)
    if not form.is_valid():
        return _sheet(request, customer, form)
    try:
        clearing.write(customer, form.written, seen=form.cleaned_data["seen"], by=request.user)
    except TooLate as late:
        return _sheet_again(request, customer, form, late)
    return done(request, customer, _("The sheet is written."))


def _sheet_again(request, customer, form, late):
    """Show both texts; sent once more, what was typed here knowingly takes the place of the other."""
    form.data = form.data.copy()
    form.data["seen"] = clearing.version(standing.Standing(customer).sheet)
    form.add_error(None, _("%(late)s Send it again to put yours in its place.") % {"late": late})
    return _sheet(request, customer, form, status=409)


def _sheet(request, customer, form=None, *, unclear=None, status=200):
    sheet = standing.Standing(customer).sheet
    seen = {"seen": clearing.version(sheet)}
    if form is None:
        initial = {name: getattr(sheet, name) for name in clearing.FIELDS} if sheet else {}
        form = SheetForm(initial=initial | seen)
    more = {"sheet": sheet, "unclear": unclear or UnclearForm(initial=seen), "late": status == 409}
    more |= {"is_own": permissions.is_own(request.user, customer)}
    more |= {"may_judge": permissions.leads_owner(request.user, customer)}
    dialog = Dialog(_("Clearing sheet"), _("Save the sheet"), customer, template="customers/sheet.html", more=more)
    if unclear is not None and unclear.errors:
        status = 422 if status == 200 else status
    return dialog.show(request, form, status=status)


@require_POST
def sheet_send_back(request, pk):
    customer = get_for_move(Customer.objects.with_owner(), request.user, "judge_sheet", pk)
    unclear = UnclearForm(request.POST)
    if not unclear.is_valid():
        return _sheet(request, customer, unclear=unclear)
    try:
        clearing.send_back(customer, **unclear.cleaned_data, by=request.user)
    except TooLate as late:
        unclear.add_error(None, str(late))
        return _sheet(request, customer, unclear=unclear, status=409)
    return _judged(request, customer, _("Sent back to %(owner)s.") % {"owner": customer.owner})


@require_POST
def sheet_pass(request, pk):
    customer = get_for_move(Customer.objects.with_owner(), request.user, "judge_sheet", pk)
    clearing.pass_sheet(customer, seen=request.POST.get("seen", ""), by=request.user)
    return _judged(request, customer, _("The sheet is clear."))


def _judged(request, customer, text):
    page = reverse("customers:sheet", args=[customer.pk])
    return done(request, customer, text, back="customers:leaving", page=page)
