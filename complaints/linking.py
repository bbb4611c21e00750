"""Tickets that belong together: one that repeats another, and many that come from one cause (policy 7.8)."""

from django.db.models import Q
from django.utils.translation import gettext as _

from complaints.models import Ticket
from complaints.steps import NotYet
from customers.search import grams, normalise

PARENT, REPEATS = "parent", "repeats"
SHOWN = 8
# Subjects are alike when they share this part of the shorter one's pairs of characters.
ALIKE = 0.5
LOOKED_AT = 30


def others_of(customer, *, user, besides: Ticket | None = None):
    """Return the newest other tickets of `customer` that `user` sees, open ones first."""
    found = Ticket.objects.visible_to(user).filter(customer=customer)
    if besides is not None:
        found = found.exclude(pk=besides.pk)
    newest = sorted(found.for_list().order_by("-received_at")[:LOOKED_AT], key=lambda one: not one.is_open)
    return newest[:SHOWN]


def duplicates(customer, subject: str, *, user) -> list[Ticket]:
    """Return the open tickets of `customer`, as far as `user` sees them, that say nearly the same."""
    return [one for one in others_of(customer, user=user) if one.is_open and are_alike(one.subject, subject)]


def are_alike(one: str, other: str) -> bool:
    first, second = (set(grams(normalise(text))) for text in (one, other))
    if not first or not second:
        return normalise(one) == normalise(other)
    return len(first & second) >= ALIKE * min(len(first), len(second))


def candidates(ticket: Ticket, text: str, *, user) -> list[Ticket]:
    """Return what `ticket` can be linked to: by number or words of the subject, else what its customer has."""
    text = normalise(text)
    if not text:
        return others_of(ticket.customer, user=user, besides=ticket) if ticket.customer_id else []
    found = Ticket.objects.visible_to(user).exclude(pk=ticket.pk).for_list()
    named = Q(number__endswith=text) if text.replace("-", "").isdigit() else Q(grams__contains=grams(text))
    return list(found.filter(named).order_by("-received_at")[:SHOWN])


def link(ticket: Ticket, other: Ticket, *, how: str, by) -> None:
    """Say that `ticket` repeats `other`, or comes from the same cause, whose first ticket is the parent of all.

    Raises NotYet when that would go round in a circle, TooLate when the ticket is closed by now.
    """
    with ticket.moving("edit", by=by) as step:
        if how == PARENT:
            ticket.parent = _head(ticket, other)
        else:
            ticket.repeats = _earlier(ticket, other)
        step.verb, step.data = "link", {"how": how, "number": other.number, "ticket": other.pk}


def _head(ticket, other):
    """Return the parent of both: one level is all there is."""
    if ticket.children.exists():
        raise NotYet(_("Others stand under this one already. Link them from their own pages."))
    head = other.parent or other
    if head.pk == ticket.pk:
        raise NotYet(_("%(number)s stands under this one already.") % {"number": other.number})
    return head


def _earlier(ticket, other):
    seen = other
    for _step in range(LOOKED_AT):
        if seen is None:
            return other
        if seen.pk == ticket.pk:
            raise NotYet(_("%(number)s is said to repeat this one already.") % {"number": other.number})
        seen = seen.repeats
    return other
