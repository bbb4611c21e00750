"""Writing the case library: a closed ticket as a case without personal data (policy 7.8)."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from complaints import anonymous
from complaints.models import Action, Case, Ticket
from crm.lib.moves import TooLate

TEXTS = ("title", "product", "situation", "solution", "lesson")
TAKEN_OVER = ("kind", "cause", "department", "product")


def draft(ticket: Ticket) -> Case:
    """Return an unsaved case with what the ticket tells, personal data made unreadable."""
    words = {"title": ticket.subject, "product": ticket.product, "situation": ticket.text, "solution": _done(ticket)}
    found = ticket.steps.filter(verb="investigate").exclude(note="").order_by("at", "id").last()
    if found:
        words["situation"] += "\n\n" + found.note
    case = Case(ticket=ticket, **{name: getattr(ticket, name) for name in TAKEN_OVER if name not in words})
    for name, text in words.items():
        setattr(case, name, anonymous.hidden(text, ticket)[: Case._meta.get_field(name).max_length])
    return case


def _done(ticket):
    """Return the chosen solution of the last round and what was done, else the answer that was given."""
    chosen = ticket.solutions.filter(chosen_at__isnull=False).order_by("round").last()
    actions = ticket.actions.exclude(kind=Action.Kind.CONSEQUENCE).exclude(done_at=None).order_by("done_at")
    lines = [chosen.text] if chosen else []
    lines += [": ".join(filter(None, (action.text, action.result))) for action in actions]
    if not lines:
        answer = ticket.steps.filter(verb="judge").exclude(note="").order_by("at", "id").last()
        lines = [answer.note] if answer else []
    return "\n".join(lines)


def add(case: Case, *, by) -> Case:
    """Save the case of a closed ticket; raises TooLate when it is open again, or somebody has written it before."""
    try:
        with transaction.atomic():
            ticket = Ticket.objects.select_for_update(of=("self",)).get(pk=case.ticket_id)
            check(ticket)
            case.ticket, case.by = ticket, by
            case.save(force_insert=True)
    except IntegrityError as twice:
        raise TooLate(_("Somebody has written this case already.")) from twice
    return case


def check(ticket: Ticket) -> None:
    """Raise TooLate unless the ticket is closed: what is still open has taught nothing yet."""
    if ticket.is_open:
        raise TooLate(_("A case is written once the ticket is closed."))
