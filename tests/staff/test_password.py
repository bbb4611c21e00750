import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError

from staff.models import User
from staff.tasks import mail_reset_link
from tests.factories import PASSWORD, UserFactory
from tests.staff.test_sign_in import LOGIN, is_in, sign_in

CHANGE = reverse("staff:password_change")
RESET = reverse("staff:password_reset")
NEW = "Bamboo-grove-2031"


def change(client, old=PASSWORD, new=NEW, again=NEW):
    return client.post(CHANGE, {"old_password": old, "new_password1": new, "new_password2": again})


def ask(client, email="alice@example.com"):
    return client.post(RESET, {"email": email})


def link():
    return re.search(r"http://testserver(/password/reset/\S+)", mail.outbox[-1].body)[1]


def follow(client, address):
    """Open a mailed link and set a new password on the page that it leads to."""
    form = client.get(address, follow=True)
    return client.post(form.request["PATH_INFO"], {"new_password1": NEW, "new_password2": NEW})


# Change


def test_changing_the_password_keeps_this_session_and_ends_the_others(client, alice):
    client.force_login(alice)
    elsewhere = Client()
    elsewhere.force_login(alice)
    assert change(client).status_code == 302
    assert client.get(CHANGE).status_code == 200
    assert elsewhere.get(CHANGE).status_code == 302
    assert sign_in(Client(), password=NEW).status_code == 302


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"old": "wrong"}, "old_password"),
        ({"again": "another"}, "new_password2"),
        ({"new": "12345678", "again": "12345678"}, "new_password2"),
        ({"new": "alice", "again": "alice"}, "new_password2"),
    ],
)
def test_a_refused_change_says_why_beside_the_field(client, alice, typed, field):
    client.force_login(alice)
    response = change(client, **typed)
    assert field in response.context["form"].errors
    assert User.objects.get(pk=alice.pk).check_password(PASSWORD)


def test_the_old_password_cannot_be_guessed_at_an_open_screen(client, alice, settings):
    client.force_login(alice)
    answers = [change(client, old="wrong").status_code for _ in range(settings.LOGIN_TRIES_PER_ACCOUNT)]
    assert set(answers) == {200}
    assert change(client).status_code == 429


# Reset


@pytest.mark.usefixtures("mail_at_once")
def test_a_mailed_link_sets_a_new_password(client, alice):
    assert ask(client).status_code == 302
    assert follow(client, link()).url == LOGIN
    assert sign_in(client, password=NEW).status_code == 302


@pytest.mark.usefixtures("mail_at_once")
def test_an_unknown_address_gets_the_same_answer_and_no_mail(client, alice):
    known, unknown = ask(client), ask(client, "nobody@example.com")
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert [message.to for message in mail.outbox] == [["alice@example.com"]]


@pytest.mark.usefixtures("mail_at_once")
def test_nobody_inactive_or_without_an_address_gets_mail(client, db):
    UserFactory(inactive=True, email="gone@example.com")
    UserFactory(email="")
    ask(client, "gone@example.com")
    ask(client, "")
    assert not mail.outbox


@pytest.mark.usefixtures("mail_at_once")
def test_two_people_with_one_address_get_a_mail_each(client, alice):
    UserFactory(username="twin", email=alice.email.upper())
    ask(client)
    assert {re.search(r"username: (\w+)", message.body)[1] for message in mail.outbox} == {"alice", "twin"}


@pytest.mark.usefixtures("mail_at_once")
def test_a_link_dies_with_its_use(client, alice):
    ask(client)
    address = link()
    follow(client, address)
    again = Client().get(address, follow=True)
    assert "This link no longer works" in again.content.decode()


@pytest.mark.usefixtures("mail_at_once")
def test_a_link_dies_with_deactivation(client, alice):
    ask(client)
    address = link()
    opened = Client()
    form = opened.get(address, follow=True).request["PATH_INFO"]
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert "This link no longer works" in Client().get(address, follow=True).content.decode()
    opened.post(form, {"new_password1": NEW, "new_password2": NEW})
    assert User.objects.get(pk=alice.pk).check_password(PASSWORD)


@pytest.mark.parametrize("path", ["MQ/abc-def", "!/x", "OTk5OTk5/c1-abc", "AA/set-password"])
def test_a_made_up_link_is_no_error(client, alice, path):
    response = client.get(f"{RESET}{path}/")
    assert response.status_code == 200
    assert "This link no longer works" in response.content.decode()


@pytest.mark.usefixtures("mail_at_once")
def test_a_new_password_by_mail_forgives_the_wrong_tries_before(client, alice, settings):
    for _ in range(settings.LOGIN_TRIES_PER_ACCOUNT + 1):
        sign_in(client, password="wrong")
    ask(client)
    follow(client, link())
    assert sign_in(client, password=NEW).status_code == 302


@pytest.mark.usefixtures("mail_at_once")
@pytest.mark.parametrize("email", ["alice@example.com", "nobody@example.com"])
def test_asking_for_mail_again_and_again_is_throttled_for_any_address(client, alice, settings, email):
    answers = [ask(client, email).status_code for _ in range(settings.LOGIN_TRIES_PER_ACCOUNT + 1)]
    assert answers == [302] * settings.LOGIN_TRIES_PER_ACCOUNT + [429]
    assert len(mail.outbox) <= settings.LOGIN_TRIES_PER_ACCOUNT


@pytest.mark.usefixtures("mail_at_once")
def test_asking_for_mail_does_not_use_up_the_tries_to_sign_in(client, alice, settings):
    for _ in range(settings.LOGIN_TRIES_PER_ACCOUNT + 1):
        ask(client, "alice")
        ask(client)
    assert sign_in(client).status_code == 302


def test_without_the_broker_the_mail_goes_out_at_once(client, alice, monkeypatch):
    def refuse(*args, **kwargs):
        raise OperationalError

    monkeypatch.setattr(mail_reset_link, "delay", refuse)
    assert ask(client).status_code == 302
    assert len(mail.outbox) == 1


def test_the_reset_page_says_what_to_do_without_an_address(client, db):
    assert "Ask an administrator" in client.get(RESET).content.decode()


@pytest.mark.usefixtures("mail_at_once")
def test_a_forged_host_is_refused(client, alice):
    response = client.post(RESET, {"email": alice.email}, headers={"host": "evil.example"})
    assert response.status_code == 400
    assert not mail.outbox


# By an administrator


def test_an_administrator_sets_a_password_and_ends_the_sessions(as_boss, alice):
    hers = Client()
    hers.force_login(alice)
    page = reverse("staff:person_password", args=[alice.pk])
    assert as_boss.get(page).status_code == 200
    assert as_boss.post(page, {"new_password1": NEW, "new_password2": NEW}).status_code == 302
    assert hers.get(CHANGE).status_code == 302
    assert sign_in(Client(), password=NEW).status_code == 302


def test_an_administrator_changes_the_own_password_only_with_the_old_one(as_boss, boss):
    page = reverse("staff:person_password", args=[boss.pk])
    assert as_boss.post(page, {"new_password1": NEW, "new_password2": NEW}).url == CHANGE
    assert User.objects.get(pk=boss.pk).check_password(PASSWORD)


def test_nobody_else_sets_passwords(client, anybody_else, alice):
    client.force_login(anybody_else)
    page = reverse("staff:person_password", args=[alice.pk])
    assert client.post(page, {"new_password1": NEW, "new_password2": NEW}).status_code == 403
    assert User.objects.get(pk=alice.pk).check_password(PASSWORD)


def test_signed_out_nobody_sets_passwords(client, alice):
    page = reverse("staff:person_password", args=[alice.pk])
    assert client.post(page, {"new_password1": NEW, "new_password2": NEW}).url.startswith(LOGIN)
    assert not is_in(client)
