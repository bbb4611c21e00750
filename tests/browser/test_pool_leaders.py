"""What leaders do about whose customers are: nights, rules, a colleague who leaves."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from customers import night
from customers.models import Customer, Handover, PoolRules, Stint
from jobs import tasks
from jobs.models import Run
from tests.factories import CallbackFactory, CustomerFactory, HandoverItemFactory, OrderFactory, PromiseFactory

pytestmark = pytest.mark.django_db(transaction=True)


def due(person, *names, days=70):
    """Return customers that never bought, which `person` has had for so many days."""
    since = timezone.localdate() - dt.timedelta(days=days)
    return [CustomerFactory(name=name, owner=person, owned_since=since) for name in names]


def yes(page, name):
    """Press a button that asks back, and say yes."""
    page.get_by_role("button", name=name).click()
    page.locator("#confirm-yes").click()


def let_the_night_go(visit, manager):
    """The manager finds the stopped night on the first page, sees whose customers it is about, and lets them go."""
    page = visit(manager, "/dashboard/")
    expect(page.locator(".alert-danger")).to_contain_text("3 of 4 customers would return to the pool")
    page.get_by_role("link", name="Look and decide").click()
    expect(page.locator("#state")).to_contain_text("more than 20 %. Nobody was returned.")
    expect(page.locator("#state tr", has_text="李伟")).to_contain_text("3")
    yes(page, "Let them go")
    expect(page.locator("#state")).to_contain_text("周强 let it go: they are being returned now.")
    tasks.pick_up()  # as the worker does that the button rings for
    expect(page.locator("#state")).to_contain_text("周强 let it go: 3 were returned.")
    page.get_by_role("link", name="See whom, or undo it").click()
    return page


def test_a_night_that_takes_too_many_is_let_go_and_undone_for_whom_nobody_claimed(visit, sellers):
    claimed, *free = due(sellers.rep, "德丰行", "吉顺发", "宁波海运")
    CustomerFactory(owner=sellers.boss)
    today = timezone.localdate()
    assert night.run_due(until=today) == [today]
    assert Customer.objects.pooled().count() == 0
    let_the_night_go(visit, sellers.manager)
    page = visit(sellers.heir, claimed.get_absolute_url(), phone=True)
    page.get_by_role("button", name="Claim").click()
    expect(page.locator("body")).to_contain_text("德丰行 is yours now.")
    page = visit(sellers.manager, f"/pool/nights/{Run.objects.get(job='return_idle').pk}/")
    expect(page.locator("#state")).to_contain_text("2 customers would go back to their owners")
    expect(page.locator("#state")).to_contain_text("1 has another owner since and stays there.")
    yes(page, "Undo this return")
    tasks.pick_up()
    expect(page.locator("#state")).to_contain_text(re.compile("周强 undid it on .*: 2 customers came back."))
    owners = dict(Customer.objects.values_list("name", "owner__name"))
    assert [owners[one.name] for one in (claimed, *free)] == ["陈静", "李伟", "李伟"]
    assert {Customer.objects.get(pk=one.pk).stint_reason for one in free} == {Stint.Reason.UNDONE}


def test_a_period_is_changed_after_a_look_at_who_would_fall(visit, sellers):
    soon, _later = due(sellers.rep, "德丰行", days=40) + due(sellers.rep, "吉顺发", days=5)
    due(sellers.boss, *(f"绍兴{n}" for n in range(5)), days=5)
    page = visit(sellers.administrator, "/pool/rules/")
    page.get_by_role("link", name="Change the rules").click()
    months, look = page.get_by_label("Months without a first deal"), page.get_by_role("button", name="Who would fall?")
    months.fill("0")
    page.get_by_role("button", name="Save the rules").click()
    expect(months).to_have_class(re.compile("is-invalid"))
    months.fill("1")
    look.locator("visible=true").last.click()
    expect(months).not_to_have_class(re.compile("is-invalid"))
    first = timezone.localdate() + dt.timedelta(days=7)
    preview = page.locator("#preview")
    expect(preview).to_contain_text(f"Nobody before {first}, when the days of grace are over")
    row = preview.locator("tr", has_text="李伟")
    expect(row.locator("td").nth(1)).to_have_text("1 (0)")
    row.get_by_role("button", name="Which customers").click()
    expect(preview.locator("li").first).to_have_text(re.compile(rf"德丰行.*{soon.returns_on} →\s+{first}"))
    assert PoolRules.objects.count() == 1
    page.fill("[name=note]", "先试一个月")
    page.get_by_role("button", name="Save the rules").click()
    expect(page.locator("#versions")).to_contain_text("先试一个月")
    tasks.pick_up()
    soon.refresh_from_db()
    assert (PoolRules.current().no_deal_months, PoolRules.current().by) == (1, sellers.administrator)
    assert soon.returns_on == first
    page.goto(page.url.split("/pool/")[0] + soon.get_absolute_url())
    expect(page.locator("#summary")).to_contain_text(f"not before {first}, because the rules were changed")


def leave_in_vain(visit, sellers):
    """The administrator can't deactivate who holds something, and opens a handover from there."""
    page = visit(sellers.administrator, f"/people/{sellers.rep.pk}/")
    page.get_by_label("May sign in").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("form.card")).to_contain_text("李伟 still holds 3 customers")
    page.get_by_role("link", name="Open a handover").click()
    page.get_by_role("button", name="List what they hold").click()
    page.wait_for_url(re.compile(r"/handovers/\d+/"))
    return page


def split_and_carry_out(page):
    page.get_by_role("link", name="Split by a rule").click()
    page.get_by_text("evenly by number").click()
    for name in ("王芳", "陈静"):
        page.get_by_label(name, exact=True).check()
    page.get_by_label("Everything else that nobody was chosen for goes to").select_option(label="王芳 · 杭州组")
    page.get_by_role("button", name="Choose the receivers").click()
    page.get_by_role("link", name="Look it over and carry it out").click()
    for name in ("王芳", "陈静"):
        expect(page.locator(".list-group-item", has_text=name)).to_contain_text(re.compile(r"in hand 0 → [12]"))
    page.get_by_role("button", name="Hand it over").click()
    expect(page.locator("body")).to_contain_text("It is handed over. The receivers confirm it now.")
    expect(page.locator("body")).to_contain_text("Commission withheld")


def confirm_but_one(visit, heir):
    """The receiver misses something and confirms the rest."""
    page = visit(heir, "/today/")
    page.locator(".queue a", has_text="Handed over to you by 李伟").click()
    page.get_by_role("link", name="Missing").first.click()
    page.fill("[name=note]", "合同原件不在")
    page.get_by_role("button", name="Say that it is missing").click()
    expect(page.locator("body")).to_contain_text("合同原件不在")
    page.get_by_role("button", name=re.compile("Confirm (all )?[0-9]+ thing")).click()
    expect(page.locator("body")).to_contain_text(re.compile("[0-9]+ things? confirmed"))


def test_who_leaves_hands_everything_over_and_it_can_be_undone(visit, sellers):
    customers = due(sellers.rep, "德丰行", "吉顺发", "宁波海运", days=20)
    for customer in customers:
        OrderFactory(customer=customer, salesperson=sellers.rep)
        CallbackFactory(customer=customer)
    PromiseFactory(customer=customers[0])
    split_and_carry_out(leave_in_vain(visit, sellers))
    handover = Handover.objects.get()
    shares = [Customer.objects.filter(owner=person).count() for person in (sellers.rep, sellers.boss, sellers.heir)]
    assert sorted(shares) == [0, 1, 2] and shares[0] == 0
    confirm_but_one(visit, sellers.heir)
    states = set(handover.items.filter(receiver=sellers.heir).values_list("status", flat=True))
    assert states == {"confirmed", "missing"}
    page = visit(sellers.administrator, handover.get_absolute_url())
    expect(page.locator(".alert-warning")).to_contain_text("1 thing is missing")
    paper = page.request.get(page.url + "list/")
    assert paper.ok and paper.headers["content-type"] == "application/pdf" and paper.body()[:5] == b"%PDF-"
    yes(page, "Undo the handover")
    expect(page.locator("body")).to_contain_text(re.compile("[0-9]+ things went back."))
    assert Customer.objects.filter(owner=sellers.rep).count() == 3
    page.goto(page.url.split("/handovers/")[0] + "/ownership/date/")
    expect(page.locator("tr", has_text="李伟")).to_contain_text("3")


def test_on_a_phone_a_long_name_stands_beside_its_checkbox(visit, sellers):
    name = "宁波海运国际物流有限公司杭州湾新区第二分公司采购部"
    handover = Handover.objects.create(leaver=sellers.rep, why=Handover.Why.WISH, opened_by=sellers.boss)
    HandoverItemFactory(handover=handover, customer=CustomerFactory(name=name, owner=sellers.rep), receiver=None)
    page = visit(sellers.boss, handover.get_absolute_url(), phone=True)
    box, words = (page.locator(f".card-head {part}").bounding_box() for part in ("input", "a"))
    assert words["height"] > 30, "it takes more than one line"
    assert words["x"] >= box["x"] + box["width"]
    assert words["y"] < box["y"] + box["height"] and box["y"] < words["y"] + words["height"]
