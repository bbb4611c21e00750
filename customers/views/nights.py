"""The nights: what they returned, letting a stopped one go, undoing a return (policy 4)."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import render_page, require
from customers import night, permissions
from customers.ownership import nights, undoing
from customers.ownership.rules import by_rule
from staff.permissions import people_in_sight

# So many people are named; the rest of them together.
MOST_PEOPLE = 30


@require_safe
def night_list(request):
    require(permissions.may_read_rules(request.user))
    page = KeysetPage.of(request, nights.runs(), "business_date", descending=True, size=30)
    waits = nights.waiting()
    for run in page.rows:
        run.went = nights.went(run)
        run.number = sum(run.went.values())
        run.rules = _by_rule(run.went)
        run.by_hand = run.job != night.JOB
        run.waits = run == waits
    return render_page(request, "customers/nights.html", {"page": page}, fragment="rows")


def _by_rule(went):
    return by_rule({rule: number for rule, number in went.items() if number})


@require_safe
def night_detail(request, pk):
    require(permissions.may_read_rules(request.user))
    run = _run(pk)
    stopped = run.counts.get("stopped")
    facts = undoing.facts(run)
    context = {
        "run": run,
        "by_hand": run.job != night.JOB,
        "stopped": stopped,
        "waits": nights.waiting() == run,
        "errand": nights.letting_go(run) if stopped else None,
        "went_by": nights.by_hand_after(run) if stopped else None,
        "rules": _by_rule(nights.went(run)),
        "facts": facts,
        "undoing": undoing.latest(run),
        "people": _people(request.user, run, facts, stopped),
        "may_decide": permissions.may_decide_nights(request.user),
    }
    return render_page(request, "customers/night.html", context, fragment="state")


def _people(user, run, facts, stopped):
    """Return (id, name, number) of whose customers it is about, as far as `user` sees; the rest as one row."""
    sight = people_in_sight(user)
    if stopped and not facts.returned:
        if nights.waiting() != run:
            return []
        rows, total = nights.due_by_person(run, sight), nights.due(run).count()
    else:
        rows, total = undoing.by_person(run, sight), facts.returned
    named = rows[:MOST_PEOPLE]
    rest = total - sum(number for _pk, _name, number in named)
    return [*named, (None, _("others"), rest)] if named and rest > 0 else named


@require_POST
def night_let_go(request, pk):
    require(permissions.may_decide_nights(request.user))
    run = _run(pk)
    nights.ask_to_let_go(run, by=request.user)
    messages.success(request, _("They are being returned to the pool."))
    return redirect("customers:night", pk=run.pk)


@require_POST
def night_undo(request, pk):
    require(permissions.may_decide_nights(request.user))
    run = _run(pk)
    undoing.ask(run, by=request.user)
    messages.success(request, _("It is being undone."))
    return redirect("customers:night", pk=run.pk)


def _run(pk):
    run = nights.runs().filter(pk=pk).first()
    if run is None:
        raise Http404
    return run
