import pytest
from django.core.exceptions import PermissionDenied

from crm.lib.moves import TooLate
from customers import claiming
from customers.models import Activity, Stint
from tests.factories import CustomerFactory, UserFactory

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
