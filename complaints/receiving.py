"""Receiving a complaint or suggestion (policy 7.1, 7.2): it has somebody responsible at once."""

import hashlib
import secrets

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from complaints import clocks, holding, permissions, telling
from complaints.choices import Kind
from complaints.models import Desk, Step, Ticket
from customers.models import Contact, Customer
from visits import schedule
from visits.models import ServiceEvent

# Fewer digits are no phone number.
LEAST_DIGITS = 7
EVENTS = {Kind.COMPLAINT: ServiceEvent.Kind.COMPLAINT, Kind.SUGGESTION: ServiceEvent.Kind.PROPOSAL}


def recognise(*, phone: str = "", email: str = "") -> Customer | None:
    """Return the customer whose contact has this phone or mail; None when nobody has, or several customers have."""
    digits = "".join(filter(str.isdigit, phone))
    contacts = Contact.objects.none()
    if len(digits) >= LEAST_DIGITS:
        contacts = Contact.objects.filter(digits__in={digits, digits.removeprefix("86"), f"86{digits}"})
    customers = set(contacts.values_list("customer", flat=True)[:3])
    if not customers and email:
        customers = set(Contact.objects.filter(email__iexact=email).values_list("customer", flat=True)[:3])
    return Customer.objects.filter(pk=customers.pop()).first() if len(customers) == 1 else None


def new_key() -> str:
    """Return a key for a private link: longer than anybody guesses, of letters that an address keeps as they are."""
    return secrets.token_urlsafe(24)


def receive(ticket: Ticket, *, by=None, key: str = "") -> tuple[Ticket, str]:
    """Save the new `ticket` and return it with the key of the customer's private link; its token twice is one ticket.

    `by` is None for what came by form or mail. Whoever receives it is responsible until somebody named takes it
    (policy 1.7); what nobody was asked for goes to the customer's owner, else to the desk. Only the digest of the key
    is kept: the second time it is "", unless the caller brings the same one once more.
    """
    key = key or new_key()
    try:
        with transaction.atomic():
            return _once(ticket, key) or _received(ticket, by, key)
    except IntegrityError:
        # Of two at the same moment the later one waited for the earlier one's token.
        if earlier := _once(ticket, key):
            return earlier
        raise


def _once(ticket, key):
    earlier = Ticket.objects.filter(token=ticket.token).first()
    return (earlier, key if earlier.key_digest == digest(key) else "") if earlier else None


def _received(ticket, by, key):
    ticket.number = next_number()
    ticket.customer = ticket.customer or recognise(phone=ticket.phone, email=ticket.email)
    ticket.received_by, ticket.key_digest = by, digest(key)
    ticket.holder = by or first_holder(ticket)
    clocks.set_due(ticket)
    ticket.save(force_insert=True)
    data = {"source": ticket.source} | ({"continues": ticket.repeats_id} if ticket.repeats_id else {})
    Step.objects.create(ticket=ticket, verb="receive", by=by, data=data, is_public=True)
    if ticket.customer_id:
        _tell_customers_room(ticket, by)
    if by is None:
        _tell_holder(ticket)
    return ticket, key


def place(ticket: Ticket, *, at, targets) -> None:
    """Do for a ticket of the public form, which is held, what `receive` does for others (see `intake.take`).

    What colleagues did with it meanwhile stays: whoever took it has it, the customer that they named is its customer.
    """
    is_known, is_taken = ticket.customer_id is not None, ticket.steps.filter(verb="take").exists()
    ticket.customer = ticket.customer or recognise(phone=ticket.phone, email=ticket.email)
    ticket.holder = ticket.holder if is_taken else first_holder(ticket)
    ticket.is_placed = True
    clocks.set_due(ticket, at=at, targets=targets)
    ticket.save()
    if ticket.customer_id and not is_known:
        _tell_customers_room(ticket, None)
    if not is_taken:
        _tell_holder(ticket)


def _tell_holder(ticket):
    telling.notify(ticket, [ticket.holder] if ticket.holder else [], "received")


def first_holder(ticket: Ticket):
    """Return who looks after what nobody here received: the customer's owner, else the desk, else None."""
    owner = ticket.customer.owner if ticket.customer_id else None
    return next((person for person in (owner, Desk.current().person) if person and _is_here(person)), None)


def _is_here(person):
    return person.is_active and permissions.may_receive(person)


def _tell_customers_room(ticket, by):
    """Write on the customer's timeline, plan the call at once (policy 5.3), and hold the customer while it is open."""
    schedule.received(ticket.customer, kind=EVENTS[ticket.kind], by=by, note=ticket.subject, at=ticket.received_at)
    holding.follow(ticket)


def match(ticket: Ticket, customer: Customer, *, by) -> None:
    """Say which customer an unknown complainer is; raises TooLate when the ticket is closed by now."""
    with ticket.moving("edit", by=by) as step:
        was = ticket.customer_id
        ticket.customer = customer
        step.verb, step.data = "match", {"customer": str(customer), "was": was}
        clocks.set_due(ticket)
        if was != customer.pk:
            _tell_customers_room(ticket, by)


def next_number() -> str:
    """Return the next number of the company's series, with the year in front: 2026-000123."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('complaints_number_series')")
        return number_of(timezone.localdate().year, cursor.fetchone()[0])


def number_of(year: int, place: int) -> str:
    return f"{year}-{place:06d}"


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def find_by_key(key: str) -> Ticket | None:
    """Return the ticket that a private link belongs to."""
    return Ticket.objects.select_related("customer").filter(key_digest=digest(key)).first()
