"""Writing the case library: a closed ticket as a case without personal data (policy 7.8)."""

import hashlib
import json

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from complaints import anonymous
from complaints.models import Action, Case, Ticket
from crm.lib.moves import TooLate

TEXTS = ("title", "product", "situation", "solution", "lesson")
TAKEN_OVER = ("kind", "cause", "department", "product")
WRITTEN = (*TEXTS, "kind", "cause", "department")


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


def version_of(case: Case) -> str:
    """Return what tells this wording of the case from every other one."""
    said = json.dumps([getattr(case, name) for name in WRITTEN])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def edit(case: Case, written: dict, *, version: str) -> None:
    """Put what is `written` in the place of the wording `version`; raises TooLate when the case reads otherwise by now.

    `case` is as it stands in the database then.
    """
    with transaction.atomic():
        case.refresh_from_db(from_queryset=Case.objects.select_for_update(of=("self",)))
        if version_of(case) != version:
            raise TooLate(_("Somebody has changed this case since you opened it."))
        for name in WRITTEN:
            setattr(case, name, written[name])
        case.save(update_fields=WRITTEN)


def check(ticket: Ticket) -> None:
    """Raise TooLate unless the ticket is closed: what is still open has taught nothing yet."""
    if ticket.is_open:
        raise TooLate(_("A case is written once the ticket is closed."))
