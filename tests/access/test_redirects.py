"""Wherever an address says to go next, one stays on our own host."""

from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from tests.access import cells
from tests.access.rules import RULES
from tests.factories import PASSWORD

ELSEWHERE = [
    "https://evil.example",
    "http://evil.example/customers/",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http:\\\\evil.example",
    "HTTPS://EVIL.EXAMPLE",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "ftp://evil.example",
    " https://evil.example",
    "\thttps://evil.example",
    "\nhttps://evil.example",
    "\x00https://evil.example",
    "\x1fhttps://evil.example",
    "https://testserver@evil.example",
    "https://testserver.evil.example",
    "https://evil.example#testserver",
    "https://evil.example?testserver",
    "https://[::1",
    "http://testserver:80@evil.example",
    "//testserver@evil.example/",
    "/%09/evil.example",
    "/\t/evil.example",
    "/customers/\r\nLocation: https://evil.example",
    "https://ｅvil.example",
    "//evil。example",
    "x" * 5000,
]


def check(response):
    location = response.headers.get("Location", "")
    assert not any(c in location for c in "\r\n\t\x00\\")
    parts = urlsplit(location)
    assert parts.scheme in {"", "http"}
    assert parts.netloc in {"", "testserver"}
    assert not location.startswith("//")


@pytest.mark.parametrize("payload", ELSEWHERE[:6])
def test_next_leads_nowhere_else_from_any_address(world, payload):
    person = world.people["representative"]
    signed_in = cells.signed_in(person)
    for name, rule in RULES.items():
        if rule.kind != "none":
            continue
        client = Client() if name.startswith("staff:login") else signed_in
        for method in ("get", "post"):
            with cells.undone(), cells.as_it_was(client):
                check(getattr(client, method)(reverse(name), {"next": payload}))


@pytest.mark.parametrize("payload", ELSEWHERE)
def test_signing_in_leads_nowhere_else(world, payload):
    data = {"username": "representative", "password": PASSWORD, "next": payload}
    response = Client().post(reverse("staff:login"), data)
    assert response.status_code == 302
    check(response)


@pytest.mark.parametrize("payload", ELSEWHERE)
def test_choosing_a_language_leads_nowhere_else(payload, db):
    response = Client().post(reverse("staff:language"), {"language": "zh-hans", "next": payload})
    assert response.status_code == 302
    check(response)


def test_signing_in_leads_where_one_wanted_to_go(world):
    data = {"username": "representative", "password": PASSWORD, "next": "/customers/?sort=-dealt"}
    assert Client().post(reverse("staff:login"), data).headers["Location"] == "/customers/?sort=-dealt"
