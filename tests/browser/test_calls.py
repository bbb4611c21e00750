"""Logging calls all day, in a real browser: by keyboard alone, with few keys, over a broken line."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.factories import CallbackFactory, ContactFactory, CustomerFactory, UserFactory
from visits import schedule
from visits.models import Callback, CallLog

pytestmark = pytest.mark.django_db(transaction=True)
CALLS = 50
MOST_STEPS = 8
# What a person does, counted by the page itself.
COUNT = """
    window.steps = 0;
    for (const kind of ["keydown", "click"]) {
      document.addEventListener(kind, (event) => {
        const isModifier = ["Control", "Shift", "Alt", "Meta"].includes(event.key);
        if (event.isTrusted && !isModifier && (kind === "keydown" || event.detail > 0)) window.steps += 1;
      }, true);
    }
"""


@pytest.fixture
def rep(transactional_db):
    return UserFactory(username="rep", name="李伟")


def due(rep, number):
    customers = [CustomerFactory(owner=rep, name=f"第{n:02d}家商行") for n in range(number)]
    Callback.objects.all().delete()
    for customer in customers:
        ContactFactory(customer=customer, is_main=True)
        CallbackFactory(customer=customer)
    schedule.write_next_dates([customer.pk for customer in customers])
    return customers


def chosen(page):
    return page.locator("#chosen h2")


def test_a_day_of_fifty_calls_by_keyboard_alone(sign_in, rep):
    customers = due(rep, CALLS)
    page = sign_in(rep)
    page.add_init_script(COUNT)
    page.goto(page.url)
    most = 0
    for n, customer in enumerate(customers):
        expect(chosen(page)).to_have_text(customer.name)
        page.evaluate("window.steps = 0")
        page.keyboard.press("1")
        page.keyboard.type("好的")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".today-done b")).to_have_text(re.compile(rf"^{n + 1} of {CALLS}$"))
        most = max(most, page.evaluate("window.steps"))
    assert most <= MOST_STEPS, most
    logs = CallLog.objects.filter(by=rep)
    assert logs.count() == CALLS
    assert not logs.filter(next_on=None).exists()
    assert not Callback.objects.due(by=timezone.localdate()).exists()


def test_from_today_to_a_saved_call_with_stars_and_a_promise_takes_few_steps(sign_in, rep):
    [customer] = due(rep, 1)
    page = sign_in(rep)
    page.add_init_script(COUNT)
    page.goto(page.url)
    page.evaluate("window.steps = 0")
    page.keyboard.press("1")
    page.keyboard.type("好")
    page.click("label[for=stars-5]")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".today-done b")).to_have_text("1 of 1")
    log = CallLog.objects.get()
    assert (log.satisfaction, log.customer) == (5, customer)
    assert log.next_on > timezone.localdate()


def test_a_call_that_met_nobody_proposes_tomorrow_and_keeps_a_day_chosen_by_hand(sign_in, rep):
    due(rep, 1)
    page = sign_in(rep)
    page.keyboard.press("2")
    expect(page.locator("[name=next_in][value='1']")).to_be_checked()
    page.keyboard.press("Escape")
    page.locator("label.chip:has([name=next_in][value='14'])").click()
    page.locator("label.chip:has([value=busy])").click()
    expect(page.locator("[name=next_in][value='14']")).to_be_checked()


def test_without_a_line_the_text_stays_and_is_sent_once_when_it_is_back(sign_in, rep):
    due(rep, 1)
    page = sign_in(rep)
    page.keyboard.press("1")
    page.keyboard.type("要三米皮带")
    page.context.set_offline(True)
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-draft-offline]")).to_be_visible()
    expect(page.locator("textarea")).to_have_value("要三米皮带")
    assert not CallLog.objects.exists()
    page.context.set_offline(False)
    expect(page.locator(".today-done b")).to_have_text("1 of 1")
    assert [log.note for log in CallLog.objects.all()] == ["要三米皮带"]


def test_what_was_typed_survives_a_reload_and_leaves_when_it_is_saved(sign_in, rep):
    [customer] = due(rep, 1)
    page = sign_in(rep)
    page.keyboard.press("1")
    page.keyboard.type("问交货期")
    page.reload()
    expect(page.locator("textarea")).to_have_value("问交货期")
    expect(page.locator("[name=outcome][value=reached]")).to_be_checked()
    page.locator("textarea").press("Control+Enter")
    expect(page.locator(".today-done b")).to_have_text("1 of 1")
    page.goto(f"{page.url.partition('/today')[0]}/customers/{customer.pk}/log/")
    expect(page.locator("textarea")).to_have_value("")
