"""The steps of a ticket, in the order of policy 7.3 to 7.7: each is taken once, by somebody, and leaves a `Step`.

Whoever reviews is a leader who neither looks after the ticket nor is responsible for its cause. Only a customer who
says that they are satisfied closes it, or a leader after `TRIES` calls on different days that reached nobody.
"""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints import clocks, holding, inheriting, telling
from complaints.choices import Kind
from complaints.models import Desk, Solution, Ticket, Try
from complaints.reviewing import nearest_leaders
from crm.lib.moves import TooLate

Status = Ticket.Status
TRIES = 3


class NotYet(ValueError):
    """The step can't be taken before something else; the text says what."""


def take(ticket: Ticket, *, by) -> None:
    """Look after the ticket from now on (policy 1.7)."""
    with ticket.moving("take", by=by) as step:
        step.data = {"from": str(ticket.holder or "")}
        ticket.holder = by


def judge(ticket: Ticket, *, is_justified: bool, is_reasonable: bool, answer: str, by) -> None:
    """Judge whether it is justified and the demand reasonable (policy 7.3).

    Justified, the responsible are named next. Not justified, `answer` is what the customer is told tactfully, once a
    leader has reviewed it; so it is with a suggestion, whether it is taken up or not. Raises NotYet without an answer.
    """
    is_short = ticket.kind == Kind.SUGGESTION or not is_justified
    with ticket.moving("judge", by=by) as step:
        if is_short and not answer.strip():
            raise NotYet(_("Write what the customer is told."))
        ticket.is_justified, ticket.is_reasonable = is_justified, is_reasonable
        ticket.status = Status.ANSWERING if is_short else Status.JUSTIFIED
        step.note, step.data = answer, {"justified": is_justified, "reasonable": is_reasonable}
        if is_short:
            telling.notify(ticket, reviewers(ticket), "review")


def assign(ticket: Ticket, *, department: str, person, promised_on: dt.date, by) -> None:
    """Name the responsible department and person, and when the customer can expect an answer (policy 7.3)."""
    with ticket.moving("assign", by=by) as step:
        ticket.department, ticket.responsible, ticket.promised_on = department, person, promised_on
        if ticket.status == Status.JUSTIFIED:
            ticket.status = Status.INVESTIGATING
        step.data = {"department": department, "person": str(person), "promised_on": promised_on}
        step.is_public = True
        telling.notify(ticket, [person], "assigned")


def investigate(ticket: Ticket, *, cause: str, found: str, expectation: str, by) -> None:
    """Write down the cause with its evidence, and what the customer expects (policy 7.4)."""
    with ticket.moving("investigate", by=by) as step:
        ticket.cause = cause
        step.note, step.data = found, {"cause": cause, "expectation": expectation}


def propose(ticket: Ticket, solution: Solution, *, by) -> Solution:
    """Add a way to settle it, with cost and benefit (policy 7.5)."""
    with ticket.moving("propose", by=by) as step:
        solution.ticket, solution.round, solution.by = ticket, ticket.rounds, by
        solution.save()
        step.note, step.data = solution.text, {"cost": solution.cost, "benefit": solution.benefit}
    return solution


def put_forward(ticket: Ticket, *, by) -> None:
    """Put the solutions of this round before a leader; raises NotYet when there is none."""
    with ticket.moving("put_forward", by=by):
        if not this_round(ticket).exists():
            raise NotYet(_("Propose at least one solution."))
        telling.notify(ticket, reviewers(ticket), "review")


def this_round(ticket):
    return ticket.solutions.filter(round=ticket.rounds)


def choose(ticket: Ticket, solution: Solution, *, direction: str, by) -> None:
    """Choose one of this round's solutions and direct how it is done (policy 7.5)."""
    with ticket.moving("choose", by=by) as step:
        chosen = this_round(ticket).filter(pk=solution.pk).first()
        if chosen is None:
            raise TooLate(ticket.too_late("choose"))
        chosen.chosen_at, chosen.chosen_by, chosen.direction = timezone.now(), by, direction
        chosen.save()
        step.note, step.data = direction, {"solution": chosen.pk, "text": chosen.text, "cost": chosen.cost}
        telling.notify(ticket, told(ticket), "chosen")


def send_back(ticket: Ticket, *, note: str, by) -> None:
    """Ask for other solutions."""
    with ticket.moving("send_back", by=by) as step:
        step.note = note
        telling.notify(ticket, told(ticket), "back")


def agree(ticket: Ticket, *, note: str, by) -> None:
    """Record that the customer agrees to the solution, and how (policy 7.6)."""
    with ticket.moving("agree", by=by) as step:
        step.note = note
        answered(ticket)


def refuse(ticket: Ticket, *, note: str, by) -> None:
    """Record that the customer does not agree: others are proposed; the choice is undone but stays in the history."""
    with ticket.moving("refuse", by=by) as step:
        step.note = note
        this_round(ticket).update(chosen_at=None, chosen_by=None)
        answered(ticket)


def act(ticket: Ticket, *, note: str, by) -> None:
    """Say that everything agreed is carried out; raises NotYet while an action is open or nothing was done."""
    with ticket.moving("act", by=by) as step:
        # What staff have to bear is another matter: the customer does not wait for it.
        actions = ticket.actions.exclude(kind="consequence")
        if actions.filter(done_at=None).exists():
            raise NotYet(_("Some of what was agreed is not done yet."))
        if not actions.exists() and not note.strip():
            raise NotYet(_("Say what was done."))
        step.note = note
        ticket.resolved_at = timezone.now()


def review(ticket: Ticket, *, note: str, by) -> None:
    """Approve what the customer is told; it is told them in the call back."""
    with ticket.moving("review", by=by) as step:
        step.note = note
        ticket.resolved_at = timezone.now()


def rework(ticket: Ticket, *, note: str, by) -> None:
    """Have it judged again."""
    with ticket.moving("rework", by=by) as step:
        step.note = note
        telling.notify(ticket, told(ticket), "back")


def call_back(ticket: Ticket, *, outcome: str, satisfaction: int | None = None, note: str = "", by) -> Try:
    """Note what the customer says (policy 7.7): satisfied closes it, not satisfied investigates again, counted.

    `by` is None when the customer says so themselves on their link.
    """
    with transaction.atomic():
        if by is None:
            ticket.lock()
            if ticket.status != Status.CALLING:
                raise TooLate(ticket.too_late("call_back"))
            step = ticket.activity("call_back", by=None)
            made = _said(ticket, outcome, satisfaction, note, by, step)
            ticket.save()
            step.save()
        else:
            with ticket.moving("call_back", by=by) as step:
                made = _said(ticket, outcome, satisfaction, note, by, step)
        holding.follow(ticket)
        if ticket.status == Status.CLOSED:
            telling.tell_customer_page(ticket, "close", by=by, note=note)
        elif outcome == Try.Outcome.UNSATISFIED:
            telling.notify(ticket, told(ticket), "back")
    return made


def _said(ticket, outcome, satisfaction, note, by, step):
    step.note, step.data = note, {"outcome": outcome, "satisfaction": satisfaction}
    step.is_public = by is None
    made = Try.objects.create(
        ticket=ticket,
        round=ticket.rounds,
        outcome=outcome,
        satisfaction=satisfaction,
        note=note,
        by=by,
        on=timezone.localdate(),
    )
    if outcome == Try.Outcome.NOT_REACHED:
        return made
    ticket.satisfaction = satisfaction
    clocks.go_on(ticket)
    if outcome == Try.Outcome.SATISFIED:
        _close(ticket)
    else:
        ticket.status, ticket.resolved_at = Status.INVESTIGATING, None
        ticket.rounds += 1
    return made


def _close(ticket):
    ticket.status, ticket.closed_at = Status.CLOSED, timezone.now()
    clocks.set_due(ticket)


def days_tried(ticket: Ticket) -> int:
    """Return on how many different days of this round calls reached nobody."""
    tries = ticket.tries.filter(round=ticket.rounds, outcome=Try.Outcome.NOT_REACHED)
    return tries.order_by().values("on").distinct().count()


def give_up(ticket: Ticket, *, note: str, by) -> None:
    """Close a ticket whose customer can't be reached, after TRIES calls on different days; raises NotYet before."""
    with transaction.atomic():
        with ticket.moving("give_up", by=by) as step:
            if days_tried(ticket) < TRIES:
                raise NotYet(_("Only after calls on %d different days that reached nobody.") % TRIES)
            step.note = note
            clocks.go_on(ticket)
            ticket.status = Status.CLOSED
            ticket.closed_at = timezone.now()
            clocks.set_due(ticket)
        holding.follow(ticket)
        telling.tell_customer_page(ticket, "unreachable", by=by)


def may_reopen(ticket: Ticket, now: dt.datetime | None = None) -> bool:
    """Whether a closed ticket continues when the customer comes back; later it is a new one that repeats it."""
    if ticket.closed_at is None:
        return False
    return (now or timezone.now()) - ticket.closed_at <= dt.timedelta(days=Desk.current().reopen_days)


def reopen(ticket: Ticket, *, note: str, by=None) -> None:
    """Continue a closed ticket at its investigation; raises TooLate when too many days have passed.

    `by` is None when the customer asks for it on their link or by mail.
    """
    with transaction.atomic():
        ticket.lock()
        if by is not None:
            ticket.check_move("reopen", by=by)
        if ticket.is_open:
            raise TooLate(ticket.too_late("reopen"))
        if not may_reopen(ticket):
            raise TooLate(_("It was closed too long ago: a new one is opened, and linked to it."))
        step = ticket.activity("reopen", by=by)
        step.note, step.is_public = note, by is None
        if ticket.holder and inheriting.is_gone(ticket.holder):
            inheriting.inherit(ticket)
        ticket.reopened += 1
        ticket.rounds += 1
        # The time in which it was closed counts for nobody.
        ticket.stops.create(since=ticket.closed_at, until=timezone.now(), reason=_("closed"), by=by)
        ticket.status, ticket.closed_at, ticket.resolved_at = Status.INVESTIGATING, None, None
        clocks.set_due(ticket)
        ticket.save()
        step.save()
        holding.follow(ticket)
        telling.tell_customer_page(ticket, "reopen", by=by)
        telling.notify(ticket, told(ticket), "reopened")


def answered(ticket):
    """Note the first answer that the customer got."""
    if ticket.answered_at is None:
        ticket.answered_at = timezone.now()
        clocks.set_due(ticket)


def workers(ticket) -> list:
    """Return who works on the ticket and is here: whoever looks after it and whoever is responsible."""
    return [person for person in {ticket.holder, ticket.responsible} if person and person.is_active]


def told(ticket) -> list:
    """Return who hears what becomes of the ticket: whoever works on it, else the nearest leaders."""
    return workers(ticket) or nearest_leaders(ticket)


def reviewers(ticket) -> list:
    """Return the nearest leaders who may review: the supervisors of whoever looks after it, else those above."""
    return nearest_leaders(ticket)
