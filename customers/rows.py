"""The rows of the customer lists, prepared: fifty rows of attribute look-ups cost more than the query behind them."""

from django.urls import reverse

from crm.lib.looks import grade, money, when

# A customer returns soon within so many days.
SOON = 14


def listed(customers) -> list[tuple]:
    """Return what each row of the customer list shows, in the order in which its template names it."""
    address = _address()
    return [
        (
            address % customer.pk,
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
            when(customer.returns_on, due=True, soon=SOON),
        )
        for customer in customers
    ]


def pooled(customers) -> list[tuple]:
    """Return what each row of the pool shows, in the order in which its template names it."""
    address, claim = _address(), _address("customers:claim")
    return [
        (
            address % customer.pk,
            claim % customer.pk,
            customer.name,
            customer.code,
            grade(customer.grade),
            money(customer.dealt),
            when(customer.last_sale_on),
            when(customer.pooled_at),
            customer.get_pool_reason_display(),
            customer.pool_note,
        )
        for customer in customers
    ]


def _address(view="customers:detail") -> str:
    """Return the address of a view with a place for the customer's id."""
    return reverse(view, args=[0]).replace("0", "%d")
