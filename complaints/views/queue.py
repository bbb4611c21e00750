"""The work at hand: the queue, the board, and the notes that name me."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from complaints import board, mentions, permissions, rows, seen
from complaints.filters import TicketFilter
from complaints.left import Clock
from complaints.models import Ticket
from complaints.queues import queues_of
from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import render_page, require

SIZE = 30
# Longer numbers are no ids: they would overflow the column.
PK_DIGITS = 19


@require_safe
def ticket_queue(request):
    require(permissions.may_receive(request.user))
    tabs = queues_of(request.user)
    tab = next((tab for tab in tabs if tab.key == request.GET.get("tab")), tabs[0])
    found = TicketFilter(request.GET, tab.find(request.user), request=request)
    key, is_descending = tab.order
    page = KeysetPage.of(request, found.qs.for_queue(), key, descending=is_descending, size=SIZE)
    # Of what is over, or of others, rows are counted for a period only: then the number is that of the statistics.
    page.is_counted = tab.is_short or bool(request.GET.get("since"))
    seen.mark_customers(page.rows, request.user)
    context = {"filter": found, "page": page, "lines": rows.listed(page.rows), "tabs": tabs, "tab": tab}
    return render_page(request, "complaints/queue.html", context, fragment="rows")


@require_safe
def ticket_board(request):
    require(permissions.may_receive(request.user))
    found = TicketFilter(request.GET, Ticket.objects.visible_to(request.user), request=request)
    columns, clock = board.columns(found.qs, user=request.user), Clock()
    for column in columns:
        column.lines = rows.cards(column.cards, clock)
    context = {"filter": found, "columns": columns, "has_any": any(column.cards for column in columns)}
    return render_page(request, "complaints/board.html", context, fragment="columns")


@require_http_methods(["GET", "HEAD", "POST"])
def mention_list(request):
    """Show the notes that name me; a POST says that one of them, or all, were seen."""
    require(permissions.may_receive(request.user))
    if request.method == "POST":
        return _mark_as_seen(request)
    is_all = request.GET.get("which") == "all"
    page = KeysetPage.of(request, mentions.of(request.user, unseen_only=not is_all), "id", descending=True)
    return render_page(request, "complaints/mentions.html", {"page": page, "is_all": is_all}, fragment="rows")


def _mark_as_seen(request):
    asked = request.POST.get("mention", "")
    pk = int(asked) if asked.isdecimal() and len(asked) < PK_DIGITS else None
    if asked and pk is None:
        return redirect("complaints:mentions")
    number = mentions.mark_as_seen(request.user, pk)
    if number:
        text = ngettext("%d note is marked as seen.", "%d notes are marked as seen.", number)
        messages.success(request, text % number)
    else:
        messages.info(request, _("It was marked as seen before."))
    return redirect("complaints:mentions")
