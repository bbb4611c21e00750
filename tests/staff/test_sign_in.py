import datetime as dt
import re
import time

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from staff import throttle
from staff.models import LoginWindow, User
from tests.factories import PASSWORD, UserFactory
from tests.walls.racing import racers

LOGIN = reverse("staff:login")
HOME = reverse("reports:home")


def sign_in(client, username="alice", password=PASSWORD, **extra):
    return client.post(LOGIN, {"username": username, "password": password, **extra})


def is_in(client):
    return "_auth_user_id" in client.session


def test_a_person_signs_in_with_name_and_password(client, alice):
    response = sign_in(client)
    assert response.status_code == 302
    assert response.url == HOME
    assert is_in(client)


def test_signing_in_leads_to_the_page_that_was_asked_for(client, alice):
    wanted = reverse("staff:password_change") + "?a=1"
    refused = client.get(wanted)
    assert refused.status_code == 302
    assert f'name="next" value="{wanted}"' in client.get(refused.url).content.decode()
    assert sign_in(client, next=wanted).url == wanted


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", r"\\evil.example", "javascript:alert(1)", "http:///evil"]
)
def test_signing_in_never_leads_to_another_host(client, alice, elsewhere):
    assert sign_in(client, next=elsewhere).url == HOME
    assert client.get(LOGIN, {"next": elsewhere}).url == HOME
    assert client.post(reverse("staff:language"), {"language": "en", "next": elsewhere}).url == HOME


def test_the_sign_in_page_never_leads_to_itself(client, alice):
    client.force_login(alice)
    assert client.get(LOGIN, {"next": f"{LOGIN}?next={LOGIN}"}).url == HOME


def test_who_is_in_already_does_not_see_the_form(client, alice):
    client.force_login(alice)
    assert client.get(LOGIN).url == HOME


def test_unknown_wrong_and_inactive_get_the_same_answer(client, alice):
    UserFactory(username="gone", inactive=True)

    def answer(username, password):
        response = sign_in(client, username, password)
        assert response.status_code == 200
        page = re.sub(r"\w{64}", "a token against forgery", response.content.decode())
        return page.replace(f'value="{username}"', "")

    wrong = answer("alice", "wrong")
    assert answer("nobody", "wrong") == answer("gone", PASSWORD) == answer("gone", "wrong") == wrong
    assert "The username or the password is wrong." in wrong
    assert not is_in(client)


def test_an_unknown_name_costs_one_hash_like_a_known_one(client, alice, monkeypatch):
    hashed = []
    original = User.set_password
    monkeypatch.setattr(User, "set_password", lambda user, raw: (hashed.append(raw), original(user, raw)))
    sign_in(client, "nobody", "wrong")
    assert hashed == ["wrong"]


def test_the_form_keeps_the_name_and_never_the_password(client, alice):
    page = sign_in(client, "alice", "my-secret-try").content.decode()
    assert 'value="alice"' in page
    assert "my-secret-try" not in page


def test_the_session_key_changes_at_sign_in(client, alice):
    session = client.session
    session["seen"] = 1
    session.save()
    before = client.session.session_key
    sign_in(client)
    assert client.session.session_key != before


def test_signing_out_takes_a_post(client, alice):
    client.force_login(alice)
    assert client.get(reverse("staff:logout")).status_code == 405
    assert is_in(client)
    assert client.post(reverse("staff:logout")).url == LOGIN
    assert not is_in(client)


def test_signing_out_twice_is_harmless(client, db):
    assert client.post(reverse("staff:logout")).url == LOGIN


def test_a_post_from_elsewhere_is_refused(alice):
    strict = Client(enforce_csrf_checks=True)
    assert sign_in(strict).status_code == 403


def test_a_deactivated_person_is_out_at_the_next_request(client, alice):
    client.force_login(alice)
    page = reverse("staff:password_change")
    assert client.get(page).status_code == 200
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert client.get(page).url == f"{LOGIN}?next={page}"


# Throttle


def test_after_five_wrong_tries_even_the_right_password_waits(client, alice, settings):
    for _ in range(settings.LOGIN_TRIES_PER_ACCOUNT):
        assert sign_in(client, password="wrong").status_code == 200
    response = sign_in(client)
    assert response.status_code == 429
    assert "Too many tries. Wait 15 minutes, then try again." in response.content.decode()
    assert 0 < int(response.headers["Retry-After"]) <= 15 * 60
    assert not is_in(client)


def test_an_unknown_name_is_throttled_like_a_known_one(client, db, settings):
    answers = [sign_in(client, "nobody", "wrong").status_code for _ in range(settings.LOGIN_TRIES_PER_ACCOUNT + 1)]
    assert answers[-2:] == [200, 429]


def test_writing_the_name_in_another_case_gives_no_further_tries(client, alice, settings):
    names = ["alice", "ALICE", "Alice", "aLICE", "ａｌｉｃｅ", "alicE"]
    assert [sign_in(client, name, "wrong").status_code for name in names] == [200] * 5 + [429]


def test_the_window_ends_by_itself_and_is_not_prolonged(client, alice, settings):
    for _ in range(settings.LOGIN_TRIES_PER_ACCOUNT + 3):
        sign_in(client, password="wrong")
    LoginWindow.objects.update(started_at=timezone.now() - dt.timedelta(minutes=settings.LOGIN_WINDOW_MINUTES + 1))
    assert sign_in(client).status_code == 302


def test_success_forgives_the_account(client, alice, settings):
    for _ in range(3):
        for _ in range(settings.LOGIN_TRIES_PER_ACCOUNT - 1):
            sign_in(client, password="wrong")
        assert sign_in(client).status_code == 302
        client.logout()


def test_success_forgives_the_address_only_its_own_try(client, alice, settings):
    settings.LOGIN_TRIES_PER_ADDRESS = 6
    for number in range(4):
        sign_in(client, f"guess{number}", "wrong")
        assert sign_in(client).status_code == 302
        client.logout()
    assert [sign_in(client, f"more{n}", "wrong").status_code for n in range(3)] == [200, 200, 429]


def test_an_address_over_its_limit_locks_nobody_else_out(client, alice, settings):
    settings.LOGIN_TRIES_PER_ADDRESS = 2
    for _ in range(10):
        sign_in(client, password="wrong")
    assert sign_in(Client(REMOTE_ADDR="198.51.100.7")).status_code == 302


def test_old_windows_are_forgotten_at_the_next_success(client, alice, settings):
    for key in ("login:old", "elsewhere:old"):
        throttle.count(key)
    LoginWindow.objects.update(started_at=timezone.now() - dt.timedelta(minutes=settings.LOGIN_WINDOW_MINUTES + 1))
    sign_in(client)
    assert not LoginWindow.objects.filter(key="login:old").exists()
    assert LoginWindow.objects.filter(key="elsewhere:old").exists(), "other rooms have windows of another length"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "peer", "seen"),
    [
        (0, "203.0.113.5", "192.0.2.1", "192.0.2.1"),
        (1, "6.6.6.6, 203.0.113.5", "192.0.2.1", "203.0.113.5"),
        (2, "6.6.6.6, 203.0.113.5, 192.0.2.9", "192.0.2.1", "203.0.113.5"),
        (2, "203.0.113.5", "192.0.2.1", "192.0.2.1"),
        (1, "nonsense", "192.0.2.1", "192.0.2.1"),
        (1, "", "192.0.2.1", "192.0.2.1"),
        (1, "2001:db8:1:2:3:4:5:6", "192.0.2.1", "2001:db8:1:2::/64"),
        (0, "", "::ffff:192.0.2.1", "192.0.2.1"),
        (0, "", "", "unknown"),
    ],
)
def test_the_address_is_what_our_own_proxies_saw(rf, settings, proxies, forwarded, peer, seen):
    settings.TRUSTED_PROXIES = proxies
    request = rf.get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)
    assert throttle.address_of(request) == seen


def test_a_name_of_any_length_has_a_key(client, db):
    assert sign_in(client, "ΐ" * 150, "wrong").status_code == 200


RIVALS = 40


def passwords_compared_in_a_burst(monkeypatch):
    """Try RIVALS wrong passwords for one account at once; return how many were compared with the real one."""
    compared = []
    monkeypatch.setattr(get_user_model(), "check_password", lambda user, raw: compared.append(raw))
    with racers(RIVALS) as them:
        answers = them.run(*[lambda n=n: sign_in(Client(), "alice", f"guess {n}").status_code for n in range(RIVALS)])
    assert set(answers) <= {200, 429}, answers
    assert answers.count(200) == len(compared)
    return len(compared)


@pytest.mark.django_db(transaction=True)
def test_forty_tries_at_once_compare_no_more_passwords_than_allowed(monkeypatch, settings):
    UserFactory(username="alice")
    assert passwords_compared_in_a_burst(monkeypatch) == settings.LOGIN_TRIES_PER_ACCOUNT


@pytest.mark.django_db(transaction=True)
def test_control_reading_before_writing_lets_more_tries_through(monkeypatch, settings):
    def read_then_write(key):
        window = LoginWindow.objects.filter(key=key).first() or LoginWindow(key=key, started_at=timezone.now(), tries=0)
        time.sleep(0.05)
        window.tries += 1
        LoginWindow.objects.bulk_create(
            [window], update_conflicts=True, unique_fields=["key"], update_fields=["tries", "started_at"]
        )
        return window.tries, 60

    UserFactory(username="alice")
    monkeypatch.setattr(throttle, "count", read_then_write)
    assert passwords_compared_in_a_burst(monkeypatch) > settings.LOGIN_TRIES_PER_ACCOUNT
