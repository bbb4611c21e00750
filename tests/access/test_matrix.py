"""Every address × method × role × relation to the object, generated from the URL configuration.

A cell must give what its rule says. A cell that may not writes no row; a row out of sight answers exactly as one that
is not there; reading never writes.
"""

import pytest
from django.test import Client

from tests.access import cells
from tests.access.rules import ABSENT, HIDDEN, LOGIN, NOT_ALLOWED, OK, PUBLIC, RELATIONS, ROLES, RULES

HTMX = {"HX-Request": "true"}
ASKED = [*((method, {}) for method in cells.METHODS), ("GET", HTMX), ("POST", HTMX)]
NAMES = cells.url_names()


def test_every_address_has_a_rule_and_every_rule_an_address():
    assert set(NAMES) == set(RULES)


def test_few_addresses_are_open_to_people_who_are_not_signed_in():
    assert set(PUBLIC) <= set(RULES)
    assert len(PUBLIC) <= 14


@pytest.mark.parametrize("name", NAMES)
def test_every_cell(name, world, clients, count):
    rule = RULES[name]
    wrong = []
    count()
    for role in ROLES:
        for method, headers in ASKED:
            absent = None
            for relation in reversed(RELATIONS[rule.kind]):
                cell = Cell(name, rule, method, headers, role, relation, world)
                with cells.undone(), cells.as_it_was(clients[role]):
                    response = cell.ask(clients[role])
                    rows = count()
                wrong += cell.faults(response, rows)
                if relation == ABSENT:
                    absent = cells.face(response, cell.path)
                elif cell.expected is HIDDEN and cells.face(response, cell.path) != absent:
                    wrong.append(f"{cell}: differs from an absent one")
    assert not wrong, "\n".join(wrong)


class Cell:
    def __init__(self, name, rule, method, headers, role, relation, world):
        self.label = f"{role} {'HX ' if headers else ''}{method} {name} {relation}"
        self.rule, self.method, self.headers, self.role, self.relation = rule, method, headers, role, relation
        target = cells.target_of(rule.kind, world, role, relation)
        self.path = cells.address(name, rule.kind, target)
        self.data = rule.data(world, role, target) if rule.data else {}
        self.expected = self.expected_for(method)

    def __str__(self):
        return self.label

    def expected_for(self, method):
        may = self.rule.get if method in cells.SAFE else self.rule.post
        if method not in {"GET", "POST"} or may is None:
            return NOT_ALLOWED
        return may(self.role, self.relation)

    def accepts(self, got):
        """HEAD and OPTIONS may be answered like GET, or not at all."""
        if self.method == "OPTIONS" and got is OK:
            return self.rule.get is not None
        return got is self.expected or (self.method == "HEAD" and got is self.expected_for("GET"))

    def ask(self, client):
        return ask(client, self.method, self.path, self.data, self.headers)

    def faults(self, response, rows):
        got = cells.outcome_of(response)
        if not self.accepts(got):
            yield f"{self}: {got}, not {self.expected}"
        if rows and (got is not OK or self.method in cells.SAFE):
            yield f"{self}: {got} wrote {rows} rows"
        if self.method == "POST" and self.expected is OK and self.rule.data and not rows:
            yield f"{self}: wrote nothing ({response.status_code} {errors_of(response)})"


def errors_of(response):
    form = response.context.get("form") if response.context else None
    return dict(form.errors) if form is not None else ""


@pytest.mark.parametrize("who", ["signed out", "deactivated"])
def test_nobody_else_gets_in(who, world, count):
    client = cells.deactivated(world) if who == "deactivated" else Client(raise_request_exception=False)
    wrong = []
    count()
    for name in NAMES:
        rule = RULES[name]
        for relation in RELATIONS[rule.kind]:
            target = cells.target_of(rule.kind, world, "administrator", relation)
            path = cells.address(name, rule.kind, target)
            data = rule.data(world, "administrator", target) if rule.data else {}
            for method, headers in ASKED:
                with cells.undone(), cells.as_it_was(client):
                    got = cells.outcome_of(ask(client, method, path, data, headers))
                    rows = count()
                expected = PUBLIC[name].get(method, NOT_ALLOWED) if name in PUBLIC else LOGIN
                if got is not expected and not (name in PUBLIC and method in {"HEAD", "OPTIONS"}):
                    wrong.append(f"{method} {name} {relation}: {got}, not {expected}")
                if rows:
                    wrong.append(f"{method} {name} {relation}: wrote {rows} rows")
    assert not wrong, "\n".join(wrong)


def ask(client, method, path, data, headers):
    if method == "POST":
        return client.post(path, data, headers=headers)
    return client.generic(method, path, headers=headers)


def test_a_person_deactivated_meanwhile_is_out_at_the_next_request(world):
    person = world.people["representative"]
    client = cells.signed_in(person)
    assert cells.outcome_of(client.get("/customers/")) is OK
    person.is_active = False
    person.save()
    assert cells.outcome_of(client.get("/customers/")) is LOGIN


def test_control_the_count_of_written_rows_sees_inserts_updates_deletes_and_what_was_undone(world, count):
    customer = world.customers["pool"]
    count()
    customer.name = "x"
    customer.save()
    assert count() == 1
    type(customer).objects.filter(pk=customer.pk).update(name="y")
    assert count() == 1
    with cells.undone():
        customer.contacts.all().delete()
    assert count() == 2  # the contact, and the message that named it
    assert count() == 0
