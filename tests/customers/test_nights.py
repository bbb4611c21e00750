"""Nights for people: the list, and a stopped one that somebody lets go (policy 4)."""

import datetime as dt

import pytest
from django.urls import reverse

from customers import night
from customers.models import Customer, PoolRules
from customers.ownership import locking, nights
from jobs import tasks
from jobs.models import Run
from tests.customers.returned import TODAY, due, returned_run
from tests.factories import (
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def stopped(number=3):
    due(number)
    night.run_due(until=TODAY())
    return Run.objects.get(job=night.JOB)


def let_go(client, run):
    return client.post(reverse("customers:night_let_go", args=[run.pk]))


def test_a_stopped_night_waits_and_whoever_may_lets_it_go(manager_client, manager):
    run = stopped()
    assert nights.waiting() == run
    page = manager_client.get(reverse("customers:night", args=[run.pk])).context
    assert page["waits"]
    assert page["people"] == []  # a manager of another team hears how many, not whose
    assert let_go(manager_client, run).status_code == 302
    assert Customer.objects.pooled().count() == 0
    tasks.pick_up()
    assert Customer.objects.pooled().count() == 3
    assert nights.waiting() is None
    assert Run.objects.get(job=nights.BY_HAND).by == manager
    assert "周强" in manager_client.get(reverse("customers:night", args=[run.pk])).content.decode()


def test_who_was_kept_since_a_night_stopped_is_not_counted_among_others(client):
    run = stopped()
    client.force_login(UserFactory(director=True))
    kept = Customer.objects.first()
    locking.lock(kept, until=TODAY() + dt.timedelta(days=9), reason="大会后再谈", by=UserFactory(administrator=True))
    page = client.get(reverse("customers:night", args=[run.pk])).context
    assert [number for _pk, _name, number in page["people"]] == [1, 1]


def test_letting_go_twice_is_one_errand_and_late_once_it_is_done(manager_client):
    run = stopped()
    assert [let_go(manager_client, run).status_code for _click in range(2)] == [302, 302]
    assert Run.objects.filter(job=nights.JOB).count() == 1
    tasks.pick_up()
    assert let_go(manager_client, run).status_code == 409


def test_a_later_night_takes_the_place_of_a_stopped_one(manager_client):
    run = stopped()
    PoolRules.objects.update(brake_percent=100)
    night.run_due(until=TODAY() + dt.timedelta(days=1))
    assert nights.waiting() is None
    assert let_go(manager_client, run).status_code == 409


def test_what_was_returned_by_hand_no_longer_waits():
    stopped()
    night.return_by_hand(TODAY(), confirm=True)
    assert nights.waiting() is None


def test_a_supervisor_sees_the_night_on_today_and_does_not_decide(client):
    run = stopped()
    client.force_login(UserFactory(supervisor=True, team=TeamFactory()))
    assert reverse("customers:night", args=[run.pk]) in client.get(reverse("reports:today")).content.decode()
    assert let_go(client, run).status_code == 403


def test_managers_have_a_badge_and_a_line_on_their_first_page(manager_client):
    address = reverse("customers:nights")
    assert [line["badge"] for line in pool_lines(manager_client, address)] == [""]
    run = stopped()
    assert [line["badge"] for line in pool_lines(manager_client, address)] == ["1"]
    assert (
        reverse("customers:night", args=[run.pk]) in manager_client.get(reverse("reports:dashboard")).content.decode()
    )


def pool_lines(client, address):
    lines = client.get(address).context["navigation"]
    return [line for line in lines if line["url"] == reverse("customers:pool")]


def test_the_list_says_what_each_night_did(manager_client):
    returned_run(2)
    [run] = manager_client.get(reverse("customers:nights")).context["page"].rows
    assert (run.number, run.counts["changed"], run.counts["reminded"], run.waits) == (2, 0, 0, False)


def test_returns_by_hand_of_one_date_count_together(manager_client):
    due(2)
    night.return_by_hand(TODAY(), confirm=True)
    due(1)
    night.return_by_hand(TODAY(), confirm=True)
    [run] = manager_client.get(reverse("customers:nights")).context["page"].rows
    assert (run.by_hand, run.number) == (True, 3)
