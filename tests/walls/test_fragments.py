"""What HTMX swaps in is the same as that part of the page loaded anew."""

import re
from html import unescape

import pytest
from django.urls import reverse

from sales.models import Order
from tests.access import cells
from tests.access.rules import ROLES
from tests.walls.pages import all_pages, plain

HX_GET = re.compile(r"<[^>]*\bhx-get=\"([^\"]*)\"[^>]*>")


@pytest.fixture
def world(world):
    return cells.add_runs(world)


@pytest.mark.parametrize("role", ROLES)
def test_every_fragment_is_a_part_of_its_page(role, world, clients):
    wrong, compared = [], 0
    for path, target in fragments_of(world, clients, role):
        headers = {"HX-Request": "true"} | ({"HX-Target": target} if target else {})
        response = clients[role].get(path, headers=headers)
        fragment, page = plain(response.content.decode()), plain(clients[role].get(path).content.decode())
        if response.status_code != 200 or fragment.startswith("<!doctype"):
            continue
        compared += 1
        if fragment not in page:
            wrong.append(f"{path} → #{target}: {first_difference(fragment, page)}")
        if target and not re.search(rf'id="{re.escape(target)}"', page):
            wrong.append(f"{path}: the page has no #{target}")
    assert not wrong, "\n".join(wrong)
    assert compared > 3


def fragments_of(world, clients, role):
    """Return (path, target) of every page asked as a fragment, and of every hx-get on a page."""
    found = {}
    for _name, path, _role, response in all_pages(world, clients, roles=[role]):
        found[path, ""] = None
        for tag in HX_GET.finditer(response.content.decode()):
            link, target = unescape(tag[1]), _target(tag[0])
            if not _is_elsewhere(target, link):
                found[link or path, target] = None
    return list(found)


def _target(tag):
    """Return the id that the element swaps: its target's, or its own."""
    named = re.search(r'hx-target="([^"]*)"', tag)
    if named and named[1] != "this":
        return named[1].removeprefix("#")
    own = re.search(r'\bid="([^"]*)"', tag)
    return own[1] if own else ""


def _is_elsewhere(target, link):
    """Places of one page that show a fragment of another: the search box, the log form beside a customer."""
    return target in {"search-results", "log", "dialog-body"}


def first_difference(fragment, page):
    """Return the longest beginning of the fragment that the page has, and how it goes on."""
    low, high = 0, len(fragment)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fragment[:middle] in page else (low, middle - 1)
    return f"…{fragment[max(0, low - 80) : low]} ⟨here⟩ {fragment[low : low + 120]}…"


def test_a_confirmed_order_is_drawn_as_the_list_draws_it(world, clients):
    order = Order.objects.filter(status="open").first()
    data = {"paid_on": "2026-01-05", "on": "2026-01-05"}
    row = clients["finance"].post(reverse("sales:confirm", args=[order.pk]), data, headers={"HX-Request": "true"})
    page = clients["finance"].get(reverse("sales:list"), {"status": "paid"})
    lines = re.findall(r"<tr.*?</tr>", plain(row.content.decode()))
    assert lines
    page = plain(page.content.decode())
    assert lines[0] in page, first_difference(lines[0], page)
