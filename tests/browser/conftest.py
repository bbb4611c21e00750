from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.factories import PASSWORD, TeamFactory, UserFactory

expect.set_options(timeout=10_000)


# What the browser and htmx tell of a refusal (409, 422) or of a line that a test has cut: answers, not faults.
ANSWERS = ("409", "422", "ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest")


def _is_fault(message):
    return message.type == "error" and not any(answer in message.text for answer in ANSWERS)


@pytest.fixture
def watched(page):
    """A page whose console errors and refused scripts or styles fail the test."""
    said = []
    page.on("console", lambda message: said.append(message.text) if _is_fault(message) else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    assert said == []


PHONE = {"width": 390, "height": 844}
DESK = {"width": 1360, "height": 900}


@pytest.fixture
def sign_in(watched, live_server):
    def sign_in(user, language="en", to="/"):
        watched.goto("about:blank")  # what the last page still asks for would bring its cookies back
        watched.context.clear_cookies()
        watched.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        watched.goto(f"{live_server.url}/login/?{urlencode({'next': to})}")
        watched.fill("[name=username]", user.username)
        watched.fill("[name=password]", PASSWORD)
        watched.click("main button[type=submit], form.card button[type=submit]")
        watched.wait_for_url(lambda url: "/login/" not in url)
        return watched

    return sign_in


@pytest.fixture
def visit(watched, sign_in):
    """Sign a person in, on a phone if asked, and open an address."""

    def visit(person, address, *, phone=False):
        watched.set_viewport_size(PHONE if phone else DESK)
        return sign_in(person, to=address)

    return visit


@pytest.fixture
def sellers(transactional_db):
    """Two representatives, their supervisor, the manager above, and the administrator."""
    east = TeamFactory(name="华东")
    team = TeamFactory(name="杭州组", parent=east)
    people = SimpleNamespace(
        rep=UserFactory(team=team, name="李伟"),
        heir=UserFactory(team=team, name="陈静"),
        boss=UserFactory(team=team, name="王芳", supervisor=True),
        manager=UserFactory(team=east, name="周强", manager=True),
        administrator=UserFactory(name="孙工", administrator=True),
    )
    for node, head in ((team, people.boss), (east, people.manager)):
        node.head = head
        node.save()
    return people
