"""Whom a ticket's fortunes concern: mails to colleagues, and the customer's timeline."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy

from customers.models import Activity
from staff import notices

WORDS = {
    "received": gettext_lazy("%(ticket)s came in and is yours to look after"),
    "assigned": gettext_lazy("%(ticket)s names you as responsible"),
    "review": gettext_lazy("%(ticket)s waits for your choice"),
    "chosen": gettext_lazy("%(ticket)s: a solution is chosen"),
    "action": gettext_lazy("%(ticket)s: something is given to you to do"),
    "back": gettext_lazy("%(ticket)s was sent back to you"),
    "mentioned": gettext_lazy("%(ticket)s: you are named in a note"),
    "said": gettext_lazy("%(ticket)s: the customer has written"),
    "warned": gettext_lazy("%(ticket)s is due soon"),
    "late": gettext_lazy("%(ticket)s is late"),
    "reopened": gettext_lazy("%(ticket)s was opened again"),
}


def notify(ticket, people: Iterable, what: str) -> None:
    """Let a mail be written to each of `people`, in their language; a task sends it."""
    notices.write(people, lambda: WORDS[what] % {"ticket": f"{ticket.number} “{ticket.subject}”"})


def tell_customer_page(ticket, did: str, *, by, note: str = "") -> None:
    """Write on the timeline of the ticket's customer what was done; nothing while the customer is unknown."""
    if ticket.customer_id:
        data = {"ticket": ticket.pk, "number": ticket.number, "subject": ticket.subject, "did": did}
        Activity.objects.create(
            customer_id=ticket.customer_id, verb=Activity.Verb.COMPLAINT, by=by, note=note, data=data
        )
