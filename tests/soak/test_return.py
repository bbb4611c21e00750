"""The night's return against people who work at the same time (policy 4.1–4.3): no order lost, no chain broken."""

import datetime as dt
from itertools import pairwise

import pytest
from django.utils import timezone

from customers.models import Customer, PoolRules, Stint
from sales.models import Order
from tests.factories import UserFactory
from tests.soak.swarm import rounds, swarm

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 32


def company(n):
    """Return customers that are due today, with an unpaid order each, and some in the pool; of the round `n`."""
    long_ago = timezone.localdate() - dt.timedelta(days=200)
    owners = [UserFactory() for _n in range(4)]
    due = [
        Customer(code=f"D{n}-{k}", name=f"客户{k}", owner=owners[k % 4], owned_since=long_ago, last_sale_on=long_ago)
        for k in range(48)
    ]
    pooled = [Customer(code=f"P{n}-{k}", name=f"公海{k}", pooled_at=timezone.now()) for k in range(8)]
    Customer.objects.bulk_create([*due, *pooled])
    orders = [Order(number=f"O{n}-{k}", customer=c, amount=100, salesperson=c.owner) for k, c in enumerate(due[:16])]
    Order.objects.bulk_create(orders)
    return due, pooled, orders


def at_once(them, due, pooled, orders, finance):
    """Return what came of it when sixteen payments, eight claims, seven calls and the return begin together."""
    today = timezone.localdate().isoformat()
    claimer = UserFactory().pk
    calls = [["confirm", order.pk, finance.pk] for order in orders]
    calls += [["claim", customer.pk, claimer] for customer in pooled]
    calls += [["log", customer.pk, customer.owner_id] for customer in due[16:23]]
    calls.insert(8, ["return", today])
    return them.run(calls)


def lost(orders) -> list[int]:
    """Return the customers that lie in the pool although their payment was confirmed, before or after the return."""
    sold = [order.customer_id for order in orders]
    return list(Customer.objects.filter(pk__in=sold, owner=None).values_list("pk", flat=True))


def check_chains(customers):
    chains: dict[int, list[Stint]] = {customer.pk: [] for customer in customers}
    for stint in Stint.objects.filter(customer__in=chains).order_by("customer", "id"):
        chains[stint.customer_id].append(stint)
    now = Customer.objects.in_bulk(chains)
    for pk, chain in chains.items():
        assert all(a.ended_at == b.started_at for a, b in pairwise(chain))
        assert [stint.ended_at for stint in chain[-1:]] == [None]
        assert chain[-1].owner_id == now[pk].owner_id


def test_a_confirmed_order_always_keeps_its_customer_and_every_stint_begins_where_the_last_one_ended():
    finance = UserFactory(finance=True)
    PoolRules.objects.update(claims_a_day=None)
    with swarm(WRITERS) as them:
        for n in range(rounds(100, 8)):
            due, pooled, orders = company(n)
            outcomes = at_once(them, due, pooled, orders, finance)
            assert set(outcomes) <= {"", "TooLate", "PermissionDenied"}  # of calls to customers that just went
            assert not any(outcomes[:8] + outcomes[9:17]), outcomes  # no payment fails
            assert lost(orders) == []
            assert Customer.objects.filter(pk__in=[c.pk for c in due[23:]], owner=None).count() == len(due[23:])
            check_chains([*due, *pooled])


def test_control_without_row_locks_a_customer_is_lost_although_its_order_was_confirmed():
    finance = UserFactory(finance=True)
    with swarm(WRITERS, without=("rows",)) as them:
        for n in range(30):
            due, pooled, orders = company(n)
            at_once(them, due, pooled, orders, finance)
            if lost(orders):
                return
    pytest.fail("nothing was lost in thirty rounds: the control does not race")
