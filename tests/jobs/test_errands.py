"""Errands: asked for at a page, done once by whichever worker gets there first, taken up again after a crash."""

import datetime as dt

import pytest

from crm.lib.locks import try_lock
from jobs import errands, tasks
from jobs.models import Run
from tests.factories import UserFactory
from tests.walls.racing import racers

ON = dt.date(2026, 1, 5)


@pytest.fixture
def done(monkeypatch):
    """The runs that the errand "sweep" was done for."""
    done = []
    monkeypatch.setitem(errands.ERRANDS, "sweep", lambda run: done.append(run.pk) or {"swept": len(done)})
    return done


@pytest.mark.django_db
def test_an_errand_whose_ring_was_lost_is_done_once(done):
    run = errands.ask("sweep", by=UserFactory(), where="hall")
    for _ring in range(2):
        tasks.pick_up()
    run.refresh_from_db()
    assert (run.status, run.attempts, run.counts) == ("done", 1, {"where": "hall", "swept": 1})
    assert done == [run.pk]


@pytest.mark.django_db
def test_of_one_date_there_is_one_errand_while_it_is_open_and_it_goes_on_when_asked_again(done):
    by = UserFactory()
    assert errands.ask("sweep", by=by, on=ON) == errands.ask("sweep", by=by, on=ON)
    tasks.work_off("sweep")
    errands.ask("sweep", by=by, on=ON)
    tasks.work_off("sweep")
    assert len(done) == 2
    assert Run.objects.get().counts == {"swept": 2}


@pytest.mark.django_db
def test_after_three_broken_attempts_it_has_failed(monkeypatch):
    monkeypatch.setitem(errands.ERRANDS, "sweep", lambda run: 1 / 0)
    run = errands.ask("sweep", by=UserFactory())
    for _ring in range(3):
        with pytest.raises(ZeroDivisionError):
            tasks.work_off("sweep")
    tasks.pick_up()
    run.refresh_from_db()
    assert (run.status, run.attempts) == ("failed", 4)
    assert run.error


@pytest.mark.django_db(transaction=True)
def test_who_comes_while_somebody_is_at_it_leaves_it_alone(done):
    errands.ask("sweep", by=UserFactory())
    with try_lock("errand sweep"), racers(1) as them:
        them.run(lambda: tasks.work_off("sweep"))
        assert done == []
    tasks.work_off("sweep")
    assert len(done) == 1
