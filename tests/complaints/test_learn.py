"""What complaints teach, and countermeasures (policy 7.8)."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from complaints import measures
from complaints.learning import Lessons
from complaints.models import Action, Countermeasure, Solution, Step, Ticket
from staff import notices
from tests.access import payloads
from tests.factories import CustomerFactory, MeasureFactory, TeamFactory, TicketFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db):
    team = TeamFactory()
    rep = UserFactory(team=team)
    return {"rep": rep, "supervisor": UserFactory(supervisor=True, team=team), "stranger": UserFactory()}


@pytest.fixture
def director(db):
    return UserFactory(director=True)


def ticket(rep, days_ago=1, **fields):
    made = TicketFactory(received_by=rep)
    moment = timezone.now() - dt.timedelta(days=days_ago)
    Ticket.objects.filter(pk=made.pk).update(received_at=moment, **fields)
    return made


def test_causes_are_counted_beside_the_period_before_with_what_came_back_cost_and_satisfaction(people, director):
    rep = people["rep"]
    first = ticket(rep, cause="quality", rounds=1, satisfaction=2)
    ticket(rep, cause="quality", satisfaction=5)
    ticket(rep, cause="price")
    ticket(rep, cause="quality", days_ago=45)
    ticket(rep, cause="quality", days_ago=95)
    for chosen_at, cost in ((timezone.now(), 300), (None, 999)):
        Solution.objects.create(ticket=first, text="换货", cost=cost, benefit="快", by=rep, chosen_at=chosen_at)
    for kind, cost in (("task", 50), ("consequence", 700)):
        done = {"done_at": timezone.now(), "due_on": timezone.localdate()}
        Action.objects.create(ticket=first, kind=kind, text="做", person=rep, by=rep, cost=cost, **done)
    lessons = Lessons(director, 30)
    quality, price = lessons.by("cause")
    assert (quality.key, quality.now.number, quality.before.number) == ("quality", 2, 1)
    assert (quality.now.share_again, quality.now.cost, quality.now.satisfaction) == (50, Decimal(350), 3.5)
    assert (price.key, price.now.number, price.now.satisfaction) == ("price", 1, None)
    assert (lessons.all.now.number, lessons.all.before.number) == (3, 1)


def test_products_departments_and_grades_are_told_apart_the_grade_only_of_whoever_sees_the_customer(people, director):
    rep, stranger = people["rep"], people["stranger"]
    mine = TicketFactory(received_by=rep, customer=CustomerFactory(owner=rep, grade="A"), product="M8 螺栓")
    hidden = TicketFactory(received_by=stranger, customer=CustomerFactory(owner=stranger, grade="VIP"))
    Ticket.objects.filter(pk=hidden.pk).update(responsible=rep, department="warehouse")
    assert mine.pk != hidden.pk
    assert {one.key: one.now.number for one in Lessons(rep, 30).by("grade")} == {"A": 1, "": 1}
    assert {one.key: one.now.number for one in Lessons(director, 30).by("grade")} == {"A": 1, "VIP": 1}
    assert [one.key for one in Lessons(rep, 30).by("product")] == ["M8 螺栓"]
    assert {one.key: one.now.number for one in Lessons(rep, 30).by("department")} == {"warehouse": 1, "": 1}


def test_only_what_one_sees_is_counted(people, director):
    ticket(people["rep"])
    ticket(people["stranger"])
    assert [Lessons(by, 30).all.now.number for by in (people["rep"], people["supervisor"], director)] == [1, 1, 2]


def test_a_step_takes_working_hours_from_the_step_before(people, director):
    """From Friday 17:00 to Monday 10:00 is two hours of work: one on each day."""
    made = ticket(people["rep"], days_ago=1)
    friday = timezone.make_aware(dt.datetime(2026, 1, 9, 17))
    for verb, at in (("receive", friday), ("judge", friday + dt.timedelta(days=2, hours=17))):
        Step.objects.create(ticket=made, verb=verb, at=at, by=people["rep"])
    steps_taken = Step.objects.filter(ticket=made)
    assert steps_taken.count() == 3
    # The step of receiving that the verb itself left lies after both, and ends nothing.
    median, number = Lessons(director, 365).took["judge"]
    assert (median, number) == (pytest.approx(2.0), 1)


def test_until_it_is_closed_is_the_median_of_those_that_are(people, director):
    friday = timezone.make_aware(dt.datetime(2026, 1, 9, 17))
    for hours in (17, 18, 23):
        made = ticket(people["rep"])
        closed = {"received_at": friday, "closed_at": friday + dt.timedelta(days=2, hours=hours), "status": "closed"}
        Ticket.objects.filter(pk=made.pk).update(first_due_at=None, due_at=None, **closed)
    lessons = Lessons(director, 30)
    lessons.since = friday.date()
    assert lessons.took["whole"] == (pytest.approx(3.0), 3)


def test_the_page_draws_every_number_with_the_list_behind_it(client, people):
    rep = people["rep"]
    ticket(rep, cause="quality", department="warehouse", product="M8")
    ticket(rep)
    client.force_login(rep)
    response = client.get(reverse("complaints:learn"), {"days": 30})
    tables = {table["group"]: table["rows"] for table in response.context["tables"]}
    for rows in tables.values():
        for row in rows:
            listed = client.get(row["url"]).context["page"]
            assert len(listed.rows) == row["number"], row
    number, url, _before = response.context["stats"]["received"]
    assert (number, len(client.get(url).context["page"].rows)) == ("2", 2)
    (series, _other) = response.context["months"]["series"]
    assert (series["values"][-1] + series["values"][-2], len(client.get(series["urls"][-1]).context["page"].rows)) == (
        2,
        series["values"][-1],
    )


def test_with_nothing_to_learn_from_the_page_says_so(client, people):
    client.force_login(people["rep"])
    assert "Nothing was received in this time" in client.get(reverse("complaints:learn")).content.decode()


def test_a_countermeasure_is_planned_by_a_leader_and_done_by_whoever_sees_to_it(client, people):
    rep, supervisor = people["rep"], people["supervisor"]
    client.force_login(supervisor)
    client.post(
        reverse("complaints:measure_add"), payloads.measure(SimpleNamespace(people={"representative": rep}), "", None)
    )
    measure = Countermeasure.objects.get()
    assert (measure.owner, measure.by) == (rep, supervisor)
    notices.send()
    assert measure.text in mail.outbox[0].subject
    client.force_login(people["stranger"])
    assert client.post(reverse("complaints:measure_done", args=[measure.pk]), {"result": "x"}).status_code == 403
    client.force_login(rep)
    assert client.post(reverse("complaints:measure_done", args=[measure.pk]), {"result": ""}).status_code == 422
    client.post(reverse("complaints:measure_done", args=[measure.pk]), {"result": "漏装减半"})
    measure.refresh_from_db()
    assert measure.done_at and measure.result == "漏装减半"
    assert client.post(reverse("complaints:measure_done", args=[measure.pk]), {"result": "再来"}).status_code == 409


def test_late_countermeasures_are_red_and_stand_first(client, people):
    MeasureFactory(owner=people["rep"], text="以后做")
    MeasureFactory(owner=people["rep"], text="晚了", due_on=timezone.localdate() - dt.timedelta(days=3))
    done = MeasureFactory(owner=people["rep"], text="做完了")
    measures.finish(done, result="好", by=people["rep"])
    client.force_login(people["rep"])
    response = client.get(reverse("complaints:measures"))
    assert [measure.text for measure in response.context["page"].rows] == ["晚了", "以后做"]
    assert response.content.decode().count("due-late") == 1
    assert [it.text for it in client.get(reverse("complaints:measures"), {"which": "done"}).context["page"].rows] == [
        "做完了"
    ]
