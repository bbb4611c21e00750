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
from customers.models import Contact, Customer, PoolPeriods, Stint
from sales.models import Order
from sales.payments import book
from staff import teams
from staff.models import Team, User
from staff.roles import Role
from visits.models import CallLog

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


RELATIONS = ("own", "team", "subtree", "other", "pool")


def make_world(**contact):
    """Build the company of the access tests: a tree of teams, each role, a customer for each relation to them.

    `people` by role: the representative and the supervisor work in 杭州组, the manager leads 华东; the others see all.
    `customers` by relation: owned by the person asked about (`own`, a dict by role), by a colleague of 杭州组 (`team`),
    in 上海组 (`subtree`, the manager's too), in 广州组 (`other`), by nobody (`pool`). Each has a contact, an open and a
    paid order and a call log. `contact` sets fields of every contact.
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
    customers["pool"] = _make_customer("公海客户", None, **contact)
    return SimpleNamespace(teams=teams_, people=people, colleagues=colleagues, customers=customers)


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
    CallLogFactory(customer=customer)
    return customer
