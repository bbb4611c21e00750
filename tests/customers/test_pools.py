"""Pools: one of the company, more by team, each customer in exactly one (policy 4)."""

import datetime as dt

import pytest
from django.urls import reverse

from crm.lib.dates import start_of
from customers.models import Customer, Pool
from customers.ownership import claiming, pool, pools
from jobs import tasks
from jobs.models import Run
from tests.customers.returned import TODAY, due
from tests.factories import (
    CustomerFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin_client(client):
    client.force_login(UserFactory(administrator=True, language="en"))
    return client


def test_a_pool_of_a_team_takes_what_its_people_lose_and_its_members_are_said(admin_client):
    team = TeamFactory(name="杭州组")
    below = UserFactory(team=TeamFactory(parent=team))
    assert admin_client.post(reverse("customers:pool_add"), {"name": "杭州公海", "team": team.pk}).status_code == 302
    due(2, owner=below)
    pool.return_idle(on=TODAY())
    found = admin_client.get(reverse("customers:pools")).context["pools"]
    assert [(one.name, one.number, one.members) for one in found] == [("公海", 0, 1), ("杭州公海", 2, 1)]


def test_all_customers_of_a_pool_move_into_another_and_stints_say_so(admin_client):
    team_pool = Pool.objects.create(name="杭州公海", team=TeamFactory())
    earlier = start_of(TODAY() - dt.timedelta(days=5))
    customers = [CustomerFactory(pooled=True, pooled_at=earlier) for _n in range(3)]
    company = customers[0].pool
    for _click in range(2):
        admin_client.post(reverse("customers:pool_move", args=[company.pk]), {"target": team_pool.pk})
    assert Run.objects.filter(job=pools.JOB).count() == 1
    tasks.pick_up()
    for customer in customers:
        new, old = customer.stints.all()
        assert (new.pool, new.start_reason, old.pool, old.ended_at) == (team_pool, "moved", company, new.started_at)
        assert old.started_at == earlier < new.started_at
        assert customer.activities.get().data["pool"] == "杭州公海"


def test_an_empty_pool_is_closed_and_its_name_and_team_are_free_again(admin_client):
    team = TeamFactory()
    mine = UserFactory(team=team)
    first = Pool.objects.create(name="杭州公海", team=team)
    [customer] = due(owner=mine)
    pool.return_idle(on=TODAY())
    close = reverse("customers:pool_close", args=[first.pk])
    assert admin_client.post(close).status_code == 409
    claiming.claim(Customer.objects.get(pk=customer.pk), by=UserFactory(team=team))
    assert admin_client.post(close).status_code == 302
    assert list(Pool.objects.values_list("name", flat=True)) == ["公海"]
    assert customer.stints.get(pool__isnull=False).pool.name == "杭州公海"
    due(owner=mine)
    pool.return_idle(on=TODAY())
    assert Customer.objects.pooled().get().pool.name == "公海"
    assert admin_client.post(reverse("customers:pool_add"), {"name": "杭州公海", "team": team.pk}).status_code == 302


def test_the_companys_pool_stays(admin_client):
    assert admin_client.post(reverse("customers:pool_close", args=[Pool.objects.get().pk])).status_code == 409
    assert Pool.objects.exists()
