"""Claims at once, by processes of their own (policy 4.5): one winner, one free place."""

import pytest
from django.utils import timezone

from customers.models import Activity, Customer, PoolRules, Stint
from tests.factories import CustomerFactory, UserFactory
from tests.soak.swarm import rounds, swarm

pytestmark = pytest.mark.django_db(transaction=True)


def pooled(number, name="R"):
    now = timezone.now()
    made = [Customer(code=f"{name}{n}", name=f"客户{n}", pooled_at=now, stint_reason="released") for n in range(number)]
    Customer.objects.bulk_create(made)
    return list(Customer.objects.filter(code__startswith=name).order_by("pk").values_list("pk", flat=True))


def test_of_64_who_claim_a_customer_at_once_one_wins():
    people = [UserFactory(name=f"竞争者{n}").pk for n in range(64)]
    PoolRules.objects.update(claims_a_day=None)
    with swarm(64) as them:
        for customer in pooled(rounds(200, 12)):
            outcomes = them.run([["claim", customer, person] for person in people])
            winners = [person for person, outcome in zip(people, outcomes, strict=True) if not outcome]
            assert winners == [Customer.objects.get(pk=customer).owner_id]
            assert {outcome for outcome in outcomes if outcome} == {"TooLate"}
            assert [stint.owner_id for stint in Stint.objects.filter(customer=customer)] == [*winners, None]
            assert Activity.objects.filter(customer=customer, verb=Activity.Verb.CLAIM).count() == 1


def test_control_when_the_customers_row_is_not_asked_several_believe_that_they_won():
    people, [customer] = [UserFactory().pk for _n in range(16)], pooled(1)
    with swarm(16, without=("owner",)) as them:
        outcomes = them.run([["claim", customer, person] for person in people])
    assert outcomes.count("") > 1


def test_of_32_claims_by_one_person_with_one_free_place_one_succeeds():
    person = UserFactory()
    PoolRules.objects.update(capacity=3, claims_a_day=None)
    for _n in range(2):
        CustomerFactory(owner=person)
    customers = pooled(32)
    with swarm(32) as them:
        for _n in range(rounds(200, 12)):
            outcomes = them.run([["claim", customer, person.pk] for customer in customers])
            assert (outcomes.count(""), outcomes.count("Refused")) == (1, 31)
            taken = Customer.objects.get(owner=person, pk__in=customers)
            taken.put_in_pool(Stint.Reason.RELEASED, by=None)
            taken.save()
            Stint.objects.filter(customer=taken).exclude(ended_at=None).delete()  # no earlier owner


def test_control_when_the_claimer_is_not_held_more_pass_than_there_is_room_for():
    person = UserFactory()
    PoolRules.objects.update(capacity=1, claims_a_day=None)
    customers = pooled(32)
    with swarm(32, without=("claimer",)) as them:
        for _n in range(10):
            outcomes = them.run([["claim", customer, person.pk] for customer in customers])
            if outcomes.count("") > 1:
                break
            Customer.objects.filter(owner=person).delete()
            customers = pooled(32, f"S{_n}")
    assert outcomes.count("") > 1
