"""Two leaders draw lists over the same customers at once: no customer stands on both."""

import threading
import uuid

import pytest
from django.utils import timezone

from staff import calendar
from tests.factories import CustomerFactory, TeamFactory, UserFactory
from tests.walls.racing import constraint_dropped, racers
from visits import lists
from visits.choosing import Criteria
from visits.lists import NobodyFits
from visits.models import Callback, CallList

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company():
    team = TeamFactory()
    rep = UserFactory(team=team)
    for _n in range(12):
        CustomerFactory(owner=rep)
    return [UserFactory(supervisor=True, team=team) for _n in range(2)], rep


def draw(by, rep, number, token=None):
    criteria = Criteria("random", number=number)
    due_on = calendar.opens_on(timezone.localdate())
    return lists.draw(
        criteria, name="抢", due_on=due_on, people=[rep], among_all=False, token=token or uuid.uuid4(), by=by
    )


def on_lists():
    return list(Callback.objects.filter(purpose="call_list", status="open").values_list("customer", flat=True))


@pytest.mark.parametrize("number", [12, 8])
def test_two_lists_at_once_never_hold_a_customer_twice(company, number):
    leaders, rep = company
    with racers(2) as them:
        outcomes = them.run(*[lambda by=by: draw(by, rep, number) for by in leaders])
    assert all(isinstance(outcome, (CallList, NobodyFits)) for outcome in outcomes), outcomes
    assert len(on_lists()) == len(set(on_lists()))
    assert len(on_lists()) >= number


def test_control_without_lock_and_constraint_a_customer_stands_on_both(company, monkeypatch):
    leaders, rep = company
    everybody = _Meeting(2)
    monkeypatch.setattr(lists, "_held", lambda chosen, by: everybody.after(dict(chosen.values_list("pk", "owner"))))
    with constraint_dropped("callback_one_open_per_purpose"), racers(2) as them:
        outcomes = them.run(*[lambda by=by: draw(by, rep, 12) for by in leaders])
        assert all(isinstance(outcome, CallList) for outcome in outcomes), outcomes
        assert len(on_lists()) == 24
        Callback.objects.all().delete()


def test_one_form_sent_twice_at_once_is_one_list(company):
    leaders, rep = company
    token = uuid.uuid4()
    with racers(4) as them:
        outcomes = them.run(*[lambda: draw(leaders[0], rep, 5, token)] * 4)
    assert len({outcome.pk for outcome in outcomes}) == 1
    assert (CallList.objects.count(), len(on_lists())) == (1, 5)


class _Meeting:
    """Each has chosen before anybody writes."""

    def __init__(self, number):
        self.barrier = threading.Barrier(number)

    def after(self, found):
        self.barrier.wait(10)
        return found
