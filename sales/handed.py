"""What a handover lists of money: the orders that a person's customers have not paid yet (policy 4.6).

Nothing is written: whoever gets the customer collects the money, past sales stay with whoever made them.
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from customers.ownership.handing_over import Held, Kind, register
from sales.models import Order


def of(person):
    return Order.objects.unpaid().filter(customer__owner=person)


def _held(person):
    found = of(person).select_related("customer").order_by("customer__pinyin", "customer", "ordered_on", "pk")
    return [
        Held(
            order.pk, f"{order.number} {order.customer.name} {order.ordered_on}", order.customer_id, order.amount, True
        )
        for order in found.only("number", "ordered_on", "amount", "customer__name")
    ]


def _still_open(given, work):
    unpaid = Order.objects.unpaid().filter(pk__in=[one.source for one in given])
    return {key: {} for key in unpaid.values_list("pk", flat=True)}


register(
    Kind(
        code="receivable",
        title=_("Receivables"),
        count=ngettext_lazy("%(number)d receivable", "%(number)d receivables", "number"),
        icon="receipt-yuan",
        held=_held,
        number=lambda person: of(person).count(),
        give=_still_open,
        give_back=lambda given, work: {one.source for one in given},
        rank=20,
        needs_somebody=True,
        stays=_("It was paid meanwhile, or its customer stayed."),
        blocks=False,
    )
)
