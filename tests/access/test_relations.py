"""The second doors: ids of other rows in a form, and fields that a form does not have."""

import importlib
import inspect

import pytest
from django import forms
from django.apps import apps
from django.forms.models import model_to_dict
from django.utils.module_loading import module_has_submodule

from customers.models import Customer
from staff.models import User
from tests.access import cells
from tests.access.rules import OK, RELATIONS, ROLES, RULES
from tests.factories import ContactFactory, TeamFactory, UserFactory

ROOMS = ("staff", "jobs", "customers", "sales", "visits", "complaints", "plans", "reports")
FORMS = [name for name, rule in RULES.items() if rule.post and rule.data]


def id_fields(form):
    return {name: field for name, field in form.fields.items() if isinstance(field, forms.ModelChoiceField)}


def forms_of_ours():
    """Return every form class of the rooms that chooses rows, with the names of the fields that do."""
    for room in ROOMS:
        package = importlib.import_module(room)
        if not module_has_submodule(package, "forms"):
            continue
        module = importlib.import_module(f"{room}.forms")
        for _name, found in inspect.getmembers(module, inspect.isclass):
            if issubclass(found, forms.BaseForm) and found.__module__.startswith(module.__name__):
                fields = getattr(found, "base_fields", {})
                yield found, {n for n, f in fields.items() if isinstance(f, forms.ModelChoiceField)}


@pytest.fixture
def strangers(world):
    """Rows of each kind that nobody's form should offer, or few people's."""
    ContactFactory(customer=world.customers["other"], name="别人的")
    UserFactory(inactive=True, name="离职", team=world.teams.hangzhou)
    UserFactory(name="无组")
    TeamFactory(name="远组", parent=world.teams.south)
    return world


def test_an_id_that_the_form_does_not_offer_is_an_error_and_writes_nothing(strangers, clients, count):
    wrong, tried = [], set()
    count()
    for name, role, target, form in offered_forms(strangers, clients):
        path = cells.address(name, RULES[name].kind, target)
        for field_name, field in id_fields(form).items():
            tried.add((type(form), field_name))
            for pk in foreign_ids(field):
                data = RULES[name].data(strangers, role, target) | {form.add_prefix(field_name): pk}
                with cells.undone():
                    response = clients[role].post(path, data)
                found = response.context["form"].errors if response.context else {}
                if response.status_code not in {200, 422} or field_name not in found or count():
                    wrong.append(f"{role} {name} {field_name}={pk}: {response.status_code} {dict(found)}")
    assert not wrong, "\n".join(wrong)
    untried = {(form, name) for form, names in forms_of_ours() for name in names} - tried
    assert {pair for pair in untried if not _is_base(pair[0], tried)} == set()


def _is_base(form, tried):
    return any(issubclass(other, form) for other, _name in tried)


def offered_forms(world, clients):
    """Yield each form that a role gets, with its address and the nearest object it gets it for."""
    for name in FORMS:
        rule = RULES[name]
        for role in ROLES:
            allowed = [r for r in RELATIONS[rule.kind] if rule.get and rule.get(role, r) is OK]
            if allowed:
                target = cells.target_of(rule.kind, world, role, allowed[0])
                page = clients[role].get(cells.address(name, rule.kind, target))
                yield name, role, target, page.context["form"]


def foreign_ids(field):
    """Return ids of the field's model that it does not offer: the nearest strangers, none, and nonsense."""
    offered = field.queryset.values_list("pk", flat=True)
    strangers = field.queryset.model.objects.exclude(pk__in=list(offered)).values_list("pk", flat=True)
    return [*strangers[:6], cells.NO_SUCH_PK, "x", "9" * 40]


# Fields of the model that its form does not have: sent all the same, they change nothing.

COMPUTED = {
    "owner": lambda world: world.people["representative"].pk,
    "owner_id": lambda world: world.people["representative"].pk,
    "grade": lambda world: "VIP",
    "dealt": lambda world: "999999",
    "last_sale_on": lambda world: "2026-01-01",
    "returns_on": lambda world: "2099-01-01",
    "owned_since": lambda world: "2099-01-01",
    "pooled_at": lambda world: "2020-01-01",
    "is_flagged": lambda world: "on",
    "created_by": lambda world: world.people["representative"].pk,
    "id": lambda world: 1,
    "pk": lambda world: 1,
}


def test_an_edit_writes_only_the_fields_of_its_form(world, clients):
    customer = world.customers["team"]
    before = model_to_dict(Customer.objects.get(pk=customer.pk)) | derived(customer)
    rule = RULES["customers:edit"]
    data = rule.data(world, "supervisor", customer) | {name: make(world) for name, make in COMPUTED.items()}
    assert clients["supervisor"].post(f"/customers/{customer.pk}/edit/", data).status_code == 302
    changed = Customer.objects.get(pk=customer.pk)
    after = model_to_dict(changed) | derived(changed)
    assert {key for key in before if before[key] != after[key]} == {"name", "code"}


def derived(customer):
    names = [n.removesuffix("_id") for n in COMPUTED if n not in {"pk", "owner_id"}]
    fresh = Customer.objects.get(pk=customer.pk)
    return {name: getattr(fresh, name) for name in names}


def test_nobody_raises_their_own_role_by_a_form_of_their_own(world, clients):
    everything = {"role": "administrator", "is_active": "on", "is_superuser": "on", "is_staff": "on", "team": 1}
    own = [name for name, rule in RULES.items() if rule.post and rule.kind == "none"]
    for name in own:
        with cells.undone():
            clients["representative"].post(cells.address(name, "none", None), everything | {"language": "zh-hant"})
            person = User.objects.get(username="representative")
            assert (person.role, person.team) == ("representative", world.teams.hangzhou)


def test_no_model_of_ours_is_forgotten():
    """The world has an object for each address; a new model with pages needs a kind of its own in the rules."""
    pages = {model.__name__ for model in apps.get_models() if hasattr(model, "get_absolute_url")}
    below = {"CallList", "CallLog", "Handover", "SiteVisit", "SpotCheck"}
    assert pages == below | {"Case", "Customer", "Order", "Plan", "Run", "Task", "Team", "Ticket", "User"}
