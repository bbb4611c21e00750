"""Mails before customers go to the pool: once for each due date and threshold, the supervisor from three days on."""

import datetime as dt

import pytest
from django.utils import timezone

from customers.models import Customer
from customers.ownership import reminding
from staff.models import Notice, Team
from tests.factories import CustomerFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return headed()


@pytest.fixture
def rep(boss):
    return UserFactory(team=boss.team, email="li@example.com")


def headed():
    """Return the head of a new team."""
    boss = UserFactory(supervisor=True, team=TeamFactory(), email="wang@example.com")
    Team.objects.filter(pk=boss.team_id).update(head=boss)
    return boss


def mails(person):
    return list(Notice.objects.filter(person=person).order_by("id").values_list("subject", flat=True))


def before(customer, days):
    """Write the reminders of the night so many days before the customer goes."""
    return reminding.remind(on=customer.returns_on - dt.timedelta(days=days))


def test_each_due_date_is_told_once_at_each_threshold_with_the_day(rep, boss):
    customer = CustomerFactory(owner=rep)
    told = [before(customer, days) for days in (15, 14, 14, 10, 7, 5, 3, 2, 1, 0)]
    assert told == [0, 1, 0, 0, 1, 0, 1, 0, 1, 0]
    assert mails(rep) == [f"1 of your customers returns to the pool on {customer.returns_on}"] * 4
    assert mails(boss) == [f"1 customer of your team returns to the pool on {customer.returns_on}"] * 2


def test_a_date_that_moved_is_told_anew(rep):
    customer = CustomerFactory(owner=rep)
    assert before(customer, 7) == 1
    Customer.objects.filter(pk=customer.pk).update(last_sale_on=timezone.localdate() + dt.timedelta(days=1))
    customer.refresh_from_db()
    assert before(customer, 7) == 1
    assert len(set(mails(rep))) == 2


def test_several_are_one_mail_that_says_when_the_first_goes(rep, boss):
    first = CustomerFactory(owner=rep)
    for owner, days in ((rep, 1), (UserFactory(team=rep.team, email="zhao@example.com"), 2)):
        since = first.owned_since + dt.timedelta(days=days)
        CustomerFactory(owner=owner, owned_since=since)
    assert before(first, 3) == 3
    assert mails(rep) == [f"2 of your customers return to the pool soon, the first on {first.returns_on}"]
    assert mails(boss) == [f"1 customer of your team returns to the pool on {first.returns_on}"]


def test_who_heads_a_team_is_not_told_of_their_own_twice():
    boss = headed()
    before(CustomerFactory(owner=boss), 1)
    assert len(mails(boss)) == 1
