import pytest

from crm.celery import app
from staff.roles import Role
from tests.factories import TeamFactory, UserFactory


@pytest.fixture
def team(db):
    return TeamFactory(name="杭州组")


@pytest.fixture
def alice(team):
    """A representative."""
    return UserFactory(username="alice", name="李伟", team=team)


@pytest.fixture
def boss(db):
    """The only administrator."""
    return UserFactory(username="boss", name="孙工", administrator=True)


@pytest.fixture
def second(boss):
    """Another administrator."""
    return UserFactory(username="second", name="钱工", administrator=True)


@pytest.fixture(params=[role.value for role in Role if role != Role.ADMINISTRATOR])
def anybody_else(request, team):
    """One person of each role but administrator."""
    return UserFactory(username=request.param, role=request.param, team=team)


@pytest.fixture
def as_boss(client, boss):
    client.force_login(boss)
    return client


@pytest.fixture
def mail_at_once():
    """Tasks run where they are called; what worker and broker do is tested elsewhere."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False
