import pytest

from tests.factories import TeamFactory, UserFactory


@pytest.fixture
def team(db):
    return TeamFactory(name="杭州组")


@pytest.fixture
def boss(team):
    return UserFactory(name="王芳", supervisor=True, team=team)


@pytest.fixture
def leaver(team):
    return UserFactory(name="李伟", team=team)


@pytest.fixture
def heir(team):
    return UserFactory(name="陈静", team=team)


@pytest.fixture
def manager():
    return UserFactory(manager=True, name="周强", team=TeamFactory())


@pytest.fixture
def manager_client(client, manager):
    client.force_login(manager)
    return client
