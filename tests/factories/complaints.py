"""Tickets, cases, countermeasures."""

import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from complaints import receiving
from complaints.models import Case, Countermeasure, Ticket
from tests.factories.customers import CustomerFactory
from tests.factories.staff import UserFactory


class TicketFactory(DjangoModelFactory):
    """A complaint of a new customer, received by phone by a new representative, its owner."""

    class Meta:
        model = Ticket

    subject = "少了两箱"
    text = "上一批货少了两箱，请尽快补发。"
    customer = factory.LazyAttribute(lambda ticket: CustomerFactory(owner=ticket.received_by))
    received_by = factory.SubFactory(UserFactory)
    phone = "13905718842"

    @classmethod
    def _create(cls, model, *args, **fields):
        by = fields.pop("received_by")
        return receiving.receive(model(**fields), by=by)[0]


class CaseFactory(DjangoModelFactory):
    """A case of no ticket, as one that was deleted leaves it."""

    class Meta:
        model = Case

    title = "送货少了两箱"
    cause = "quantity"
    situation = "一批货少了两箱。"
    solution = "第二天补发。"
    by = factory.SubFactory(UserFactory)


class MeasureFactory(DjangoModelFactory):
    """A countermeasure to be done within a week."""

    class Meta:
        model = Countermeasure

    cause = "quantity"
    text = "装车前两人清点"
    owner = factory.SubFactory(UserFactory)
    by = factory.SelfAttribute("owner")
    due_on = factory.LazyFunction(lambda: timezone.localdate() + dt.timedelta(days=7))
