"""Marked contact details of customers that a person may not read show up nowhere (policy 1.8, 4.5)."""

import re
from html import unescape

import pytest
from django.urls import reverse

from customers.models import Activity, Contact, Customer
from tests.access import cells
from tests.access.rules import FINANCE, OK, RELATIONS, ROLES, RULES
from tests.walls.pages import plain
from visits.models import CallLog, LogAddition, Message, SiteVisit

MOST_PAGES = 120


def tail(customer):
    return f"{70_000_000 + customer.pk:08d}"


def marks(customer):
    """Return what must not be read of a customer by people without the right to its contacts."""
    pk = customer.pk
    return {
        "name": f"鹊{pk}鸽",
        "phone": f"138{tail(customer)}",
        "email": f"canary{pk}x@example.cn",
        "wechat": f"wxcanary{pk}x",
        "address": f"鹂{pk}巷",
    }


def notes(customer):
    return {"note": f"鹭{customer.pk}话"}


def record(customer):
    pk = customer.pk
    return {"address": f"鹤{pk}路", "legal_representative": f"燕{pk}法", "payer": f"雁{pk}付"}


@pytest.fixture
def world(world):
    for customer in Customer.objects.all():
        Contact.objects.filter(customer=customer).update(**marks(customer))
        CallLog.objects.filter(customer=customer).update(**notes(customer))
        written = notes(customer)["note"]
        SiteVisit.objects.filter(customer=customer).update(technician=written, task=written)
        LogAddition.objects.filter(log__customer=customer).update(text=written)
        Message.objects.filter(customer=customer).update(address=marks(customer)["email"], text=written)
        Activity.objects.create(
            customer=customer,
            verb=Activity.Verb.LOG,
            by=customer.owner,
            data={"channel": "phone", "outcome": "reached", "next_on": None},
            **notes(customer),
        )
        for log in CallLog.objects.filter(customer=customer):
            data = {"log": log.pk, "was": {"note": written}, "now": {"note": written}}
            Activity.objects.create(customer=customer, verb=Activity.Verb.CORRECT, by=customer.owner, data=data)
        record = {
            "address": f"鹤{customer.pk}路",
            "legal_representative": f"燕{customer.pk}法",
            "payer": f"雁{customer.pk}付",
        }
        Customer.objects.filter(pk=customer.pk).update(**record)
    return world


def forbidden(role):
    """Return the marks that a page of `role` must not hold."""
    for customer in Customer.objects.all():
        if reads(role, customer):
            continue
        yield from marks(customer).values()
        yield from notes(customer).values()
        yield from record(customer).values()


TEAM_OF = {"representative", "supervisor", "colleague"}
READS_OWNERS = {
    "representative": {"representative"},
    "supervisor": TEAM_OF,
    "manager": TEAM_OF | {"manager", "shanghai"},
    FINANCE: set(),
}


def reads(role, customer):
    if customer.owner is None:
        return False
    if customer.loans.exists():
        return role != FINANCE
    return role not in READS_OWNERS or customer.owner.username in READS_OWNERS[role]


def only_lent(role, customer):
    """What is lent is no row of the borrower's archive."""
    return customer.loans.exists() and role in READS_OWNERS


@pytest.mark.parametrize("role", ROLES)
def test_a_crawl_of_all_pages_finds_no_mark_out_of_reach(world, clients, role):
    banned = list(forbidden(role))
    assert banned
    pages = crawl(clients[role], start_addresses(world, role))
    found = [(path, mark) for path, body in pages.items() for mark in banned if mark in body]
    assert not found, found[:20]
    if role != FINANCE:
        own = marks(world.customers["own"][role])
        assert all(any(mark in body for body in pages.values()) for mark in own.values()), "the crawl sees its own"


def start_addresses(world, role):
    for name, rule in RULES.items():
        for relation in RELATIONS[rule.kind]:
            if rule.get and rule.get(role, relation) is OK and rule.kind not in {"link", "key", "key_file"}:
                yield cells.address(name, rule.kind, cells.target_of(rule.kind, world, role, relation))
    for customer in Customer.objects.all():
        for tab in ("timeline", "contacts", "orders", "record", "ownership"):
            yield f"{reverse('customers:detail', args=[customer.pk])}?tab={tab}"
        yield f"{reverse('reports:home')}today/?customer={customer.pk}"
        yield f"{reverse('customers:search')}?q={customer.name[:2]}"


def crawl(client, start):
    """Return the pages reached from `start` by links, as whole pages and as fragments: address → text."""
    waiting, pages = list(dict.fromkeys(start)), {}
    while waiting and len(pages) < MOST_PAGES:
        path = waiting.pop(0)
        if path in pages:
            continue
        body = text_of(client.get(path))
        pages[path] = body + text_of(client.get(path, headers={"HX-Request": "true"}))
        links = re.findall(r'(?:href|hx-get|data-href)="(/[^"]*)"', body)
        waiting += [link for link in links if link not in pages and not link.startswith("/static/")]
    return pages


def text_of(response):
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return unescape(content.decode(errors="replace"))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", ["/customers/search/", "/customers/", "/pool/"])
def test_a_phone_number_or_a_contacts_name_finds_only_what_one_may_read(world, clients, role, path):
    wrong = []
    for customer in Customer.objects.all():
        for text in (tail(customer), marks(customer)["phone"], marks(customer)["name"]):
            for headers in ({}, {"HX-Request": "true"}):
                body = clients[role].get(path, {"q": text}, headers=headers).content.decode()
                shown = f'href="{reverse("customers:detail", args=[customer.pk])}"' in body
                may = (
                    reads(role, customer)
                    and path != "/pool/"
                    and not (path == "/customers/" and only_lent(role, customer))
                )
                if shown != may:
                    wrong.append(f"{customer} by {text}: {'found' if shown else 'not found'}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", ROLES)
def test_an_answer_to_a_hidden_number_is_the_answer_to_a_wrong_number(world, clients, role):
    hidden = [c for c in Customer.objects.all() if not reads(role, c)]
    for path in ("/customers/search/", "/customers/", "/pool/"):
        wrong_number = answer(clients[role], path, "13799998888")
        assert all(answer(clients[role], path, marks(customer)["phone"]) == wrong_number for customer in hidden)


def answer(client, path, text):
    return plain(client.get(path, {"q": text}).content.decode().replace(text, "Q"))
