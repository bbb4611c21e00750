import pytest
from django.urls import reverse

from customers import search
from customers.models import Customer
from tests.factories import ContactFactory, CustomerFactory, UserFactory

pytestmark = pytest.mark.django_db


def found(text, user):
    return [customer.name for customer in search.quick(text, user=user, limit=20)]


@pytest.fixture
def rep():
    return UserFactory()


@pytest.mark.parametrize(
    "text",
    ["丝绸", "杭", "杭州丝绸之路", "之路", "hzsczl", "sczl", "hz", "sichou", "SICHOU", "C0412", "c0412", " 丝绸 "],
)
def test_a_customer_is_found_by(text, rep):
    CustomerFactory(name="杭州丝绸之路", code="C0412", owner=rep)
    CustomerFactory(name="宁波海运", code="X9", owner=rep)
    assert found(text, rep) == ["杭州丝绸之路"]


def test_full_width_letters_find_as_plain_ones(rep):
    CustomerFactory(name="ABC贸易", owner=rep)
    assert found("ＡＢＣ", rep) == ["ABC贸易"]


@pytest.mark.parametrize("text", ["8842", "138 0571", "0571-8842", "13805718842", "王经理"])
def test_a_customer_is_found_by_its_contact(text, rep):
    customer = CustomerFactory(name="杭州丝绸之路", owner=rep)
    ContactFactory(customer=customer, name="王经理", phone="138 0571 8842")
    assert found(text, rep) == ["杭州丝绸之路"]


@pytest.mark.parametrize("text", ["8842", "王经理"])
def test_contacts_of_the_pool_and_of_others_are_not_searched(text, rep):
    for owner in (None, UserFactory()):
        ContactFactory(customer=CustomerFactory(owner=owner), name="王经理", phone="138 0571 8842")
    assert found(text, rep) == []
    assert found(text, UserFactory(finance=True)) == []


def test_characters_apart_are_no_match(rep):
    CustomerFactory(name="丝路绸庄", owner=rep)
    assert found("丝绸", rep) == []


def test_three_characters_must_stand_together(rep):
    CustomerFactory(name="杭州州丝", owner=rep)
    assert found("杭州丝", rep) == []


@pytest.mark.parametrize("text", ["", "  ", "%", "_", "\\", "'", '"', "\x00", "{", "杭'--", "a" * 500, "杭 " * 80])
def test_odd_texts_find_nothing_and_break_nothing(text, client, rep):
    CustomerFactory(name="杭州丝绸之路", owner=rep)
    client.force_login(rep)
    response = client.get(reverse("customers:search"), {"q": text})
    assert response.status_code == 200
    assert "杭州丝绸之路" not in response.content.decode()


def test_names_that_begin_so_and_owned_ones_come_first(rep):
    CustomerFactory(name="新丝绸", pooled=True)
    CustomerFactory(name="老丝绸", owner=rep)
    CustomerFactory(name="丝绸之路", pooled=True)
    assert found("丝绸", rep) == ["丝绸之路", "老丝绸", "新丝绸"]


def test_the_box_answers_with_a_few_rows_the_page_with_more(client, rep):
    for n in range(12):
        CustomerFactory(name=f"丝绸{n}", owner=rep)
    client.force_login(rep)
    url = reverse("customers:search")
    assert client.get(url, {"q": "丝绸"}, headers={"HX-Request": "true"}).content.count(b'role="option"') == 8
    assert client.get(url, {"q": "丝绸"}).content.count(b'role="option"') == 12


def test_the_list_is_searched_with_its_filters(client, rep):
    CustomerFactory(name="杭州丝绸", owner=rep, source="web")
    CustomerFactory(name="苏州丝绸", owner=rep, source="agency")
    client.force_login(rep)
    page = client.get(reverse("customers:list"), {"q": "丝绸", "source": "web"}).context["page"]
    assert [customer.name for customer in page.rows] == ["杭州丝绸"]


def test_grams_are_the_same_in_the_database(rep):
    customer = CustomerFactory(name="杭州 AB丝", owner=rep)
    stored = set(Customer.objects.get(pk=customer.pk).grams)
    assert stored == {"杭", "州", "a", "b", "丝", "杭州", "ab", "b丝"}
    assert set(search.grams("ab丝")) <= stored
