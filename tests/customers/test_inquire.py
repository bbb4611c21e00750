"""First inquiry (policy 1.7, 4.1): the stamp, what the owner and the taker hear, and what nobody can learn by it."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from crm.lib.dates import start_of
from customers.models import Activity, Customer, Inquiry, Pool
from customers.ownership import inquiring, owning
from customers.ownership.inquiring import Asker
from staff.models import Notice
from tests.factories import CallLogFactory, ContactFactory, CustomerFactory, TeamFactory, UserFactory
from tests.walls.racing import racers
from tests.walls.test_queries import queries
from visits.models import Promise

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}
ASKED = {"channel": "phone", "contact": "王经理", "text": "要两百扇门的报价"}


@pytest.fixture
def taker():
    return UserFactory(name="李伟", team=TeamFactory(name="杭州组"))


def take(by, name="", phone="", **words):
    inquiry = Inquiry(channel="phone", text="要报价", **words)
    return inquiring.take(inquiry, asker=Asker(name, phone), owner=by, by=by)


def post(client, by, **data):
    client.force_login(by)
    return client.post(reverse("customers:inquiry_add"), ASKED | data, follow=True)


def test_a_company_that_nobody_knows_becomes_the_takers_own_with_the_stamp(client, taker):
    page = post(client, taker, name="宁波新门业有限公司", phone="0574 8765 4321")
    customer = Customer.objects.get(name="宁波新门业有限公司")
    assert (customer.owner, customer.source) == (taker, "first inquiry")
    stamp = customer.inquiries.get()
    assert (stamp.is_first, stamp.by, stamp.channel, stamp.contact) == (True, taker, "phone", "王经理")
    assert customer.contacts.get().digits == "057487654321"
    assert customer.activities.filter(verb=Activity.Verb.INQUIRE).get().data == {"channel": "phone", "first": True}
    assert "It is your customer." in page.content.decode()


def test_the_owner_hears_of_an_inquiry_and_the_taker_only_which_team_it_is(client, taker):
    owner = UserFactory(name="赵磊", team=TeamFactory(name="上海组"))
    customer = CustomerFactory(name="苏州（老）门业", owner=owner)
    ContactFactory(customer=customer, phone="139 0571 8842")
    by_name = post(client, taker, name="苏州(老)门业").content.decode()
    by_phone = post(client, taker, phone="+86 13905718842").content.decode()
    assert Inquiry.objects.filter(customer=customer, by=taker, is_first=False).count() == 2
    assert Notice.objects.filter(person=owner, subject__contains="李伟").count() == 2
    for page in (by_name, by_phone):
        assert "上海组 looks after it" in page
        for hidden in ("赵磊", "老", "0571 8842", "05718842", customer.code):
            assert hidden not in page
    client.force_login(taker)
    assert client.get(customer.get_absolute_url()).status_code == 404


def test_a_phone_beside_a_name_says_nothing_about_the_phone(client, taker):
    customer = CustomerFactory(name="苏州门业", owner=UserFactory(team=TeamFactory(name="上海组")))
    ContactFactory(customer=customer, phone="13905718842")
    right = post(client, taker, name="苏州门业", phone="13905718842")
    wrong = post(client, taker, name="苏州门业", phone="13911112222")
    said = [page.content.decode().split("This customer is ours")[1].split("<dl")[0] for page in (right, wrong)]
    assert said[0] == said[1]


@pytest.mark.parametrize("asked", [{"name": "苏州门"}, {"name": "州门业"}, {"name": "szmy"}, {"phone": "5718842"}])
def test_parts_of_a_name_or_phone_find_nobody(taker, asked):
    customer = CustomerFactory(name="苏州门业")
    ContactFactory(customer=customer, phone="13905718842")
    assert inquiring.find(Asker(**asked), by=taker) is None
    assert inquiring.find(Asker(name="苏州 门业"), by=taker) == customer


def test_one_person_asks_about_so_many_in_an_hour(client, taker, monkeypatch):
    monkeypatch.setattr(inquiring, "MOST", 2)
    CustomerFactory(name="苏州门业")
    for _n in range(2):
        assert post(client, taker, name="苏州门业").status_code == 200
    late = post(client, taker, name="苏州门业")
    assert late.status_code == 429
    assert "Too many tries" in late.content.decode()
    assert Inquiry.objects.count() == 2


def test_a_phone_alone_of_nobody_asks_for_the_name(client, taker):
    page = post(client, taker, phone="13900001111")
    assert page.status_code == 422
    assert "write the company" in page.content.decode()
    assert not Inquiry.objects.exists()


def test_what_lies_in_the_pool_gets_the_inquiry_and_may_be_claimed(client, taker):
    customer = CustomerFactory(pooled=True, name="公海门业")
    page = post(client, taker, name="公海门业")
    assert reverse("customers:claim", args=[customer.pk]) in page.content.decode()
    assert customer.inquiries.get().is_first


def test_only_the_first_of_a_customer_that_nobody_else_had_is_the_stamp(taker):
    own = CustomerFactory(owner=taker, name="自家门业")
    assert take(taker, "自家门业").is_first
    assert not take(taker, "自家门业").is_first
    assert not take(UserFactory(), "自家门业").is_first
    assert own.inquiries.count() == 3
    CustomerFactory(name="别家门业")
    assert not take(taker, "别家门业").is_first


def test_nobody_changes_or_deletes_an_inquiry(taker):
    inquiry = take(taker, "新门业")
    for change in (
        lambda: Inquiry.objects.filter(pk=inquiry.pk).update(by=UserFactory()),
        lambda: Inquiry.objects.filter(pk=inquiry.pk).delete(),
    ):
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            change()


def test_control_without_its_trigger_an_inquiry_changes(taker):
    inquiry = take(taker, "新门业")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE customers_inquiry DISABLE TRIGGER keep")
    assert Inquiry.objects.filter(pk=inquiry.pk).update(text="改了") == 1


def test_words_are_read_by_whoever_works_with_the_customer_and_in_the_pool_by_nobody(client, taker):
    inquiry = take(taker, "新门业", contact="王经理")
    customer = inquiry.customer
    tab = f"{customer.get_absolute_url()}?tab=ownership"
    client.force_login(taker)
    assert "要报价" in client.get(tab).content.decode()
    customer.release(note="", by=taker)
    for page in (tab, customer.get_absolute_url(), reverse("customers:inquiries"), f"/inquiries/{inquiry.pk}/"):
        body = client.get(page).content.decode()
        assert "要报价" not in body
        assert "王经理" not in body
    assert "First taken by 李伟" in client.get(tab).content.decode()


def test_the_dialog_answers_as_a_fragment_and_finds_whom_one_sees(client, taker):
    CustomerFactory(name="可见门业", owner=taker)
    client.force_login(taker)
    address = reverse("customers:inquiry_add")
    found = client.get(address, {"q": "可见"}, headers=HX | {"HX-Target": "found"}).content.decode()
    assert "可见门业" in found
    assert "<form" not in found
    answer = client.post(address, ASKED | {"name": "可见门业"}, headers=HX)
    assert answer.status_code == 200
    assert "<!doctype" not in answer.content.decode().lower()


# Until it is answered


def lines_of(client, person):
    client.force_login(person)
    lines = client.get("/today/").context["queue"].lines
    return [reason.text for line in lines for reason in line.reasons if reason.icon == "message-2"]


def log(customer, outcome="reached", **fields):
    CallLogFactory(customer=customer, by=customer.owner, outcome=outcome, **fields)


@pytest.mark.parametrize(
    ("outcome", "is_open"), [("reached", False), ("sent", False), ("refused", False), ("no_answer", True)]
)
def test_the_owner_is_responsible_on_today_and_the_pages_until_somebody_has_answered(client, taker, outcome, is_open):
    owner = UserFactory(name="赵磊", team=taker.team)
    customer = CustomerFactory(name="苏州门业", owner=owner)
    log(customer, at=timezone.now() - dt.timedelta(hours=1))
    inquiry = take(taker, "苏州门业")
    assert (inquiry.responsible, inquiry.responsible_since) == (owner, inquiry.at)
    tab = f"{customer.get_absolute_url()}?tab=ownership"
    log(customer, outcome, at=timezone.now() + dt.timedelta(minutes=5))
    assert lines_of(client, owner) == (["Asked by phone, 李伟 took it down: 要报价"] if is_open else [])
    assert ("赵磊 is responsible since" in client.get(tab).content.decode()) is is_open
    client.force_login(taker)
    for page in (reverse("customers:inquiries"), reverse("customers:inquiry", args=[inquiry.pk])):
        body = client.get(page).content.decode()
        assert "not answered yet" in body if is_open else "not answered yet" not in body
    found = client.get(reverse("customers:inquiries"), {"state": "open"}).context["lines"]
    assert [line.inquiry for line in found] == ([inquiry] if is_open else [])


def test_whoever_tried_in_vain_today_tries_again_tomorrow(client, taker):
    customer = CustomerFactory(name="苏州门业")
    take(taker, "苏州门业", at=timezone.now() - dt.timedelta(days=3))
    for tried, number in ((timezone.now(), 0), (start_of(timezone.localdate()) - dt.timedelta(minutes=1), 1)):
        Customer.objects.filter(pk=customer.pk).update(last_contact_at=tried)
        assert len(lines_of(client, customer.owner)) == number


def test_whoever_takes_the_customer_over_is_responsible_from_then_on(client, taker):
    customer = CustomerFactory(name="苏州门业")
    inquiry = take(taker, "苏州门业")
    owning.give([customer.pk], to=taker, by=UserFactory(administrator=True))
    inquiry = Inquiry.objects.get(pk=inquiry.pk)
    assert (inquiry.responsible, inquiry.responsible_since) == (taker, inquiry.customer.owned_at)
    assert lines_of(client, taker) == ["Asked by phone, you took it down: 要报价"]


def test_as_long_as_nobody_owns_the_customer_it_stays_with_whoever_took_it(client, taker):
    pool = Pool.objects.create(name="上海池", team=TeamFactory(name="上海组"))
    customer = CustomerFactory(pooled=True, name="公海门业", pool=pool)
    inquiry = take(taker, "公海门业")
    assert inquiry.responsible == taker
    assert lines_of(client, taker) == ["Nobody owns the customer: claim it, or see that somebody answers"]
    page = client.get("/today/").content.decode()
    assert reverse("customers:inquiry", args=[inquiry.pk]) in page
    assert "公海门业" not in page and "要报价" not in page
    owner = UserFactory()
    owning.give([customer.pk], to=owner, by=UserFactory(administrator=True))
    assert lines_of(client, taker) == []
    assert lines_of(client, owner) == ["Asked by phone, 李伟 took it down: 要报价"]


def test_what_was_promised_is_stood_for_by_whoever_is_responsible(client, taker):
    owner, day = UserFactory(name="赵磊"), timezone.localdate() + dt.timedelta(days=2)
    customer = CustomerFactory(name="苏州门业", owner=owner)
    page = post(client, taker, name="苏州门业", promise_text="周五前报价", promise_on=day.isoformat())
    promise = customer.promises.get()
    assert (promise.owner, promise.made_by, promise.due_on, promise.follows) == (owner, taker, day, True)
    assert "周五前报价" in page.content.decode(), "on the page of the inquiry, for whoever took it"
    client.force_login(owner)
    assert "周五前报价" in client.get(customer.get_absolute_url()).content.decode()
    post(client, taker, name="宁波新门业", promise_text="回电", promise_on=day.isoformat())
    assert Customer.objects.get(name="宁波新门业").promises.get().owner == taker


@pytest.mark.parametrize(
    ("given", "field"),
    [({"promise_text": "回电"}, "promise_on"), ({"promise_on": "2020-01-01", "promise_text": "回电"}, "promise_on"),
     ({"promise_on": "2099-01-01"}, "promise_text")],
)  # fmt: skip
def test_a_promise_has_words_and_a_day_to_come(client, taker, given, field):
    page = post(client, taker, name="宁波新门业", **given)
    assert page.status_code == 422 and set(page.context["form"].errors) == {field}
    assert not Inquiry.objects.exists()


def test_of_a_customer_in_a_pool_that_is_not_ones_own_no_promise_tells_the_name(client, taker):
    pool = Pool.objects.create(name="上海池", team=TeamFactory(name="上海组"))
    hidden, seen = CustomerFactory(pooled=True, pool=pool), CustomerFactory(pooled=True)
    ContactFactory(customer=hidden, phone="13905718842")
    day = (timezone.localdate() + dt.timedelta(days=1)).isoformat()
    post(client, taker, phone="13905718842", promise_text="回电", promise_on=day)
    post(client, taker, name=seen.name, promise_text="回电", promise_on=day)
    assert [one.customer for one in Promise.objects.all()] == [seen]
    assert hidden.name not in client.get(reverse("visits:promises")).content.decode()


def test_the_list_needs_the_same_queries_for_any_number_and_shows_who_is_responsible(client, taker):
    def fill(number):
        for n in range(number):
            take(taker, CustomerFactory(name=f"门业{number}{n}号").name)

    client.force_login(taker)
    fill(1)
    queries(client, "/inquiries/")
    one = len(queries(client, "/inquiries/"))
    fill(3)
    assert len(queries(client, "/inquiries/")) == one <= 12


# Two at once


def both_take_at_once():
    takers = [UserFactory(), UserFactory()]
    with racers(2) as them:
        return them.run(*[lambda p=p: take(p, "新门业", "13905718842") for p in takers])


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_the_first_inquiry_at_once_one_has_the_stamp_and_the_customer():
    for _n in range(5):
        outcomes = both_take_at_once()
        assert sorted(one.is_first for one in outcomes) == [False, True]
        [customer] = Customer.objects.filter(name="新门业")
        assert customer.owner == next(one.by for one in outcomes if one.is_first)
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE customers_customer CASCADE")


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_by_name_there_are_two_customers(monkeypatch):
    monkeypatch.setattr(inquiring, "_hold", lambda asker: None)
    plain = inquiring._enter

    def slowly(*args):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.3)")
        return plain(*args)

    monkeypatch.setattr(inquiring, "_enter", slowly)
    outcomes = both_take_at_once()
    assert [one.is_first for one in outcomes] == [True, True]
    assert Customer.objects.filter(name="新门业").count() == 2


@pytest.mark.django_db(transaction=True)
def test_without_the_row_lock_the_constraint_is_the_last_word(monkeypatch):
    customer = CustomerFactory(pooled=True)
    monkeypatch.setattr(inquiring, "_is_first", lambda customer, by: True)
    takers = [UserFactory(), UserFactory()]
    asked = [Inquiry(channel="phone", text="要报价") for _n in takers]
    with racers(2) as them:
        pairs = zip(asked, takers, strict=True)
        outcomes = them.run(*[lambda i=i, p=p: inquiring.attach(i, customer, by=p) for i, p in pairs])
    assert sorted(isinstance(one, DatabaseError) for one in outcomes) == [False, True]
    assert customer.inquiries.filter(is_first=True).count() == 1
