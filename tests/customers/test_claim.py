import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from crm.lib.dates import add_months
from crm.lib.moves import TooLate
from customers.models import Activity, Customer, Stint
from customers.ownership import claiming
from staff.roles import Role
from tests.factories import CustomerFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_a_claim_makes_the_customer_mine_from_today():
    rep, customer = UserFactory(), CustomerFactory(pooled=True)
    claiming.claim(customer, by=rep)
    customer.refresh_from_db()
    assert (customer.owner, customer.owned_since, customer.pooled_at) == (rep, timezone.localdate(), None)
    assert customer.returns_on == add_months(timezone.localdate(), 2)
    stint = customer.stints.get(ended_at=None)
    assert (stint.owner, stint.start_reason) == (rep, Stint.Reason.CLAIMED)
    assert customer.activities.get(verb=Activity.Verb.CLAIM).by == rep


def test_a_claimed_customer_cannot_be_claimed_again_and_the_loser_hears_who_won():
    winner, loser = UserFactory(name="李伟"), UserFactory()
    customer = CustomerFactory(pooled=True)
    stale = Customer.objects.get(pk=customer.pk)
    claiming.claim(customer, by=winner)
    with pytest.raises(TooLate, match="李伟"):
        claiming.claim(stale, by=loser)
    assert Stint.objects.owned().filter(customer=customer).count() == 1


def test_the_page_tells_a_late_claimer_who_won_and_not_who_had_it_long_ago(client):
    """The loser can't see the customer any more, but could a moment ago."""
    customer = CustomerFactory(pooled=True)
    claiming.claim(customer, by=UserFactory(name="李伟"))
    client.force_login(UserFactory())
    late = client.post(f"/customers/{customer.pk}/claim/")
    assert late.status_code == 409
    assert "李伟" in late.content.decode()
    customer.stints.filter(owner=None).delete()
    customer.stints.update(started_at=timezone.now() - dt.timedelta(hours=2))
    assert client.post(f"/customers/{customer.pk}/claim/").status_code == 404


@pytest.mark.parametrize("role", [Role.MANAGER, Role.DIRECTOR, Role.FINANCE, Role.ADMINISTRATOR])
def test_only_sellers_claim(role):
    customer = CustomerFactory(pooled=True)
    with pytest.raises(PermissionDenied):
        claiming.claim(customer, by=UserFactory(role=role))
    customer.refresh_from_db()
    assert customer.owner is None
    assert not customer.activities.exists()


def test_a_claimed_customer_that_bought_before_keeps_the_three_month_rule():
    today = timezone.localdate()
    customer = CustomerFactory(pooled=True, last_sale_on=add_months(today, -7))
    claiming.claim(customer, by=UserFactory())
    customer.refresh_from_db()
    assert customer.returns_on == add_months(today, 3)


def test_create_gives_a_code_an_owner_a_stint_and_one_activity():
    rep = UserFactory()
    customer = Customer(name="宁波远洋")
    customer.create(owner=rep, by=rep)
    customer.refresh_from_db()
    assert customer.code.startswith("N")
    assert customer.pinyin == "ningboyuanyang nbyy"
    assert customer.stints.get().started_by == rep
    assert [activity.verb for activity in customer.activities.all()] == [Activity.Verb.CREATE]


def test_create_without_an_owner_goes_to_the_pool():
    customer = Customer(name="宁波远洋")
    customer.create(owner=None, by=UserFactory(administrator=True))
    customer.refresh_from_db()
    assert customer.status == "pool"
    assert [(stint.owner, stint.pool) for stint in customer.stints.all()] == [(None, customer.pool)]


def test_a_code_of_the_series_that_is_taken_is_passed_over():
    rep, first, second = UserFactory(), Customer(name="一"), Customer(name="二")
    first.create(owner=rep, by=rep)
    number = int(first.code[1:])
    CustomerFactory(code=f"N{number + 1:05d}")
    second.create(owner=rep, by=rep)
    assert second.code == f"N{number + 2:05d}"


class Rename:
    """Stands for a valid form: `Customer.edit` asks it to apply itself to the locked row."""

    def __init__(self, name):
        self.name = name

    def apply(self, customer):
        customer.name = self.name
        return ["name"]


def test_an_edit_counts_the_version_and_names_the_fields():
    customer = CustomerFactory()
    customer.edit(Rename("新名称"), version=1, by=customer.owner)
    customer.refresh_from_db()
    assert (customer.name, customer.version) == ("新名称", 2)
    assert customer.activities.get(verb=Activity.Verb.EDIT).data == {"fields": ["name"]}


def test_an_edit_made_on_an_old_version_is_refused_and_nobodys_update_is_lost():
    customer = CustomerFactory()
    customer.edit(Rename("先到"), version=1, by=customer.owner)
    with pytest.raises(TooLate):
        customer.edit(Rename("后到"), version=1, by=customer.owner)
    customer.refresh_from_db()
    assert (customer.name, customer.version) == ("先到", 2)
    assert customer.activities.filter(verb=Activity.Verb.EDIT).count() == 1


def test_nobody_edits_in_the_pool():
    customer = CustomerFactory(pooled=True)
    with pytest.raises(TooLate):
        customer.edit(Rename("x"), version=1, by=UserFactory())
