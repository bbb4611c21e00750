"""Whatever stands behind the question mark: known words are obeyed, anything else is ignored, nothing fails."""

import pytest
from django.urls import reverse

from crm.lib.paging import KeysetPage
from customers import sorting
from customers.models import Customer
from tests.access import cells
from tests.access.rules import OK, RULES
from tests.factories import CustomerFactory

# What pages read besides the words of their filters.
WORDS = {
    "after",
    "before",
    "customer",
    "kind",
    "month",
    "on",
    "parent",
    "person",
    "q",
    "sent",
    "sort",
    "tab",
    "template",
    "view",
    "age",
    "paid",
    "reason",
    "since",
    "state",
    "talk",
    "team",
    "until",
    "what",
    "way",
    "year",
}
NASTY = [
    "'", '"', "\x00", "-", "--", "%", "\\", "()", "$$", "[]", "{}", "<script>alert(1)</script>", "💥", "a" * 3000,
    "owner__password", "-owner__password", "-password", "pk", "?", "name; DROP TABLE customers_customer",
    "0", "-1", "1e309", "NaN", "inf", "9" * 40, "2147483648", "9223372036854775808", "１２", "٣",
    "0000-00", "9999-12", "99999-01", "2022-13", "-0001-01", "0001-01", "9999-12-31", "0001-01-01", "2022-02-30",
]  # fmt: skip
ALONE = ["\x00", "9" * 40, "9999-12", "0001-01", "-1"]
PAGES = [name for name, rule in RULES.items() if rule.get and rule.kind == "none" and name != "healthz"]


@pytest.mark.parametrize("name", PAGES)
def test_no_value_of_a_parameter_fails(name, world, clients):
    client = clients[
        next(role for role in ("supervisor", "administrator", "finance") if RULES[name].get(role, "own") is OK)
    ]
    words = WORDS | filter_words(client.get(reverse(name)))
    queries = [dict.fromkeys(words, value) for value in NASTY]
    queries += [{word: value} for word in sorted(words) for value in ALONE]
    assert [query for query in queries if status(client, name, query) not in {200, 302}] == []


def filter_words(response):
    found = response.context.get("filter") if response.context else None
    return set(found.form.fields) if found else set()


def status(client, name, query):
    with cells.undone():
        return client.get(reverse(name), query).status_code


@pytest.mark.parametrize("name", ["customers:list", "customers:pool", "sales:list", "visits:list"])
@pytest.mark.parametrize(
    "lookup", ["owner__password", "owner__username__startswith", "pk", "id__in", "contacts__phone"]
)
def test_the_name_of_a_column_is_no_filter(name, lookup, world, clients):
    plain = clients["supervisor"].get(reverse(name), {"nothing": "1"}).content
    asked = clients["supervisor"].get(reverse(name), {lookup: "1"}).content
    assert _links(plain) == _links(asked)


def _links(body):
    return sorted(part.split(b'"')[0] for part in body.split(b'href="/customers/')[1:] if part[:1].isdigit())


@pytest.mark.parametrize("name", ["customers:list", "customers:pool"])
@pytest.mark.parametrize("sort", [f"{sign}{word}" for word in sorting.SORTS for sign in ("", "-")])
def test_each_order_leads_through_all_pages(name, sort, world, clients, one_a_page):
    """Also those whose column is empty for every row of the list."""
    CustomerFactory(pooled=True)
    path, seen = f"{reverse(name)}?sort={sort}", []
    while path and len(seen) < 20:
        with cells.undone():
            response = clients["director"].get(path)
        assert response.status_code == 200, path
        page = response.context["page"]
        seen += [row.pk for row in page.rows]
        path = f"{reverse(name)}?sort={sort}&after={page.next}" if page.next else ""
    wanted = Customer.objects.pooled() if name == "customers:pool" else Customer.objects.owned()
    assert sorted(seen) == sorted(wanted.values_list("pk", flat=True))


@pytest.fixture
def one_a_page(monkeypatch):
    plain = KeysetPage.__init__

    def init(self, *args, **kwargs):
        plain(self, *args, **kwargs)
        self.size = 1

    monkeypatch.setattr(KeysetPage, "__init__", init)


@pytest.mark.parametrize("field", ["owner", "team"])
def test_a_filter_by_somebody_out_of_sight_shows_nothing_of_theirs(world, clients, field):
    other = world.colleagues.other
    value = other.pk if field == "owner" else other.team.pk
    body = clients["supervisor"].get(reverse("customers:list"), {field: value}).content.decode()
    assert world.customers["other"].name not in body
    assert other.name not in body
