"""Real connections for race tests: threads that start together, and processes of their own that can be killed."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction

PATIENCE = 20  # seconds


class Racers:
    """Threads, each with a database connection of its own, that begin each piece of work at the same moment."""

    def __init__(self, number):
        self.number = number
        self.pool = ThreadPoolExecutor(number)

    def run(self, *calls):
        """Return what each call returned or raised."""
        start = threading.Barrier(len(calls))
        return [future.result(PATIENCE) for future in [self.pool.submit(_outcome, call, start) for call in calls]]

    def close(self):
        self.run(*[lambda: connection.close()] * self.number)
        self.pool.shutdown()


def _outcome(call, start):
    start.wait(PATIENCE)
    try:
        return call()
    except Exception as error:
        return error


@contextmanager
def racers(number):
    them = Racers(number)
    try:
        yield them
    finally:
        them.close()


@contextmanager
def open_transaction(work):
    """Do `work` in another connection whose transaction commits when the block ends."""
    done, go_on, failed = threading.Event(), threading.Event(), []

    def hold():
        try:
            with transaction.atomic():
                work()
                done.set()
                go_on.wait(PATIENCE)
        except Exception as error:
            failed.append(error)
            done.set()
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert done.wait(PATIENCE)
        yield
    finally:
        go_on.set()
        thread.join(PATIENCE)
    assert not failed, failed


def wait_until_somebody_waits_for_a_lock():
    wait_for(lambda: _count("wait_event_type = 'Lock'"))


def wait_until_alone():
    """Wait until no other connection is in a transaction, as after the death of its process."""
    wait_for(lambda: not _count("state <> 'idle'"))


def _count(condition):
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend' AND "
    )
    with connection.cursor() as cursor:
        cursor.execute(query + condition)
        return cursor.fetchone()[0]


def wait_for(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def process(code):
    """Start Python with Django on this test's database; it prints and reads lines over pipes."""
    database = settings.DATABASES["default"]
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    setup = "import django; django.setup()\n"
    return subprocess.Popen(
        [sys.executable, "-u", "-c", setup + code],
        env=os.environ | {"DATABASE_URL": f"{server}/{database['NAME']}", "DJANGO_SETTINGS_MODULE": "crm.settings"},
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@contextmanager
def constraint_dropped(name):
    """Let the index `name`, which says that something is there once, be gone for the block."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [name])
        definition = cursor.fetchone()[0]
        cursor.execute(f"DROP INDEX {name}")
        try:
            yield
        finally:
            cursor.execute(definition)
