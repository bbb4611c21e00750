"""What contacts say of inquiries: when one was answered; and what was promised to whoever asked (policy 1.7)."""

from django.db.models import OuterRef, Subquery

from customers.models import Customer, Inquiry
from customers.ownership import answering
from visits.calls import SPOKEN
from visits.models import CallLog, Promise

# A contact with one of these answers an inquiry: somebody was spoken with, or written to.
ANSWERED = (*SPOKEN, CallLog.Outcome.SENT)


@answering.answers
def answered_at() -> Subquery:
    """Return when the customer of an inquiry was first in contact since."""
    since = CallLog.objects.filter(customer=OuterRef("customer"), at__gte=OuterRef("at"), outcome__in=ANSWERED)
    return Subquery(since.order_by("at").values("at")[:1])


@answering.keeps
def keep(inquiry: Inquiry, promised: answering.Promised) -> None:
    """Let whoever is responsible for the inquiry stand for what was promised.

    Of a customer in a pool that its taker may not look into, the inquiry alone stays with them: a promise names it.
    """
    customer, by = inquiry.customer, inquiry.by
    if customer.owner_id is None and not Customer.objects.visible_to(by).filter(pk=customer.pk).exists():
        return
    Promise.objects.create(
        customer=customer,
        text=promised.text,
        due_on=promised.on,
        first_due_on=promised.on,
        owner=inquiry.responsible,
        made_by=by,
    )
