"""More time before a customer goes to the pool: asked by its owner, granted by who leads them (policy 4)."""

import datetime as dt
import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from crm.lib.moves import TooLate, Tracked
from customers.models import Activity, Customer, Extension, Hold, PoolRules
from customers.ownership import claiming, extending, holds, pool
from staff.models import Notice
from tests.factories import CustomerFactory, ExtensionFactory, TeamFactory, UserFactory
from tests.walls.racing import racers
from tests.walls.test_races import read_without_lock

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    team = TeamFactory(name="杭州组")
    rep, supervisor = UserFactory(name="李伟", team=team), UserFactory(name="王芳", team=team, supervisor=True)
    return rep, supervisor


def goes_in(days, owner):
    """Return a customer of `owner` that goes to the pool in so many days: never dealt, owned for two months then."""
    customer = CustomerFactory(owner=owner)
    since = timezone.localdate()
    while customer.returns_on != timezone.localdate() + dt.timedelta(days=days):
        since -= dt.timedelta(days=1)
        Customer.objects.filter(pk=customer.pk).update(owned_since=since)
        customer.refresh_from_db()
    return customer


def ask(customer, days=30):
    return extending.ask(customer, days=days, reason="等客户答复", by=customer.owner)


def granted(customer, by, days=30):
    extending.grant(ask(customer, days), by=by)
    customer.refresh_from_db()
    return customer


@pytest.mark.parametrize("days_left", [9, 0])
def test_a_granted_extension_moves_the_date_by_exactly_its_days_and_a_second_one_by_its_own(people, days_left):
    rep, supervisor = people
    customer = goes_in(days_left, rep)
    was = customer.returns_on
    assert granted(customer, supervisor, 12).returns_on == was + dt.timedelta(days=12)
    assert granted(customer, supervisor, 5).returns_on == was + dt.timedelta(days=17)
    pool.return_idle(on=was + dt.timedelta(days=16))
    customer.refresh_from_db()
    assert customer.owner == rep
    pool.return_idle(on=was + dt.timedelta(days=17))
    customer.refresh_from_db()
    assert customer.owner is None and not customer.holds.exists()


def test_what_was_due_before_today_counts_from_today(people):
    """A night that was stopped returned nobody: the days asked for are not over before they begin."""
    rep, supervisor = people
    customer = goes_in(-4, rep)
    assert granted(customer, supervisor, 7).returns_on == timezone.localdate() + dt.timedelta(days=7)


def test_while_a_complaint_holds_it_nothing_can_be_asked_and_what_was_asked_counts_from_its_own_date(people):
    rep, supervisor = people
    customer = goes_in(9, rep)
    was, extension = customer.returns_on, ask(customer, 10)
    holds.place([customer.pk], kind=Hold.Kind.COMPLAINT, source=1, reason="少了两箱")
    extending.grant(extension, by=supervisor)
    holds.lift(kind=Hold.Kind.COMPLAINT, source=1)
    customer.refresh_from_db()
    assert customer.returns_on == was + dt.timedelta(days=10)
    holds.place([customer.pk], kind=Hold.Kind.COMPLAINT, source=2, reason="又少了")
    with pytest.raises(TooLate, match="on hold"):
        ask(customer)


def test_at_most_two_are_granted_in_one_ownership_and_the_next_owner_has_two_again(people):
    rep, supervisor = people
    customer = goes_in(9, rep)
    for _n in range(2):
        granted(customer, supervisor)
    with pytest.raises(TooLate, match="No extension is left"):
        ask(customer)
    customer.release(note="", by=rep)
    claiming.claim(customer, by=UserFactory(team=rep.team))
    customer.refresh_from_db()
    assert ask(customer).status == "asked"


def test_the_limit_holds_at_the_decision_too(people):
    rep, supervisor = people
    customer = goes_in(9, rep)
    extension = ask(customer)
    PoolRules.objects.create(extensions=0)
    with pytest.raises(TooLate, match="No extension is left"):
        extending.grant(extension, by=supervisor)
    extension.refresh_from_db()
    assert extension.status == "asked" and not customer.holds.exists()


def test_only_one_is_asked_for_at_a_time_and_a_refused_one_costs_nothing(people):
    rep, supervisor = people
    customer = goes_in(9, rep)
    first = ask(customer)
    with pytest.raises(TooLate, match="already"):
        ask(customer)
    extending.refuse(first, note="先签单", by=supervisor)
    for _n in range(2):
        granted(customer, supervisor)


def test_only_its_owner_asks(people):
    rep, supervisor = people
    customer = goes_in(9, rep)
    for person in (supervisor, UserFactory(team=rep.team), UserFactory(administrator=True)):
        with pytest.raises(PermissionDenied):
            extending.ask(customer, days=1, reason="x", by=person)


def test_who_leads_the_owner_decides_but_never_the_owner_or_a_peer(people):
    rep, supervisor = people
    manager = UserFactory(manager=True, team=rep.team)
    peer = UserFactory(supervisor=True, team=rep.team)
    own = ExtensionFactory(customer=goes_in(9, supervisor))
    for person in (supervisor, peer, rep, UserFactory(supervisor=True, team=TeamFactory()), UserFactory(finance=True)):
        with pytest.raises(PermissionDenied):
            extending.grant(own, by=person)
        assert own not in Extension.objects.to_decide(person)
    assert list(Extension.objects.to_decide(manager)) == [own]
    extending.grant(own, by=manager)


def test_who_asked_does_not_decide_even_when_they_lead_the_owner_by_now(people):
    rep, supervisor = people
    extension = ExtensionFactory(customer=goes_in(9, rep), asked_by=supervisor)
    with pytest.raises(PermissionDenied):
        extending.grant(extension, by=supervisor)


def test_what_is_asked_for_lapses_with_the_ownership(people):
    rep, supervisor = people
    customer = goes_in(9, rep)
    extension = ask(customer)
    customer.release(note="", by=rep)
    claiming.claim(customer, by=UserFactory(team=rep.team))
    with pytest.raises(TooLate, match="left its owner"):
        extending.grant(extension, by=supervisor)
    extension.refresh_from_db()
    assert extension.status == "lapsed" and not customer.holds.exists()


def test_the_nearest_leader_is_told_and_then_the_owner(people):
    rep, supervisor = people
    manager = UserFactory(manager=True, team=rep.team)
    extension = ask(goes_in(9, rep))
    assert [notice.person for notice in Notice.objects.all()] == [supervisor]
    extending.refuse(extension, note="先签单", by=manager)
    assert [notice.person for notice in Notice.objects.order_by("id")] == [supervisor, rep]
    ask(goes_in(9, supervisor))
    assert Notice.objects.latest("id").person == manager


def test_the_customer_page_says_what_was_asked_refused_and_is_left(people, client):
    rep, supervisor = people
    customer = goes_in(9, rep)
    client.force_login(rep)
    page = reverse("customers:extend", args=[customer.pk])
    assert client.post(page, {"days": 31, "reason": "x"}).status_code == 422
    assert client.post(page, {"days": 30, "reason": "等客户答复"}).status_code == 302
    body = client.get(customer.get_absolute_url()).content.decode()
    assert "30 more days asked for: “等客户答复”" in body and page not in body
    extending.refuse(Extension.objects.get(), note="先签单", by=supervisor)
    body = client.get(customer.get_absolute_url()).content.decode()
    assert "王芳 refused an extension" in body and "2 of 2 extensions left" in body and page in body
    assert {a.data["did"] for a in customer.activities.filter(verb=Activity.Verb.EXTEND)} == {"asked", "refused"}


# The inbox


def test_the_inbox_shows_money_and_history_and_one_click_grants(people, client):
    rep, supervisor = people
    customer = goes_in(9, rep)
    Customer.objects.filter(pk=customer.pk).update(dealt=123456)
    Activity.objects.create(customer=customer, verb=Activity.Verb.ORDER, data={"order": "SO-7", "amount": 5}, by=rep)
    extension = ask(customer)
    client.force_login(supervisor)
    assert "123,456" in (body := client.get("/extensions/").content.decode()) and "SO-7" in body
    assert f"-{extension.pk}" in client.get("/today/").content.decode()
    url = reverse("customers:extension_decide", args=[customer.pk])
    assert client.post(url, {"verb": "refuse", "extension": extension.pk}).status_code == 422
    assert client.post(url, {"verb": "grant", "extension": extension.pk}).status_code == 302
    answer = client.post(url, {"verb": "refuse", "note": "x", "extension": extension.pk})
    assert answer.status_code == 409 and "王芳" in answer.content.decode()
    assert customer.holds.get().until == timezone.localdate() + dt.timedelta(days=38)


def test_several_at_once_are_decided_each_by_itself(people, client):
    rep, supervisor = people
    mine = [ask(goes_in(9, rep)) for _n in range(2)]
    foreign, own = ExtensionFactory(), ExtensionFactory(customer=goes_in(9, supervisor))
    late = ask(goes_in(9, rep))
    extending.refuse(late, note="x", by=supervisor)
    client.force_login(supervisor)
    chosen = [one.pk for one in (*mine, foreign, own, late)]
    answer = client.post("/extensions/decide/", {"chosen": chosen, "verb": "grant"}, follow=True)
    assert {one.status for one in Extension.objects.filter(pk__in=[one.pk for one in mine])} == {"granted"}
    assert {one.status for one in Extension.objects.filter(pk__in=[foreign.pk, own.pk])} == {"asked"}
    body = answer.content.decode()
    assert all(text in body for text in ("2 extensions granted", "has refused it already", "1 is not there any more"))


@pytest.fixture
def committed(transactional_db):
    team = TeamFactory(name="杭州组")
    customer = goes_in(9, UserFactory(team=team))
    return ask(customer), [UserFactory(supervisor=True, team=team) for _n in range(2)], customer.returns_on


def decide_at_once(extension, people):
    fresh = [Extension.objects.select_related("customer__owner").get(pk=extension.pk) for _person in people]
    with racers(2) as them:
        return them.run(*[lambda e=e, p=p: extending.grant(e, by=p) for e, p in zip(fresh, people, strict=True)])


@pytest.mark.django_db(transaction=True)
def test_two_supervisors_at_once_have_one_effect(committed):
    extension, people, was = committed
    for _round in range(10):
        outcomes = decide_at_once(extension, people)
        assert sorted(type(outcome) for outcome in outcomes if not isinstance(outcome, Extension)) == [TooLate]
        customer = extension.customer
        customer.refresh_from_db()
        assert customer.returns_on == was + dt.timedelta(days=30)
        assert number_granted(extension) == 1
        again(extension)


@pytest.mark.django_db(transaction=True)
def test_control_without_the_row_locks_both_grant(committed, monkeypatch):
    extension, people, _was = committed
    monkeypatch.setattr(Tracked, "lock", read_without_lock(threading.Barrier(2)))
    assert all(isinstance(outcome, Extension) for outcome in decide_at_once(extension, people))
    assert number_granted(extension) == 2


def number_granted(extension):
    return extension.customer.activities.filter(verb=Activity.Verb.EXTEND, data__did="granted").count()


def again(extension):
    """Let it be asked for as before."""
    holds.lift(kind=Hold.Kind.EXTENSION, source=extension.pk)
    extension.customer.activities.filter(data__did="granted").delete()
    Extension.objects.update(status="asked", until=None, decided_by=None, decided_at=None)
