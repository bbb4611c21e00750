"""What is measured: the pages and verbs, as whom, and what they may cost."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer
from sales.models import Order
from staff.models import User
from staff.roles import Role

# Times the floor page, and queries, session and sign-in included (issue "Walls": list, filtered list, search, detail).
RATIO_LIMIT, QUERY_LIMIT = 1.5, 12
# Today is a list and a customer's page in one.
TODAY_LIMIT = 18
# Times the bare page that saving a log may cost.
LOG_LIMIT = 3
# A claim plans the first callbacks too.
CLAIM_LIMIT, CLAIM_QUERIES = 3, 20
# A pair as frequent as no pair of real company names is (1.8 % of all; there the first has 1.2 %), and a usual one.
TWO_CHARACTERS, USUAL = "丝绸", "州丝"
INITIALS, PHONE_TAIL, ONE_CHARACTER = "hzsc", "8842", "丝"
SORTS = ("name", "-dealt", "-last_sale", "-last_contact", "next_contact", "returns")
# How many pages on the deep page lies, where there are that many.
DEPTH = 20
NEXT = re.compile(r'rel="next"[^>]*? href="([^"]+)"')
EVERY_ROLE = (Role.DIRECTOR, Role.MANAGER, Role.SUPERVISOR, Role.REPRESENTATIVE)
WIDE_AND_NARROW = (Role.DIRECTOR, Role.REPRESENTATIVE)
SELLERS = (Role.SUPERVISOR, Role.REPRESENTATIVE)


@dataclass
class Page:
    """One address as one role sees it; `fragment` asks as HTMX does.

    A verb has `posts` instead: the address and the data of each round; `goes_on` is where it leads, if anywhere, and
    `has_files` whether its form takes files, which a browser sends in another way.
    """

    name: str
    role: str
    url: str = ""
    is_budgeted: bool = False
    fragment: bool = False
    query_limit: int = QUERY_LIMIT
    bare_limit: float = 0
    posts: list[tuple[str, dict]] = field(default_factory=list)
    goes_on: str = ""
    has_files: bool = False
    times: list[float] = field(default_factory=list)
    queries: int = 0

    @property
    def is_verb(self) -> bool:
        return bool(self.posts)


def people() -> dict[str, User]:
    """Return one person per role; of the sellers those with the most customers."""
    ranked = User.objects.annotate(held=Count("customers")).order_by("role", "-held", "pk")
    return {person.role: person for person in reversed(ranked)}


def compared() -> list[Page]:
    """Return the two pages that all others are quoted by."""
    return [Page("floor page", Role.DIRECTOR, "/bench/floor/"), Page("bare page", Role.DIRECTOR, "/bench/bare/")]


def pages(who: dict[str, User], follow: Callable[[str, str], str]) -> list[Page]:
    """Return all pages to measure; `follow(role, url)` reads a page's text, to find the way to the deep one."""
    found = [*_lists(who), *_searches(), *_details(who), *_others()]
    for role in WIDE_AND_NARROW:
        found.append(Page(f"customers, page {DEPTH} on", role, _deep(role, follow), True))
    return found


def _lists(who):
    yield from (Page("customers", role, _at("customers:list"), True) for role in EVERY_ROLE)
    yield from (Page("customers, rows only", role, _at("customers:list"), True, True) for role in WIDE_AND_NARROW)
    seller = who[Role.SUPERVISOR]
    filters = {"grade": "B", "source": "exhibition", "intention": "A", "returns": "14", "q": TWO_CHARACTERS}
    for role in WIDE_AND_NARROW:
        for key, value in filters.items():
            yield Page(f"customers, {key}={value}", role, _at("customers:list", **{key: value}), True)
        yield Page(f"customers, q={USUAL}", role, _at("customers:list", q=USUAL), True)
        both = {"grade": "C", "q": TWO_CHARACTERS}
        yield Page("customers, grade and q", role, _at("customers:list", **both), True)
    for role in (Role.DIRECTOR, Role.MANAGER, Role.SUPERVISOR):
        yield Page("customers, owner", role, _at("customers:list", owner=seller.pk), True)
    for role in (Role.DIRECTOR, Role.SUPERVISOR):
        yield Page("customers, team", role, _at("customers:list", team=seller.team_id), True)
    yield Page(
        "customers, team and -dealt", Role.DIRECTOR, _at("customers:list", team=seller.team_id, sort="-dealt"), True
    )
    for role in EVERY_ROLE:
        for sort in SORTS[1:]:
            yield Page(f"customers, by {sort}", role, _at("customers:list", sort=sort), True)


def _searches():
    texts = {
        "two characters": TWO_CHARACTERS,
        "initials": INITIALS,
        "phone tail": PHONE_TAIL,
        "one character": ONE_CHARACTER,
        "code": "k00001",
    }
    for role in WIDE_AND_NARROW:
        for name, text in texts.items():
            yield Page(f"search box, {name}", role, _at("customers:search", q=text), True, True)
        yield Page("search page", role, _at("customers:search", q=TWO_CHARACTERS), True)


def _details(who):
    seller = who[Role.REPRESENTATIVE]
    owned = Customer.objects.filter(owner=seller, dealt__gt=0).order_by("pk")
    pooled = Customer.objects.pooled().order_by("pk")
    for role in WIDE_AND_NARROW:
        url = owned[0].get_absolute_url()
        yield Page("customer, owned", role, url, True)
        yield from (
            Page(f"customer, {tab}", role, f"{url}?tab={tab}", True, query_limit=QUERY_LIMIT + (tab == "ownership"))
            for tab in ("contacts", "record", "ownership")
        )
        yield Page("customer, in the pool", role, pooled[0].get_absolute_url(), True)


def _others():
    for role in WIDE_AND_NARROW:
        yield Page("pool", role, _at("customers:pool"), True)
        yield Page("pool, grade and q", role, _at("customers:pool", grade="C", q=TWO_CHARACTERS), True)
        yield Page("pool, by -dealt", role, _at("customers:pool", sort="-dealt"), True)
    for role in EVERY_ROLE:
        yield Page("orders", role, _at("sales:list"), True)
        yield Page("callbacks", role, _at("visits:list"), True)
        yield Page("dashboard", role, _at("reports:dashboard"))
    yield Page("orders, unpaid", Role.FINANCE, _at("sales:list", status="open"), True)
    yield from (Page("today", role, _at("reports:today"), True, query_limit=TODAY_LIMIT) for role in SELLERS)
    yield from (Page("standard", role, _at("customers:standard")) for role in WIDE_AND_NARROW)


def verbs(who: dict[str, User], rounds: int) -> list[Page]:
    """Return the verbs, each with as many rows to work on as there are rounds, or as the database has."""
    seller = who[Role.REPRESENTATIVE]
    owned = Customer.objects.filter(owner=seller).order_by("-pk")[:rounds]
    # Those that they did not own before, and may claim.
    pooled = Customer.objects.pooled().exclude(stints__owner=seller).order_by("-pk")[:rounds]
    unpaid = Order.objects.unpaid().order_by("-pk")[:rounds]
    paid = {"paid_on": timezone.localdate()}
    return [
        Page(
            "log a call",
            seller.role,
            bare_limit=LOG_LIMIT,
            posts=[(_at("visits:add", it.pk), _log()) for it in owned],
            has_files=True,
        ),
        Page(
            "claim",
            seller.role,
            bare_limit=CLAIM_LIMIT,
            query_limit=CLAIM_QUERIES,
            posts=[(_at("customers:claim", it.pk), {}) for it in pooled],
        ),
        Page("confirm a payment", Role.FINANCE, posts=[(_at("sales:confirm", it.pk), paid) for it in unpaid]),
    ]


def _log():
    note = "想要春季的新样品，下周开会后答复"
    return {"token": uuid.uuid4(), "outcome": "reached", "channel": "phone", "next_in": "7", "note": note}


def _deep(role, follow):
    base = url = _at("customers:list")
    for _ in range(DEPTH):
        link = NEXT.search(follow(role, url))
        if link is None:
            break
        url = base + link[1].replace("&amp;", "&")
    return url


def _at(view, *args, **query):
    return reverse(view, args=args) + (f"?{urlencode(query)}" if query else "")
