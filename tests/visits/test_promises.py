"""Promises stand until they are kept, renegotiated with the customer or handed on by name (policy 1.7)."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from customers.models import Activity, Customer
from tests.factories import CustomerFactory, PromiseFactory, TeamFactory, UserFactory
from visits.models import Promise

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 9, 22)
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(dt.datetime(2026, 9, 22, 10, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def team():
    return TeamFactory(name="杭州组")


@pytest.fixture
def promise(client, team):
    promise = PromiseFactory(customer__owner__team=team, text="报两百扇门的价", due_on=dt.date(2026, 9, 21))
    client.force_login(promise.owner)
    return promise


def post(client, verb, promise, **data):
    return client.post(reverse(f"visits:promise_{verb}", args=[promise.pk]), data, headers=HTMX)


def listed(client, **query):
    return [row.text for row in client.get(reverse("visits:promises"), query).context["page"].rows]


def timeline(client, promise):
    return client.get(promise.customer.get_absolute_url()).content.decode()


def test_a_promise_is_listed_until_it_is_kept(client, promise):
    PromiseFactory(customer=promise.customer, text="寄目录", due_on=dt.date(2026, 9, 20))
    assert listed(client) == listed(client, state="late") == ["寄目录", "报两百扇门的价"]
    assert post(client, "keep", promise, note="九点发出").status_code == 200
    assert listed(client) == ["寄目录"]
    assert listed(client, state="kept") == ["报两百扇门的价"]
    assert "九点发出" in timeline(client, promise)


def test_an_odd_state_shows_the_open_ones(client, promise):
    assert listed(client, state="all") == ["报两百扇门的价"]


def test_the_new_day_needs_what_was_agreed_and_the_first_one_is_remembered(client, promise):
    assert post(client, "renegotiate", promise, on="2026-09-24", note=" ").status_code == 422
    assert post(client, "renegotiate", promise, on="2026-09-24", note="客户同意周四").status_code == 200
    promise.refresh_from_db()
    assert (promise.due_on, promise.first_due_on, promise.renegotiated) == (
        dt.date(2026, 9, 24),
        dt.date(2026, 9, 21),
        1,
    )
    assert "renegotiated 1 time, first 2026-09-21" in client.get(reverse("visits:promises")).content.decode()
    assert "2026-09-21 → 2026-09-24" in timeline(client, promise)
    assert "客户同意周四" in timeline(client, promise)


@pytest.mark.parametrize("on", ["2026-09-18", "2026-09-25", "2026-09-21", "2028-01-03", ""])
def test_a_promise_is_not_put_on_a_day_that_will_not_do(client, promise, on):
    response = post(client, "renegotiate", promise, on=on, note="客户同意")
    assert response.status_code == 422
    assert "客户同意" in response.content.decode()
    promise.refresh_from_db()
    assert promise.renegotiated == 0


def test_it_is_handed_on_to_the_customers_owner_or_whoever_leads_them_and_to_nobody_else(client, promise, team):
    away = TeamFactory(name="广州组")
    supervisor = UserFactory(supervisor=True, team=team, name="王芳")
    head = UserFactory(manager=True, team=TeamFactory(name="华东"), name="周强")
    team.head = head
    team.save()
    director = UserFactory(director=True, name="吴总")
    for fields in ({"supervisor": True, "team": away}, {"team": team}, {"finance": True}):
        UserFactory(**fields)
    UserFactory(director=True, inactive=True)
    form = client.get(reverse("visits:promise_hand_on", args=[promise.pk])).context["form"]
    assert set(form.fields["to"].queryset) == {supervisor, head, director}
    assert post(client, "hand_on", promise, to=director.pk, note="").status_code == 422
    assert post(client, "hand_on", promise, to=supervisor.pk, note="我休假").status_code == 200
    promise.refresh_from_db()
    assert (promise.owner, promise.follows) == (supervisor, False)
    assert "handed on to 王芳" in timeline(client, promise)
    assert listed(client) == []
    client.force_login(supervisor)
    assert listed(client) == ["报两百扇门的价"]


def test_everybody_who_can_be_handed_a_promise_sees_its_customer(world):
    """What `successors` finds in the tree of teams is what sight says; a loan makes nobody stand for a promise."""
    people = [*world.people.values(), *vars(world.colleagues).values()]
    for customer in Customer.objects.filter(owner__isnull=False, loans=None):
        promise = Promise.objects.get(customer=customer)
        others = [person for person in people if person.role != "finance" and person != promise.owner]
        sees = {person for person in others if Customer.objects.visible_to(person).filter(pk=customer.pk).exists()}
        assert set(promise.successors()) & set(people) == sees, customer


def test_a_promise_on_a_customer_that_left_ones_sight_stays_readable_but_leads_nowhere(client, promise):
    Promise.objects.update(follows=False)
    Customer.objects.filter(pk=promise.customer_id).update(owner=UserFactory())
    body = client.get(reverse("visits:promises")).content.decode()
    assert "报两百扇门的价" in body
    assert promise.customer.name in body
    assert f'href="{promise.customer.get_absolute_url()}"' not in body
    form = client.get(reverse("visits:promise_keep", args=[promise.pk])).content.decode()
    assert f'href="{promise.customer.get_absolute_url()}"' not in form
    assert post(client, "keep", promise).status_code == 200


def test_what_was_promised_is_hidden_on_the_timeline_of_a_customer_in_the_pool(client, promise):
    post(client, "keep", promise, note="九点发出")
    customer = Customer.objects.get(pk=promise.customer_id)
    customer.release(note="搬走了", by=promise.owner)
    body = timeline(client, promise)
    assert "Promise kept" in body
    assert "报两百扇门的价" not in body
    assert "九点发出" not in body


def test_one_kept_in_another_window_is_answered_with_what_was_typed(client, promise):
    post(client, "keep", promise)
    response = post(client, "renegotiate", promise, on="2026-09-24", note="客户同意周四")
    assert response.status_code == 409
    assert "kept already" in response.content.decode()
    assert "客户同意周四" in response.content.decode()


def test_a_leader_narrows_the_list_to_a_person_in_sight(client, promise, team):
    other = PromiseFactory(customer__owner__team=team, text="寄目录")
    hidden = PromiseFactory(text="别组的")
    client.force_login(UserFactory(supervisor=True, team=team))
    assert set(listed(client)) == {"报两百扇门的价", "寄目录"}
    assert listed(client, person=other.owner_id) == ["寄目录"]
    assert hidden.text not in client.get(reverse("visits:promises"), {"person": hidden.owner_id}).content.decode()


def test_complaints_and_proposals_read_as_such_on_the_timeline(client):
    customer = CustomerFactory()
    client.force_login(customer.owner)
    for kind in ("complaint", "proposal"):
        Activity.objects.create(customer=customer, verb=Activity.Verb.RECEIVE, data={"kind": kind}, note="门锁卡住")
    body = client.get(customer.get_absolute_url()).content.decode()
    assert "Complaint received" in body
    assert "Proposal received" in body
