"""Spot checks (policy 5.6, 10.6): drawn by chance and fairly, checked by leaders, nobody their own."""

import datetime as dt
from collections import Counter

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.lib.moves import TooLate
from customers.models import Activity
from tests.factories import (
    CallLogFactory,
    ContactFactory,
    CustomerFactory,
    SpotCheckFactory,
    TeamFactory,
    UserFactory,
)
from tests.walls.racing import racers
from visits import spot_checks
from visits.models import CallLog, SpotCheck

TODAY = timezone.localdate


def week():
    return TODAY() - dt.timedelta(days=7)


def logs_of(person, number, **fields):
    customer = CustomerFactory(owner=person)
    return [CallLogFactory(customer=customer, by=person, **fields) for _n in range(number)]


@pytest.fixture
def team(db):
    """A supervisor with three people: twenty, ten and two contacts."""
    team = TeamFactory(name="杭州组")
    boss = UserFactory(supervisor=True, team=team)
    team.head = boss
    team.save()
    people = [UserFactory(team=team) for _n in range(3)]
    for person, number in zip(people, (20, 10, 2), strict=True):
        logs_of(person, number)
    return boss, people


def draw(number, by, since=None):
    people = frozenset({by.pk, *by.people_led()}) if by.role != "director" else None
    return spot_checks.draw(number, since=since or week(), people=people, by=by)


def drawn_of():
    return Counter(SpotCheck.objects.values_list("log__by", flat=True))


def test_everybody_gets_about_equally_many_whoever_logs_most(team):
    boss, people = team
    assert draw(9, boss) == 9
    busy, middle, quiet = (drawn_of()[person.pk] for person in people)
    assert quiet == 2 and {busy, middle} <= {3, 4}


def test_draws_of_one_go_round_among_the_people(team):
    boss, _people = team
    for _n in range(6):
        assert draw(1, boss) == 1
    assert set(drawn_of().values()) == {2}


def test_a_record_is_drawn_once_for_ever_and_then_there_are_no_more(team):
    boss, _people = team
    assert draw(100, boss) == 32
    assert draw(100, boss) == 0
    assert SpotCheck.objects.count() == 32


def test_a_draw_is_by_chance(team):
    boss, _people = team
    draws = set()
    for _n in range(8):
        draw(3, boss)
        draws.add(frozenset(SpotCheck.objects.values_list("log", flat=True)))
        SpotCheck.objects.all().delete()
    assert len(draws) > 1


def test_only_contacts_that_reached_somebody_lately_in_sight_and_of_others_are_drawn(team):
    boss, people = team
    CallLog.objects.all().delete()
    old = TODAY() - dt.timedelta(days=8)
    logs_of(people[0], 1, outcome="no_answer")
    logs_of(people[0], 1, on=old)
    logs_of(boss, 1)
    logs_of(UserFactory(), 1)
    CallLogFactory(customer=CustomerFactory(pooled=True), by=people[0])
    assert draw(10, boss) == 0
    assert draw(10, UserFactory(director=True)) == 2  # whatever is owned and was reached this week


@pytest.mark.django_db(transaction=True)
def test_two_draws_at_once_draw_no_record_twice_and_lose_none():
    owner = UserFactory()
    logs_of(owner, 120)
    leaders = [UserFactory(director=True), UserFactory(director=True)]
    with racers(2) as them:
        for _round in range(20):
            outcomes = them.run(*[lambda by=by: draw(3, by) for by in leaders])
            assert outcomes == [3, 3]
    assert SpotCheck.objects.count() == 120 == SpotCheck.objects.values("log").distinct().count()


# Checking


@pytest.fixture
def check(team):
    boss, people = team
    log = logs_of(people[0], 1, note="客户很满意")[0]
    ContactFactory(customer=log.customer, phone="13905718842")
    return SpotCheckFactory(log=log, drawn_by=boss)


def post(client, check, **data):
    return client.post(check.get_absolute_url(), {"agrees": "yes", "note": ""} | data)


def test_the_leader_sees_record_and_number_and_notes_what_differs(client, check):
    client.force_login(check.drawn_by)
    body = client.get(check.get_absolute_url()).content.decode()
    assert "客户很满意" in body and 'href="tel:13905718842"' in body
    assert post(client, check, agrees="no", note="客户说没人打过").status_code == 302
    check.refresh_from_db()
    assert (check.agrees, check.note, check.checked_by) == (False, "客户说没人打过", check.drawn_by)
    activity = check.log.customer.activities.get(verb=Activity.Verb.CHECK)
    assert activity.note == "" and activity.data == {"log": check.log_id, "agrees": False}


@pytest.mark.parametrize("wrong", [{"agrees": ""}, {"agrees": "maybe"}, {"agrees": "no", "note": " "}])
def test_a_difference_needs_words_and_a_check_a_verdict(client, check, wrong):
    client.force_login(check.drawn_by)
    assert post(client, check, **wrong).status_code == 422
    check.refresh_from_db()
    assert check.checked_at is None


def test_nobody_checks_a_record_of_their_own(client, check):
    own = SpotCheckFactory(log=logs_of(check.drawn_by, 1)[0])
    client.force_login(check.drawn_by)
    assert client.get(own.get_absolute_url()).status_code == 404
    assert own not in client.get(reverse("visits:checks")).context["waiting"]
    with pytest.raises(PermissionDenied):
        spot_checks.check(own, agrees=True, note="", by=check.drawn_by)


def test_a_record_is_checked_once(client, check):
    client.force_login(check.drawn_by)
    post(client, check)
    late = post(client, check, agrees="no", note="后来发现数量不对")
    assert late.status_code == 409
    assert "has checked this record already" in late.content.decode()
    assert "后来发现数量不对" in late.content.decode()
    check.refresh_from_db()
    assert check.agrees is True


def test_who_can_not_be_called_again_can_not_be_checked(client, check):
    customer = check.log.customer
    customer.release(note="", by=customer.owner)
    client.force_login(check.drawn_by)
    assert check not in client.get(reverse("visits:checks")).context["waiting"]
    body = client.get(check.get_absolute_url()).content.decode()
    assert "客户很满意" not in body and "13905718842" not in body
    with pytest.raises(TooLate):
        spot_checks.check(check, agrees=True, note="", by=check.drawn_by)


def test_the_author_hears_nothing_of_a_check_and_the_leader_sees_it_on_the_timeline(client, check):
    boss, author, customer = check.drawn_by, check.log.by, check.log.customer
    spot_checks.check(check, agrees=False, note="客户说没人打过", by=boss)
    pages = (customer.get_absolute_url(), check.log.get_absolute_url())
    client.force_login(author)
    for page in pages:
        body = client.get(page).content.decode()
        assert "spot" not in body.lower() and "客户说没人打过" not in body
    client.force_login(boss)
    assert "spot-checked" in client.get(pages[0]).content.decode()
    assert "客户说没人打过" in client.get(pages[1]).content.decode()


def test_rates_by_person_the_lowest_first(team, client):
    boss, people = team
    for person, verdicts in ((people[0], (True, True, False)), (people[1], (True,)), (people[2], (None,))):
        for agrees, log in zip(verdicts, logs_of(person, 3), strict=False):
            SpotCheckFactory(log=log, drawn_by=boss, agrees=agrees)
    client.force_login(boss)
    rows = client.get(reverse("visits:checks")).context["people"]
    assert [(row, row.checked, row.agreed, row.rate) for row in rows] == [(people[0], 3, 2, 67), (people[1], 1, 1, 100)]


def test_the_page_draws_and_says_when_there_are_not_so_many(client, team):
    boss, _people = team
    client.force_login(boss)
    page = reverse("visits:checks")
    response = client.post(page, {"number": 40, "days": 7}, follow=True)
    assert len(response.context["waiting"]) == 32
    assert "32 records drawn. There are no others" in response.content.decode()
    for wrong in ({"number": 0, "days": 7}, {"number": 101, "days": 7}, {"number": 1, "days": 8}):
        assert client.post(page, wrong).status_code == 422


def test_the_page_needs_as_many_queries_for_many_checks_as_for_one(client, team):
    boss, people = team
    client.force_login(boss)

    def number():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(reverse("visits:checks"))
        return len(asked)

    def grow():
        for person in people:
            first, second = logs_of(person, 2)
            SpotCheckFactory(log=first, drawn_by=boss, agrees=True)
            SpotCheckFactory(log=second, drawn_by=boss)

    grow()
    number()
    one = number()
    grow()
    assert number() == one <= 12


def test_representatives_have_no_checks(client, check):
    client.force_login(check.log.by)
    for page in (reverse("visits:checks"), check.get_absolute_url()):
        assert client.get(page).status_code == 403
