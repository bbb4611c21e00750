"""Recorded leave (policy 6.2)."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from staff import absences
from staff.models import Absence
from tests.factories import AbsenceFactory, TeamFactory, UserFactory, submitted
from tests.walls.racing import open_transaction, racers, wait_until_somebody_waits_for_a_lock

pytestmark = pytest.mark.django_db
LIST, ADD = reverse("staff:absence_list"), reverse("staff:absence_add")


def day(ahead=0):
    return timezone.localdate() + dt.timedelta(days=ahead)


def typed(since=1, until=3, **fields):
    return {"since": day(since).isoformat(), "until": day(until).isoformat()} | fields


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def team(db):
    return TeamFactory(name="杭州组")


@pytest.fixture
def leader(team):
    return UserFactory(supervisor=True, team=team, name="王芳")


@pytest.fixture
def seller(team):
    return UserFactory(team=team, name="李伟")


def test_somebody_records_their_own_leave_and_sees_it(seller):
    client = signed_in(seller)
    assert client.post(ADD, typed(note="探亲")).status_code == 302
    absence = Absence.objects.get()
    assert (absence.person, absence.since, absence.until, absence.by) == (seller, day(1), day(3), seller)
    assert "探亲" in client.get(LIST).content.decode()


def test_a_seller_records_nobody_else(seller, leader):
    client = signed_in(seller)
    client.post(ADD, typed(person=leader.pk))
    assert Absence.objects.get().person == seller


def test_a_leader_records_those_of_their_people_and_of_nobody_else(leader, seller):
    client, stranger = signed_in(leader), UserFactory()
    assert client.post(ADD, typed(person=seller.pk)).status_code == 302
    refused = client.post(ADD, typed(5, 6, person=stranger.pk))
    assert refused.status_code == 422 and "person" in refused.context["form"].errors
    assert Absence.objects.get().person == seller


def test_only_whoever_can_decide_on_plans_stands_in(leader, seller):
    client = signed_in(leader)
    refused = client.post(ADD, typed(person=leader.pk, delegate=seller.pk))
    assert refused.status_code == 422 and "delegate" in refused.context["form"].errors
    refused = client.post(ADD, typed(person=leader.pk, delegate=leader.pk))
    assert refused.context["form"].errors["delegate"]
    finance = UserFactory(finance=True)
    assert client.post(ADD, typed(person=leader.pk, delegate=finance.pk)).status_code == 302


@pytest.mark.parametrize(
    ("since", "until", "field"), [(3, 1, "until"), (-5, -1, "until"), (0, 400, "until"), (2, 4, "since")]
)
def test_days_out_of_order_over_or_taken_are_refused_by_name(seller, since, until, field):
    AbsenceFactory(person=seller, since=day(4), until=day(6))
    client = signed_in(seller)
    refused = client.post(ADD, typed(since, until, note="还在"))
    assert refused.status_code == 422 and list(refused.context["form"].errors) == [field]
    assert "还在" in refused.content.decode()
    assert Absence.objects.count() == 1


def test_an_absence_may_have_begun_before_it_was_recorded(seller):
    assert signed_in(seller).post(ADD, typed(-2, 1)).status_code == 302


def test_the_same_absence_may_be_moved_over_its_own_days(seller):
    absence = AbsenceFactory(person=seller, since=day(4), until=day(6))
    answer = signed_in(seller).post(reverse("staff:absence_edit", args=[absence.pk]), typed(5, 7))
    assert answer.status_code == 302
    absence.refresh_from_db()
    assert (absence.since, absence.until) == (day(5), day(7))


@pytest.mark.django_db(transaction=True)
def test_the_same_days_recorded_by_somebody_else_at_the_same_moment_are_said_in_the_form():
    person = UserFactory(supervisor=True)
    client = signed_in(person)
    with racers(1) as them, open_transaction(lambda: AbsenceFactory(person=person, since=day(2))):
        answer = them.pool.submit(client.post, ADD, typed(person=person.pk, note="还在"))
        wait_until_somebody_waits_for_a_lock()
    refused = answer.result()
    assert refused.status_code == 409 and "还在" in refused.content.decode()
    assert Absence.objects.count() == 1


def test_without_the_form_the_database_refuses_the_same_days(seller):
    AbsenceFactory(person=seller, since=day(1), until=day(3))
    with pytest.raises(IntegrityError), transaction.atomic():
        absences.record(Absence(person=seller, since=day(3), until=day(9)), by=seller)


def test_one_who_is_back_works_from_today_on(leader, seller):
    absence = AbsenceFactory(person=seller, since=day(-2), until=day(5))
    assert signed_in(leader).post(reverse("staff:absence_end", args=[absence.pk])).status_code == 302
    absence.refresh_from_db()
    assert absence.until == day(-1)


def test_one_that_is_to_come_is_taken_back(seller):
    absence = AbsenceFactory(person=seller, since=day(2), until=day(5))
    assert signed_in(seller).post(reverse("staff:absence_end", args=[absence.pk])).status_code == 302
    assert not Absence.objects.exists()


def test_what_is_over_stays_as_it_was(leader):
    absence = AbsenceFactory(person=leader, since=day(-9), until=day(-3))
    client = signed_in(leader)
    for answer in (
        client.get(reverse("staff:absence_edit", args=[absence.pk])),
        client.post(reverse("staff:absence_edit", args=[absence.pk]), typed(-9, 3)),
        client.post(reverse("staff:absence_end", args=[absence.pk])),
    ):
        assert answer.status_code == 409
    assert "王芳" not in client.get(LIST).content.decode().partition('id="rows"')[2]
    assert "王芳" in client.get(LIST, {"when": "past"}).content.decode().partition('id="rows"')[2]


def test_everybody_sees_those_of_the_people_in_their_sight(leader, seller):
    AbsenceFactory(person=seller, note="探亲")
    AbsenceFactory(person=leader, note="培训")
    AbsenceFactory(note="别的组")

    def shown(person):
        page = signed_in(person).get(LIST).content.decode()
        return {note for note in ("探亲", "培训", "别的组") if note in page}

    assert shown(seller) == {"探亲"}
    assert shown(leader) == {"探亲", "培训"}
    assert shown(UserFactory(director=True)) == {"探亲", "培训", "别的组"}


def test_a_stand_in_who_is_away_as_well_is_said(leader):
    manager = UserFactory(manager=True, team=leader.team, name="周强")
    AbsenceFactory(person=leader, delegate=manager)
    client = signed_in(leader)
    assert "away as well" not in client.get(LIST).content.decode()
    AbsenceFactory(person=manager)
    assert "away as well" in client.get(LIST).content.decode()


def test_a_waiting_plan_goes_to_whoever_stands_in_and_comes_back(leader):
    """The whole way through the pages: recorded, ended."""
    manager = UserFactory(manager=True, team=leader.team, name="周强")
    stand_in = UserFactory(supervisor=True, name="替班")
    UserFactory(director=True)
    plan = submitted(author=leader)
    client = signed_in(manager)
    client.post(ADD, typed(0, 2, person=manager.pk, delegate=stand_in.pk))
    assert list(plan.seats.values_list("person__name", "why")) == [("替班", "delegate")]
    client.post(reverse("staff:absence_end", args=[Absence.objects.get().pk]))
    assert list(plan.seats.values_list("person__name", "why")) == [("周强", "own")]
