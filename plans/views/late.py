"""Late tasks of people in sight, by whose business they are by now (policy 6.3)."""

from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import render_page, require
from plans import lateness, permissions, rows
from plans.views.seen import mark_customers

LISTED = (
    "what", "due_on", "customer", "plan__name", "plan__author__name", "plan__author__username", "person__name",
    "person__username",
)  # fmt: skip


@require_safe
def late_list(request):
    require(permissions.may_draft(request.user))
    level = _level(request)
    tasks = lateness.late(request.user, level).select_related("plan__author", "person").only(*LISTED)
    page = KeysetPage.of(request, tasks, "due_on", counted=lateness.counted(request.user, level))
    lateness.mark(page.rows)
    mark_customers(page.rows, request.user)
    levels = [
        (lateness.AUTHOR, _("all")),
        (lateness.MANAGER, _("3 working days and more")),
        (lateness.DIRECTOR, _("6 working days and more")),
    ]
    context = {"page": page, "lines": rows.late(page.rows), "level": level, "levels": levels}
    return render_page(request, "plans/late.html", context, fragment="rows")


def _level(request):
    asked = request.GET.get("days", "")
    known = {str(level): level for level in lateness.LEVELS}
    return known.get(asked, lateness.level_for(request.user))
