"""All good customers, without exception: what 100% means, and who is missing."""

import datetime as dt

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from crm.lib.dates import add_months, first_of_month
from customers.models import Customer
from tests.factories import CallLogFactory, CustomerFactory, TeamFactory, UserFactory
from visits import coverage
from visits.coverage import Coverage
from visits.months import Month

pytestmark = pytest.mark.django_db
LONG_AGO = dt.date(2024, 1, 2)


@pytest.fixture
def team():
    return TeamFactory(name="杭州组")


@pytest.fixture
def supervisor(team):
    return UserFactory(supervisor=True, team=team)


@pytest.fixture
def rep(team):
    return UserFactory(team=team, name="李伟")


def good(rep, grade="VIP", **fields):
    return CustomerFactory(owner=rep, grade=grade, owned_since=LONG_AGO, **fields)


def reach(customer, on=None, **fields):
    on = on or timezone.localdate()
    return CallLogFactory(customer=customer, on=on, **fields)


def test_the_one_vip_who_is_missing_keeps_it_from_a_hundred(supervisor, rep):
    customers = [good(rep) for _n in range(6)]
    for customer in customers[1:]:
        reach(customer)
    found = coverage.so_far(supervisor)
    assert (found.good, found.reached, found.missing, found.is_whole) == (6, 5, 1, False)
    assert found.percent < 100
    reach(customers[0])
    found = coverage.so_far(supervisor)
    assert (found.percent, found.is_whole) == (100, True)


@pytest.mark.parametrize(
    ("good_", "reached", "percent"), [(250, 249, 99), (100_000, 99_999, 99), (3, 2, 66), (1, 0, 0)]
)
def test_a_hundred_is_never_rounded_up_to(good_, reached, percent):
    assert Coverage(Month.asked(""), good_, reached).percent == percent


@pytest.mark.parametrize("outcome", ["no_answer", "busy", "refused", "wrong_number", "sent"])
def test_only_who_was_spoken_with_is_reached(supervisor, rep, outcome):
    reach(good(rep), outcome=outcome)
    assert coverage.so_far(supervisor).reached == 0


def test_whoever_reached_them_counts_and_so_does_only_this_month(supervisor, rep):
    by_a_stranger, last_month = good(rep, "A"), good(rep, "SVIP")
    reach(by_a_stranger, by=UserFactory())
    reach(last_month, first_of_month(timezone.localdate()) - dt.timedelta(days=1))
    assert coverage.so_far(supervisor).reached == 1
    earlier = Month.asked("").earlier
    assert coverage.so_far(supervisor, earlier).reached == 1
    assert list(coverage.missing(coverage.good_customers(supervisor, earlier), earlier)) == [by_a_stranger]


def test_good_is_vip_special_vip_and_a_in_sight_and_owned(supervisor, rep):
    for grade in ("VIP", "SVIP", "A", "B", "C"):
        good(rep, grade)
    CustomerFactory(pooled=True, grade="VIP")
    good(UserFactory())
    assert coverage.so_far(supervisor).good == 3
    assert coverage.so_far(UserFactory(director=True)).good == 4


def test_who_came_to_their_owner_later_is_not_missing_before(supervisor, rep):
    CustomerFactory(owner=rep, grade="VIP")
    assert coverage.so_far(supervisor).good == 1
    assert coverage.so_far(supervisor, Month.asked("").earlier).good == 0


def test_by_person_and_team_and_who_is_missing_longest_silent_first(client, supervisor, rep):
    colleague = UserFactory(team=supervisor.team, name="陈静")
    reach(good(rep))
    never, silent = good(rep), good(colleague)
    Customer.objects.filter(pk=silent.pk).update(last_contact_at=timezone.now() - dt.timedelta(days=40))
    client.force_login(supervisor)
    page = client.get(reverse("visits:coverage"))
    (team,) = page.context["teams"]
    assert [(row.person, row.good, row.reached, row.percent) for row in team["rows"]] == [
        (rep, 2, 1, 50),
        (colleague, 1, 0, 0),
    ]
    assert (team["sum"].good, team["sum"].reached, page.context["coverage"].percent) == (3, 1, 33)
    assert [row.pk for row in page.context["page"].rows] == [never.pk, silent.pk]
    assert page.context["page"].rows[1].days_silent == 40
    only = client.get(reverse("visits:coverage"), {"person": colleague.pk})
    assert [row.pk for row in only.context["page"].rows] == [silent.pk]


def test_as_many_questions_for_many_as_for_few(client, supervisor, django_assert_max_num_queries):
    for n in range(5):
        colleague = UserFactory(team=supervisor.team, name=f"同事{n}")
        reach(good(colleague))
        good(colleague)
    client.force_login(supervisor)
    with django_assert_max_num_queries(11):
        client.get(reverse("visits:coverage"))


def test_nobody_out_of_sight_is_told_of(client, supervisor):
    hidden = good(UserFactory(), name="看不见的商行")
    client.force_login(supervisor)
    for query in ({}, {"person": hidden.owner_id}):
        page = client.get(reverse("visits:coverage"), query)
        assert page.context["coverage"].good == 0
        assert hidden.name not in page.content.decode()


def test_a_month_to_come_is_the_current_one(client, supervisor):
    client.force_login(supervisor)
    later = add_months(timezone.localdate(), 2)
    page = client.get(reverse("visits:coverage"), {"month": f"{later:%Y-%m}"})
    assert page.context["month"].is_current


def test_a_representative_has_no_such_page(client, rep):
    client.force_login(rep)
    assert client.get(reverse("visits:coverage")).status_code == 403


def test_the_card_says_the_percent_and_how_many_are_missing(supervisor, rep):
    reach(good(rep))
    good(rep)
    card = render_to_string("visits/_coverage.html", {"coverage": coverage.so_far(supervisor)})
    assert "50%" in card
    assert reverse("visits:coverage") in card
