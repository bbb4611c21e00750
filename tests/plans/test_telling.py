"""What customers' timelines hear of the plans that concern them."""

import threading

import pytest
from django.db import connection

from customers.models import Activity
from plans import approval, course, telling, writing
from tests.factories import CustomerFactory, passed, running
from tests.plans.conftest import make_crew, running_plan
from tests.walls.racing import open_transaction


def heard(customer) -> list[str]:
    lines = customer.activities.filter(verb=Activity.Verb.PLAN).order_by("id")
    return [line.data["did"] for line in lines]


@pytest.mark.django_db
def test_those_of_the_approved_version_hear_of_it_once_as_of_the_last_signature(crew):
    plan = running(author=crew.author, customers=[CustomerFactory(owner=crew.specialist) for _n in range(2)])
    assert (telling.tell_approved(), telling.tell_approved()) == (2, 0)
    for member in plan.members.all():
        assert heard(member.customer) == ["approve"]
        assert member.customer.activities.filter(verb=Activity.Verb.PLAN).get().at == plan.decisions.last().at


@pytest.mark.django_db
def test_an_amendment_opened_before_the_minute_was_over_loses_nothing(crew):
    plan = running_plan(crew)
    first, new = plan.members.first().customer, CustomerFactory(owner=crew.specialist)
    course.amend(plan, note="加客户", by=crew.author)
    assert heard(first) == ["approve"]
    ids = [first.pk, new.pk]
    writing.save(plan, lambda plan: writing.put_customers(plan, ids), edition=plan.edition, by=crew.author)
    approval.submit(plan, by=crew.author)
    while plan.is_waiting:
        passed(plan)
    telling.tell_approved()
    assert (heard(first), heard(new)) == (["approve", "amend"], ["amend"])


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_it_once():
    plan = running_plan(make_crew())
    second = []

    def tell():
        second.append(telling.tell_approved())
        connection.close()

    with open_transaction(telling.tell_approved):
        worker = threading.Thread(target=tell)
        worker.start()
        worker.join(10)
        assert second == [0]
    assert heard(plan.members.first().customer) == ["approve"]
