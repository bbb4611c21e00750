"""Contacts, callbacks, promises."""

import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.staff import UserFactory
from visits.models import (
    Callback,
    CallList,
    CallLog,
    LogAddition,
    LogPicture,
    Message,
    Promise,
    Purpose,
    SiteVisit,
    SpotCheck,
)


class CallLogFactory(DjangoModelFactory):
    class Meta:
        model = CallLog

    customer = factory.SubFactory(CustomerFactory)
    by = factory.LazyAttribute(lambda log: log.customer.owner or UserFactory())
    outcome = CallLog.Outcome.REACHED
    note = "想要春季的新样品"


class CallbackFactory(DjangoModelFactory):
    """An open follow-up due today; `due_on` sets the other days too."""

    class Meta:
        model = Callback

    customer = factory.SubFactory(CustomerFactory)
    purpose = Purpose.FOLLOW_UP
    due_on = factory.LazyFunction(timezone.localdate)
    first_due_on = factory.SelfAttribute("due_on")
    opens_on = factory.SelfAttribute("due_on")


class CallListFactory(DjangoModelFactory):
    """A list drawn by somebody who sees everybody."""

    class Meta:
        model = CallList

    name = "春季抽样"
    way = CallList.Way.RANDOM
    due_on = factory.LazyFunction(lambda: timezone.localdate() + dt.timedelta(days=7))
    by = factory.SubFactory(UserFactory, director=True)


class ListCallFactory(CallbackFactory):
    """A call of a list, the customer's owner's."""

    purpose = Purpose.CALL_LIST
    call_list = factory.SubFactory(CallListFactory)


class PromiseFactory(DjangoModelFactory):
    """A promise of the customer's owner, due today."""

    class Meta:
        model = Promise

    customer = factory.SubFactory(CustomerFactory)
    text = "报两百扇门的价"
    due_on = factory.LazyFunction(timezone.localdate)
    first_due_on = factory.SelfAttribute("due_on")
    owner = factory.LazyAttribute(lambda promise: promise.customer.owner or UserFactory())
    made_by = factory.SelfAttribute("owner")


class LogAdditionFactory(DjangoModelFactory):
    class Meta:
        model = LogAddition

    log = factory.SubFactory(CallLogFactory)
    by = factory.SelfAttribute("log.by")
    text = "第二天客户又来电，要加急"


class LogPictureFactory(DjangoModelFactory):
    """A picture as `visits.pictures` leaves it; its content is no picture."""

    class Meta:
        model = LogPicture

    log = factory.SubFactory(CallLogFactory)
    content = b"\xff\xd8\xff\xd9"
    width, height = 16, 9


class SpotCheckFactory(DjangoModelFactory):
    """A log drawn, still to be checked; `agrees` makes it a check that was made."""

    class Meta:
        model = SpotCheck

    log = factory.SubFactory(CallLogFactory)
    drawn_by = factory.SubFactory(UserFactory, director=True)
    agrees = None
    checked_by = factory.LazyAttribute(lambda check: None if check.agrees is None else check.drawn_by)
    checked_at = factory.LazyAttribute(lambda check: None if check.agrees is None else timezone.now())


class SiteVisitFactory(DjangoModelFactory):
    """A repair planned for two hours from now on; `customer` has to be owned for its verbs."""

    class Meta:
        model = SiteVisit

    customer = factory.SubFactory(CustomerFactory)
    kind = SiteVisit.Kind.REPAIR
    planned_from = factory.LazyFunction(timezone.now)
    planned_until = factory.LazyAttribute(lambda visit: visit.planned_from + dt.timedelta(hours=2))
    technician = "钱师傅"
    task = "三号机皮带跑偏"
    by = factory.LazyAttribute(lambda visit: visit.customer.owner or UserFactory())


class MessageFactory(DjangoModelFactory):
    """An e-mail that waits and whose time has come."""

    class Meta:
        model = Message

    contact = factory.SubFactory(ContactFactory)
    customer = factory.SelfAttribute("contact.customer")
    channel = Message.Channel.EMAIL
    address = factory.SelfAttribute("contact.email")
    subject = "问候"
    text = "王经理您好，春季新品到了。"
    by = factory.LazyAttribute(lambda message: message.customer.owner or UserFactory())
