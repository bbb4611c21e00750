"""The rows of the list and the cards of the board, prepared: their look-ups would cost more than the queries behind."""

from functools import lru_cache

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from crm.lib.looks import money, number, when
from plans.models import Plan

Status = Plan.Status
# Orange waits for somebody, red was sent back, azure runs, green is through.
COLORS = {
    Status.DRAFT: "secondary",
    Status.SUBMITTED: "orange",
    Status.RETURNED: "red",
    Status.RUNNING: "azure",
    Status.AMENDING: "azure",
    Status.AMENDMENT_SUBMITTED: "orange",
    Status.AMENDMENT_RETURNED: "red",
    Status.PAUSED: "yellow",
    Status.ENDED: "orange",
    Status.REPORTED: "orange",
    Status.CLOSED: "green",
    Status.DROPPED: "secondary",
}
# States that the column of the board says already.
PLAIN = {Status.DRAFT, Status.SUBMITTED, Status.RUNNING, Status.CLOSED}


def listed(plans) -> list[tuple]:
    """Return what each row of the list shows, in the order in which its template names it."""
    address = _address()
    return [
        (
            address % plan.pk,
            plan.name,
            plan.is_template,
            badge(plan.status),
            _waited_for(plan),
            when(plan.waiting_since),
            plan.author,
            plan.team.name if plan.team else "",
            number(plan.reach),
            money(plan.budget),
            money(plan.spent) if plan.in_force_id else "",
            plan.spent > plan.approved,
            when(plan.updated_at),
        )
        for plan in plans
    ]


def cards(plans) -> list[tuple]:
    """Return what each card of the board shows, in the order in which its template names it."""
    address, tasks, yuan = _address(), _("%(done)s of %(total)s tasks"), _("%(amount)s yuan")
    return [
        (
            address % plan.pk,
            plan.name,
            f"{plan.author} · {plan.team.name}" if plan.team else plan.author,
            "" if plan.status in PLAIN or plan.waits_for else badge(plan.status),
            _waited_for(plan),
            when(plan.waiting_since),
            plan.all_tasks,
            plan.done,
            tasks % {"done": number(plan.done), "total": number(plan.all_tasks)},
            ngettext("%d late", "%d late", plan.late) % plan.late if plan.late else "",
            ngettext("%d customer", "%d customers", plan.reach) % plan.reach,
            yuan % {"amount": money(plan.budget)},
        )
        for plan in plans
    ]


def badge(status: str) -> str:
    """Return how a state looks."""
    return _badge(status, get_language())


@lru_cache(maxsize=128)
def _badge(status, language):
    return format_html('<span class="badge bg-{}-lt">{}</span>', COLORS[status], Status(status).label)


def _waited_for(plan) -> str:
    """Return who may decide, first in turn; "" when nobody is waited for."""
    if not plan.waits_for:
        return ""
    return f"{plan.waits_for[0]} …" if len(plan.waits_for) > 1 else str(plan.waits_for[0])


def _address() -> str:
    """Return the address of a plan with a place for its id."""
    return reverse("plans:detail", args=[0]).replace("0", "%d")
