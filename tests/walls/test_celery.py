"""A repeated message through a real worker and a real Redis has one effect."""

import pytest
from celery.contrib.testing.worker import start_worker
from celery.signals import task_postrun
from django.db import connection

from crm.celery import app
from customers import night, tasks
from customers.models import Activity
from jobs.models import Run
from tests.walls.racing import wait_for
from tests.walls.test_races import ON, check_one_night, idle_customers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def finished():
    """The results of the tasks that a worker has done in this test."""
    states = []

    def note(state, **kwargs):
        states.append(state)

    task_postrun.connect(note)
    yield states
    task_postrun.disconnect(note)


@pytest.fixture
def worker(finished):
    app.control.purge()
    with start_worker(app, pool="threads", concurrency=2, perform_ping_check=False, shutdown_timeout=20):
        yield
    # The worker's threads are gone, their connections are not.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.mark.usefixtures("worker")
def test_a_message_that_comes_three_times_has_one_effect(finished, monkeypatch):
    monkeypatch.setattr(night, "business_date", lambda: ON)
    idle_customers(3)
    for _n in range(3):
        tasks.night.delay()
    wait_for(lambda: len(finished) == 3)
    assert finished == ["SUCCESS"] * 3
    check_one_night(3)


def test_without_redis_the_night_is_done_all_the_same():
    idle_customers(1)
    assert night.run_due(until=ON) == [ON]
    assert Run.objects.count() == 1
    assert Activity.objects.exists()
