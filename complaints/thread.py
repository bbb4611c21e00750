"""The thread of a ticket: the customer's words, answers to them, notes among colleagues (policy 7.2, 7.9)."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from complaints import clocks, receiving, steps, telling
from complaints.choices import Source
from complaints.models import File, Mention, Message, Ticket

Way = Message.Way


def hear(
    ticket: Ticket, text: str, *, files: Iterable[File] = (), source=Source.FORM, address="", mail_id=None, by=None
) -> Message:
    """Keep what the customer said and go on with the clock; whoever works on the ticket is told.

    A closed ticket continues when it was closed lately; otherwise a new one is opened that repeats it, and the message
    belongs to that and came by `source`. The same `mail_id` twice is one message. `by` is who wrote it down, None for
    the customer.
    """
    with transaction.atomic():
        ticket.lock()
        if mail_id and (earlier := Message.objects.filter(mail_id=mail_id).first()):
            return earlier
        if not ticket.is_open:
            ticket = _continued(ticket, text, source, by)
        message = _keep(ticket, Way.IN, text, by, files, address=address, mail_id=mail_id)
        if ticket.stopped_at:
            clocks.go_on(ticket)
            ticket.save()
        if by is None:
            telling.notify(ticket, steps.told(ticket), "said")
    return message


def _continued(ticket, text, source, by):
    if steps.may_reopen(ticket):
        steps.reopen(ticket, note="", by=by)
        return ticket
    names = ("kind", "customer", "reporter", "phone", "email", "language", "product")
    again = Ticket(subject=ticket.subject, text=text, source=source, repeats=ticket)
    for name in names:
        setattr(again, name, getattr(ticket, name))
    return receiving.receive(again, by=by)[0]


def answer(ticket: Ticket, text: str, *, files: Iterable[File] = (), by) -> Message:
    """Write to the customer: on their link at once, and by mail when an address is known.

    The first answer ends the clock of the first answer.
    """
    with transaction.atomic(), ticket.moving("answer", by=by):
        message = _keep(ticket, Way.OUT, text, by, files, address=ticket.email)
        steps.answered(ticket)
    return message


def note(ticket: Ticket, text: str, *, people=(), files: Iterable[File] = (), by) -> Message:
    """Write a note that only colleagues read; `people` are named in it and may read the ticket from now on."""
    with transaction.atomic():
        with ticket.moving("note", by=by):
            message = _keep(ticket, Way.NOTE, text, by, files)
        Mention.objects.bulk_create(Mention(ticket=ticket, message=message, person=person) for person in people)
        telling.notify(ticket, people, "mentioned")
    return message


def _keep(ticket, way, text, by, files, **fields):
    message = Message.objects.create(ticket=ticket, way=way, text=text, by=by, at=timezone.now(), **fields)
    for file in files:
        file.ticket, file.message, file.by, file.is_public = ticket, message, by, way != Way.NOTE
    File.objects.bulk_create(files)
    return message
