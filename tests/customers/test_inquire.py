"""First inquiry (policy 1.7, 4.1): the stamp, what the owner and the taker hear, and what nobody can learn by it."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from customers import inquiring
from customers.inquiring import Asker
from customers.models import Activity, Customer, Inquiry
from staff.models import Notice
from tests.factories import ContactFactory, CustomerFactory, TeamFactory, UserFactory
from tests.walls.racing import racers

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
