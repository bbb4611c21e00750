"""Orders."""

from decimal import Decimal

import factory
from django.db import transaction
from django.utils import timezone
from factory.django import DjangoModelFactory

from sales.models import Order
from sales.payments import book
from tests.factories.customers import CustomerFactory
from tests.factories.staff import UserFactory


class OrderFactory(DjangoModelFactory):
    """An order awaiting payment; `paid=True` books its payment on the day it was ordered (or `paid_on`)."""

    class Meta:
        model = Order

    class Params:
        paid = factory.Trait(status=Order.Status.PAID, paid_on=factory.SelfAttribute("ordered_on"), confirmed_by=None)

    number = factory.Sequence(lambda n: f"SO-{n + 1:06d}")
    customer = factory.SubFactory(CustomerFactory)
    ordered_on = factory.LazyFunction(timezone.localdate)
    amount = Decimal("1000.00")
    salesperson = factory.LazyAttribute(lambda order: order.customer.owner or UserFactory())

    @classmethod
    def _create(cls, model, *args, **fields):
        order = super()._create(model, *args, **fields)
        if order.status == Order.Status.PAID:
            with transaction.atomic():
                book([(order.customer_id, order.salesperson_id, order.paid_on, order.amount, order.number)])
            order.customer.refresh_from_db()
        return order
