"""What waits for my decision (policy 6.2)."""

from django.views.decorators.http import require_safe

from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import render_page, require
from plans import inbox, permissions, rows
from plans.forms.approving import DecisionForm

SIZE = 20
LARGEST = 2**63


@require_safe
def inbox_page(request):
    require(permissions.may_decide(request.user))
    return draw_inbox(request)


def draw_inbox(request, *, plan=None, form=None, status=200):
    """Draw the list with one case open: the one asked for, else the first."""
    page = KeysetPage.of(request, inbox.seats_of(request.user), "since", size=SIZE)
    seat = _chosen(request, page, plan)
    plan = plan or (seat and seat.plan)
    context = {
        "rows": rows.waiting(page.rows, open_at=seat),
        "page": page,
        "number": page.count if page.previous or page.next else len(page.rows),
        "is_elsewhere": plan and not any(one.plan_id == plan.pk for one in page.rows),
        "all": "all" in request.GET,
    }
    if plan:
        context |= decision_context(request, plan, seat, form)
    return render_page(request, "plans/inbox.html", context, fragment="inbox", status=status)


def _chosen(request, page, plan):
    """Return my seat at the plan asked for, wherever it is in the list; else the first of the page."""
    asked = plan.pk if plan else number(request.GET.get("plan"))
    here = next((seat for seat in page.rows if seat.plan_id == asked), None)
    if asked and here is None:
        here = inbox.seats_of(request.user).filter(plan=asked).first()
    return here if here or plan else next(iter(page.rows), None)


def number(text: str | None) -> int | None:
    """Return an id that was sent; None for anything that is none."""
    return int(text) if text and text.isascii() and text.isdigit() and int(text) < LARGEST else None


def decision_context(request, plan, seat, form=None, *, seats=None) -> dict:
    """Return what the form of a decision needs; of a stale page, what changed since the version it showed."""
    seen = number(str(form["version"].value() or "")) if form is not None else None
    case = inbox.case(plan, request.user, seat=seat, seats=seats, looked_at=seen if seen != plan.version_id else None)
    if form is None:
        form = DecisionForm(document=case.version.content)
    for measure in case.wording.lines:
        measure.field = form[f"line-{measure.row['id']}"]
    opened = form["verb"].value() if form.is_bound else ""
    return {"case": case, "plan": plan, "form": form, "opened": opened}
