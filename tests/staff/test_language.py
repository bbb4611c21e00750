import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from staff.models import User
from tests.factories import PASSWORD, UserFactory
from tests.staff.test_password import ask
from tests.staff.test_sign_in import LOGIN, sign_in

CHOOSE = reverse("staff:language")
PAGE = reverse("staff:password_change")


def spoken(client, page=LOGIN, accept=""):
    response = client.get(page, headers={"accept-language": accept})
    text = response.content.decode()
    header = response.headers["Content-Language"]
    assert f'<html lang="{header.lower()}"' in text.lower()
    return header


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"),
        ("fr", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.1", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh", "zh-Hans"),
        ("en-GB", "en"),
    ],
)
def test_a_stranger_is_spoken_to_as_the_browser_asks(client, db, accept, language):
    assert spoken(client, accept=accept) == language


def test_the_cookie_wins_over_the_browser(client, db):
    client.post(CHOOSE, {"language": "zh-hant", "next": LOGIN})
    assert spoken(client, accept="en") == "zh-Hant"


def test_a_persons_choice_follows_them_to_another_browser(client, alice):
    client.force_login(alice)
    assert client.post(CHOOSE, {"language": "zh-hans", "next": PAGE}).url == PAGE
    elsewhere = Client()
    sign_in(elsewhere, "alice", PASSWORD)
    assert spoken(elsewhere, PAGE, accept="en") == "zh-Hans"


def test_a_persons_choice_wins_over_the_cookie(client, alice):
    client.post(CHOOSE, {"language": "zh-hant"})
    User.objects.filter(pk=alice.pk).update(language="en")
    client.force_login(alice)
    assert spoken(client, PAGE) == "en"


def test_one_persons_language_does_not_stay_for_the_next(client, alice, db):
    User.objects.filter(pk=alice.pk).update(language="zh-hans")
    client.force_login(alice)
    assert spoken(client, PAGE) == "zh-Hans"
    assert spoken(Client()) == "en"


def test_an_unknown_language_changes_nothing(client, alice):
    client.force_login(alice)
    response = client.post(CHOOSE, {"language": "tlh"})
    assert response.status_code == 302
    assert not response.cookies
    assert User.objects.get(pk=alice.pk).language == ""


def test_a_language_no_longer_offered_falls_back(client, alice):
    User.objects.filter(pk=alice.pk).update(language="xx")
    client.force_login(alice)
    assert spoken(client, PAGE) == "en"


def test_choosing_a_language_takes_a_post(client, db):
    assert client.get(CHOOSE, {"language": "zh-hans"}).status_code == 405


def test_caches_keep_languages_apart(client, db):
    assert {"Accept-Language", "Cookie"} <= set(client.get(LOGIN).headers["Vary"].split(", "))


@pytest.mark.usefixtures("mail_at_once")
def test_a_mail_speaks_the_language_of_its_person(client, monkeypatch, db):
    UserFactory(email="hans@example.com", language="zh-hans")
    monkeypatch.setattr("staff.mail.translation.override", lambda language: _Noted(language))
    ask(client, "hans@example.com")
    assert _Noted.languages[-1] == "zh-hans"
    assert len(mail.outbox) == 1


class _Noted:
    languages = []

    def __init__(self, language):
        self.languages.append(language)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return None
