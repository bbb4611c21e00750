"""The chain as data: a new version for plans to come (policy 6.2)."""

import pytest
from django.test import Client

from plans import chains
from plans.models import Chain
from tests.factories import PlanFactory, UserFactory, passed, submitted
from tests.plans.test_approve import company, seated

__all__ = ["company"]
pytestmark = pytest.mark.django_db
EDIT = "/plans/chain/edit/"


def steps(*rows, after=1, **more):
    """Return the form: `rows` are (role, only above)."""
    data = {"after": after, "count": len(rows), "note": "加一步", "team": ""}
    for n, (role, above) in enumerate(rows):
        step = {"role": role, "above": above, "stand_in": "", "remind_days": 2, "escalate_days": 4}
        data |= {f"{name}-{n}": value for name, value in step.items()}
    return data | more


@pytest.fixture
def client(company):
    client = Client()
    client.force_login(company.administrator)
    return client


def test_plans_under_way_keep_their_chain_new_ones_take_the_new_one(company, client):
    before = submitted(PlanFactory(author=company.author))
    assert client.post(EDIT, steps(("director", ""))).status_code == 302
    after = submitted(PlanFactory(author=company.author))
    assert (seated(before), seated(after)) == ({"周强"}, {"吴总"})
    assert (before.chain.number, after.chain.number) == (1, 2)
    assert [chain.plans_now for chain in chains.versions(company.administrator)] == [1, 1]
    passed(after)
    assert after.status == "running"


def test_a_step_above_a_limit_is_asked_for_larger_budgets_only(company, client):
    client.post(EDIT, steps(("manager", ""), ("administrator", "50000")))
    small, large = (PlanFactory(author=company.author, budget=budget) for budget in (50000, 50001))
    passed(submitted(small))
    passed(submitted(large))
    assert (small.status, large.status, seated(large)) == ("running", "submitted", {"孙工"})


def test_of_two_who_write_at_once_the_later_is_told_and_keeps_the_steps(company, client):
    assert client.post(EDIT, steps(("director", ""))).status_code == 302
    response = client.post(EDIT, steps(("manager", ""), ("finance", "777")))
    assert response.status_code == 409 and "777" in response.content.decode()
    assert Chain.objects.count() == 2
    assert [step.role for step in Chain.current().steps.all()] == ["director"]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (steps(("director", "100")), "__all__"),
        (steps(("director", "-1")), "above-0"),
        (steps(("representative", "")), "role-0"),
        (steps(("director", ""), **{"escalate_days-0": 1}), "escalate_days-0"),
        (steps(("director", ""), **{"remind_days-0": 0}), "remind_days-0"),
        (steps(("director", ""), note=""), "note"),
        (steps(("director", ""), count=99), "count"),
        (steps(), "count"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(company, client, data, field):
    response = client.post(EDIT, data)
    assert response.status_code == 422 and field in response.context["form"].errors
    assert Chain.objects.count() == 1


@pytest.mark.parametrize(
    ("do", "roles"),
    [
        ("up-1", ["director", "manager"]),
        ("down-0", ["director", "manager"]),
        ("up-0", ["manager", "director"]),
        ("remove-0", ["director"]),
        ("add", ["manager", "director", "director"]),
        ("remove-9", ["manager", "director"]),
        ("nonsense", ["manager", "director"]),
    ],
)
def test_the_buttons_rearrange_the_steps_and_save_nothing(client, do, roles):
    response = client.post(EDIT, steps(("manager", ""), ("director", "5")) | {"do": do})
    form = response.context["form"]
    assert [row[0].value() for row in form.rows] == roles and form["note"].value() == "加一步"
    assert Chain.objects.count() == 1


def test_the_preview_names_whom_the_steps_would_ask(company, client):
    UserFactory(finance=True, name="郑会计")
    data = steps(("manager", ""), ("finance", "9000"), ("director", "")) | {"do": "preview", "note": ""}
    response = client.post(EDIT, data | {"team": company.author.team.pk})
    assert [one.people for one in response.context["asked"]] == [["周强"], ["郑会计"], ["吴总"]]
    assert Chain.objects.count() == 1


def test_everybody_reads_the_chain_only_the_administrator_writes_it(company):
    client = Client()
    client.force_login(company.director)
    assert client.get("/plans/chain/").status_code == 200
    assert client.get(EDIT).status_code == 403
    assert client.post(EDIT, steps(("director", ""))).status_code == 403
