"""The page of the pool: what it tells before one claims, and several claimed at once (policy 4.5)."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.models import ClearingSheet, Pool, PoolRules
from customers.ownership import claiming
from tests.factories import CustomerFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep(client):
    person = UserFactory()
    client.force_login(person)
    return person


def page(client, **query):
    return client.get("/pool/", query).content.decode()


def claim_address(customer):
    return reverse("customers:claim", args=[customer.pk])


def had_before(person, days_ago=3):
    """Return a customer that `person` had until so many days ago, when it went to the pool."""
    past = timezone.now() - dt.timedelta(days=days_ago)
    customer = CustomerFactory(owner=person, owned_since=past.date() - dt.timedelta(days=9))
    customer.put_in_pool("released", by=person)
    customer.pooled_at = past
    customer.save()
    return customer


def test_the_page_counts_claims_left_and_customers_in_hand_where_there_are_such_rules(client, rep):
    PoolRules.objects.create(claims_a_day=5, capacity=9)
    claiming.claim(CustomerFactory(pooled=True), by=rep)
    text = page(client)
    assert "<b>4</b> of 5" in text
    assert "<b>1</b> of 9" in text
    PoolRules.objects.create(claims_a_day=None, capacity=None)
    assert "<b>" not in page(client).partition('id="allowance"')[2].partition("has-many")[0]


def test_a_customer_that_one_had_before_has_no_button_but_says_from_when_on(client, rep):
    mine, free = had_before(rep), CustomerFactory(pooled=True)
    text = page(client)
    assert claim_address(free) in text
    assert claim_address(mine) not in text
    again = timezone.localdate() + dt.timedelta(days=27)
    assert f"again from {again} on" in text
    assert f"again from {again} on" in client.get(mine.get_absolute_url()).content.decode()
    with pytest.raises(claiming.Refused, match=str(again)):
        claiming.claim(mine, by=rep)


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ({"claims_a_day": 1}, "You have claimed 1 customer today, as many as a day allows: go on tomorrow."),
        ({"claims_a_day": 9, "capacity": 1}, "You have 1 customers in hand, as many as one may: release one first."),
    ],
)
def test_the_customers_page_says_which_rule_forbids_the_claim_and_until_when(client, rep, rules, says):
    claiming.claim(CustomerFactory(pooled=True), by=rep)
    PoolRules.objects.create(**rules)
    assert says in client.get(CustomerFactory(pooled=True).get_absolute_url()).content.decode()


def test_when_no_claim_is_left_there_are_no_buttons(client, rep):
    PoolRules.objects.create(claims_a_day=1)
    claiming.claim(CustomerFactory(pooled=True), by=rep)
    left = CustomerFactory(pooled=True)
    assert claim_address(left) not in page(client)


def test_a_refusal_names_its_rule_as_a_page_and_in_the_row(client, rep):
    customer = had_before(rep)
    for headers in ({}, {"HX-Request": "true"}):
        refused = client.post(claim_address(customer), headers=headers)
        assert refused.status_code == 409
        assert "You had this customer before" in refused.content.decode()
        assert ("<html" in refused.content.decode()) is not bool(headers)
        assert "Someone was faster" not in refused.content.decode()


def test_a_claim_in_the_row_counts_down_what_is_left(client, rep):
    PoolRules.objects.create(claims_a_day=5)
    response = client.post(claim_address(CustomerFactory(pooled=True)), headers={"HX-Request": "true"})
    assert "<b>4</b> of 5" in response.content.decode()


def test_several_are_claimed_each_by_itself(client, rep):
    had, gone, free = had_before(rep), CustomerFactory(pooled=True), CustomerFactory(pooled=True)
    claiming.claim(gone, by=UserFactory(name="李伟"))
    PoolRules.objects.create(claims_a_day=1)
    more = CustomerFactory(pooled=True)
    hidden = CustomerFactory()
    chosen = [had.pk, gone.pk, free.pk, more.pk, hidden.pk]
    text = client.post(reverse("customers:claim_many"), {"chosen": chosen}).content.decode()
    assert list(rep.customers.all()) == [free]
    assert "1 of 4" in text
    for said in ("You had this customer before", "李伟", "go on tomorrow"):
        assert said in text
    assert hidden.name not in text


def test_of_several_pools_one_is_filtered_and_those_of_other_teams_are_hidden(client):
    team, other = TeamFactory(), TeamFactory()
    own, foreign = Pool.objects.create(name="杭州池", team=team), Pool.objects.create(name="广州池", team=other)
    here, company = CustomerFactory(pooled=True, pool=own), CustomerFactory(pooled=True)
    hidden = CustomerFactory(pooled=True, pool=foreign)
    client.force_login(UserFactory(team=team))
    text = page(client)
    assert "杭州池" in text
    assert here.name in text
    assert company.name in text
    for word in ("广州池", hidden.name):
        assert word not in text
    assert company.name not in page(client, pool=own.pk)
    assert hidden.name not in page(client, pool=foreign.pk)


def test_who_looks_into_the_pool_of_a_team_below_is_told_that_it_is_not_theirs_to_claim(client):
    team = TeamFactory()
    lower = TeamFactory(parent=team)
    customer = CustomerFactory(pooled=True, pool=Pool.objects.create(name="下组池", team=lower))
    UserFactory(team=lower)
    lower.head = UserFactory(supervisor=True, team=team)
    lower.save()
    client.force_login(lower.head)
    text = page(client)
    assert customer.name in text
    assert claim_address(customer) not in text
    assert "for another team" in text


def test_the_last_owners_sheet_is_read_in_the_pool_but_for_the_ways_to_people(client, rep):
    customer = CustomerFactory()
    owner = customer.owner
    stint = customer.stints.get()
    ClearingSheet.objects.create(
        customer=customer,
        stint=stint,
        situation="换了老板",
        contacts="王经理13905710000",
        progress="等报价",
        written_by=owner,
    )
    customer.release(note="x", by=owner)
    text = client.get(customer.get_absolute_url()).content.decode()
    assert "换了老板" in text
    assert "等报价" in text
    assert "13905710000" not in text
    claiming.claim(customer, by=rep)
    assert "13905710000" in client.get(f"{customer.get_absolute_url()}?tab=ownership").content.decode()
    client.force_login(UserFactory(finance=True))
    customer.release(note="x", by=rep)
    assert "换了老板" not in client.get(customer.get_absolute_url()).content.decode()


def test_the_filter_finds_who_came_back_because_nobody_called_after_the_claim(client, rep):
    first = CustomerFactory(name="甲", pooled=True, stint_reason="no_first")
    CustomerFactory(name="乙", pooled=True)
    found = client.get("/pool/", {"reason": "no_first"}).context["page"].rows
    assert [customer.pk for customer in found] == [first.pk]
