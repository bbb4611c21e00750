"""投诉处理单: what a ticket was, what was found, chosen and done, and what the customer says of it (policy 7, 12)."""

import datetime as dt

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from complaints import seen
from complaints.choices import Cause, Kind
from complaints.models import Action, Ticket
from complaints.rows import nth
from crm.lib.dates import local_date
from crm.lib.looks import money
from crm.lib.paper import Column, Paper


def print_form(ticket: Ticket, *, by) -> tuple[str, bytes]:
    """Return the name of the file and the PDF, in the language in use, as far as `by` may read the ticket.

    `ticket` is loaded `seen.with_customers`; consequences for staff are drawn for leaders only (policy 7.6).
    """
    is_complaint = ticket.kind == Kind.COMPLAINT
    title = _("Complaint form") if is_complaint else _("Suggestion form")
    steps = list(ticket.steps.select_related("by"))
    paper = Paper(title, company=_company(ticket), by=by)
    paper.lead(ticket.subject)
    paper.remark(" · ".join(filter(None, (ticket.number, str(ticket.get_status_display()), _round(ticket)))))
    _received(paper, ticket)
    _judged(paper, ticket, steps)
    _investigated(paper, steps)
    _solutions(paper, ticket)
    _actions(paper, ticket, steps, by)
    _called_back(paper, ticket)
    paper.signatures(_signed(ticket, steps))
    return f"{title} {ticket.number}.pdf", paper.printed()


def _company(ticket):
    """Return the name of the team at the top, which is the company's."""
    person = ticket.holder or ticket.received_by
    return person.team.path.partition("/")[0] if person and person.team else "Evergreen CRM"


def _round(ticket):
    return nth(ticket.rounds + 1) if ticket.rounds else ""


def _received(paper, ticket):
    sees = ticket.sees_customer
    reach = "" if ticket.hides_reach else " ".join(filter(None, (ticket.phone, ticket.email)))
    paper.section(_("Received"))
    paper.pairs(
        [
            (_("Received on"), moment(ticket.received_at)),
            (_("Received by"), ticket.received_by or _("the online form or mail")),
            (_("Came by"), ticket.get_source_display()),
            (_("Severity"), ticket.get_severity_display()),
            (_("Customer"), ticket.customer if sees else _("out of your sight") if ticket.customer_id else ""),
            (_("Grade"), ticket.customer.grade if sees else ""),
            (_("Who complains"), ticket.reporter),
            (_("How to reach them"), reach),
            (_("Product"), ticket.product),
            (_("Looked after by"), ticket.holder or _("nobody yet")),
        ]
    )
    paper.pairs([(_("What happened"), ticket.text), (_("Demand"), ticket.demand)], columns=1)


def _judged(paper, ticket, steps):
    paper.section(_("Judged, and who is responsible"))
    judged = last(steps, "judge")
    paper.pairs(
        [
            (_("Justified"), _yes(ticket.is_justified)),
            (_("Demand reasonable"), _yes(ticket.is_reasonable)),
            (_("Judged by"), _signature(judged)),
            (_("Answer promised by"), ticket.promised_on),
            (_("Department"), ticket.get_department_display()),
            (_("Responsible person"), ticket.responsible),
        ]
    )
    if judged and judged.note:
        paper.pairs([(_("Answer to the customer"), judged.note)], columns=1)


def _investigated(paper, steps):
    """Draw every investigation: a later round has its own."""
    found = [step for step in steps if step.verb == "investigate"]
    if not found:
        return
    paper.section(_("Investigation"))
    for step in found:
        cause = dict(Cause.choices).get(step.data.get("cause"), "")
        paper.pairs([(_("Cause"), cause), (_("Found by"), _signature(step))])
        words = [(_("What was found"), step.note), (_("The customer expects"), step.data.get("expectation"))]
        paper.pairs(words, columns=1)


def _solutions(paper, ticket):
    solutions = list(ticket.solutions.select_related("by", "chosen_by"))
    if not solutions:
        return
    paper.section(_("Solutions and choice"))
    columns = (
        Column("#", 1, "R"),
        Column(_("Solution"), 7),
        Column(_("Yuan"), 2, "R"),
        Column(_("The customer's benefit"), 5),
        Column(_("Chosen by, direction"), 6),
    )
    rows = [(n, one.text, money(one.cost), one.benefit, _choice(one)) for n, one in enumerate(solutions, start=1)]
    paper.table(columns, rows)


def _choice(solution):
    if solution.chosen_at is None:
        return ""
    return "\n".join(filter(None, (f"{solution.chosen_by} {day(solution.chosen_at)}", solution.direction)))


def _actions(paper, ticket, steps, by):
    said = [(_signature(step), step.note) for step in steps if step.verb in {"agree", "act"} and step.note]
    actions = list(seen.actions(ticket, by))
    if not actions and not said:
        return
    paper.section(_("Agreed and carried out"))
    paper.pairs(said, columns=1, name_width=40)
    if actions:
        columns = (
            Column(_("Kind"), 3),
            Column(_("What"), 7),
            Column(_("Who"), 3),
            Column(_("By"), 3),
            Column(_("Yuan"), 2, "R"),
            Column(_("Done, result"), 6),
        )
        paper.table(columns, list(map(_action, actions)))


def _action(action: Action):
    done = f"{day(action.done_at)} {action.result}".strip() if action.done_at else _("open")
    return capfirst(action.get_kind_display()), action.text, action.person, action.due_on, money(action.cost), done


def _called_back(paper, ticket):
    tries = list(ticket.tries.select_related("by"))
    if not tries:
        return
    paper.section(_("Callbacks"))
    columns = (Column(_("When"), 4), Column(_("By whom"), 4), Column(_("Outcome"), 4), Column(_("What they said"), 10))
    rows = [(moment(one.at), one.by or _("the customer"), _outcome(one), one.note) for one in tries]
    paper.table(columns, rows)


def _outcome(one):
    return " ".join(filter(None, (str(one.get_outcome_display()), "★" * (one.satisfaction or 0))))


def _signed(ticket, steps):
    """Yield who received, investigated, chose and called back; the customer signs by hand."""
    yield _("Received by"), _signature(last(steps, "receive")) or str(ticket.received_by or "")
    yield _("Responsible"), _signature(last(steps, "investigate"))
    yield _("Reviewed by"), _signature(last(steps, "choose", "review"))
    yield _("Customer"), ""


def last(steps, *verbs):
    """Return the latest step that is one of `verbs`, None when there is none."""
    return next((step for step in reversed(list(steps)) if step.verb in verbs), None)


def _signature(step) -> str:
    return f"{step.by or ''} {day(step.at)}".strip() if step else ""


def _yes(value):
    return "" if value is None else _("yes") if value else _("no")


def day(at: dt.datetime) -> str:
    return local_date(at).isoformat()


def moment(at: dt.datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
