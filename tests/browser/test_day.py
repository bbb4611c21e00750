"""A day's work as a new user would try it, in a real browser against the real server, database and Redis."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from customers.models import Customer
from customers.ownership import claiming
from tests.factories import ContactFactory, CustomerFactory, OrderFactory, UserFactory
from visits.models import CallLog

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rep(transactional_db):
    return UserFactory(username="rep", name="李伟")


def test_a_representative_finds_a_customer_by_two_characters_and_logs_a_call(sign_in, rep):
    customer = CustomerFactory(name="杭州丝绸之路", owner=rep)
    ContactFactory(customer=customer, name="王经理", is_main=True)
    page = sign_in(rep)
    page.keyboard.press("Control+k")
    page.keyboard.type("丝绸")
    expect(page.locator("#search-results")).to_contain_text("杭州丝绸之路")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("杭州丝绸之路")
    page.wait_for_load_state("networkidle")
    here = page.url
    page.keyboard.press("l")
    expect(page.locator("#log form")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.type("三号机运转正常")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline")).to_contain_text("三号机运转正常")
    assert page.url == here
    log = CallLog.objects.get()
    assert (log.outcome, log.note, log.by) == ("reached", "三号机运转正常", rep)


def test_a_representative_claims_from_the_pool_and_the_late_one_is_told_who_won(sign_in, rep):
    rival = UserFactory(username="rival", name="赵磊")
    mine, taken = CustomerFactory(name="宁波海运", pooled=True), CustomerFactory(name="绍兴纺织", pooled=True)
    page = sign_in(rep)
    page.click("a.nav-link:has-text('Pool')")
    claiming.claim(Customer.objects.get(pk=taken.pk), by=rival)
    page.locator("tr", has_text="绍兴纺织").get_by_role("button", name="Claim").click()
    expect(page.locator("tr", has_text="绍兴纺织")).to_contain_text("赵磊")
    page.locator("tr", has_text="宁波海运").get_by_role("button", name="Claim").click()
    page.get_by_role("link", name="Yours: open").click()
    expect(page.locator("h1")).to_have_text("宁波海运")
    mine.refresh_from_db()
    assert mine.owner == rep


def test_an_administrator_raises_a_threshold_and_sees_grades_change(sign_in, rep):
    customer = CustomerFactory(owner=rep)
    OrderFactory(customer=customer, salesperson=rep).confirm(on=customer.owned_since, by=UserFactory(finance=True))
    large = OrderFactory(customer=customer, salesperson=rep, amount=Decimal(60000))
    large.confirm(on=customer.owned_since, by=UserFactory(finance=True))
    customer.refresh_from_db()
    assert customer.grade == "A"
    page = sign_in(UserFactory(username="admin", administrator=True))
    page.click("a.nav-link:has-text('Grading standard')")
    page.click("a:has-text('Change the thresholds')")
    page.fill("[name=a]", "70000")
    page.click("button[name=preview]")
    expect(page.locator("#preview tbody tr")).to_have_count(1)
    page.click("button:has-text('Save the standard')")
    page.wait_for_url("**/grades/")
    customer.refresh_from_db()
    assert customer.grade == "B"


@pytest.mark.parametrize("width", [390, 1360])
@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_no_page_is_wider_than_the_screen(sign_in, world, live_server, width, language):
    page = sign_in(world.people["supervisor"], language)
    page.set_viewport_size({"width": width, "height": 844})
    customer = world.customers["own"]["supervisor"]
    paths = ["/today/", "/customers/", "/pool/", "/calls/", "/orders/", "/dashboard/", "/grades/", "/customers/add/"]
    paths += [customer.get_absolute_url(), f"/customers/{customer.pk}/log/", f"/customers/{customer.pk}/edit/"]
    paths += ["/promises/", "/calendar/", "/calendar/?view=week", "/calendar/?view=day", "/calendar/feed/"]
    for path in paths:
        page.goto(live_server.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
