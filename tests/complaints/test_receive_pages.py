"""Receiving a complaint in one dialog from any page (policy 7.1)."""

import datetime as dt
import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints import linking, receiving
from complaints.models import Ticket
from tests.access.cells import signed_in
from tests.factories import ContactFactory, CustomerFactory, TicketFactory, UserFactory

pytestmark = pytest.mark.django_db
ADD = reverse("complaints:add")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def rep():
    return UserFactory(name="李伟")


@pytest.fixture
def client(rep):
    return signed_in(rep)


def said(**fields):
    now = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    what = {"kind": "complaint", "source": "phone", "severity": "normal", "subject": "门板漏水", "text": "一直漏"}
    return what | {"token": uuid.uuid4(), "reporter": "王经理", "received_at": now} | fields


def test_a_dialog_opens_on_every_page_and_says_when_saved_who_when_and_the_link_once(client, rep):
    home = client.get(reverse("customers:list")).content.decode()
    assert f'hx-get="{ADD}" hx-target="#dialog-body"' in home
    assert "<!doctype" not in client.get(ADD, headers=HTMX).content.decode()
    form = said()
    response = client.post(ADD, form, headers=HTMX)
    ticket = Ticket.objects.get()
    body = response.content.decode()
    assert ticket.number in body and rep.name in body and f"{ticket.first_due_at:%M}" in body
    assert "logged" in response.headers["HX-Trigger"] and response.headers["Cache-Control"] == "no-store"
    key = re.search(r"/feedback/([^/\"]+)/", body)[1]
    assert receiving.find_by_key(key) == ticket
    assert Client().get(reverse("complaints:link", args=[key])).status_code == 200
    again = client.post(ADD, form).content.decode()
    assert Ticket.objects.count() == 1 and key not in again


def test_a_customer_is_found_by_parts_of_its_name_and_chosen_and_only_one_in_sight(client, rep):
    mine = CustomerFactory(name="杭州丝绸商行", owner=rep)
    other = CustomerFactory(name="杭州丝绸别家")
    found = client.get(ADD, {"q": "丝绸"}, headers=HTMX | {"HX-Target": "found"}).content.decode()
    assert mine.name in found and other.name not in found
    without_script = client.post(ADD, said(q="丝绸", find="1")).content.decode()
    assert f'name="customer" value="{mine.pk}"' in without_script and "门板漏水" in without_script
    assert f'value="{mine.pk}" checked' in client.get(ADD, {"customer": mine.pk}).content.decode()
    assert client.post(ADD, said(customer=other.pk)).status_code == 422
    client.post(ADD, said(customer=mine.pk))
    assert Ticket.objects.get().customer == mine and mine.holds.exists()


def test_somebody_must_be_said_to_complain_and_not_in_the_future(client):
    ahead = (timezone.localtime() + dt.timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    for wrong in ({"reporter": ""}, {"received_at": ahead}, {"source": "form"}, {"subject": ""}):
        assert client.post(ADD, said(**wrong)).status_code == 422
    assert not Ticket.objects.exists()


def test_pictures_are_kept_clean_and_the_customer_may_see_them(client):
    pdf = SimpleUploadedFile("发票.pdf", b"%PDF-1.7 x")
    client.post(ADD, said(files=[pdf]))
    file = Ticket.objects.get().files.get()
    assert (file.name, file.kind, file.is_public) == ("发票.pdf", "application/pdf", True)
    assert client.post(ADD, said(files=[SimpleUploadedFile("x.exe", b"MZ")])).status_code == 422


def test_a_similar_open_one_of_the_customer_is_shown_before_another_is_kept(client, rep):
    customer = CustomerFactory(owner=rep)
    ContactFactory(customer=customer, phone="13905718842")
    first = TicketFactory(customer=customer, received_by=rep, subject="新装门板漏水")
    response = client.post(ADD, said(phone="139 0571 8842"))
    assert response.status_code == 422 and first.number in response.content.decode()
    body = client.post(ADD, said(phone="139 0571 8842", anyway="1")).content.decode()
    second = Ticket.objects.exclude(pk=first.pk).get()
    assert second.customer == customer and first.number in body
    client.post(reverse("complaints:link_to", args=[second.pk]), {"how": "repeats", "other": first.pk})
    second.refresh_from_db()
    assert second.repeats == first
    assert client.post(ADD, said(customer=customer.pk, subject="发票抬头错了")).status_code == 200


def test_a_similar_one_that_i_do_not_see_is_not_told_of(client):
    customer = CustomerFactory()
    ContactFactory(customer=customer, phone="13905718842")
    hidden = TicketFactory(customer=customer, received_by=customer.owner, subject="门板漏水")
    body = client.post(ADD, said(phone="13905718842")).content.decode()
    mine = Ticket.objects.exclude(pk=hidden.pk).get()
    assert mine.customer == customer
    page = client.get(mine.get_absolute_url()).content.decode()
    for text in (hidden.number, customer.name):
        assert text not in body and text not in page


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [("门板漏水", "新装的门板漏水", True), ("少了两箱", "多收了运费", False), ("x", "X", True), ("x", "y", False)],
)
def test_subjects_are_alike_when_they_share_half_of_the_shorter_one(one, other, alike):
    assert linking.are_alike(one, other) is alike
