"""A complaint from the public form to the case library, as the customer and as the people who settle it."""

import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from complaints import intake
from complaints.models import Case, Desk, Ticket
from tests.factories import ContactFactory, CustomerFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"width": 390, "height": 844}
PERSON_READS = 3_200  # milliseconds: a form sent sooner was sent by a robot


@pytest.fixture
def people(transactional_db):
    team = TeamFactory(name="杭州组")
    people = SimpleNamespace(
        rep=UserFactory(team=team, name="李伟"), boss=UserFactory(supervisor=True, team=team, name="王芳")
    )
    team.head = people.boss
    team.save()
    Desk.objects.create(person=people.rep)
    people.customer = CustomerFactory(name="吉顺发", owner=people.rep)
    ContactFactory(customer=people.customer, name="陈经理", phone="13905718842")
    return people


class Link:
    """The customer's own browser on a phone: the public form, then the private page."""

    def __init__(self, browser, site):
        self.context = browser.new_context(viewport=PHONE)
        self.page, self.site = self.context.new_page(), site

    def complain(self):
        page = self.page
        page.goto(f"{self.site}/feedback/")
        page.fill("[name=text]", "上一批货少了两箱，请尽快补发。")
        page.fill("[name=reporter]", "陈经理")
        page.fill("[name=phone]", "139 0571 8842")
        page.wait_for_timeout(PERSON_READS)
        page.click("form.card button[type=submit]")
        self.address = page.locator("input[type=url]").input_value()
        self.number = page.locator("strong").first.inner_text()

    def says(self, *, satisfied, note=""):
        page = self.page
        page.goto(self.address)
        page.locator(f"[name=outcome][value={'satisfied' if satisfied else 'unsatisfied'}]").check(force=True)
        if satisfied:
            page.locator("[name=satisfaction][value='5']").check(force=True)
        page.fill("form[action*=satisfied] [name=note]", note)
        page.click("form[action*=satisfied] button")
        page.wait_for_load_state("networkidle")


@pytest.fixture
def customer(browser, live_server, people):
    link = Link(browser, live_server.url)
    yield link
    link.context.close()


@pytest.fixture
def at(sign_in, live_server):
    """Sign a person in and open a ticket."""

    def at(person, ticket):
        page = sign_in(person)
        page.goto(f"{live_server.url}{ticket.get_absolute_url()}")
        return page

    return at


def step(page, verb, *, chips=(), choose=(), **words):
    """Fill in the form of a step and send it; wait for its answer."""
    form = page.locator(f"form[action$='/{verb}/']").first
    for name, value in chips:
        form.locator(f"[name={name}][value='{value}']").check(force=True)
    for name, value in choose:
        form.locator(f"select[name={name}]").select_option(value)
    for name, value in words.items():
        form.locator(f"[name={name}]").fill(value)
    with page.expect_response(lambda answer: f"/{verb}/" in answer.url and answer.request.method == "POST") as sent:
        form.locator("button:not([type=button])").last.click()
    assert sent.value.status in {200, 204, 302}, (verb, sent.value.status)
    page.wait_for_load_state("networkidle")


def settle(at, people, ticket):
    """Investigate, propose two ways, choose, agree and carry out, up to the call back."""
    page = at(people.rep, ticket)
    step(page, "investigate", choose=[("cause", "quantity")], found="仓库漏装两箱", expectation="补发")
    step(page, "propose", text="当天补发两箱", benefit="两天内到货", cost="120")
    step(page, "propose", text="按比例退款", benefit="立即到账", cost="860")
    step(page, "put_forward")
    page = at(people.boss, ticket)
    chosen = ticket.solutions.filter(round=ticket.rounds, text="当天补发两箱").get()
    step(page, "choose", chips=[("solution", chosen.pk)], direction="今天必须发出")
    page = at(people.rep, ticket)
    step(page, "agree", note="陈经理同意补发")
    step(page, "act", note="已发出，单号 0042")
    ticket.refresh_from_db()
    assert ticket.status == Ticket.Status.CALLING


def test_a_complaint_goes_round_until_the_customer_is_satisfied_and_is_found_in_the_library(at, people, customer):
    customer.complain()
    assert intake.place_waiting() == 1  # as the worker does that the form rings for
    ticket = Ticket.objects.get()
    assert (ticket.customer, ticket.holder, ticket.number) == (people.customer, people.rep, customer.number)
    page = at(people.rep, ticket)
    step(page, "judge", chips=[("is_justified", "yes"), ("is_reasonable", "yes")])
    # The day that is proposed is the working day on which it is due.
    step(page, "assign", choose=[("department", "warehouse"), ("person", str(people.rep.pk))])
    settle(at, people, ticket)
    customer.says(satisfied=False, note="还少一箱")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.rounds) == (Ticket.Status.INVESTIGATING, 1)
    settle(at, people, ticket)
    customer.says(satisfied=True, note="谢谢")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.satisfaction) == (Ticket.Status.CLOSED, 5)
    page = at(people.rep, ticket)
    page.get_by_role("link", name="Write it up").click()
    page.fill("[name=title]", "发货少了两箱")
    page.fill("[name=situation]", "仓库漏装两箱，客户来电。")
    page.fill("[name=solution]", "当天补发两箱。")
    page.get_by_role("button", name="Put it into the library").click()
    page.wait_for_url(re.compile(r"/complaints/cases/"))
    assert Case.objects.get().ticket == ticket
    page.goto(page.url.split("/complaints/")[0] + "/complaints/cases/?q=少了")
    expect(page.locator("#rows")).to_contain_text("发货少了两箱")
    paper = page.request.get(page.url.split("/complaints/")[0] + f"/complaints/{ticket.pk}/paper/")
    assert paper.ok and paper.body()[:5] == b"%PDF-"
