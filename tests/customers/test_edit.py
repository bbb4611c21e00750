import pytest
from django.urls import reverse

from customers.models import Activity, Contact, Customer
from tests.factories import ContactFactory, CustomerFactory, UserFactory

pytestmark = pytest.mark.django_db


def fields(customer, **changed):
    return {
        "version": customer.version,
        "name": customer.name,
        "code": customer.code,
        "payment": customer.payment,
        "cooperation": customer.cooperation,
    } | changed


def test_an_edit_is_saved_and_says_which_fields(client):
    customer = CustomerFactory(name="杭州丝绸")
    client.force_login(customer.owner)
    response = client.post(reverse("customers:edit", args=[customer.pk]), fields(customer, name="宁波海运"))
    assert response.status_code == 302
    customer.refresh_from_db()
    assert (customer.name, customer.pinyin, customer.version) == ("宁波海运", "ningbohaiyun nbhy", 2)
    assert customer.activities.get(verb=Activity.Verb.EDIT).data == {"fields": ["name"]}


def test_an_edit_of_a_stale_page_is_refused_and_keeps_what_was_typed(client):
    customer = CustomerFactory()
    client.force_login(customer.owner)
    url = reverse("customers:edit", args=[customer.pk])
    stale = fields(customer, main_business="织机")
    client.post(url, fields(customer, address="西湖路一号"))
    response = client.post(url, stale)
    assert response.status_code == 409
    assert "织机" in response.content.decode()
    customer.refresh_from_db()
    assert (customer.address, customer.main_business) == ("西湖路一号", "")


def test_sent_once_more_the_stale_edit_goes_through_and_keeps_the_others_fields(client):
    customer = CustomerFactory()
    client.force_login(customer.owner)
    url = reverse("customers:edit", args=[customer.pk])
    stale = fields(customer, main_business="织机")
    client.post(url, fields(customer, address="西湖路一号"))
    again = client.post(url, stale).context["form"]["version"].value()
    assert client.post(url, stale | {"version": again, "address": "西湖路一号"}).status_code == 302
    customer.refresh_from_db()
    assert (customer.address, customer.main_business, customer.version) == ("西湖路一号", "织机", 3)


def test_a_customer_in_the_pool_is_not_edited(client):
    customer = CustomerFactory(pooled=True)
    client.force_login(UserFactory(administrator=True))
    assert client.post(reverse("customers:edit", args=[customer.pk]), fields(customer, name="改名")).status_code == 403


def test_a_new_customer_belongs_to_whoever_enters_it(client):
    rep = UserFactory()
    client.force_login(rep)
    new = {"name": "绍兴纺织", "payment": "good", "cooperation": "long", "contact_name": "沈", "contact_phone": "0575"}
    response = client.post(reverse("customers:add"), new)
    customer = Customer.objects.get(name="绍兴纺织")
    assert response.url == customer.get_absolute_url()
    assert (customer.owner, customer.code[0], customer.stints.count()) == (rep, "N", 1)
    assert customer.contacts.get().is_main


def test_a_leader_enters_customers_only_for_people_in_sight(client):
    stranger, supervisor = UserFactory(), UserFactory(supervisor=True)
    client.force_login(supervisor)
    new = {"name": "绍兴纺织", "payment": "good", "cooperation": "long", "owner": stranger.pk}
    assert client.post(reverse("customers:add"), new).status_code == 422
    assert not Customer.objects.exists()


def test_there_is_one_main_contact(client):
    first = ContactFactory(is_main=True)
    client.force_login(first.customer.owner)
    client.post(reverse("customers:contact_add", args=[first.customer_id]), {"name": "李主任", "is_main": "on"})
    assert Contact.objects.get(is_main=True).name == "李主任"


def test_a_contact_can_be_removed(client):
    contact = ContactFactory()
    client.force_login(contact.customer.owner)
    assert client.post(reverse("customers:contact_delete", args=[contact.pk])).status_code == 302
    assert not Contact.objects.exists()
