"""Customers given to somebody by a leader (policy 4.4)."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import Activity, Pool, PoolRules, Stint
from customers.ownership import owning
from staff.models import Notice
from tests.factories import CustomerFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return TeamFactory(name="杭州组")


@pytest.fixture
def supervisor(team):
    return UserFactory(supervisor=True, team=team)


@pytest.fixture
def rep(team):
    return UserFactory(team=team)


def assign(client, customers, **data):
    chosen = {"chosen": [customer.pk for customer in customers]}
    return client.post(reverse("customers:assign_many"), chosen | data)


def test_those_ticked_are_the_receivers_whether_owned_or_in_the_pool(client, supervisor, rep, team):
    customers = [CustomerFactory(owner=UserFactory(team=team)), CustomerFactory(pooled=True)]
    client.force_login(supervisor)
    assert assign(client, customers, to=rep.pk, note="顺路").status_code == 302
    assert rep.customers.count() == 2
    stint = customers[1].stints.get(ended_at=None)
    assert (stint.start_reason, stint.started_by) == (Stint.Reason.ASSIGNED, supervisor)
    assert customers[0].activities.get(verb=Activity.Verb.ASSIGN).note == "顺路"
    assert Notice.objects.get().person == rep


def test_customers_out_of_sight_are_not_given_and_nobody_out_of_sight_gets_any(client, supervisor, rep, team):
    hidden, own = CustomerFactory(), CustomerFactory(owner=supervisor)
    client.force_login(supervisor)
    assign(client, [hidden, own], to=rep.pk)
    hidden.refresh_from_db()
    assert hidden.owner != rep
    assert rep.customers.get() == own
    stranger = UserFactory()
    assert assign(client, [own], to=stranger.pk).status_code == 422
    with pytest.raises(PermissionDenied):
        owning.assign([own], to=stranger, by=supervisor)


def test_one_customer_from_its_page(client, supervisor, rep):
    customer = CustomerFactory(owner=supervisor)
    client.force_login(supervisor)
    address = reverse("customers:assign", args=[customer.pk])
    assert rep.name in client.get(address).content.decode()
    assert client.post(address, {"to": rep.pk})["Location"] == customer.get_absolute_url()
    assert rep.customers.get() == customer


def test_above_the_number_in_hand_only_with_a_reason(client, supervisor, rep):
    PoolRules.objects.create(capacity=1)
    CustomerFactory(owner=rep)
    customer = CustomerFactory(owner=supervisor)
    client.force_login(supervisor)
    assert assign(client, [customer], to=rep.pk).status_code == 409
    assert assign(client, [customer], to=rep.pk, override="on").status_code == 422
    assert rep.customers.count() == 1
    assert assign(client, [customer], to=rep.pk, override="on", note="老客户").status_code == 302
    assert rep.customers.count() == 2


def test_a_referral_is_a_managers_and_marks_the_customer(client, rep, team, supervisor):
    customer = CustomerFactory(owner=supervisor)
    with pytest.raises(PermissionDenied):
        owning.assign([customer], to=rep, by=supervisor, reason=Stint.Reason.REFERRED)
    client.force_login(UserFactory(manager=True, team=team))
    assign(client, [customer], to=rep.pk, how="referred")
    customer.refresh_from_db()
    assert (customer.owner, customer.stint_reason) == (rep, Stint.Reason.REFERRED)
    client.force_login(rep)
    assert "referred customer" in client.get(customer.get_absolute_url()).content.decode()


def test_a_representative_assigns_nothing(client, rep):
    client.force_login(rep)
    assert assign(client, [CustomerFactory(owner=rep)], to=rep.pk).status_code == 403


def test_a_leader_moves_customers_to_another_pool_and_their_reason_stays_with_them(client, supervisor, team):
    pool = Pool.objects.create(name="杭州池", team=team)
    customer = CustomerFactory(pooled=True, pool_note="预算不够")
    client.force_login(supervisor)
    response = client.post(reverse("customers:move_many"), {"chosen": [customer.pk], "pool": pool.pk})
    assert response.status_code == 302
    customer.refresh_from_db()
    assert (customer.pool, customer.stint_reason, customer.pool_note) == (pool, Stint.Reason.MOVED, "预算不够")
    assert customer.stints.first().pool == pool
    assert "杭州池" in client.get(f"{customer.get_absolute_url()}?kind=ownership").content.decode()


def test_nobody_moves_a_customer_into_a_pool_that_they_may_not_look_into(client, supervisor):
    pool = Pool.objects.create(name="广州池", team=TeamFactory())
    customer = CustomerFactory(pooled=True)
    client.force_login(supervisor)
    address = reverse("customers:move", args=[customer.pk])
    assert client.post(address, {"pool": pool.pk}).status_code == 422


def test_the_ownership_tab_tells_by_whom_and_why(client, supervisor, rep):
    customer = CustomerFactory(pooled=True)
    owning.assign([customer], to=rep, by=supervisor)
    client.force_login(rep)
    page = client.get(f"{customer.get_absolute_url()}?tab=ownership").content.decode()
    assert supervisor.name in page
    assert customer.stints.last().pool.name in page


def test_many_are_given_in_the_same_few_statements_and_each_timeline_says_from_whom(supervisor, rep, team):
    owner = UserFactory(name="赵磊", team=team)

    def given(number):
        customers = [CustomerFactory(owner=owner), *(CustomerFactory(pooled=True) for _n in range(number - 1))]
        with CaptureQueriesContext(connection) as asked:
            assert owning.give([one.pk for one in customers], to=rep, by=supervisor, note="顺路") == {
                one.pk: one.owner_id for one in customers
            }
        return customers, len(asked)

    given(1)
    (_two, few), (six, many) = given(2), given(6)
    assert few == many
    told = Activity.objects.filter(customer__in=six, verb=Activity.Verb.ASSIGN).order_by("customer")
    assert [one.data["from"] for one in told] == ["赵磊", "", "", "", "", ""]
    assert {(one.data["owner"], one.data["reason"], one.note) for one in told} == {(rep.name, "assigned", "顺路")}
    assert rep.customers.filter(pool_note="", pooled_at=None, moved_by=supervisor).count() == 9
