"""Every template is drawn by some page, in all languages, with nothing left over."""

import re
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.template.loader import get_template, render_to_string
from django.test import Client
from django.test.signals import template_rendered
from django.urls import reverse
from django.utils import timezone

from complaints import thread
from complaints.models import Case, File, Step, Ticket
from customers.models import Customer
from jobs.models import Run, RunError, Upload
from plans import approval
from plans.models import Plan
from sales.models import Order, SalesMonth
from staff.models import Team, User
from tests.access import cells, payloads
from tests.access.rules import OK, RELATIONS, ROLES, RULES
from tests.complaints.link import private_ticket
from tests.factories import UserFactory, plan_for, ticket_for
from tests.walls.pages import all_pages
from visits.models import CallList, CallLog

ROOT = Path(settings.BASE_DIR) / "templates"
ALL = {str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()}
REFUSALS = ["400.html", "403.html", "403_csrf.html", "404.html", "409.html", "500.html"]
# Drawn by code that no page reaches here; each is drawn by a test of its own room.
ELSEWHERE = {"staff/password_reset_email.txt", "staff/password_reset_subject.txt"}


@pytest.fixture
def world(world):
    return cells.add_runs(world)


@pytest.fixture
def drawn():
    """The names of the templates drawn in this test."""
    names = set()

    def note(template, **kwargs):
        names.add((template.name or "").partition("#")[0])

    template_rendered.connect(note)
    yield names
    template_rendered.disconnect(note)


def test_every_template_is_drawn(world, clients, drawn):
    Customer.objects.owned().update(next_contact_on=timezone.localdate(), grade="VIP")
    list(all_pages(world, clients))
    send_empty_forms(world, clients)
    order = Order.objects.filter(status=Order.Status.OPEN).first()
    clients["finance"].post(reverse("sales:confirm", args=[order.pk]), {"paid_on": "no day"})
    signed_out = Client()
    for name in ("staff:login", "staff:password_reset"):
        signed_out.get(reverse(name))
    signed_out.get(reverse("staff:password_reset_confirm", args=["MQ", "x-1"]))
    draw_private_link(signed_out)
    draw_tabs(world, clients)
    for name in REFUSALS:
        render_to_string(name, {"message": "x"})
    draft = RULES["visits:rule_add"].data(world, "administrator", None)
    clients["administrator"].post(reverse("visits:rule_add"), draft | {"preview": "1"})
    rules = RULES["customers:rules_edit"].data(world, "administrator", None)
    clients["administrator"].post(reverse("customers:rules_edit"), rules | {"contact_days": 1, "do": "preview"})
    draw_decisions(world, clients)
    look = RULES["plans:add"].data(world, "supervisor", None) | {
        "whom": "segment",
        "grades": ["VIP"],
        "preview": "1",
    }
    clients["supervisor"].post(reverse("plans:add"), look)
    draw_tickets(world, clients)
    clients["representative"].post(reverse("customers:claim_many"), {"chosen": world.customers["pool"].pk})
    draw_first_pages(world)
    assert ALL - drawn - ELSEWHERE == set()
    for name in ELSEWHERE:
        get_template(name)


def send_empty_forms(world, clients):
    for name, rule in RULES.items():
        for role in ROLES:
            for relation in RELATIONS[rule.kind]:
                if rule.post and rule.post(role, relation) is OK and name != "staff:logout":
                    with cells.undone(), cells.as_it_was(clients[role]):
                        target = cells.target_of(rule.kind, world, role, relation)
                        clients[role].post(cells.address(name, rule.kind, target), {})


def draw_tabs(world, clients):
    for customer in Customer.objects.all():
        for tab in ("contacts", "orders", "record", "ownership"):
            clients["director"].get(f"{customer.get_absolute_url()}?tab={tab}")


def draw_decisions(world, clients):
    """A plan that came back with words and was submitted anew; then many at once."""
    plan, manager = plan_for(world, "manager", "team"), world.people["manager"]
    said = {"note": "再省些", "comments": {plan.lines.get().pk: "太多"}}
    approval.decide(plan, "send_back", version=plan.version_id, by=manager, **said)
    approval.submit(plan, by=plan.author)
    clients["manager"].get(reverse("plans:inbox"), {"plan": plan.pk})
    clients["manager"].post(reverse("plans:decide_many"), {"chosen": f"{plan.pk}:{plan.version_id}"})


def draw_tickets(world, clients):
    """A ticket at each place of its way, with a case like it; one received that has an earlier one of its customer."""
    ticket = ticket_for(world, "manager", "team")
    Case.objects.create(title=ticket.subject, situation="x", solution="x", by=ticket.holder)
    for verb in ("judge", "investigate"):
        Step.objects.create(ticket=ticket, verb=verb, by=ticket.holder, note="x")
    thread.note(ticket, "x", by=ticket.holder)
    for status in Ticket.Status:
        closed_at = timezone.now() if status == "closed" else None
        is_justified = None if status in {"answering", "calling"} else True
        change = {"status": status, "closed_at": closed_at, "is_justified": is_justified}
        change["kind"] = "complaint" if is_justified else "suggestion"
        Ticket.objects.filter(pk=ticket.pk).update(**change)
        clients["manager"].get(ticket.get_absolute_url())
    new = payloads.new_ticket(world, "manager", None) | {"customer": ticket.customer_id}
    clients["manager"].post(reverse("complaints:add"), new)


def draw_private_link(client):
    """What a customer sees of their ticket, with a file of theirs."""
    ticket, key = private_ticket()
    File.objects.create(ticket=ticket, name="单.pdf", kind="application/pdf", content=b"%PDF-", is_public=True)
    client.get(reverse("complaints:link", args=[key]))


def draw_first_pages(world):
    """The pages of an empty house: no customers, nobody at all."""
    with cells.undone():
        empty(RunError, Upload, Run, CallList, CallLog, Order, SalesMonth, Plan, Customer)
        cells.signed_in(UserFactory(administrator=True)).get(reverse("reports:dashboard"))
        Team.objects.update(head=None)
        empty(User)
        Client().get(reverse("reports:home"))
        render_to_string("reports/welcome.html", {"form": None})


def empty(*models):
    """Empty the tables and those that refer to them: what was decided on plans can't be deleted row by row."""
    names = ", ".join(model._meta.db_table for model in models)
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE {names} CASCADE")


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_pages_have_a_title_and_nothing_left_over_in_each_language(language, world, clients):
    User.objects.update(language=language)
    wrong = []
    for name, path, role, response in all_pages(world, clients, roles=("supervisor", "administrator", "finance")):
        body = unescape(response.content.decode())
        if f'lang="{language}"' not in body:
            wrong.append(f"{role} {path}: not in {language}")
        wrong += [f"{role} {name} {path}: {fault}" for fault in faults(body)]
    assert not wrong, "\n".join(dict.fromkeys(wrong))


def faults(body):
    for sign in ("{{", "{%", "{#", "#}", "%}", "}}"):
        if sign in re.sub(r"<script[^>]*>.*?</script>", "", body, flags=re.S) and sign not in {"}}", "#}"}:
            yield f"left over: {sign} in {body[max(0, body.index(sign) - 60) : body.index(sign) + 40]}"
    if re.search(r">\s*None\s*</(?:td|th|dd|h\d|p|a|strong|time)>", body):
        yield "None is shown"
    for title in re.findall(r"<(?:title|h1)[^>]*>(.*?)</(?:title|h1)>", body, flags=re.S):
        if not re.sub(r"<[^>]+>|[·\s]", "", title):
            yield f"an empty heading: {title!r}"
    for button in re.findall(r"<button((?:\s[^>]*)?)>(.*?)</button>", body, flags=re.S):
        if not re.sub(r"<[^>]+>|\s", "", button[1]) and not re.search(
            r'(aria-label|title|data-default)="[^"]+"', button[0]
        ):
            yield f"a button without a word: {button}"
