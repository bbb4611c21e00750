"""Every page of the product, from the URL configuration and the rules of access."""

import re

from tests.access import cells
from tests.access.rules import OK, RELATIONS, ROLES, RULES

FILES = {
    "healthz",
    "jobs:errors",
    "visits:month_export",
    "reports:owned_export",
    "visits:picture",
    "complaints:paper",
    "customers:handover_paper",
    "plans:paper",
    "plans:task_file",
    "complaints:file",
}


def addresses(world, role):
    """Yield (name, path) of every page that `role` may open, at every object it may see."""
    for name, rule in RULES.items():
        for relation in RELATIONS[rule.kind]:
            if rule.get and name not in FILES and rule.get(role, relation) is OK:
                yield name, cells.address(name, rule.kind, cells.target_of(rule.kind, world, role, relation))


def all_pages(world, clients, roles=ROLES):
    """Yield (name, path, role, response) of every page, whole."""
    for role in roles:
        for name, path in addresses(world, role):
            response = clients[role].get(path)
            if response.status_code == 200:
                yield name, path, role, response


def plain(body):
    """Return HTML without what differs from one answer to the next: tokens, and white space between tags."""
    body = re.sub(r'(name="csrfmiddlewaretoken" value=|"X-CSRFToken": )"\w+"', r"\1", body)
    body = re.sub(r'name="token" value="[0-9a-f-]{36}"', 'name="token"', body)
    return re.sub(r"\s*([<>])\s*", r"\1", re.sub(r"\s+", " ", body)).strip()
