"""交接清单: what was handed over to whom, what is missing, and places to sign (policy 4.6)."""

from itertools import groupby

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from crm.lib.dates import local_date
from crm.lib.looks import listed, money
from crm.lib.paper import Column, Paper
from customers.models import Handover, HandoverItem
from customers.ownership.handing_over import KINDS
from customers.ownership.handover_split import received
from customers.ownership.taking_over import lacks
from staff.models import User


def print_list(handover: Handover, *, by) -> tuple[str, bytes]:
    """Return the name of the file and the PDF, in the language in use, as far as `by` may read the handover."""
    title = _("Handover list")
    company = handover.leaver.team.path.partition("/")[0] if handover.leaver.team else "Evergreen CRM"
    paper = Paper(title, company=company, by=by)
    paper.lead(str(handover))
    paper.remark(capfirst(handover.get_status_display()))
    _facts(paper, handover)
    items = list(handover.items.visible_to(by).resolved().order_by("id"))
    names = User.objects.in_bulk({pk for item in items for pk in (item.receiver_id, item.goes_to) if pk})
    if handover.done_at:
        _receivers(paper, handover, by)
    _missing(paper, items, names)
    _things(paper, items, names, handover)
    paper.signatures(_signed(handover, names))
    return f"{title} {handover.leaver}.pdf", paper.printed()


def _facts(paper, handover):
    found = lacks(handover)
    done = f"{handover.done_by} {local_date(handover.done_at)}" if handover.done_at else ""
    paper.pairs(
        [
            (_("Who hands over"), handover.leaver),
            (_("Why"), handover.get_why_display()),
            (_("Opened"), f"{handover.opened_by} {local_date(handover.opened_at)}"),
            (pgettext("handover", "Carried out"), done),
            (_("Commission"), _("withheld") if found.is_withheld else _("not withheld")),
            (_("To be confirmed"), found.unconfirmed),
            (pgettext("handover", "Missing"), found.missing),
            (_("Note"), handover.note),
        ]
    )


def _receivers(paper, handover, by):
    columns = (
        Column(_("Receiver"), 5),
        Column(_("Customers"), 2, "R"),
        Column(_("Receivables (yuan)"), 3, "R"),
        Column(_("Things"), 2, "R"),
        Column(_("Confirmed"), 2, "R"),
        Column(pgettext("handover", "Missing"), 2, "R"),
    )
    paper.section(_("Receivers"))
    rows = [
        (
            person or _("nobody named"),
            row["customers"],
            money(row["money"] or 0),
            row["number"],
            row["confirmed"],
            row["missing"],
        )
        for person, row in received(handover, by)
    ]
    paper.table(columns, rows)


def _missing(paper, items, names):
    missing = [item for item in items if item.status == HandoverItem.Status.MISSING]
    if missing:
        paper.section(_("What is missing"))
        columns = (Column(pgettext("handover", "What"), 5), Column(_("Receiver"), 2), Column(_("What is missing"), 5))
        said = [(KINDS[item.kind].say(item.label), names.get(item.receiver_id), item.note) for item in missing]
        paper.table(columns, said)


def _things(paper, items, names, handover):
    columns = (
        Column("#", 1, "R"),
        Column(pgettext("handover", "What"), 9),
        Column(_("Yuan"), 2.4, "R"),
        Column(_("Receiver"), 3),
        Column(_("State"), 2.6),
    )
    for kind, of_kind in groupby(sorted(items, key=_place), key=lambda item: KINDS[item.kind]):
        paper.section(str(kind.title))
        rows = [_row(n, item, kind, names, handover) for n, item in enumerate(of_kind, start=1)]
        paper.table(columns, rows)


def _place(item):
    return KINDS[item.kind].rank, item.pk


def _row(n, item, kind, names, handover):
    to = names.get(item.goes_to if handover.status == Handover.Status.DRAFT else item.receiver_id)
    where = str(to) if to else kind.home if item.goes_home or item.to_home else ""
    amount = money(item.amount) if item.amount is not None else ""
    return n, kind.say(item.label), amount, where, item.get_status_display()


def _signed(handover, names):
    """Yield who hands over and who leads; the receivers sign by hand."""
    done = f"{handover.done_by} {timezone.localdate(handover.done_at)}" if handover.done_at else ""
    yield _("Hands over"), ""
    yield _("Receives"), listed(sorted(map(str, names.values()))) if len(names) == 1 else ""
    yield _("Supervises"), done
