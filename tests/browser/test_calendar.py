"""Moving callbacks on the calendar with a mouse and by keys, in a real browser under the strict policy."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from staff import calendar
from staff.models import Day
from tests.factories import CallbackFactory, CustomerFactory, PromiseFactory, UserFactory
from visits.models import Callback, Purpose

pytestmark = pytest.mark.django_db(transaction=True)
DAY = dt.timedelta(days=1)


@pytest.fixture
def rep(transactional_db):
    return UserFactory(username="rep", name="李伟")


@pytest.fixture
def days():
    """Three working days in a row of one week, and the Saturday after them."""
    monday = timezone.localdate() - timezone.localdate().weekday() * DAY + 7 * DAY
    while not _is_plain(monday):
        monday += 7 * DAY
    return monday, monday + DAY, monday + 2 * DAY, monday + 5 * DAY


def _is_plain(monday):
    week = dict(Day.objects.filter(day__range=(monday, monday + 6 * DAY)).values_list("day", "is_working"))
    return list(week.values()) == [True] * 5 + [False] * 2


@pytest.fixture
def callback(rep, days):
    return CallbackFactory(customer=CustomerFactory(name="杭州丝绸之路", owner=rep), due_on=days[0])


@pytest.fixture
def week(sign_in, rep, live_server, days, callback):
    page = sign_in(rep)
    page.goto(f"{live_server.url}/calendar/?view=week&on={days[0]}")
    page.wait_for_load_state("networkidle")
    return page


def entry(page, name="杭州丝绸之路"):
    return page.locator(".entry", has_text=name)


def entries_of(page, day):
    return page.locator(f"[data-day='{day}']")


def drag(page, what, where):
    """As a hand does: the button held down, moved in steps."""
    start, end = what.bounding_box(), where.bounding_box()
    page.mouse.move(start["x"] + start["width"] - 8, start["y"] + start["height"] / 2)
    page.mouse.down()
    for part in (0.2, 0.5, 0.8, 1):
        x = start["x"] + (end["x"] + end["width"] / 2 - start["x"]) * part
        y = start["y"] + (end["y"] + end["height"] / 2 - start["y"]) * part
        page.mouse.move(x, y, steps=4)
    page.wait_for_timeout(150)  # a hand rests before it lets go; the page looks where it is every 50 ms
    page.mouse.up()


def test_a_callback_is_dragged_to_another_day(week, days, callback):
    with week.expect_response(re.compile(r"/calendar/\?")):
        drag(week, entry(week), entries_of(week, days[1]))
    expect(week.locator("#toasts")).to_contain_text(re.compile("Moved to"))
    expect(entries_of(week, days[1])).to_contain_text("杭州丝绸之路")
    callback.refresh_from_db()
    assert callback.due_on == days[1]
    # The page was drawn anew; what is on it can be dragged again.
    expect(week.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    drag(week, entry(week), entries_of(week, days[2]))
    expect(week.locator("#toasts")).to_contain_text(re.compile("Moved to.*Moved to", re.S))
    callback.refresh_from_db()
    assert callback.due_on == days[2]


def test_a_drop_on_a_day_off_goes_back_and_says_why(week, days, callback):
    drag(week, entry(week), entries_of(week, days[3]))
    expect(week.locator("#toasts")).to_contain_text("is a weekend. The next working day is")
    expect(entries_of(week, days[0])).to_contain_text("杭州丝绸之路")
    callback.refresh_from_db()
    assert callback.due_on == days[0]


def test_a_drop_on_a_taken_day_goes_back_and_asks_for_a_reason(week, days, callback):
    other = CallbackFactory(customer=callback.customer, purpose=Purpose.REPAIR, due_on=days[1])
    drag(week, entry(week), entries_of(week, days[1]))
    dialog = week.locator("#dialog")
    expect(dialog).to_contain_text("give a reason")
    expect(entries_of(week, days[0])).to_contain_text("杭州丝绸之路")
    dialog.locator("[name=reason]").fill("一次问完")
    week.keyboard.press("Control+Enter")
    expect(dialog).to_be_hidden()
    expect(entries_of(week, days[1]).locator(".entry")).to_have_count(2)
    assert set(Callback.objects.values_list("pk", "due_on")) == {(callback.pk, days[1]), (other.pk, days[1])}


def test_the_keyboard_moves_it_through_the_dialog(week, days, callback):
    entry(week).get_by_role("link", name="Move").focus()
    week.keyboard.press("Enter")
    field = week.locator("#dialog [name=on]")
    expect(field).to_be_focused()
    field.fill(days[2].isoformat())
    week.keyboard.press("Enter")
    expect(entries_of(week, days[2])).to_contain_text("杭州丝绸之路")
    callback.refresh_from_db()
    assert callback.due_on == days[2]


def test_a_promise_stays_where_it_is_until_it_is_renegotiated(week, days, callback):
    PromiseFactory(customer=callback.customer, text="报价", due_on=days[0])
    week.reload()
    promise = entry(week, "报价")
    drag(week, promise, entries_of(week, days[1]))
    expect(entries_of(week, days[0])).to_contain_text("报价")
    promise.get_by_role("link", name="Move").click()
    expect(week.locator("#dialog")).to_contain_text("Renegotiate the promise")


def test_what_is_due_is_put_off_with_one_key_in_its_form(sign_in, rep, live_server, callback):
    callback.due_on = timezone.localdate()
    callback.save()
    page = sign_in(rep)
    page.goto(f"{live_server.url}/customers/{callback.customer_id}/snooze/")
    page.keyboard.press("3")
    page.wait_for_url(f"**{callback.customer.get_absolute_url()}")
    callback.refresh_from_db()
    assert callback.due_on == calendar.opens_on(timezone.localdate() + 3 * DAY)
