import datetime as dt

import pytest
from django.urls import reverse

from customers.models import Contact
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact(client):
    contact = ContactFactory()
    client.force_login(contact.customer.owner)
    return contact


def send(client, contact, **changed):
    data = {"name": contact.name, "phone": contact.phone}
    return client.post(reverse("customers:contact_edit", args=[contact.pk]), data | changed)


@pytest.mark.parametrize(("start", "until"), [("12:00", "14:00"), ("21:30", "08:00"), ("00:00", "07:00")])
def test_quiet_hours_stand_on_the_contacts_card_also_over_midnight(client, contact, start, until):
    assert send(client, contact, quiet_from=start, quiet_until=until).status_code == 302
    kept = Contact.objects.get()
    assert (kept.quiet_from, kept.quiet_until) == (dt.time.fromisoformat(start), dt.time.fromisoformat(until))
    page = client.get(f"{contact.customer.get_absolute_url()}?tab=contacts").content.decode()
    assert f"not to be called {start}–{until}" in page
    form = client.get(reverse("customers:contact_edit", args=[contact.pk])).content.decode()
    assert f'value="{start}"' in form


@pytest.mark.parametrize(
    ("times", "field"),
    [
        ({"quiet_from": "12:00"}, "quiet_until"),
        ({"quiet_until": "12:00"}, "quiet_from"),
        ({"quiet_from": "12:00", "quiet_until": "12:00"}, "quiet_until"),
        ({"quiet_from": "25:00", "quiet_until": "12:00"}, "quiet_from"),
    ],
)
def test_half_an_answer_is_said_beside_the_field_that_lacks(client, contact, times, field):
    response = send(client, contact, **times)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert Contact.objects.get().quiet_from is None


def test_they_can_be_taken_away_again(client, contact):
    send(client, contact, quiet_from="12:00", quiet_until="14:00")
    send(client, contact, quiet_from="", quiet_until="")
    assert Contact.objects.get().quiet_from is None
