"""What customers send themselves, by the public form or their private link (policy 7.1)."""

import uuid
from contextlib import nullcontext

from django.db import transaction
from django.db.models import Q

from complaints import clocks, intake_sql, receiving, thread
from complaints.choices import Source
from complaints.models import File, Message, Target, Ticket
from complaints.stamps import Stamp

SUBJECT_LENGTH = 40
# A chain of tickets that repeat each other is followed no further.
FURTHEST = 20


def take(ticket: Ticket, files: list[File], *, stamp: Stamp) -> None:
    """Write down what the public form says, with its files; the same stamp twice is one ticket.

    It has its number and is the desk's at once, by one statement, so that many can be taken; a task does the rest
    within moments (`place_waiting`).
    """
    ticket.source, ticket.token, ticket.is_placed = Source.FORM, stamp.token, False
    ticket.subject = subject_of(ticket.text)
    ticket.key_digest = receiving.digest(stamp.key)
    with transaction.atomic() if files else nullcontext():
        pk = intake_sql.insert(ticket)
        if pk and files:
            for file in files:
                file.ticket_id, file.is_public = pk, True
            File.objects.bulk_create(files)


def place_waiting() -> int:
    """Place the tickets that the public form brought, each in a transaction of its own; return how many.

    Of two workers one takes each; one that was killed leaves the rest to the next.
    """
    at, targets, placed = clocks.work_time(), list(Target.objects.all()), 0
    while True:
        with transaction.atomic():
            waiting = Ticket.objects.filter(is_placed=False).order_by("id")
            ticket = waiting.select_for_update(of=("self",), no_key=True, skip_locked=True).first()
            if ticket is None:
                return placed
            receiving.place(ticket, at=at, targets=targets)
            placed += 1


def subject_of(text: str) -> str:
    """Return the first words of what happened: customers are asked for no heading of their own."""
    first = text.strip().splitlines()[0].strip() if text.strip() else ""
    for end in "。！？!?":
        first = first.partition(end)[0] or first
    return first if len(first) <= SUBJECT_LENGTH else first[: SUBJECT_LENGTH - 1].rstrip() + "…"


def current(ticket: Ticket) -> Ticket:
    """Return the ticket that a private link leads to by now: the last that continues the one it was made for.

    Only what the customer's own words opened continues it (see `thread.hear`), not what colleagues linked later.
    """
    for _step in range(FURTHEST):
        if ticket.is_open:
            break
        words = Q(received_by=None) | Q(steps__verb="receive", steps__data__continues=ticket.pk)
        own = ticket.repeated_by.filter(words, reporter=ticket.reporter, phone=ticket.phone, email=ticket.email)
        later = own.order_by("-pk").first()
        if later is None:
            break
        ticket = later
    return ticket


def add(ticket: Ticket, text: str, files: list[File], *, token: uuid.UUID) -> Message:
    """Add words and files to the ticket of a private link; the same token twice is one message."""
    return thread.hear(ticket, text, files=files, mail_id=f"link:{token}")
