"""Handovers beside everything else, with real connections; each guard has its control."""

import threading

import pytest

from customers.models import Activity, Customer, Handover
from customers.ownership import claiming, handed, handover_split, handover_work, handovers, owning, splitting
from customers.ownership.handing_over import holdings
from customers.ownership.handover_undo import undo
from customers.ownership.handover_work import carry_out
from staff import people
from staff.models import User
from tests.factories import CustomerFactory, TeamFactory, UserFactory
from tests.walls.racing import open_transaction, racers, wait_until_somebody_waits_for_a_lock

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 6


@pytest.fixture
def team(transactional_db):
    return TeamFactory(name="杭州组")


def someone(team, name, **fields):
    return UserFactory(name=name, team=team, **fields)


def prepared(leaver, heir, by):
    """Return a draft by which everything of `leaver` goes to `heir`, None for the pool."""
    handover = handovers.open_for(leaver, why=Handover.Why.LEAVING, by=by)
    rule = heir and (lambda rows: splitting.to_one(rows, heir.pk))
    handover_split.apply(handover, rule, only_open=False, by=by)
    if heir:
        handover_split.give_rest(handover, heir, by=by)
    return handover


def carrying_out(handover, by):
    """Return a call as a request makes it: with rows of its own."""
    return lambda: carry_out(Handover.objects.get(pk=handover.pk), by=User.objects.get(pk=by.pk))


def assert_one_chain(customer):
    stints = list(customer.stints.order_by("started_at", "id"))
    ends = [stint.ended_at for stint in stints]
    assert ends == [stint.started_at for stint in stints[1:]] + [None]


def test_carried_out_by_two_at_once_it_happens_once(team):
    boss = UserFactory(name="王芳", administrator=True)
    with racers(2) as them:
        for n in range(ROUNDS):
            leaver, heir = someone(team, f"离{n}"), someone(team, f"接{n}")
            customers = CustomerFactory.create_batch(3, owner=leaver)
            handover = prepared(leaver, heir, boss)
            assert them.run(*[carrying_out(handover, boss)] * 2) == [None, None]
            assert Customer.objects.filter(owner=heir).count() == 3
            assert set(handover.items.filter(kind="customer").values_list("status", flat=True)) == {"moved"}
            for customer in customers:
                assert_one_chain(customer)
                assert customer.activities.filter(verb=Activity.Verb.ASSIGN).count() == 1


def test_control_without_the_lock_the_second_says_that_nothing_was_handed_over(team, monkeypatch):
    boss, leaver, heir = UserFactory(name="王芳", administrator=True), someone(team, "李伟"), someone(team, "陈静")
    CustomerFactory(owner=leaver)
    handover = prepared(leaver, heir, boss)
    both_have_read = threading.Barrier(2)

    def read(self):
        self.refresh_from_db()
        both_have_read.wait(10)

    monkeypatch.setattr(Handover, "lock", read)
    with racers(2) as them:
        them.run(*[carrying_out(handover, boss)] * 2)
    assert handover.items.get(kind="customer").status == "left"


def given_meanwhile(team):
    """Let a customer be given to somebody while the handover that moves it and another one waits for its row."""
    boss, leaver, heir = UserFactory(name="王芳", administrator=True), someone(team, "李伟"), someone(team, "陈静")
    other = someone(team, "黄敏")
    taken, kept = CustomerFactory(owner=leaver), CustomerFactory(owner=leaver)
    handover = prepared(leaver, heir, boss)
    with racers(1) as them:
        with open_transaction(lambda: owning.assign([taken], to=other, by=boss)):
            running = them.pool.submit(carrying_out(handover, boss))
            wait_until_somebody_waits_for_a_lock()
        assert running.result(20) is None
    taken.refresh_from_db(), kept.refresh_from_db()
    assert kept.owner == heir
    return taken, other, heir, handover.items.get(kind="customer", source=taken.pk)


def test_what_is_given_to_somebody_while_it_is_carried_out_is_left_to_them(team):
    taken, other, _heir, item = given_meanwhile(team)
    assert (taken.owner, item.status) == (other, "left")
    assert "黄敏" in item.note
    assert_one_chain(taken)


def test_control_without_holding_the_customers_it_is_overwritten(team, monkeypatch):
    class Unheld(type(Customer.objects.all())):
        def select_for_update(self, *args, **kwargs):
            return self

    monkeypatch.setattr(handover_work, "hold_customers", lambda items: None)
    monkeypatch.setattr(handed, "customers_of", lambda person: Unheld(Customer).filter(owner=person))
    taken, _other, heir, _item = given_meanwhile(team)
    assert taken.owner == heir


def test_what_the_leaver_claims_meanwhile_stays_theirs_and_keeps_them_from_leaving(team):
    boss, leaver, heir = UserFactory(name="王芳", administrator=True), someone(team, "李伟"), someone(team, "陈静")
    CustomerFactory(owner=leaver)
    pooled = CustomerFactory(pooled=True)
    handover = prepared(leaver, heir, boss)
    with racers(1) as them:
        with open_transaction(lambda: claiming.claim(pooled, by=leaver)):
            running = them.pool.submit(carrying_out(handover, boss))
            wait_until_somebody_waits_for_a_lock()
        assert running.result(20) is None
    assert list(Customer.objects.filter(owner=leaver)) == [pooled]
    assert holdings(leaver, None) == ["1 customer"]
    reasons = people.objections(leaver, role=leaver.role, is_active=False, by=None)
    assert [text for _field, text in reasons] == ["李伟 still holds 1 customer: hand it over first."]


def test_of_a_claim_and_an_undo_at_once_one_gets_the_customer(team):
    boss, claimer = UserFactory(name="王芳", administrator=True), someone(team, "黄敏")
    winners = set()
    with racers(2) as them:
        for n in range(ROUNDS):
            leaver = someone(team, f"离{n}")
            customer = CustomerFactory(owner=leaver)
            handover = prepared(leaver, None, boss)
            carry_out(handover, by=boss)
            customer.refresh_from_db()
            calls = (
                lambda c=customer: claiming.claim(c, by=claimer),
                lambda h=handover: undo(Handover.objects.get(pk=h.pk), by=boss),
            )
            _claimed, undone = them.run(*calls)
            owner = Customer.objects.get(pk=customer.pk).owner
            assert owner in {leaver, claimer}
            assert (owner == leaver) == (undone == (1, 0))
            assert_one_chain(customer)
            winners.add(owner == leaver)


def test_two_who_hand_over_to_each_other_do_not_wait_for_ever(team):
    boss = UserFactory(name="王芳", administrator=True)
    with racers(2) as them:
        for n in range(ROUNDS):
            one, two = someone(team, f"甲{n}"), someone(team, f"乙{n}")
            CustomerFactory.create_batch(2, owner=one), CustomerFactory.create_batch(2, owner=two)
            drafts = [prepared(one, two, boss), prepared(two, one, boss)]
            outcomes = them.run(*[carrying_out(draft, boss) for draft in drafts])
            assert all(outcome is None or isinstance(outcome, handover_work.NotReady) for outcome in outcomes), outcomes
            assert None in outcomes
