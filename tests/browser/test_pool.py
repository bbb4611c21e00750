"""A customer on its way to the pool and back, as the sellers who have it, lead them and claim it see it."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from customers import night
from customers.models import ClearingSheet, Customer, Dispute, Extension, Inquiry, PoolRules, Stint
from staff.models import Notice
from tests.factories import ContactFactory, CustomerFactory
from visits.models import Callback, Purpose

pytestmark = pytest.mark.django_db(transaction=True)


def owned(person, name, days):
    """Return a customer that never bought, with its contact, which `person` has had for so many days."""
    customer = CustomerFactory(name=name, owner=person, owned_since=timezone.localdate() - dt.timedelta(days=days))
    ContactFactory(customer=customer, name="陈经理", phone="13905718842", is_main=True)
    return customer


def in_dialog(page, **words):
    """Fill in the form of the dialog that opened, send it, and wait until the dialog is gone."""
    dialog = page.locator("#dialog-body")
    for name, value in words.items():
        dialog.locator(f"[name={name}]").fill(value)
    dialog.locator("button.btn-primary").click()
    expect(page.locator("#dialog")).not_to_be_visible()


def act(page, name):
    """Choose a line of the menu "More" on the page of a customer."""
    page.get_by_role("button", name="More").click()
    page.locator(".dropdown-menu.show").get_by_text(name, exact=True).click()


def tick(page, *names):
    for name in names:
        page.locator("tr", has_text=name).locator("input[name=chosen]").check()


def give(page, person, **words):
    """Fill in to whom customers go and why, and send it."""
    page.get_by_label("To whom").select_option(label=f"{person} · 杭州组")
    for name, value in words.items():
        page.fill(f"[name={name}]", value)
    page.locator("form.form-narrow button.btn-primary").click()


def sees_when_it_goes(visit, person, customer, reason):
    """Check that the list, the list of who goes, the customer's page and Today say the same day and reason."""
    customer.refresh_from_db()
    day = customer.returns_on
    dated = f"time[datetime='{day}']"
    page = visit(person, "/customers/?sort=returns")
    row = page.locator("#rows tr", has_text=customer.name)
    expect(row.locator(dated)).to_be_visible()
    expect(row).to_contain_text("no first deal")
    for address in ("/customers/leaving/", customer.get_absolute_url(), "/today/"):
        page.goto(page.url.split("/customers/")[0] + address)
        expect(page.locator("main, body").first).to_contain_text(re.compile(reason, re.I))
        if address != "/today/":
            expect(page.locator(dated).first).to_be_visible()
    expect(page.locator(".queue")).to_contain_text(f"leaves you {day.day} {day:%b}")
    return page


def test_a_customer_that_leaves_says_so_everywhere_and_an_extension_moves_it_everywhere(visit, sellers):
    customer = owned(sellers.rep, "吉顺发", days=55)
    reason = rf"no deal since {customer.owned_since} \(2-month rule\); an order, or an approved extension, moves it"
    page = sees_when_it_goes(visit, sellers.rep, customer, reason)
    before = customer.returns_on
    page.get_by_role("link", name="吉顺发").last.click()
    page.wait_for_url(re.compile(r"/customers/\d+/"))
    act(page, "Ask for an extension")
    in_dialog(page, days="5", reason="报价刚发出，等客户答复")
    expect(page.locator("#summary")).to_contain_text("5 more days asked for: “报价刚发出，等客户答复”")
    page = visit(sellers.boss, "/today/")
    page.locator(".queue a", has_text="asks for 5 more days").click()
    expect(page.locator("#rows")).to_contain_text(str(before))
    page.get_by_role("button", name="Grant 5 days").click()
    expect(page.locator("body")).to_contain_text("No extension waits for you")
    kept = before + dt.timedelta(days=4)
    sees_when_it_goes(visit, sellers.rep, customer, rf"no deal since {customer.owned_since} .*kept until {kept}")
    assert customer.returns_on == before + dt.timedelta(days=5)
    extension = Extension.objects.get()
    assert (extension.status, extension.decided_by, extension.until) == ("granted", sellers.boss, kept)


def write_the_sheet(visit, sellers):
    """The owner writes it from Today, the supervisor sends it back, the owner writes it anew."""
    page = visit(sellers.rep, "/today/")
    page.locator(".queue a", has_text="德丰行").click()
    page.get_by_role("link", name="Write it").click()
    in_dialog(page, situation="还在比价", contacts="陈经理，下午打电话", progress="谈过")
    page = visit(sellers.boss, "/customers/leaving/")
    page.locator("tr", has_text="德丰行").get_by_role("link", name="Read").click()
    page.locator("#dialog-body summary").click()
    page.fill("#dialog-body [name=note]", "写清楚谈到哪一步")
    page.get_by_role("button", name="Send it back to 李伟").click()
    expect(page.locator("tr", has_text="德丰行").locator(".badge")).to_contain_text(["sent back"])
    page = visit(sellers.rep, "/today/")
    expect(page.locator(".queue")).to_contain_text("Your clearing sheet came back: say what is unclear")
    page.locator(".queue a", has_text="德丰行").click()
    page.get_by_role("link", name="Write it").click()
    expect(page.locator("#dialog-body")).to_contain_text("写清楚谈到哪一步")
    in_dialog(page, progress="报过一次价，等样品确认")
    assert ClearingSheet.objects.get().status == "written"


def travel_in_time(page, today):
    """Ask the customer's page whose it was yesterday, and who came after whom today."""
    page.get_by_role("link", name="Ownership", exact=True).click()
    for day, said in ((today - dt.timedelta(days=1), ["李伟"]), (today, ["李伟", "公海", "陈静"])):
        page.locator("#past-on").fill(str(day))
        page.get_by_role("button", name="Look").click()
        expect(page.locator("#on-date dd b")).to_have_text(said)
    expect(page.locator("#on-date")).to_contain_text("no first deal within the period")


def test_the_night_takes_it_and_whoever_claims_it_reads_what_its_last_owner_wrote(visit, sellers):
    PoolRules.objects.update(claims_a_day=1)
    CustomerFactory.create_batch(5, owner=sellers.boss)  # so that one may go unasked
    customer, other = owned(sellers.rep, "德丰行", days=70), CustomerFactory(name="宁波海运", pooled=True)
    write_the_sheet(visit, sellers)
    today = timezone.localdate()
    assert night.run_due(until=today) == [today]
    page = visit(sellers.rep, "/pool/")
    again = f"yours before: again from {today + dt.timedelta(days=30)} on"
    row = page.locator("tr", has_text="德丰行")
    expect(row).to_contain_text(again)
    expect(row.get_by_role("button", name="Claim")).to_have_count(0)
    row.get_by_role("link", name="德丰行").click()
    expect(page.locator("#summary")).to_contain_text(again)
    page = visit(sellers.heir, customer.get_absolute_url() + "?tab=contacts", phone=True)
    expect(page.locator("#contacts")).to_contain_text("Contact details are masked")
    for text in ("13905718842", "陈经理"):
        expect(page.locator("body")).not_to_contain_text(text)
    page.get_by_role("link", name="Pool").locator("visible=true").click()
    for name in ("德丰行", "宁波海运"):
        page.locator("tr", has_text=name).get_by_role("button", name="Claim").click()
    refused = "You have claimed 1 customer today, as many as a day allows: go on tomorrow."
    expect(page.locator("tr", has_text="宁波海运")).to_contain_text(refused)
    page.get_by_role("link", name="Yours: open").click()
    expect(page.locator("#customer")).to_contain_text("报过一次价，等样品确认")
    expect(page.locator("#open")).to_contain_text("First contact with a new customer")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    travel_in_time(page, today)
    customer.refresh_from_db()
    other.refresh_from_db()
    assert (customer.owner, other.owner) == (sellers.heir, None)
    assert Callback.objects.open().filter(customer=customer, purpose=Purpose.NEW_CUSTOMER).exists()
    owners = list(customer.stints.order_by("id").values_list("owner__name", "start_reason"))
    assert owners == [("李伟", "created"), (None, Stint.Reason.NO_DEAL), ("陈静", Stint.Reason.CLAIMED)]


def test_customers_go_from_hand_to_hand_with_a_reason_each_time(visit, sellers):
    for name in ("嘉兴纺织", "绍兴印染"):
        CustomerFactory(name=name, pooled=True)
    page = visit(sellers.boss, "/pool/")
    tick(page, "嘉兴纺织")
    page.get_by_role("button", name="Assign").click()
    give(page, sellers.rep, note="熟悉这一片")
    expect(page.locator("body")).to_contain_text("1 customer is 李伟's now.")
    page = visit(sellers.rep, "/customers/")
    page.get_by_role("link", name="嘉兴纺织").click()
    act(page, "Offer to a colleague")
    give(page, sellers.heir, reason="换区域")
    expect(page.locator("body")).to_contain_text("1 customer is offered to 陈静.")
    page = visit(sellers.heir, "/today/")
    page.locator(".queue a", has_text="李伟 offers it to you: 换区域").click()
    page.get_by_role("button", name="Accept").click()
    expect(page.locator("body")).to_contain_text("嘉兴纺织 is yours now.")
    act(page, "Release to the pool")
    page.get_by_label("can't be reached").check()
    page.fill("[name=note]", "三次都没人接")
    page.get_by_role("button", name="Release to the pool").click()
    expect(page.locator("body")).to_contain_text("嘉兴纺织 is in the pool.")
    page = visit(sellers.manager, "/pool/")
    expect(page.locator("tr", has_text="嘉兴纺织")).to_contain_text("三次都没人接")
    tick(page, "绍兴印染")
    page.get_by_role("button", name="Assign").click()
    page.get_by_label("referred: marked as such").check()
    give(page, sellers.heir, note="周总介绍")
    page = visit(sellers.heir, "/customers/")
    page.get_by_role("link", name="绍兴印染").click()
    expect(page.locator("#summary")).to_contain_text("referred customer")
    reasons = Customer.objects.get(name="嘉兴纺织").stints.order_by("id").values_list("start_reason", flat=True)
    assert list(reasons) == ["released", "assigned", "transferred", "released"]
    assert Customer.objects.get(name="绍兴印染").stint_reason == Stint.Reason.REFERRED


def take_an_inquiry(page, company, text):
    """Take an inquiry of a company from the button on top of every page."""
    page.locator("header, .navbar").get_by_role("link", name="Inquiry").click()
    form = page.locator("#dialog-body")
    for name, value in (("contact", "陈经理"), ("text", text), ("name", company)):
        form.locator(f"[name={name}]").fill(value)
    form.get_by_role("button", name="Take it down").click()
    return form


def test_who_took_an_inquiry_first_stands_and_a_dispute_is_decided_on_the_evidence(visit, sellers):
    answer = take_an_inquiry(visit(sellers.rep, "/customers/"), "温州阀门厂", "要两百套样品")
    expect(answer).to_contain_text("It is your customer.")
    page = visit(sellers.heir, "/customers/")
    answer = take_an_inquiry(page, "温州阀门厂", "问交货期")
    expect(answer).to_contain_text("杭州组 looks after it. The owner was told of the inquiry.")
    expect(answer).not_to_contain_text("李伟")
    answer.get_by_role("link", name="It is my customer").click()
    page.fill("[name=reason]", "客户先打电话给我")
    page.get_by_role("button", name="Ask for a decision").click()
    page.wait_for_url(re.compile(r"/disputes/\d+/"))
    page = visit(sellers.rep, "/today/")
    expect(page.locator(".queue")).to_contain_text("陈静 took it down: 问交货期")
    page = visit(sellers.boss, "/today/")
    page.locator(".queue a", has_text="陈静 says that it is theirs").click()
    expect(page.locator(".card", has=page.get_by_role("heading", name="李伟"))).to_contain_text("first inquiry")
    expect(page.locator("blockquote")).to_contain_text("客户先打电话给我")
    page.locator("#decide_winner").get_by_text("李伟").click()
    page.fill("[name=note]", "首次咨询在先")
    page.get_by_role("button", name="Decide").click()
    expect(page.locator("body")).to_contain_text("Decided: it stays with its owner")
    page = visit(sellers.heir, "/disputes/?state=closed")
    expect(page.locator("#rows")).to_contain_text("a customer out of your sight")
    customer, dispute = Customer.objects.get(name="温州阀门厂"), Dispute.objects.get()
    assert (customer.owner, dispute.winner, dispute.decided_by) == (sellers.rep, sellers.rep, sellers.boss)
    taken = Inquiry.objects.order_by("id").values_list("by__name", "is_first", "customer")
    assert list(taken) == [("李伟", True, customer.pk), ("陈静", False, customer.pk)]
    assert Notice.objects.filter(person=sellers.rep, subject__contains="陈静").exists()
