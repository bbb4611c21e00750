"""Customers and what hangs on their ownership."""

import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from crm.lib.dates import start_of
from customers.models import (
    ClearingSheet,
    Contact,
    Customer,
    Dispute,
    Extension,
    HandoverItem,
    Inquiry,
    Loan,
    Stint,
    Transfer,
)
from tests.factories.staff import UserFactory


class CustomerFactory(DjangoModelFactory):
    """A customer, owned since today by a new representative; `pooled=True` or `owner=None` puts it into the pool.

    When it returns, and its stint, the database writes.
    """

    class Meta:
        model = Customer
        skip_postgeneration_save = True

    class Params:
        pooled = factory.Trait(owner=None)

    code = factory.Sequence(lambda n: f"T{n + 1:06d}")
    name = factory.Sequence(lambda n: f"杭州第{n + 1}丝绸有限公司")
    owner = factory.SubFactory(UserFactory)
    owned_since = factory.LazyAttribute(lambda customer: timezone.localdate() if customer.owner else None)
    owned_at = factory.LazyAttribute(
        lambda customer: customer.owner and min(start_of(customer.owned_since), timezone.now())
    )
    last_sale_on = None
    pooled_at = factory.LazyAttribute(lambda customer: None if customer.owner else timezone.now())
    stint_reason = factory.LazyAttribute(
        lambda customer: Stint.Reason.CREATED if customer.owner else Stint.Reason.RELEASED
    )

    @classmethod
    def _create(cls, model, *args, **fields):
        customer = super()._create(model, *args, **fields)
        customer.refresh_from_db(fields=("pool", "returns_on", "returns_rule", "owned_at"))
        return customer


class ContactFactory(DjangoModelFactory):
    class Meta:
        model = Contact

    customer = factory.SubFactory(CustomerFactory)
    name = factory.Sequence(lambda n: f"王经理{n + 1}")
    phone = factory.Sequence(lambda n: f"139 0571 {n + 1:04d}")
    email = factory.Sequence(lambda n: f"contact{n + 1}@example.cn")


class LoanFactory(DjangoModelFactory):
    class Meta:
        model = Loan

    customer = factory.SubFactory(CustomerFactory)
    person = factory.SubFactory(UserFactory)
    until = factory.LazyFunction(lambda: timezone.localdate() + dt.timedelta(days=7))
    reason = "春季抽样"


class ExtensionFactory(DjangoModelFactory):
    """Thirty days more that the customer's owner asks for."""

    class Meta:
        model = Extension

    customer = factory.SubFactory(CustomerFactory)
    stint = factory.LazyAttribute(lambda extension: extension.customer.stints.get(ended_at=None))
    days = 30
    reason = "报价刚发出，等客户答复"
    asked_by = factory.LazyAttribute(lambda extension: extension.customer.owner)


class SheetFactory(DjangoModelFactory):
    """The clearing sheet that the customer's owner wrote just now."""

    class Meta:
        model = ClearingSheet

    customer = factory.SubFactory(CustomerFactory)
    stint = factory.LazyAttribute(lambda sheet: sheet.customer.stints.get(ended_at=None))
    situation = "还在比价"
    contacts = "找王经理，下午打电话"
    progress = "报过一次价"
    written_by = factory.LazyAttribute(lambda sheet: sheet.customer.owner)


class TransferFactory(DjangoModelFactory):
    """A customer that its owner offers to somebody who sells."""

    class Meta:
        model = Transfer

    customer = factory.SubFactory(CustomerFactory)
    sender = factory.SelfAttribute("customer.owner")
    receiver = factory.SubFactory(UserFactory)
    reason = "换区域"
    by = factory.SelfAttribute("sender")


class InquiryFactory(DjangoModelFactory):
    """An inquiry of a colleague's customer, which a new representative took by phone."""

    class Meta:
        model = Inquiry

    customer = factory.SubFactory(CustomerFactory)
    by = factory.SubFactory(UserFactory)
    channel = "phone"
    contact = "王经理"
    text = "要两百扇门的报价"


class DisputeFactory(DjangoModelFactory):
    """An open dispute about who took the first inquiry, with no evidence; nobody is asked yet."""

    class Meta:
        model = Dispute

    customer = factory.SubFactory(CustomerFactory)
    kind = Dispute.Kind.FIRST_INQUIRY
    owner = factory.SelfAttribute("customer.owner")
    claimant = factory.SubFactory(UserFactory)
    reason = "是我先接的电话"


class HandoverItemFactory(DjangoModelFactory):
    """A customer of a handover, planned unless said otherwise."""

    class Meta:
        model = HandoverItem

    kind = "customer"
    source = factory.SelfAttribute("customer.pk")
    label = factory.LazyAttribute(lambda item: f"{item.customer.code} {item.customer.name}")
