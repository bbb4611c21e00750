"""A strict content security policy on every answer, and nothing on any page that it would stop."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.access import cells
from tests.access.rules import PUBLIC, ROLES, RULES
from tests.complaints.link import private_ticket
from tests.walls.pages import all_pages

TEMPLATES = sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))
STOPPED = {
    "a style attribute": r"<[a-zA-Z][^>]*\sstyle\s*=",
    "a style element": r"<style\b",
    "an event attribute": r"<[a-zA-Z][^>]*\s(?:on[a-z]+|hx-on[\w:.-]*)\s*=",
    "a script without src": r"<script\b(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")",
    "a javascript address": r"javascript:",
    "code in a value": r"hx-(?:vals|headers)\s*=\s*['\"]\s*js:",
    "an address elsewhere": r"(?:src|href|action)=\"(?:https?:)?//",
}


def stopped(text):
    return [what for what, pattern in STOPPED.items() if re.search(pattern, text)]


@pytest.fixture
def world(world):
    return cells.add_runs(world)


def directives(response):
    parts = [part.split() for part in response.headers["Content-Security-Policy"].split(";") if part.strip()]
    return {words[0]: words[1:] for words in parts}


def check_policy(response):
    policy = directives(response)
    assert policy["default-src"] == ["'none'"]
    for name in ("script-src", "style-src", "connect-src", "form-action"):
        assert policy[name] == ["'self'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_no_template_holds_what_the_policy_stops(template):
    assert stopped(template.read_text()) == []


@pytest.mark.parametrize("role", ROLES)
def test_every_page_has_the_policy_and_holds_nothing_that_it_stops(role, world, clients):
    wrong = []
    for _name, path, _role, response in all_pages(world, clients, roles=[role]):
        check_policy(response)
        wrong += [f"{path}: {what}" for what in stopped(response.content.decode())]
    assert not wrong, "\n".join(wrong)


def test_refusals_and_public_pages_have_the_policy(world, clients):
    for path in ("/customers/999999999/", "/people/", "/no/such/page/"):
        response = clients["representative"].get(path)
        assert response.status_code in {403, 404}
        check_policy(response)
    check_policy(Client(enforce_csrf_checks=True).post(reverse("staff:login")))
    for name in PUBLIC:
        if RULES[name].kind == "none":
            check_policy(Client().get(reverse(name)))
    _ticket, key = private_ticket()
    page = Client().get(reverse("complaints:link", args=[key]))
    check_policy(page)
    assert stopped(page.content.decode()) == []


@pytest.mark.parametrize(
    "text",
    ['<p style="x">', "<style>", '<a onclick="x">', '<a hx-on:click="x">', "<script>x</script>", '<a href="//x">'],
)
def test_control_the_scan_sees(text):
    assert stopped(text)


PRINT = """
import django, json; django.setup()
from django.conf import settings as s
kinds = ("SECURE_", "SESSION_COOKIE_", "CSRF_COOKIE_", "LANGUAGE_COOKIE_", "DEBUG")
print(json.dumps({n: getattr(s, n) for n in dir(s) if n.startswith(kinds)}, default=str))
"""


@pytest.fixture(scope="module")
def production():
    """The settings as production has them: no word said about HTTPS or DEBUG."""
    env = {k: v for k, v in os.environ.items() if k not in {"HTTPS", "DEBUG"}}
    env |= {"SECRET_KEY": "x" * 60, "DJANGO_SETTINGS_MODULE": "crm.settings"}
    done = subprocess.run(
        [sys.executable, "-c", PRINT], env=env, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_cookies_are_secure_in_production(production):
    for cookie in ("SESSION", "CSRF", "LANGUAGE"):
        assert production[f"{cookie}_COOKIE_SECURE"] is True
    assert production["SESSION_COOKIE_HTTPONLY"] is production["CSRF_COOKIE_HTTPONLY"] is True
    assert production["SESSION_COOKIE_SAMESITE"] == production["CSRF_COOKIE_SAMESITE"] == "Lax"
    assert production["SECURE_SSL_REDIRECT"] is True
    assert production["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert production["DEBUG"] is False
