"""Who may do what at each address, as data. The matrix asks every cell of it; an address without a rule fails.

A rule says, per method, what a role gets at an object that stands in a relation to the person: its row in `Outcome`.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from django.utils import timezone

from staff.roles import Role

REP, SUPERVISOR, MANAGER, DIRECTOR, FINANCE, ADMINISTRATOR = (role.value for role in Role)
ROLES = (REP, SUPERVISOR, MANAGER, DIRECTOR, FINANCE, ADMINISTRATOR)
SELLERS = {REP, SUPERVISOR}
LEADERS = {SUPERVISOR, MANAGER, DIRECTOR, ADMINISTRATOR}
MONEY = {FINANCE, ADMINISTRATOR}

OWN, TEAM, SUBTREE, OTHER, POOL, ABSENT = "own", "team", "subtree", "other", "pool", "absent"
RELATIONS = {
    "none": (OWN,),
    "customer": (OWN, TEAM, SUBTREE, OTHER, POOL, ABSENT),
    "contact": (OWN, TEAM, SUBTREE, OTHER, POOL, ABSENT),
    "order": (OWN, TEAM, SUBTREE, OTHER, POOL, ABSENT),
    "run": (OWN, OTHER, ABSENT),
    "person": (OWN, OTHER, ABSENT),
    "team": (OWN, OTHER, ABSENT),
    "link": (ABSENT,),
    "key": (ABSENT,),
}


class Outcome(Enum):
    OK = "allowed: 2xx, 3xx or a form with errors"
    DENIED = "403 may not"
    HIDDEN = "404 cannot see"
    LATE = "409 too late"
    LOGIN = "to the sign-in page"
    NOT_ALLOWED = "405 no such method here"


OK, DENIED, HIDDEN, LATE, LOGIN, NOT_ALLOWED = Outcome

Ask = Callable[[str, str], Outcome]


@dataclass(frozen=True)
class Rule:
    """`data` makes a valid payload of (world, role, object); the POSTs it makes must write when they are allowed."""

    kind: str = "none"
    get: Ask | None = None
    post: Ask | None = None
    data: Callable | None = None


def everybody(role, relation):
    return OK


def only(roles):
    return lambda role, relation: OK if role in roles else DENIED


def nobody_finds(role, relation):
    return HIDDEN


# Sight: whose customers a role sees, in the world of `factories.make_world`

SEEN = {
    REP: {OWN, POOL},
    SUPERVISOR: {OWN, TEAM, POOL},
    MANAGER: {OWN, TEAM, SUBTREE, POOL},
    DIRECTOR: {OWN, TEAM, SUBTREE, OTHER, POOL},
    FINANCE: {OWN, TEAM, SUBTREE, OTHER, POOL},
    ADMINISTRATOR: {OWN, TEAM, SUBTREE, OTHER, POOL},
}


def sees(role, relation):
    return OK if relation in SEEN[role] else HIDDEN


def if_seen(may):
    """404 for what is out of sight, else 403 unless `may(role, relation)`."""
    return lambda role, relation: HIDDEN if relation not in SEEN[role] else OK if may(role, relation) else DENIED


works_with = if_seen(lambda role, relation: role != FINANCE and relation != POOL)
writes_orders = if_seen(lambda role, relation: role in MONEY or relation != POOL)


def reads_contacts(role, relation):
    return HIDDEN if role == FINANCE or relation == POOL else sees(role, relation)


def claims(role, relation):
    if relation not in SEEN[role]:
        return HIDDEN
    return DENIED if role not in SELLERS else OK if relation == POOL else LATE


def sees_order(role, relation):
    """An order of a customer in the pool is seen with its salesperson, here somebody of no team."""
    return relation in SEEN[role] and (relation != POOL or role in {DIRECTOR, FINANCE, ADMINISTRATOR})


def confirms(role, relation):
    return HIDDEN if not sees_order(role, relation) else OK if role in MONEY else DENIED


def sees_run(role, relation):
    return OK if relation == OWN or (relation == OTHER and role == ADMINISTRATOR) else HIDDEN


def administers(role, relation):
    """403 for everybody else, whether or not there is such a row."""
    return DENIED if role != ADMINISTRATOR else HIDDEN if relation == ABSENT else OK


# Payloads


def _new_customer(world, role, target):
    owner = {
        SUPERVISOR: world.people[SUPERVISOR],
        MANAGER: world.colleagues.subtree,
        DIRECTOR: world.colleagues.other,
        ADMINISTRATOR: world.colleagues.other,
    }.get(role)
    return {"name": "新客户", "payment": "good", "cooperation": "long"} | ({"owner": owner.pk} if owner else {})


def _edited_customer(world, role, target):
    version = target.version if target else 1
    return {"name": "改名", "code": "EDIT-1", "payment": "good", "cooperation": "long", "version": version}


def _contact(world, role, target):
    return {"name": "新联系人", "phone": "13900000000"}


def _call(world, role, target):
    return {"token": uuid.uuid4(), "channel": "phone", "outcome": "reached", "note": "谈了新品", "next_in": "7"}


def _order(world, role, target):
    today = timezone.localdate()
    has_seller = target and target.owner and target.owner.role != FINANCE
    seller = target.owner if has_seller else world.colleagues.other
    return {
        "number": "SO-NEW",
        "ordered_on": today.isoformat(),
        "units": 1,
        "amount": "12.50",
        "salesperson": seller.pk,
    }


def _confirmation(world, role, target):
    return {"paid_on": timezone.localdate().isoformat(), "on": timezone.localdate().isoformat()}


def _standard(world, role, target):
    return {
        "vip": "200000",
        "a": "50000",
        "b": "30000",
        "poor_payment_drop": 1,
        "poor_payment_cap": "A",
        "in_force_from": (timezone.localdate() + dt.timedelta(days=1)).isoformat(),
    }


def _person(world, role, target):
    password = {"password1": "Silk-road-1878", "password2": "Silk-road-1878"}
    return {"name": "新人", "username": "newcomer", "role": ADMINISTRATOR, "is_active": "on"} | password


def _edited_person(world, role, target):
    username = target.username if target else "nobody"
    return {"name": "改名", "username": username, "role": target.role if target else REP, "is_active": "on"}


def _password(world, role, target):
    return {"new_password1": "Silk-road-1878", "new_password2": "Silk-road-1878"}


def _team(world, role, target):
    return {"name": "新组"}


RULES = {
    "healthz": Rule(get=everybody),
    "reports:home": Rule(get=everybody),
    "reports:today": Rule(get=only(SELLERS)),
    "reports:dashboard": Rule(get=everybody),
    "reports:pool_moves": Rule(get=only(set(ROLES) - {FINANCE})),
    "reports:welcome": Rule("key", get=nobody_finds, post=nobody_finds),
    "staff:login": Rule(get=everybody, post=everybody),
    "staff:logout": Rule(post=everybody),
    "staff:password_change": Rule(get=everybody, post=everybody),
    "staff:password_reset": Rule(get=everybody, post=everybody),
    "staff:password_reset_confirm": Rule("link", get=everybody, post=everybody),
    "staff:language": Rule(post=everybody, data=lambda world, role, target: {"language": "zh-hans"}),
    "staff:person_list": Rule(get=only({ADMINISTRATOR})),
    "staff:person_add": Rule(get=only({ADMINISTRATOR}), post=only({ADMINISTRATOR}), data=_person),
    "staff:person_edit": Rule("person", get=administers, post=administers, data=_edited_person),
    "staff:person_password": Rule("person", get=administers, post=administers),
    "staff:team_list": Rule(get=only({ADMINISTRATOR})),
    "staff:team_add": Rule(get=only({ADMINISTRATOR}), post=only({ADMINISTRATOR}), data=_team),
    "staff:team_edit": Rule("team", get=administers, post=administers, data=_team),
    "staff:team_delete": Rule(
        "team", post=lambda role, relation: LATE if administers(role, relation) is OK else administers(role, relation)
    ),
    "customers:list": Rule(get=everybody),
    "customers:add": Rule(get=only(LEADERS | SELLERS), post=only(LEADERS | SELLERS), data=_new_customer),
    "customers:search": Rule(get=everybody),
    "customers:import": Rule(get=only(LEADERS), post=only(LEADERS)),
    "customers:detail": Rule("customer", get=sees),
    "customers:edit": Rule("customer", get=works_with, post=works_with, data=_edited_customer),
    "customers:claim": Rule("customer", post=claims, data=lambda world, role, target: {}),
    "customers:release": Rule(
        "customer", get=works_with, post=works_with, data=lambda world, role, target: {"note": "搬走了"}
    ),
    "customers:contact_add": Rule("customer", get=works_with, post=works_with, data=_contact),
    "customers:contact_edit": Rule("contact", get=reads_contacts, post=reads_contacts, data=_contact),
    "customers:contact_delete": Rule("contact", post=reads_contacts, data=lambda world, role, target: {}),
    "customers:pool": Rule(get=everybody),
    "customers:standard": Rule(get=everybody),
    "customers:standard_edit": Rule(get=only({ADMINISTRATOR}), post=only({ADMINISTRATOR}), data=_standard),
    "sales:list": Rule(get=everybody),
    "sales:import": Rule(get=only(MONEY), post=only(MONEY)),
    "sales:confirm": Rule("order", post=confirms, data=_confirmation),
    "sales:add": Rule("customer", get=writes_orders, post=writes_orders, data=_order),
    "visits:list": Rule(get=only(set(ROLES) - {FINANCE})),
    "visits:add": Rule("customer", get=works_with, post=works_with, data=_call),
    "jobs:list": Rule(get=everybody),
    "jobs:detail": Rule("run", get=sees_run),
    "jobs:errors": Rule("run", get=sees_run),
}

# Reviewed: what answers to people who are not signed in, and what each gives them. Eight at most.
PUBLIC = {
    "healthz": {"GET": OK},
    "reports:home": {"GET": LOGIN},
    "reports:welcome": {"GET": HIDDEN, "POST": HIDDEN},
    "staff:login": {"GET": OK, "POST": OK},
    "staff:logout": {"POST": OK},
    "staff:language": {"POST": OK},
    "staff:password_reset": {"GET": OK, "POST": OK},
    "staff:password_reset_confirm": {"GET": OK, "POST": OK},
}
