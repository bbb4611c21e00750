from types import SimpleNamespace

import pytest

from tests.factories import CustomerFactory, TeamFactory, UserFactory, running


@pytest.fixture
def crew(db):
    """Two specialists and their supervisor, the manager and the director above them."""
    return make_crew()


def make_crew():
    hq = TeamFactory(name="总公司")
    east = TeamFactory(name="华东", parent=hq)
    team = TeamFactory(name="杭州组", parent=east)
    people = SimpleNamespace(
        author=UserFactory(supervisor=True, team=team, name="王芳"),
        specialist=UserFactory(team=team, name="李伟"),
        colleague=UserFactory(team=team, name="陈静"),
        manager=UserFactory(manager=True, team=east, name="周强"),
        director=UserFactory(director=True, team=hq, name="吴总"),
        stranger=UserFactory(supervisor=True, team=TeamFactory(name="广州组", parent=hq), name="黄敏"),
    )
    for node, head in ((team, people.author), (east, people.manager), (hq, people.director)):
        node.head = head
        node.save()
    return people


def running_plan(crew, owners=None, **fields):
    """Return a plan that runs, for a customer of each of `owners` (the two specialists)."""
    owners = [crew.specialist, crew.colleague] if owners is None else owners
    customers = [CustomerFactory(name=f"丝绸{n}行", owner=owner) for n, owner in enumerate(owners, start=1)]
    return running(author=crew.author, customers=customers, **fields)
