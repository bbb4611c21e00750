import datetime as dt

import pytest
from django.test import RequestFactory
from django.utils import timezone

from complaints import steps
from complaints.models import Ticket
from customers.models import Customer
from plans.models import Seat
from reports.navigation import navigation
from tests.factories import CustomerFactory, OrderFactory, PlanFactory, TicketFactory, UserFactory

pytestmark = pytest.mark.django_db
SELLING = [
    "Today",
    "Customers",
    "Pool",
    "Callbacks",
    "Complaints",
    "Leaving soon",
    "Inquiries",
    "Plans",
    "Orders",
    "Dashboard",
    "Grading standard",
]
LEADING = ["Ownership" if title == "Inquiries" else title for title in SELLING]
LEADING.insert(LEADING.index("Plans"), "Handovers")
OFFERED = {
    "representative": SELLING,
    "supervisor": [*LEADING, "Imports"],
    "manager": [*LEADING[1:], "Imports"],
    "director": [*LEADING[1:], "Imports"],
    "finance": ["Customers", "Pool", "Handovers", "Plans", "Orders", "Dashboard", "Grading standard", "Imports"],
    "administrator": [*LEADING[1:], "Imports", "People", "Teams", "Work calendar"],
}


def drawn(client, path="/customers/"):
    return {str(item["title"]): item for item in client.get(path).context["navigation"]}


@pytest.mark.parametrize("role", OFFERED)
def test_each_role_is_offered_what_it_may_open(client, role):
    client.force_login(UserFactory(role=role))
    items = drawn(client)
    assert list(items) == OFFERED[role]
    assert [client.get(item["url"]).status_code for item in items.values()] == [200] * len(items)


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/customers/", "Customers"),
        ("/customers/add/", "Customers"),
        ("/pool/", "Pool"),
        ("/plans/", "Plans"),
        ("/plans/inbox/", "Plans"),
        ("/complaints/board/", "Complaints"),
        ("/plans/board/", "Plans"),
        ("/customers/import/", "Imports"),
        ("/grades/edit/", "Grading standard"),
        ("/disputes/", "Ownership"),
        ("/inquiries/add/", "Ownership"),
        ("/ownership/", "Ownership"),
        ("/dashboard/", "Dashboard"),
        ("/people/add/", "People"),
        ("/teams/", "Teams"),
        ("/company-calendar/day/", "Work calendar"),
    ],
)
def test_exactly_one_line_is_where_one_is(client, path, title):
    client.force_login(UserFactory(role="administrator"))
    CustomerFactory()
    assert [name for name, item in drawn(client, path).items() if item["active"]] == [title]


def test_today_counts_what_is_due_red_when_late(client):
    rep = UserFactory()
    client.force_login(rep)
    assert drawn(client)["Today"]["badge"] == ""
    customer = CustomerFactory(owner=rep)
    today = timezone.localdate()
    for days, color in ((0, "azure"), (1, "red")):
        Customer.objects.filter(pk=customer.pk).update(next_contact_on=today - dt.timedelta(days=days))
        item = drawn(client)["Today"]
        assert (item["badge"], item["badge_color"]) == ("1", color)
    Customer.objects.filter(pk=customer.pk).update(next_contact_on=today + dt.timedelta(days=1))
    assert drawn(client)["Today"]["badge"] == ""


def test_finance_sees_how_many_payments_wait_at_most_ninety_nine(client):
    client.force_login(UserFactory(role="finance"))
    order = OrderFactory()
    assert drawn(client)["Orders"]["badge"] == "1"
    seller = {"customer": order.customer, "salesperson": order.salesperson}
    OrderFactory.create_batch(100, **seller)
    assert drawn(client)["Orders"]["badge"] == "99+"


def test_a_supervisor_sees_what_is_due_and_what_is_to_be_decided(client):
    supervisor = UserFactory(supervisor=True)
    client.force_login(supervisor)
    CustomerFactory(owner=supervisor, next_contact_on=timezone.localdate())
    plan = PlanFactory()
    Seat.objects.create(plan=plan, person=supervisor, why=Seat.Why.DELEGATE, since=timezone.now())
    items = drawn(client)
    assert [(items[name]["badge"], items[name]["badge_color"]) for name in ("Today", "Plans")] == [
        ("1", "azure"),
        ("1", "orange"),
    ]
    assert items["Plans"]["url"] == "/plans/inbox/"


def test_complaints_count_what_one_looks_after_red_when_late(client):
    rep = UserFactory()
    client.force_login(rep)
    ticket = TicketFactory(received_by=rep)
    steps.take(TicketFactory(received_by=rep), by=UserFactory())
    item = drawn(client)["Complaints"]
    assert (item["badge"], item["badge_color"]) == ("1", "azure")
    Ticket.objects.filter(pk=ticket.pk).update(due_at=timezone.now() - dt.timedelta(minutes=1))
    assert drawn(client)["Complaints"]["badge_color"] == "red"
    Ticket.objects.filter(pk=ticket.pk).update(due_at=None, first_due_at=None, stopped_at=timezone.now())
    assert drawn(client)["Complaints"]["badge_color"] == "azure"
    Ticket.objects.filter(pk=ticket.pk).update(status="closed", closed_at=timezone.now())
    assert drawn(client)["Complaints"]["badge"] == ""


def test_who_decides_nothing_begins_with_the_list_of_plans(client):
    client.force_login(UserFactory())
    item = drawn(client, "/plans/board/")["Plans"]
    assert (item["url"], item["active"]) == ("/plans/", True)


def test_signed_out_and_for_a_fragment_there_is_none(client, django_assert_num_queries):
    rep = UserFactory()
    request = RequestFactory().get("/")
    assert navigation(request) == {}
    request.user, request.htmx = rep, type("Htmx", (), {"boosted": False, "__bool__": lambda self: True})()
    with django_assert_num_queries(0):
        assert navigation(request) == {}


@pytest.mark.parametrize("role", OFFERED)
def test_nothing_is_asked_until_the_sidebar_is_drawn_and_then_once(role, rf, django_assert_num_queries):
    request = rf.get("/")
    request.user, request.resolver_match = UserFactory(role=role), None
    with django_assert_num_queries(0):
        items = navigation(request)["navigation"]
    with django_assert_num_queries(1):
        list(items)
        list(items[:5])
