import pytest

from tests.access import cells


@pytest.fixture
def world(world):
    return cells.add_runs(world)


@pytest.fixture
def clients(world):
    """A signed-in client for each role."""
    return {role: cells.signed_in(user) for role, user in world.people.items()}


@pytest.fixture
def count(db):
    """Return how many rows were written since it was asked before."""
    seen = cells.written()

    def since():
        nonlocal seen
        seen, before = cells.written(), seen
        return seen - before

    return since
