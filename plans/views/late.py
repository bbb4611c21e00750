"""Late tasks of people in sight, by whose business they are by now (policy 6.3)."""

from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import render_page, require
from plans import lateness, permissions
from plans.views.seen import mark_customers


@require_safe
def late_list(request):
    require(permissions.may_draft(request.user))
    level = _level(request)
    tasks = lateness.late(request.user, level).select_related("plan__author", "person")
    page = KeysetPage.of(request, tasks.defer("result", "feedback"), "due_on")
    lateness.mark(page.rows)
    mark_customers(page.rows, request.user)
    levels = [
        (lateness.AUTHOR, _("all")),
        (lateness.MANAGER, _("3 working days and more")),
        (lateness.DIRECTOR, _("6 working days and more")),
    ]
    return render_page(request, "plans/late.html", {"page": page, "level": level, "levels": levels}, fragment="rows")


def _level(request):
    asked = request.GET.get("days", "")
    known = {str(level): level for level in lateness.LEVELS}
    return known.get(asked, lateness.level_for(request.user))
