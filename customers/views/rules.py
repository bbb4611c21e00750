"""The rules of the pool: what is in force and was, a new version, and what it would do (policy 4.8)."""

from itertools import pairwise

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from crm.lib.moves import TooLate
from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import render_page, require
from customers import permissions
from customers.forms import RulesForm
from customers.forms.rules import MEANINGS, SECTIONS, rearranged, start
from customers.models import PoolRules
from customers.ownership import applying, rules, simulating
from customers.ownership.rules import Version
from jobs.models import Run
from staff.models import User

VERSIONS = 10


@require_safe
def rules_detail(request):
    require(permissions.may_read_rules(request.user))
    newest = Version.newest()
    context = {
        "sections": _sections(newest),
        "own": [{"whose": row, "words": rules.own_words(row)} for row in newest.own],
        "page": _versions(request),
        "newest": newest.rules,
        "applying": _applying(),
        "may_edit": permissions.may_edit_rules(request.user),
    }
    return render_page(request, "customers/rules.html", context, fragment=_fragment(request))


def _fragment(request):
    return "progress" if request.htmx.target == "applying" else "versions"


def _sections(version):
    return [
        (heading, [(rules.label(n), rules.shown(getattr(version.rules, n)), MEANINGS[n]) for n in names])
        for heading, names in SECTIONS
    ]


def _versions(request):
    """Return a page of the versions, the newest first, each with its `changes` against the one before."""
    found = PoolRules.objects.select_related("by").prefetch_related("own_periods__team")
    page = KeysetPage.of(request, found, "id", descending=True, size=VERSIONS)
    versions = [Version(row, list(row.own_periods.all())) for row in page.rows]
    if versions:
        before = found.filter(pk__lt=versions[-1].rules.pk).order_by("-pk").first()
        versions += [Version(before, list(before.own_periods.all()))] if before else []
    for newer, older in pairwise(versions):
        newer.rules.changes = rules.changes(newer, older)
    return page


def _applying() -> Run | None:
    """Return the run that lets all dates follow the newest rules, while that goes on."""
    if not applying.is_pending():
        return None
    return Run.objects.filter(job=applying.JOB).order_by("-pk").first() or Run()


@require_http_methods(["GET", "HEAD", "POST"])
def rules_edit(request):
    """Write a new version; the buttons for rows and for the preview save nothing."""
    require(permissions.may_edit_rules(request.user))
    if request.method != "POST":
        return _page(request, RulesForm(initial=start(Version.newest())))
    do = request.POST.get("do", "")
    if do == "add" or do.startswith("remove-"):
        return _page(request, RulesForm(initial=rearranged(request.POST, do)))
    form = RulesForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    if do:
        return _page(request, form, preview=_preview(form, do))
    return _save(request, form)


def _preview(form, do):
    """Return what the draft would do, and with "person-5" whom of that person's customers it concerns."""
    draft = rules.drafted(form.instance, form.own, before=Version.newest())
    preview = {"found": simulating.simulate(draft), "is_pending": applying.is_pending()}
    pk = do.removeprefix("person-")
    if pk.isascii() and pk.isdigit() and len(pk) < 19:
        preview["person"] = get_object_or_404(User, pk=pk)
        preview["customers"] = simulating.customers_of(draft, preview["person"])
    return preview


def _save(request, form):
    try:
        saved = rules.save(form.instance, form.own, after=form.cleaned_data["after"], by=request.user)
    except TooLate as late:
        newest = Version.newest()
        form.begin_from(newest.number)
        form.add_error(None, _("%(late)s Save again to put yours in their place.") % {"late": late})
        return _page(request, form, status=409)
    text = _("The rules are saved; the dates of all customers follow them now.") if saved else _("Nothing was changed.")
    messages.success(request, text)
    return redirect("customers:rules")


def _page(request, form, *, preview=None, status=200):
    context = {"form": form, "preview": preview}
    if status == 409:
        context["theirs"] = _theirs()
    return render_page(request, "customers/rules_edit.html", context, fragment="preview", status=status)


def _theirs():
    """Return the newest version with what it changed, for whoever comes second."""
    found = PoolRules.objects.select_related("by").prefetch_related("own_periods__team").order_by("-pk")[:2]
    newest, *before = [Version(row, list(row.own_periods.all())) for row in found]
    newest.rules.changes = rules.changes(newest, before[0]) if before else []
    return newest.rules
