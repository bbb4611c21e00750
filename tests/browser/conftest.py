import pytest
from playwright.sync_api import expect

from tests.factories import PASSWORD

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


@pytest.fixture
def sign_in(watched, live_server):
    def sign_in(user, language="en"):
        watched.context.clear_cookies()
        watched.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        watched.goto(f"{live_server.url}/login/")
        watched.fill("[name=username]", user.username)
        watched.fill("[name=password]", PASSWORD)
        watched.click("main button[type=submit], form.card button[type=submit]")
        watched.wait_for_url(lambda url: "/login/" not in url)
        return watched

    return sign_in
