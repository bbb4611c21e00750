"""Lists and pages need as many queries for three rows as for one."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from customers.models import Activity, Customer, OwnPeriods, Pool, PoolRules
from jobs.models import Run, RunError, Upload
from plans import approval
from plans.models import Seat
from tests.access import cells
from tests.access.rules import OK, RULES
from tests.factories import (
    AbsenceFactory,
    CallbackFactory,
    CallLogFactory,
    ContactFactory,
    CustomerFactory,
    MessageFactory,
    OrderFactory,
    PlanFactory,
    PromiseFactory,
    SiteVisitFactory,
    TeamFactory,
    UserFactory,
    submitted,
)
from tests.walls.pages import FILES

LISTS = [name for name, rule in RULES.items() if rule.get and rule.kind == "none" and name not in FILES]
OF_A_CUSTOMER = [name for name, rule in RULES.items() if rule.get and rule.kind == "customer"]
MOST = 12  # queries of a list, a search, a customer's page


def add_a_row_of_everything(actors, customer):
    """Add one row to every list that the actors see, and one to everything that belongs to `customer`."""
    for actor in actors:
        team = TeamFactory(parent=actor.team)
        colleague = UserFactory(team=actor.team)
        UserFactory(team=team)
        for owner in (actor, colleague):
            fill(CustomerFactory(name="丝绸商行", owner=owner, owned_since=dt.date(2026, 1, 1)))
        wait_for(actor, colleague)
        AbsenceFactory(person=colleague, delegate=actor, since=dt.date.today() + dt.timedelta(days=200))
        run = Run.objects.create(job="import_customers", by=actor, status=Run.Status.DONE)
        Upload.objects.create(run=run, name="客户.csv", content=b"x")
        RunError.objects.create(run=run, line=1, message="x")
    fill(CustomerFactory(name="丝绸公海", pooled=True))
    fill(customer)
    add_to_the_pages_of_the_pool()


def add_to_the_pages_of_the_pool():
    """Add a stopped night, a version of the rules with own periods, and a pool of a team, without customers."""
    team = TeamFactory()
    night = timezone.localdate() - dt.timedelta(days=Run.objects.filter(job="night").count())
    counts = {"stopped": {"due": 5, "owned": 9, "percent": 20}}
    done = {"status": Run.Status.DONE, "finished_at": timezone.now(), "counts": counts}
    Run.objects.create(job="night", business_date=night, **done)
    rules = PoolRules.objects.create(applied_at=timezone.now())
    OwnPeriods.objects.create(rules=rules, team=team, no_deal_months=4)
    Pool.objects.create(name=f"{team.name}公海", team=team)


def wait_for(actor, author):
    """Let a plan of `author` wait for `actor`, which came back once with words; and one step more of the first."""
    plan = submitted(PlanFactory(author=author))
    Seat.objects.update_or_create(plan=plan, person=actor, defaults={"since": plan.waiting_since, "why": "own"})
    said = {"note": "再省些", "comments": {plan.lines.get().pk: "太多"}}
    approval.decide(plan, "send_back", version=plan.version_id, by=actor, **said)
    submitted(plan)
    Seat.objects.update_or_create(plan=plan, person=actor, defaults={"since": plan.waiting_since, "why": "own"})


def fill(customer):
    ContactFactory(customer=customer)
    OrderFactory(customer=customer)
    OrderFactory(customer=customer, paid=True)
    CallLogFactory(customer=customer)
    CallbackFactory(customer=customer, purpose=f"rule-{customer.callbacks.count()}")
    PromiseFactory(customer=customer)
    SiteVisitFactory(customer=customer)
    MessageFactory(contact=customer.contacts.first(), status="failed")
    for verb in (Activity.Verb.CREATE, Activity.Verb.EDIT, Activity.Verb.CLAIM):
        Activity.objects.create(customer=customer, verb=verb, by=customer.owner)


def queries(client, path, headers=None):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path, headers=headers or {}).status_code in {200, 302}, path
    return captured.captured_queries


@pytest.fixture
def actors(db):
    team = TeamFactory(name="杭州组")
    return {
        role: UserFactory(username=role, role=role, team=team)
        for role in ("supervisor", "administrator", "finance", "representative")
    }


def paths_of(actors):
    """Yield (role, path) of each list, and of each page of one customer."""
    customer = Customer.objects.filter(owner=actors["supervisor"]).earliest("pk")
    for name in LISTS:
        yield from ((role, reverse(name)) for role in actors if RULES[name].get(role, "own") is OK)
    for name in OF_A_CUSTOMER:
        if RULES[name].get("supervisor", "own") is OK:
            yield "supervisor", reverse(name, args=[customer.pk])
    for tab in ("contacts", "orders", "record", "ownership"):
        yield "supervisor", f"{reverse('customers:detail', args=[customer.pk])}?tab={tab}"
    yield "supervisor", f"{reverse('customers:search')}?q=丝绸"
    yield "supervisor", f"{reverse('customers:list')}?q=丝绸&grade=C&sort=-dealt"
    run = Run.objects.filter(by=actors["administrator"]).earliest("pk")
    yield "administrator", reverse("jobs:detail", args=[run.pk])


def test_three_rows_need_no_more_queries_than_one(actors):
    customer = CustomerFactory(name="丝绸一号", owner=actors["supervisor"])
    clients = {role: cells.signed_in(user) for role, user in actors.items()}
    add_a_row_of_everything(actors.values(), customer)
    asked = list(paths_of(actors))
    for role, path in asked:
        queries(clients[role], path)  # what is asked once per process
    one = {(role, path): queries(clients[role], path) for role, path in asked}
    for _n in range(2):
        add_a_row_of_everything(actors.values(), customer)
    wrong = []
    for role, path in asked:
        three = queries(clients[role], path)
        if len(three) != len(one[role, path]):
            wrong.append(f"{role} {path}: {len(one[role, path])} → {len(three)}\n" + new_in(three, one[role, path]))
    assert not wrong, "\n".join(wrong)


def new_in(after, before):
    seen = {query["sql"] for query in before}
    return "\n".join(f"      {query['sql'][:300]}" for query in after if query["sql"] not in seen)


@pytest.mark.parametrize("role", ["representative", "supervisor", "administrator"])
def test_lists_searches_and_a_customers_page_need_at_most_twelve_queries(actors, role, settings):
    customer = CustomerFactory(name="丝绸一号", owner=actors["representative"])
    add_a_row_of_everything(actors.values(), customer)
    client = cells.signed_in(actors[role])
    detail = reverse("customers:detail", args=[customer.pk])
    paths = [
        reverse("customers:list"),
        f"{reverse('customers:list')}?grade=C&source=web&q=丝绸",
        f"{reverse('customers:search')}?q=丝绸",
        reverse("customers:pool"),
        reverse("sales:list"),
        reverse("visits:list"),
        f"{reverse('visits:sites')}?status=all&q=丝绸",
        reverse("visits:messages"),
        reverse("visits:promises"),
        reverse("visits:calendar"),
        *(reverse("plans:inbox") for _n in range(role != "representative")),
        detail,
        *(f"{detail}?tab={tab}" for tab in ("contacts", "orders", "record", "ownership")),
    ]
    # As in production the rules and the grading standard are remembered from page to page.
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    numbers = {path: len(queries(client, path)) for path in (detail, *paths)}
    cache.clear()
    assert {path: number for path, number in numbers.items() if number > MOST + path.endswith("ownership")} == {}
