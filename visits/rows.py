"""The rows of the list of logs, prepared: looking fifty rows up in a template costs more than the query behind them."""

from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from crm.lib.looks import when
from customers.choices import Channel
from visits.models import CallLog

NOTE_LENGTH = 160


def listed(logs, user) -> list[tuple]:
    """Return what each row of the list shows, in the order in which its template names it."""
    customer, detail = (reverse(view, args=[0]).replace("0", "%d") for view in ("customers:detail", "visits:detail"))
    channels, outcomes = (dict(choices) for choices in (Channel.choices, CallLog.Outcome.choices))
    masked = _("masked in the pool")
    return [
        (
            customer % log.customer_id,
            log.customer.name,
            detail % log.pk,
            when(log.at),
            log.by.name,
            f"{channels[log.channel]} · {outcomes[log.outcome]}",
            log.stars,
            Truncator(log.note).chars(NOTE_LENGTH) if log.may_be_read_by(user) else "",
            "" if log.may_be_read_by(user) else masked,
            when(log.next_on),
        )
        for log in logs
    ]
