"""Answers to an offer at the same moment as something else: one comes first, the others hear so.

Each guard has its control: the same race without the guard goes wrong.
"""

import threading

import pytest

from crm.lib.moves import TooLate
from customers.models import Customer, PoolRules, Stint, Transfer
from customers.ownership import claiming, owning, transferring
from tests.factories import CustomerFactory, TransferFactory, UserFactory
from tests.walls.racing import open_transaction, racers, wait_until_somebody_waits_for_a_lock

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 25
Status = Transfer.Status


def accept(pk, by):
    transferring.accept(Transfer.objects.get(pk=pk), by=by)


def withdraw(pk, by):
    transferring.withdraw(Transfer.objects.get(pk=pk), by=by)


def check_one_outcome(offer):
    """The owner, the offer and the stints say the same."""
    offer.refresh_from_db()
    customer = Customer.objects.get(pk=offer.customer_id)
    taken = customer.stints.filter(start_reason=Stint.Reason.TRANSFERRED).count()
    assert (offer.status == Status.ACCEPTED) is (taken == 1)
    assert offer.status != Status.OFFERED
    assert customer.stints.filter(ended_at=None).count() == 1
    if taken:
        assert customer.stints.get(start_reason=Stint.Reason.TRANSFERRED).owner == offer.receiver


def test_of_an_acceptance_and_a_withdrawal_at_once_one_counts():
    offers = [TransferFactory() for _n in range(ROUNDS)]
    with racers(2) as them:
        for offer in offers:
            outcomes = them.run(lambda o=offer: accept(o.pk, o.receiver), lambda o=offer: withdraw(o.pk, o.sender))
            assert [type(one) for one in outcomes if one] == [TooLate], outcomes
            check_one_outcome(offer)


def test_an_offer_accepted_twice_at_once_makes_one_change_of_owner():
    offers = [TransferFactory() for _n in range(ROUNDS)]
    with racers(3) as them:
        for offer in offers:
            outcomes = them.run(*[lambda o=offer: accept(o.pk, o.receiver)] * 3)
            assert [type(one) for one in outcomes if one] == [TooLate] * 2, outcomes
            check_one_outcome(offer)


def test_control_without_the_lock_of_the_offer_both_are_told_that_they_were_first(monkeypatch):
    offer, both_have_read = TransferFactory(), threading.Barrier(2)

    def read_without_lock(self):
        self.refresh_from_db()
        both_have_read.wait(10)

    monkeypatch.setattr(Transfer, "lock", read_without_lock)
    monkeypatch.setattr(transferring, "_hold", lambda pks: None)
    with racers(2) as them:
        decline = transferring.decline
        outcomes = them.run(
            lambda: decline(Transfer.objects.get(pk=offer.pk), note="x", by=offer.receiver),
            lambda: withdraw(offer.pk, offer.sender),
        )
    assert outcomes == [None, None]


def test_a_customer_released_while_its_offer_is_accepted_goes_one_way():
    offers = [TransferFactory() for _n in range(ROUNDS)]
    with racers(2) as them:
        for offer in offers:
            customer = Customer.objects.get(pk=offer.customer_id)
            outcomes = them.run(
                lambda o=offer: accept(o.pk, o.receiver), lambda o=offer, c=customer: c.release(note="x", by=o.sender)
            )
            assert sum(one is None for one in outcomes) == 1, outcomes
            check_one_outcome(offer)


def test_who_accepts_after_a_release_that_is_not_yet_committed_hears_so():
    offer = TransferFactory()
    with racers(1) as them:
        with open_transaction(lambda: offer.customer.release(note="x", by=offer.sender)):
            waiting = them.pool.submit(accept, offer.pk, offer.receiver)
            wait_until_somebody_waits_for_a_lock()
        assert isinstance(waiting.exception(10), TooLate)
    assert Customer.objects.get().owner is None


def test_offers_and_claims_at_once_pass_no_capacity():
    """Eight at one free place: offers accepted and customers claimed count the same."""
    PoolRules.objects.create(capacity=3, claims_a_day=None)
    with racers(8) as them:
        for _round in range(5):
            person = UserFactory()
            for _n in range(2):
                CustomerFactory(owner=person)
            offers = [TransferFactory(receiver=person) for _n in range(4)]
            pooled = [CustomerFactory(pooled=True) for _n in range(4)]
            outcomes = them.run(
                *[lambda o=o, p=person: accept(o.pk, p) for o in offers],
                *[lambda c=c, p=person: claiming.claim(c, by=p) for c in pooled],
            )
            assert person.customers.count() == 3, outcomes
            assert all(
                isinstance(one, (owning.Full, claiming.Refused)) for one in outcomes if isinstance(one, Exception)
            ), outcomes


def test_control_without_holding_the_receiver_the_capacity_is_passed(monkeypatch):
    PoolRules.objects.create(capacity=1)
    person, together = UserFactory(), threading.Barrier(2)
    offers = [TransferFactory(receiver=person) for _n in range(2)]
    for module in (transferring, owning):
        monkeypatch.setattr(module, "hold_active", lambda owner: None)
    count = owning._check_capacity

    def both_have_counted(*args, **kwargs):
        count(*args, **kwargs)
        together.wait(10)

    monkeypatch.setattr(owning, "_check_capacity", both_have_counted)
    with racers(2) as them:
        assert them.run(*[lambda o=o: accept(o.pk, person) for o in offers]) == [None, None]
    assert person.customers.count() == 2
