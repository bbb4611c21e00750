import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from crm.lib.moves import TooLate
from customers.models import Activity, Hold, Pool, Stint
from customers.ownership import claiming, holds
from tests.factories import CustomerFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_a_released_customer_is_in_the_pool_with_the_reason_and_the_stint_is_over():
    customer = CustomerFactory()
    owner = customer.owner
    customer.release(note="地址已变更", by=owner)
    customer.refresh_from_db()
    assert (customer.owner, customer.owned_since, customer.returns_on) == (None, None, None)
    assert (customer.stint_reason, customer.pool_note) == (Stint.Reason.RELEASED, "地址已变更")
    stint = customer.stints.owned().get()
    assert stint.ended_at is not None
    assert (stint.end_reason, stint.ended_by) == (Stint.Reason.RELEASED, owner)
    activity = customer.activities.get(verb=Activity.Verb.RELEASE)
    assert (activity.note, activity.data) == ("地址已变更", {"owner": str(owner), "reason": "released"})


def test_a_customer_in_the_pool_cannot_be_released():
    customer = CustomerFactory()
    owner = customer.owner
    customer.release(note="一", by=owner)
    with pytest.raises(TooLate):
        customer.release(note="二", by=owner)
    assert customer.activities.filter(verb=Activity.Verb.RELEASE).count() == 1


def test_a_colleague_may_not_release():
    customer = CustomerFactory()
    with pytest.raises(PermissionDenied):
        customer.release(note="", by=UserFactory())
    customer.refresh_from_db()
    assert customer.owner is not None


def test_finance_may_not_release():
    customer = CustomerFactory()
    with pytest.raises(PermissionDenied):
        customer.release(note="", by=UserFactory(finance=True))


def test_a_released_customer_can_be_claimed_and_has_two_stints():
    customer, next_owner = CustomerFactory(), UserFactory()
    customer.release(note="", by=customer.owner)
    claiming.claim(customer, by=next_owner)
    assert [stint.owner for stint in customer.stints.all()] == [next_owner, None, customer.stints.last().owner]
    assert customer.stints.get(ended_at=None).owner == next_owner


def test_the_reason_from_the_list_stands_in_the_pool_and_on_the_timeline(client):
    customer = CustomerFactory()
    client.force_login(customer.owner)
    response = client.post(f"/customers/{customer.pk}/release/", {"why": "elsewhere", "note": "价格谈不拢"})
    assert response.status_code == 302
    for address in ("/pool/", customer.get_absolute_url()):
        text = client.get(address).content.decode()
        assert "buys elsewhere" in text
        assert "价格谈不拢" in text


def test_a_problem_customer_is_put_there_by_a_leader_only(client):
    team = TeamFactory()
    customer = CustomerFactory(owner__team=team)
    address, words = f"/customers/{customer.pk}/release/", {"why": "problem", "note": "一再拖欠"}
    client.force_login(customer.owner)
    assert client.post(address, words).status_code == 422
    with pytest.raises(PermissionDenied):
        customer.release(note="x", by=customer.owner, reason=Stint.Reason.PROBLEM)
    client.force_login(UserFactory(supervisor=True, team=team))
    assert client.post(address, words).status_code == 302
    customer.refresh_from_db()
    assert (customer.stint_reason, customer.pool_why) == (Stint.Reason.PROBLEM, "")


@pytest.mark.parametrize("kind", [Hold.Kind.COMPLAINT, Hold.Kind.PLAN, Hold.Kind.LOCK])
def test_what_is_held_stays_and_the_page_says_why(client, kind):
    customer = CustomerFactory()
    until = timezone.localdate() if kind == Hold.Kind.LOCK else None
    holds.place([customer.pk], kind=kind, source=1, reason="少了两箱", until=until)
    client.force_login(customer.owner)
    address = f"/customers/{customer.pk}/release/"
    assert "少了两箱" in client.get(address).content.decode()
    late = client.post(address, {"why": "other", "note": "x"})
    assert late.status_code == 409
    assert "少了两箱" in late.content.decode()
    customer.refresh_from_db()
    assert customer.owner is not None


def test_an_extension_does_not_keep_its_owner_from_letting_go():
    customer = CustomerFactory()
    holds.place([customer.pk], kind=Hold.Kind.EXTENSION, source=1, reason="x", until=timezone.localdate())
    customer.release(note="x", by=customer.owner)
    assert not customer.holds.exists()


@pytest.mark.parametrize("grade", ["VIP", "SVIP", "A"])
def test_the_best_customers_are_released_by_a_leader_only(client, grade):
    team = TeamFactory()
    customer = CustomerFactory(owner__team=team, grade=grade)
    client.force_login(customer.owner)
    assert client.get(f"/customers/{customer.pk}/release/").status_code == 403
    assert "Only a supervisor" in client.get(customer.get_absolute_url()).content.decode()
    customer.release(note="x", by=UserFactory(supervisor=True, team=team))


def test_where_there_are_several_pools_it_goes_to_the_teams_own_unless_another_is_chosen(client):
    team = TeamFactory()
    own = Pool.objects.create(name="杭州池", team=team)
    Pool.objects.create(name="广州池", team=TeamFactory())
    customers = [CustomerFactory(owner=UserFactory(team=team)) for _n in range(2)]
    company = Pool.objects.get(team=None)
    for customer, chosen in zip(customers, ({}, {"pool": company.pk}), strict=True):
        client.force_login(customer.owner)
        address = f"/customers/{customer.pk}/release/"
        form = client.get(address).context["form"]
        assert form["pool"].value() == own.pk
        assert {pool.name for pool in form.fields["pool"].queryset} == {own.name, company.name}
        client.post(address, {"why": "other", "note": "x"} | chosen)
        customer.refresh_from_db()
        assert customer.pool == (company if chosen else own)
