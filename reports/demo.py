"""Demo data for the first start: plainly made up, the same on every machine, dated back from today.

Every derived column is what the verbs would have left: lives are made up here, money is booked by `sales.payments`,
grades come from `customers.grading`. Nobody is due to return before tomorrow, so the first night keeps them all.
"""

import random

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F, Min, OuterRef, Subquery
from django.utils import timezone, translation

from crm.lib.dates import add_months, first_of_month
from customers.grading import regrade
from customers.models import Activity, Contact, Customer
from reports.demo_care import agree
from reports.demo_complaints import receive_all
from reports.demo_handovers import give_on
from reports.demo_hands import Hands
from reports.demo_leaving import see_to
from reports.demo_life import Life
from reports.demo_lives import Company
from reports.demo_nights import pass_by
from reports.demo_plans import draw_up
from reports.demo_titles import take_down
from sales.models import Order
from sales.payments import book
from staff import teams
from staff.models import Notice, User
from staff.roles import Role
from visits.models import CallLog

# One account per role that `make run` tells of.
ACCOUNTS = [
    ("representative", "rep"),
    ("supervisor", "supervisor"),
    ("manager", "manager"),
    ("director", "director"),
    ("finance", "finance"),
    ("administrator", "admin"),
]
PASSWORD = "evergreen-demo"  # noqa: S105 - known to everybody: the accounts are for trying only
HQ, EAST = "演示总公司", "演示总公司/演示华东"
HANGZHOU, SHANGHAI = f"{EAST}/演示杭州组", f"{EAST}/演示上海组"
PEOPLE = [
    # username, name, role, team, heads it
    ("admin", "演示管理员", Role.ADMINISTRATOR, HQ, False),
    ("director", "演示总监", Role.DIRECTOR, HQ, True),
    ("finance", "演示财务", Role.FINANCE, HQ, False),
    ("manager", "演示经理", Role.MANAGER, EAST, True),
    ("supervisor", "演示主管一", Role.SUPERVISOR, HANGZHOU, True),
    ("supervisor2", "演示主管二", Role.SUPERVISOR, SHANGHAI, True),
    ("rep", "演示销售一", Role.REPRESENTATIVE, HANGZHOU, False),
    ("rep2", "演示销售二", Role.REPRESENTATIVE, HANGZHOU, False),
    ("rep3", "演示销售三", Role.REPRESENTATIVE, HANGZHOU, False),
    ("rep4", "演示销售四", Role.REPRESENTATIVE, SHANGHAI, False),
    ("rep5", "演示销售五", Role.REPRESENTATIVE, SHANGHAI, False),
    ("rep6", "演示销售六", Role.REPRESENTATIVE, SHANGHAI, False),
]
MONTHS_GRADED = 12


@transaction.atomic
def fill() -> bool:
    """Fill an empty system; return whether it did. Where anybody exists already nothing is touched."""
    if User.objects.exists():
        return False
    with translation.override("zh-hans"):  # what verbs note is in the language of whoever uses them
        _make_up()
    return True


def _make_up():
    people = _people()
    chance, now = random.Random(1), timezone.now()
    company = Company(people, chance, now)
    lives = company.lives()
    _save(lives, confirmed_by=people["finance"])
    today = timezone.localdate()
    for month in range(MONTHS_GRADED - 1, 0, -1):
        regrade(on=add_months(first_of_month(today), -month))
    pass_by(lives, people, now)
    regrade(on=today)
    agree([life for life in lives if not life.went], people, chance, now)
    draw_up(people, now)
    receive_all(people, now)
    hands = Hands(people, now)
    see_to(hands)
    take_down(hands)
    give_on(hands)
    Notice.objects.filter(sent_at=None).update(sent_at=F("at"))  # nobody gets a mail about any of it


def _people():
    password = make_password(PASSWORD)  # one hash for all: twelve would take a second
    people = {}
    for username, name, role, path, heads in PEOPLE:
        team = teams.find_or_create(path)
        user = User(username=username, name=name, role=role, team=team, email=f"{username}@example.com")
        user.password = password
        user.save()
        if heads:
            team.head = user
            team.save(update_fields=["head"])
        people[username] = user
    return people


def _save(lives: list[Life], *, confirmed_by):
    places = [(life.customer, life.places()) for life in lives]
    _put(Customer.objects.bulk_create, places, 0)
    Contact.objects.bulk_create(contact for life in lives for contact in life.contacts)
    _save_orders(lives, confirmed_by)
    # What was bought by who lies in the pool now was bought before; a payment would take them out again.
    _book(life for life in lives if len(life.places()) == 2)
    for n in (1, 2):
        _put(lambda customers: Customer.objects.bulk_update(customers, PLACED), places, n)
    _book(life for life in lives if len(life.places()) != 2)
    CallLog.objects.bulk_create(log for life in lives for log in life.logs)
    Activity.objects.bulk_create(activity for life in lives for activity in life.activities(confirmed_by))
    earliest = Activity.objects.filter(customer=OuterRef("pk")).order_by().values("customer").annotate(at=Min("at"))
    Customer.objects.update(created_at=Subquery(earliest.values("at")))


def _save_orders(lives, confirmed_by):
    orders = sorted((order for life in lives for order in life.orders), key=lambda order: order.ordered_on)
    for n, order in enumerate(orders, start=1):
        order.number = f"DEMO-{order.ordered_on:%Y}-{n:04d}"
        order.confirmed_by = confirmed_by if order.paid_on else None
    Order.objects.bulk_create(orders)


# What says where a customer is.
PLACED = (
    "owner", "owned_since", "owned_at", "pooled_at", "pool", "pool_note", "stint_reason", "moved_by", "returns_on",
)  # fmt: skip
EMPTY = dict.fromkeys(PLACED) | {"pool_note": ""}


def _put(write, places, n):
    """Put each customer where it was `n` moves after it was entered, as its columns say; triggers write the stints."""
    moved = [(customer, stays[n]) for customer, stays in places if len(stays) > n]
    for customer, stay in moved:
        for name, value in (EMPTY | stay).items():
            setattr(customer, name, value)
    write([customer for customer, _stay in moved])


def _book(lives):
    paid = [order for life in lives for order in life.orders if order.paid_on]
    book([(order.customer_id, order.salesperson_id, order.paid_on, order.amount, order.number) for order in paid])
