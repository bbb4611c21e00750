"""Visits on site: the list, planning one, and what becomes of it."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.lib.moves import TooLate, get_for_move
from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import get_visible, render_page, require
from customers.models import Customer
from visits import permissions, sites
from visits.filters import SiteVisitFilter
from visits.forms import SiteCancelForm, SiteFinishForm, SiteVisitForm
from visits.forms.sites import usual_times
from visits.models import SiteVisit


@require_safe
def site_list(request):
    require(permissions.may_read_logs(request.user))
    asked = request.GET.copy()
    asked.setdefault("status", "all" if asked.get("customer") else SiteVisit.Status.PLANNED.value)
    found = SiteVisitFilter(asked, SiteVisit.objects.visible_to(request.user).for_list(), request=request)
    # What is to come reads from the next one on, what was from the last one back.
    is_ahead = asked["status"] == SiteVisit.Status.PLANNED
    page = KeysetPage.of(request, found.qs, "planned_from", descending=not is_ahead)
    for visit in page.rows:
        visit.is_readable = visit.may_be_read_by(request.user)
    tabs = [*SiteVisit.Status.choices, ("all", _("all"))]
    context = {"filter": found, "page": page, "tabs": tabs, "status": asked["status"]}
    return render_page(request, "visits/sites.html", context, fragment="rows")


@require_http_methods(["GET", "HEAD", "POST"])
def site_add(request, pk):
    customer = get_for_move(Customer, request.user, "edit", pk)
    form = SiteVisitForm(request.POST or None, instance=SiteVisit(customer=customer), initial=usual_times())
    if request.method == "POST" and form.is_valid():
        try:
            visit = sites.plan(form.instance, by=request.user)
        except TooLate as late:
            form.add_error(None, _("%(late)s Your text is still here.") % {"late": late})
            return _add_page(request, customer, form, status=409)
        messages.success(request, _("The visit is planned."))
        return redirect(visit)
    return _add_page(request, customer, form, status=422 if form.errors else 200)


def _add_page(request, customer, form, status):
    return render_page(request, "visits/site_form.html", {"customer": customer, "form": form}, status=status)


@require_safe
def site_detail(request, pk):
    visit = get_visible(SiteVisit.objects.for_list(), request.user, pk=pk)
    return _detail_page(request, visit, {})


@require_POST
def site_edit(request, pk):
    visit = _for_move(request, "edit", pk)
    form = SiteVisitForm(request.POST, instance=visit)
    return _move(request, visit, "edit", form, lambda: sites.edit(visit, form, by=request.user))


@require_POST
def site_finish(request, pk):
    visit = _for_move(request, "finish", pk)
    form = SiteFinishForm(request.POST)
    return _move(request, visit, "finish", form, lambda: sites.finish(visit, by=request.user, **form.cleaned_data))


@require_POST
def site_cancel(request, pk):
    visit = _for_move(request, "cancel", pk)
    form = SiteCancelForm(request.POST)
    return _move(request, visit, "cancel", form, lambda: sites.cancel(visit, by=request.user, **form.cleaned_data))


def _for_move(request, verb, pk):
    """Return the visit for a verb: 404 out of sight, 409 when its customer went to the pool."""
    visit = SiteVisit.objects.movable_for(request.user).filter(pk=pk).first()
    if visit is None:
        raise Http404
    if visit.customer.owner_id is None:
        raise TooLate(visit.customer.too_late("edit"))
    require(SiteVisit.MOVES[verb].who(request.user, visit))
    return visit


def _move(request, visit, verb, form, work):
    """Do the verb when its form is in order; what was typed stays in the form when it is not, or comes too late."""
    if not form.is_valid():
        return _detail_page(request, _as_stored(visit), {verb: form}, status=422)
    try:
        work()
    except TooLate as late:
        form.add_error(None, _("%(late)s Your text is still here.") % {"late": late})
        return _detail_page(request, _as_stored(visit), {verb: form}, status=409)
    done = {"edit": _("Saved."), "finish": _("The visit is finished."), "cancel": _("The visit is cancelled.")}
    messages.success(request, done[verb])
    return redirect(visit)


def _as_stored(visit):
    """Return the visit without what a form has set on it."""
    return SiteVisit.objects.for_list().filter(pk=visit.pk).get()


def _detail_page(request, visit, bound, status=200):
    moves = visit.moves(request.user)
    blank = {
        "edit": lambda: SiteVisitForm(instance=visit),
        "finish": lambda: SiteFinishForm(initial=_begun(visit)),
        "cancel": SiteCancelForm,
    }
    shown = {verb: bound.get(verb) or make() for verb, make in blank.items() if verb in moves or verb in bound}
    opened, form = next(iter(bound.items()), ("", None))
    context = {"visit": visit, "customer": visit.customer, "forms": shown, "opened": opened, "form": form}
    context["is_readable"] = visit.may_be_read_by(request.user)
    return render_page(request, "visits/site_detail.html", context, status=status)


def _begun(visit):
    return {"started_at": visit.planned_from} if visit.planned_from <= timezone.now() else {}
