"""Rows for tests that keep every constraint; in memory as in the database. Names are Chinese, as in daily use."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import factory
from django.db import transaction
from django.utils import timezone
from factory.django import DjangoModelFactory

from crm.lib.dates import start_of
from customers.due import due_on
from customers.models import Contact, Customer, Loan, PoolPeriods, Stint
from sales.models import Order
from sales.payments import book
from staff import teams
from staff.models import Team, User
from staff.roles import Role
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

PASSWORD = "Silk-road-1877"


class TeamFactory(DjangoModelFactory):
    class Meta:
        model = Team

    name = factory.Sequence(lambda n: f"第{n + 1}组")
    parent = None

    @classmethod
    def _create(cls, model, *args, **fields):
        return teams.place(model(**fields))


class UserFactory(DjangoModelFactory):
    """A person who may sign in, a representative without a team unless said otherwise."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        supervisor = factory.Trait(role=Role.SUPERVISOR)
        manager = factory.Trait(role=Role.MANAGER)
        director = factory.Trait(role=Role.DIRECTOR)
        finance = factory.Trait(role=Role.FINANCE)
        administrator = factory.Trait(role=Role.ADMINISTRATOR)
        inactive = factory.Trait(is_active=False)

    username = factory.Sequence(lambda n: f"user{n + 1}")
    name = factory.Sequence(lambda n: f"员工{n + 1}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    role = Role.REPRESENTATIVE
    password = factory.django.Password(PASSWORD)


class CustomerFactory(DjangoModelFactory):
    """A customer, owned since today by a new representative; `pooled=True` or `owner=None` puts it into the pool.

    The derived dates follow `owner`, `owned_since` and `last_sale_on`; an owned customer has an open stint.
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
    last_sale_on = None
    returns_on = factory.LazyAttribute(lambda customer: _returns_on(customer))
    pooled_at = factory.LazyAttribute(lambda customer: None if customer.owner else timezone.now())
    pool_reason = factory.LazyAttribute(lambda customer: "" if customer.owner else Stint.Reason.RELEASED)

    @factory.post_generation
    def stint(self, create, extracted, **kwargs):
        if create and self.owner:
            Stint.objects.create(
                customer=self,
                owner=self.owner,
                started_at=min(start_of(self.owned_since), timezone.now()),
                start_reason=Stint.Reason.CREATED,
            )


def _returns_on(customer):
    if customer.owner is None:
        return None
    return due_on(customer.owned_since, customer.last_sale_on, PoolPeriods.current())


class ContactFactory(DjangoModelFactory):
    class Meta:
        model = Contact

    customer = factory.SubFactory(CustomerFactory)
    name = factory.Sequence(lambda n: f"王经理{n + 1}")
    phone = factory.Sequence(lambda n: f"139 0571 {n + 1:04d}")
    email = factory.Sequence(lambda n: f"contact{n + 1}@example.cn")


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
                book([(order.customer_id, order.salesperson_id, order.paid_on, order.amount)])
            order.customer.refresh_from_db()
        return order


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


class LoanFactory(DjangoModelFactory):
    class Meta:
        model = Loan

    customer = factory.SubFactory(CustomerFactory)
    person = factory.SubFactory(UserFactory)
    until = factory.LazyFunction(lambda: timezone.localdate() + dt.timedelta(days=7))
    reason = "春季抽样"


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


RELATIONS = ("own", "team", "subtree", "other", "pool")


def make_world(**contact):
    """Build the company of the access tests: a tree of teams, each role, a customer for each relation to them.

    `people` by role: the representative and the supervisor work in 杭州组, the manager leads 华东; the others see all.
    `customers` by relation: owned by the person asked about (`own`, a dict by role), by a colleague of 杭州组 (`team`),
    in 上海组 (`subtree`, the manager's too), in 广州组 (`other`, and `lent` to each of `people`), by nobody (`pool`).
    Each has a contact, an open and a paid order, a call log with an addition, a picture and a check,
    a callback due today and a promise; that of the team a second log, not drawn yet. `contact` sets fields of every
    contact.
    """
    teams_ = _make_teams()
    people = _make_people(teams_)
    colleagues = SimpleNamespace(
        team=UserFactory(username="colleague", name="陈静", team=teams_.hangzhou),
        subtree=UserFactory(username="shanghai", name="赵磊", team=teams_.shanghai),
        other=UserFactory(username="guangzhou", name="黄敏", team=teams_.guangzhou),
    )
    customers = {"own": {role: _make_customer(f"{user.name}的客户", user, **contact) for role, user in people.items()}}
    for relation in ("team", "subtree", "other"):
        owner = getattr(colleagues, relation)
        customers[relation] = _make_customer(f"{owner.name}的客户", owner, **contact)
    customers["lent"] = _make_customer(f"{colleagues.other.name}借出的客户", colleagues.other, **contact)
    customers["pool"] = _make_customer("公海客户", None, **contact)
    _make_lists(people, customers)
    CallLogFactory(customer=customers["team"], at=timezone.now() - dt.timedelta(minutes=5))
    return SimpleNamespace(teams=teams_, people=people, colleagues=colleagues, customers=customers)


def _make_lists(people, customers):
    """Lend the one customer to everybody; put each of the others on a list of its own, done for the representative."""
    for person in people.values():
        LoanFactory(customer=customers["lent"], person=person)
    for customer in (*customers["own"].values(), customers["team"], customers["subtree"], customers["other"]):
        ListCallFactory(customer=customer, due_on=timezone.localdate() + dt.timedelta(days=5))
    done = {"status": Callback.Status.DONE, "closed_at": timezone.now()}
    Callback.objects.filter(customer__owner=people[Role.REPRESENTATIVE], call_list__isnull=False).update(**done)


def customer_for(world, role, relation):
    """Return the customer that stands in `relation` to the person of `role`."""
    found = world.customers[relation]
    return found[role] if relation == "own" else found


def _make_teams():
    hq = TeamFactory(name="总公司")
    east, south = TeamFactory(name="华东", parent=hq), TeamFactory(name="华南", parent=hq)
    return SimpleNamespace(
        hq=hq,
        east=east,
        south=south,
        hangzhou=TeamFactory(name="杭州组", parent=east),
        shanghai=TeamFactory(name="上海组", parent=east),
        guangzhou=TeamFactory(name="广州组", parent=south),
    )


def _make_people(teams_):
    places = {
        Role.REPRESENTATIVE: (teams_.hangzhou, "李伟"),
        Role.SUPERVISOR: (teams_.hangzhou, "王芳"),
        Role.MANAGER: (teams_.east, "周强"),
        Role.DIRECTOR: (teams_.hq, "吴总"),
        Role.FINANCE: (teams_.hq, "郑会计"),
        Role.ADMINISTRATOR: (teams_.hq, "孙工"),
    }
    people = {
        role.value: UserFactory(username=role.value, name=name, role=role, team=team)
        for role, (team, name) in places.items()
    }
    for team, role in ((teams_.hangzhou, Role.SUPERVISOR), (teams_.east, Role.MANAGER), (teams_.hq, Role.DIRECTOR)):
        team.head = people[role.value]
        team.save(update_fields=["head"])
    return people


def _make_customer(name, owner, **contact):
    today = timezone.localdate()
    since = today - dt.timedelta(days=20) if owner else None
    customer = CustomerFactory(name=name, owner=owner, owned_since=since)
    ContactFactory(customer=customer, **contact)
    seller = {"salesperson": owner} if owner else {}
    OrderFactory(customer=customer, **seller)
    OrderFactory(customer=customer, paid=True, ordered_on=today - dt.timedelta(days=5), **seller)
    log = CallLogFactory(customer=customer)
    LogAdditionFactory(log=log)
    LogPictureFactory(log=log)
    SpotCheckFactory(log=log, drawn_by=log.by)
    CallbackFactory(customer=customer)
    PromiseFactory(customer=customer)
    SiteVisitFactory(customer=customer)
    MessageFactory(contact=customer.contacts.first(), status=Message.Status.FAILED, error="550 no such mailbox")
    return customer
