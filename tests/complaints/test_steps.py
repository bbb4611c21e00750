"""The steps of a ticket, and that only a satisfied customer closes it (policy 7)."""

import datetime as dt

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils import timezone

from complaints import receiving, steps
from complaints.models import Action, Desk, Solution, Ticket
from crm.lib.moves import TooLate
from customers.models import Activity
from tests.factories import ContactFactory, CustomerFactory, TeamFactory, TicketFactory, UserFactory
from visits.models import Callback

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


@pytest.fixture
def team(db):
    return TeamFactory()


@pytest.fixture
def rep(team):
    return UserFactory(team=team, name="李伟")


@pytest.fixture
def boss(team):
    return UserFactory(supervisor=True, team=team, name="王芳")


@pytest.fixture
def ticket(rep, boss):
    return TicketFactory(received_by=rep)


def to_calling(ticket, rep, boss):
    """Take a ticket that is to be investigated on to the call back."""
    steps.investigate(ticket, cause="quantity", found="仓库漏装", expectation="补发", by=rep)
    cheap = steps.propose(ticket, Solution(text="补发两箱", cost=120, benefit="两天到货"), by=rep)
    steps.propose(ticket, Solution(text="全部退款", cost=5000, benefit="全额"), by=rep)
    steps.put_forward(ticket, by=rep)
    steps.choose(ticket, cheap, direction="今天发出", by=boss)
    steps.agree(ticket, note="同意补发", by=rep)
    action = Action.objects.create(ticket=ticket, text="补发两箱", person=rep, due_on=TODAY(), by=rep)
    with pytest.raises(steps.NotYet):
        steps.act(ticket, note="", by=rep)
    Action.objects.filter(pk=action.pk).update(done_at=timezone.now())
    steps.act(ticket, note="", by=rep)


def investigating(ticket, rep):
    steps.judge(ticket, is_justified=True, is_reasonable=True, answer="", by=rep)
    steps.assign(ticket, department="warehouse", person=rep, promised_on=TODAY(), by=rep)
    return ticket


def test_the_whole_way_back_once_and_then_to_a_satisfied_customer(ticket, rep, boss):
    assert ticket.customer.holds.exists()
    to_calling(investigating(ticket, rep), rep, boss)
    steps.call_back(ticket, outcome="unsatisfied", satisfaction=2, note="还少一箱", by=rep)
    assert (ticket.status, ticket.rounds) == ("investigating", 1)
    to_calling(ticket, rep, boss)
    steps.call_back(ticket, outcome="satisfied", satisfaction=5, by=rep)
    assert (ticket.status, ticket.satisfaction, ticket.due_at) == ("closed", 5, None)
    assert not ticket.customer.holds.exists()
    taken = list(ticket.steps.values_list("verb", flat=True))
    assert taken[:4] == ["receive", "judge", "assign", "investigate"] and taken[-1] == "call_back"
    assert not ticket.steps.exclude(verb="receive").filter(by=None).exists()


def test_receiving_is_on_the_timeline_and_plans_the_call_at_once(ticket):
    assert ticket.customer.activities.filter(verb=Activity.Verb.RECEIVE).count() == 1
    assert Callback.objects.open().filter(customer=ticket.customer, purpose="complaint").count() == 1


def test_not_justified_it_needs_an_answer_and_the_supervisors_review(ticket, rep, boss):
    with pytest.raises(steps.NotYet):
        steps.judge(ticket, is_justified=False, is_reasonable=False, answer=" ", by=rep)
    steps.judge(ticket, is_justified=False, is_reasonable=False, answer="货物齐全，有签收单", by=rep)
    with pytest.raises(PermissionDenied):
        steps.review(ticket, note="", by=rep)
    steps.review(ticket, note="语气再客气些", by=boss)
    assert ticket.status == "calling"


def test_a_supervisor_does_not_review_what_they_look_after_themselves(ticket, rep, boss):
    steps.take(ticket, by=boss)
    steps.judge(ticket, is_justified=False, is_reasonable=False, answer="不属实", by=boss)
    with pytest.raises(PermissionDenied):
        steps.review(ticket, note="", by=boss)
    steps.review(ticket, note="", by=UserFactory(director=True))


def test_nothing_but_the_customers_word_closes_it(ticket, rep, boss):
    to_calling(investigating(ticket, rep), rep, boss)
    start = timezone.now()
    for day in range(3):
        with time_machine.travel(start + dt.timedelta(days=day)):
            for _twice in range(2):
                steps.call_back(ticket, outcome="not_reached", by=rep)
            if day < 2:
                with pytest.raises(steps.NotYet):
                    steps.give_up(ticket, note="", by=boss)
    with time_machine.travel(start + dt.timedelta(days=3)):
        with pytest.raises(PermissionDenied):
            steps.give_up(ticket, note="", by=rep)
        steps.give_up(ticket, note="号码停机", by=boss)
    assert ticket.status == "closed" and ticket.satisfaction is None


def test_the_customer_says_on_the_link_that_they_are_satisfied_but_only_when_asked(ticket, rep, boss):
    investigating(ticket, rep)
    with pytest.raises(TooLate):
        steps.call_back(ticket, outcome="satisfied", by=None)
    to_calling(ticket, rep, boss)
    steps.call_back(ticket, outcome="satisfied", satisfaction=4, by=None)
    assert ticket.status == "closed"


def test_a_closed_one_continues_within_days_and_later_no_more(ticket, rep, boss):
    to_calling(investigating(ticket, rep), rep, boss)
    steps.call_back(ticket, outcome="satisfied", by=rep)
    steps.reopen(ticket, note="又少了")
    assert (ticket.status, ticket.reopened, ticket.rounds) == ("investigating", 1, 1)
    assert ticket.due_at and ticket.customer.holds.exists()
    to_calling(ticket, rep, boss)
    steps.call_back(ticket, outcome="satisfied", by=rep)
    Desk.objects.create(reopen_days=5)
    with time_machine.travel(timezone.now() + dt.timedelta(days=6)), pytest.raises(TooLate):
        steps.reopen(ticket, note="又来了")


def test_the_solution_chosen_is_one_of_this_round(ticket, rep, boss):
    investigating(ticket, rep)
    steps.investigate(ticket, cause="quantity", found="漏装", expectation="补发", by=rep)
    with pytest.raises(steps.NotYet):
        steps.put_forward(ticket, by=rep)
    mine = steps.propose(ticket, Solution(text="补发", benefit="到货"), by=rep)
    steps.put_forward(ticket, by=rep)
    other = Solution.objects.create(ticket=TicketFactory(), text="别的", benefit="无", by=rep)
    with pytest.raises(TooLate):
        steps.choose(ticket, other, direction="", by=boss)
    steps.choose(ticket, mine, direction="", by=boss)
    steps.refuse(ticket, note="要全额退款", by=rep)
    assert ticket.status == "proposing" and not ticket.solutions.exclude(chosen_at=None).exists()


def test_who_complains_is_recognised_by_phone_or_mail_when_only_one_customer_has_it():
    customer = CustomerFactory()
    ContactFactory(customer=customer, phone="139 0571 8842", email="Li@Example.com")
    assert receiving.recognise(phone="+86 139-0571-8842") == customer
    assert receiving.recognise(email="li@example.com") == customer
    assert receiving.recognise(phone="0571") is None
    ContactFactory(customer=CustomerFactory(), phone="13905718842")
    assert receiving.recognise(phone="13905718842") is None


def test_what_nobody_was_asked_for_goes_to_the_owner_else_to_the_desk():
    desk = UserFactory()
    Desk.objects.create(person=desk)
    owner = UserFactory()
    customer = CustomerFactory(owner=owner)
    ContactFactory(customer=customer, phone="13905718842")
    known, key = receiving.receive(Ticket(subject="x", text="y", phone="13905718842"))
    unknown, _key = receiving.receive(Ticket(subject="x", text="y", phone="13900000000"))
    assert (known.holder, known.customer, unknown.holder, unknown.customer) == (owner, customer, desk, None)
    assert receiving.find_by_key(key) == known and receiving.find_by_key("x") is None
    receiving.match(unknown, customer, by=desk)
    assert unknown.customer == customer and customer.holds.count() == 2


def test_the_same_form_twice_is_one_ticket_and_numbers_go_on():
    first, _key = receiving.receive(Ticket(subject="x", text="y"))
    again, key = receiving.receive(Ticket(subject="x", text="y", token=first.token))
    other, _key = receiving.receive(Ticket(subject="x", text="y"))
    assert first == again and key == ""
    assert int(other.number[-6:]) == int(first.number[-6:]) + 1


def test_what_was_done_cannot_be_changed(ticket):
    step = ticket.steps.first()
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        type(step).objects.filter(pk=step.pk).update(note="x")
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        type(step).objects.filter(pk=step.pk)._raw_delete("default")
