"""The rows of the customer lists, prepared: fifty rows of attribute look-ups cost more than the query behind them."""

from django.urls import reverse
from django.utils.translation import gettext as _

from crm.lib.looks import grade, money, when
from customers.models import Stint
from customers.ownership.rules import NAMES

# A customer returns soon within so many days.
SOON = 14


def listed(customers) -> list[tuple]:
    """Return what each row of the customer list shows, in the order in which its template names it."""
    address = _address()
    return [
        (
            address % customer.pk,
            customer.pk,
            customer.name,
            customer.code,
            customer.is_flagged,
            grade(customer.grade),
            customer.owner.name,
            customer.owner.team.name if customer.owner.team else "",
            money(customer.dealt),
            when(customer.last_sale_on),
            when(customer.last_contact_at),
            when(customer.next_contact_on, due=True),
            *_returns(customer),
        )
        for customer in customers
    ]


def _returns(customer) -> tuple[str, str]:
    """Return when a customer goes to the pool and by which rule; no rule takes one that is on hold."""
    if customer.is_held:
        return _("on hold"), ""
    return when(customer.returns_on, due=True, soon=SOON), NAMES.get(customer.returns_rule, "")


def pooled(customers, allowance) -> list[tuple]:
    """Return what each row of the pool shows, in the order in which its template names it.

    At the end stand the address of its claim, "" where the person can't claim it now, and why not; for whoever does
    not sell there is no `allowance`.
    """
    address, claim = _address(), _address("customers:claim")
    not_yet = allowance.not_yet if allowance else {}
    may_claim = allowance and allowance.may_claim
    return [
        (
            address % customer.pk,
            customer.pk,
            customer.name,
            customer.code,
            grade(customer.grade),
            money(customer.dealt),
            when(customer.last_sale_on),
            when(customer.pooled_at),
            customer.pool.name,
            why_pooled(customer),
            customer.pool_note,
            claim % customer.pk if may_claim and customer.pk not in not_yet else "",
            not_yet.get(customer.pk, ""),
        )
        for customer in customers
    ]


def why_pooled(customer) -> str:
    """Return in words why a customer lies in the pool; of one that somebody let go, what they gave as the reason."""
    text = customer.get_stint_reason_display()
    if customer.stint_reason != Stint.Reason.RELEASED or not customer.pool_why:
        return text
    return f"{text}: {customer.get_pool_why_display()}"


def _address(view="customers:detail") -> str:
    """Return the address of a view with a place for the customer's id."""
    return reverse(view, args=[0]).replace("0", "%d")
