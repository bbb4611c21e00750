import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.lib.paging import SIZE
from customers.models import Customer, Stint
from tests.factories import CustomerFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def names(client, **params):
    return [customer.name for customer in client.get(reverse("customers:list"), params).context["page"].rows]


def test_filters_narrow_the_list(client):
    team, director = TeamFactory(), UserFactory(director=True)
    rep = UserFactory(team=team)
    CustomerFactory(name="甲", owner=rep, source="web", intention="A")
    CustomerFactory(name="乙", source="agency")
    Customer.objects.filter(name="乙").update(grade="VIP")
    client.force_login(director)
    assert names(client, grade="VIP") == ["乙"]
    assert names(client, owner=rep.pk) == names(client, team=team.pk) == names(client, source="web") == ["甲"]
    assert names(client, intention="A") == ["甲"]


def test_those_about_to_return(client):
    rep = UserFactory()
    CustomerFactory(name="快了", owner=rep, owned_since=TODAY() - dt.timedelta(days=55))
    CustomerFactory(name="还早", owner=rep)
    client.force_login(rep)
    assert names(client, returns=14) == ["快了"]


def test_a_row_says_when_its_customer_goes_and_by_which_rule(client):
    rep = UserFactory()
    customer = CustomerFactory(owner=rep, owned_since=TODAY() - dt.timedelta(days=55))
    client.force_login(rep)
    [line] = client.get(reverse("customers:list"), headers={"Accept-Language": "en"}).context["lines"]
    assert f'datetime="{customer.returns_on}"' in line[-2]
    assert line[-1] == "no first deal"
    Customer.objects.filter(pk=customer.pk).update(is_held=True)
    [line] = client.get(reverse("customers:list"), headers={"Accept-Language": "en"}).context["lines"]
    assert line[-2:] == ("on hold", "")


def test_those_claimed_in_a_month_and_still_owned(client):
    rep = UserFactory()
    claimed = CustomerFactory(name="领的", owner=rep)
    CustomerFactory(name="录的", owner=rep)
    claimed.stints.update(start_reason=Stint.Reason.CLAIMED)
    client.force_login(rep)
    assert names(client, claimed=f"{TODAY():%Y-%m}") == ["领的"]
    assert names(client, claimed="2001-01") == []


@pytest.mark.parametrize(
    "params", [{"grade": "X"}, {"owner": "0"}, {"sort": "password"}, {"returns": "x"}, {"after": "z"}]
)
def test_values_that_make_no_sense_are_passed_over(client, params):
    rep = UserFactory()
    CustomerFactory(name="甲", owner=rep)
    client.force_login(rep)
    assert names(client, **params) == ["甲"]


@pytest.mark.parametrize(
    "sort", ["name", "-name", "dealt", "-dealt", "last_sale", "-last_sale", "next_contact", "-last_contact", "returns"]
)
def test_every_row_is_met_once_walking_on_and_back(client, sort):
    rep = UserFactory()
    for n in range(2 * SIZE + 3):
        day = TODAY() + dt.timedelta(days=n // 7) if n % 3 else None
        CustomerFactory(owner=rep, next_contact_on=day, dealt=n // 5)
    client.force_login(rep)
    url = reverse("customers:list")
    pages, after = [], ""
    while True:
        page = client.get(url, {"sort": sort, "after": after}).context["page"]
        pages.append([customer.pk for customer in page.rows])
        if not page.next:
            break
        after = page.next
    assert [len(rows) for rows in pages] == [SIZE, SIZE, 3]
    assert len({pk for rows in pages for pk in rows}) == 2 * SIZE + 3
    back = client.get(url, {"sort": sort, "before": page.previous}).context["page"]
    assert [customer.pk for customer in back.rows] == pages[1]
    first = client.get(url, {"sort": sort, "before": back.previous}).context["page"]
    assert [customer.pk for customer in first.rows] == pages[0]
    assert not first.previous


def test_an_empty_list_says_what_to_do(client):
    client.force_login(UserFactory())
    assert reverse("customers:pool") in client.get(reverse("customers:list")).content.decode()
