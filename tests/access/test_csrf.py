"""No address takes a POST without its token, signed in or not."""

import pytest
from django.test import Client

from tests.access import cells
from tests.access.rules import RELATIONS, ROLES, RULES

NAMES = cells.url_names()


@pytest.mark.parametrize("is_htmx", [False, True])
def test_a_post_without_a_token_is_refused_and_writes_nothing(world, count, is_htmx):
    clients = {role: cells.signed_in(world.people[role], enforce_csrf_checks=True) for role in ROLES}
    clients["nobody"] = Client(enforce_csrf_checks=True)
    headers = {"HX-Request": "true"} if is_htmx else {}
    wrong = []
    count()
    for name in NAMES:
        rule = RULES[name]
        for role, client in clients.items():
            target = cells.target_of(rule.kind, world, "administrator" if role == "nobody" else role, _nearest(rule))
            data = rule.data(world, role, target) if rule.data else {}
            with cells.undone():
                status = client.post(cells.address(name, rule.kind, target), data, headers=headers).status_code
            if status != 403 or count():
                wrong.append(f"{role} POST {name}: {status}")
    assert not wrong, "\n".join(wrong)


def _nearest(rule):
    return RELATIONS[rule.kind][0]


def test_control_with_its_token_the_post_is_taken(world):
    client = cells.signed_in(world.people["representative"], enforce_csrf_checks=True)
    customer = world.customers["own"]["representative"]
    token = client.get(f"/customers/{customer.pk}/release/").cookies["csrftoken"].value
    data = {"why": "closed", "note": "搬走了", "csrfmiddlewaretoken": token}
    assert client.post(f"/customers/{customer.pk}/release/", data).status_code == 302
    customer.refresh_from_db()
    assert customer.owner is None
