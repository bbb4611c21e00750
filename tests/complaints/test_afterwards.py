"""What goes on after a ticket was closed, or after who looked after it has left (policy 1.7, 7.6)."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from complaints import inheriting, intake, steps, thread
from complaints.models import Desk, Ticket
from staff.models import Notice
from tests.complaints.link import private_ticket
from tests.complaints.test_ticket_pages import page, soon, step
from tests.factories import CustomerFactory, TeamFactory, TicketFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return TeamFactory()


@pytest.fixture
def rep(team):
    return UserFactory(team=team, name="李伟")


@pytest.fixture
def boss(team):
    return UserFactory(supervisor=True, team=team, name="王芳", email="boss@example.cn")


@pytest.fixture
def closed(rep, boss):
    return close(TicketFactory(received_by=rep))


def close(ticket, *, days=0):
    closed_at = timezone.now() - dt.timedelta(days=days)
    Ticket.objects.filter(pk=ticket.pk).update(status="closed", closed_at=closed_at, due_at=None, first_due_at=None)
    ticket.refresh_from_db()
    return ticket


def test_a_leader_records_a_consequence_after_it_was_closed_and_nobody_else_does(closed, rep, boss):
    offered = reverse("complaints:step", args=[closed.pk, "punish"])
    assert offered in page(boss, closed) and offered not in page(rep, closed)
    data = {"text": "当月绩效扣五分", "person": boss.pk, "due_on": soon(), "cost": ""}
    assert step(rep, closed, "punish", **data).status_code == 403
    assert step(boss, closed, "punish", **data | {"person": rep.pk}).status_code == 422
    assert step(boss, closed, "punish", **data).status_code == 302
    action = closed.actions.get()
    assert (action.kind, action.person, action.by) == ("consequence", boss, boss)
    assert "当月绩效扣五分" in page(boss, closed) and "当月绩效扣五分" not in page(rep, closed)
    closed.refresh_from_db()
    assert closed.status == "closed"


@pytest.mark.parametrize("source", ["form", "email"])
def test_what_comes_long_after_says_which_way_it_came(source):
    ticket, _key = private_ticket(status="closed", days=30)
    again = thread.hear(ticket, "又坏了", source=source).ticket
    assert (again.source, again.repeats, again.received_by) == (source, ticket, None)


def test_a_colleague_who_writes_down_what_the_customer_said_is_who_opened_it_again(closed, rep):
    step(rep, closed, "hear", text="又少了一箱")
    closed.refresh_from_db()
    opened = closed.steps.get(verb="reopen")
    assert (closed.status, opened.by, opened.is_public) == ("investigating", rep, False)


def test_long_after_it_is_a_new_one_that_they_received_and_the_customers_link_follows(rep):
    ticket, _key = private_ticket(by=rep, status="closed", days=30)
    answer = step(rep, ticket, "hear", text="又坏了")
    again = ticket.repeated_by.get()
    assert answer["Location"] == again.get_absolute_url()
    assert (again.received_by, again.holder, again.source) == (rep, rep, "phone")
    assert intake.current(ticket) == again


def test_what_somebody_who_left_looked_after_passes_to_owner_desk_or_leader(team, rep, boss):
    owner, desk = UserFactory(), UserFactory()
    owned = TicketFactory(received_by=rep, customer=CustomerFactory(owner=owner))
    unknown = TicketFactory(received_by=rep, customer=None, phone="")
    over = close(TicketFactory(received_by=rep, customer=None, phone=""))
    type(rep).objects.filter(pk=rep.pk).update(is_active=False)
    assert inheriting.run() == 2
    assert inheriting.run() == 0
    for ticket, holder in ((owned, owner), (unknown, boss), (over, rep)):
        ticket.refresh_from_db()
        assert ticket.holder == holder
    assert owned.steps.get(verb="take").data == {"from": "李伟", "to": str(owner)}
    assert Notice.objects.filter(person=boss, subject__contains=unknown.number).exists()
    Desk.objects.create(person=desk)
    with time_machine.travel(timezone.now() + dt.timedelta(days=1)):
        steps.reopen(over, note="又少了")
    assert over.holder == desk
