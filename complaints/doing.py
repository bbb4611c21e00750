"""What is done to settle a ticket, by whom and until when: tasks, compensation, consequences (policy 7.6)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints import telling
from complaints.models import Action, Ticket
from crm.lib.moves import TooLate


def add(ticket: Ticket, action: Action, *, by) -> Action:
    """Give somebody something to do for the ticket; a consequence for staff is a reviewer's to give.

    Raises TooLate when the ticket is closed by now.
    """
    is_consequence = action.kind == Action.Kind.CONSEQUENCE
    with ticket.moving("punish" if is_consequence else "edit", by=by, fields=()) as step:
        action.ticket, action.by = ticket, by
        action.save()
        step.verb, step.data = ("punish" if is_consequence else "task"), _said(action)
        telling.notify(ticket, {action.person} - {by}, "action")
    return action


def finish(action: Action, *, result: str, by) -> None:
    """Say that it is done and what came of it; raises TooLate when somebody has said so before."""
    with transaction.atomic():
        ticket = action.ticket
        ticket.lock()
        done = {"result": result, "done_at": timezone.now(), "done_by": by}
        if not Action.objects.filter(pk=action.pk, done_at=None).update(**done):
            raise TooLate(_("It is done already."))
        is_consequence = action.kind == Action.Kind.CONSEQUENCE
        step = ticket.activity("punish" if is_consequence else "done", by=by)
        step.note, step.data = result, _said(action) | {"is_done": True}
        step.save()


def _said(action):
    said = {name: getattr(action, name) for name in ("kind", "text", "due_on", "cost")}
    return said | {"person": str(action.person)}
