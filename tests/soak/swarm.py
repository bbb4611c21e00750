"""Many people at once: processes of their own, each with threads of their own connection, that start together.

A worker reads lines of JSON, each a list of calls (a name below and its arguments), makes all of them at the same
moment, and writes what came of each: "" when it went well, else the name of the error. `python -m tests.soak.swarm` is
the worker.
"""

import json
import os
import sys
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.walls.racing import process

# How often each race is run: all of it by `make soak`, a cut of it with the other tests.
SOAK = bool(os.environ.get("SOAK"))
PROCESSES = 4
CODE = "from tests.soak import swarm\nswarm.work()\n"


def rounds(full: int, short: int) -> int:
    return full if SOAK else short


class Swarm:
    def __init__(self, number: int, guards: tuple[str, ...] = ()):
        """Start processes for `number` calls at once, without the `guards` named (see GUARDS)."""
        self.share = -(-number // PROCESSES)
        self.workers = [process(CODE) for _n in range(PROCESSES)]
        for worker in self.workers:
            self._say(worker, {"threads": self.share, "without": guards})
        for worker in self.workers:
            assert worker.stdout.readline() == "ready\n"

    def run(self, calls: list[list]) -> list[str]:
        """Make all calls at once; return what came of each, in order."""
        parts = [calls[n * self.share : (n + 1) * self.share] for n in range(PROCESSES)]
        for worker, part in zip(self.workers, parts, strict=True):
            self._say(worker, part)
        return [outcome for worker in self.workers for outcome in json.loads(worker.stdout.readline())]

    def _say(self, worker, words):
        worker.stdin.write(json.dumps(words) + "\n")
        worker.stdin.flush()

    def close(self):
        for worker in self.workers:
            worker.stdin.close()
        for worker in self.workers:
            worker.wait(30)


@contextmanager
def swarm(number: int, *, without: tuple[str, ...] = ()):
    them = Swarm(number, without)
    try:
        yield them
    finally:
        them.close()


# The worker


def work():
    begun = json.loads(sys.stdin.readline())
    for guard in begun["without"]:
        GUARDS[guard]()
    with ThreadPoolExecutor(begun["threads"]) as pool:
        start = threading.Barrier(begun["threads"])
        list(pool.map(lambda _n: _connect(start), range(begun["threads"])))
        print("ready", flush=True)
        for line in sys.stdin:
            futures = [pool.submit(_outcome, *call) for call in json.loads(line)]
            print(json.dumps([future.result() for future in futures]), flush=True)
        list(pool.map(lambda _n: _disconnect(start), range(begun["threads"])))


def _connect(start):
    from django.db import connection

    connection.ensure_connection()
    start.wait(30)


def _disconnect(start):
    from django.db import connection

    start.wait(30)
    connection.close()


def _outcome(name, *args) -> str:
    try:
        CALLS[name](*args)
    except Exception as error:
        return type(error).__name__
    return ""


def _claim(customer, person):
    from customers.models import Customer
    from customers.ownership import claiming
    from staff.models import User

    claiming.claim(Customer(pk=customer), by=User.objects.select_related("team").get(pk=person))


def _confirm(order, person):
    from django.utils import timezone

    from sales.models import Order
    from staff.models import User

    Order.objects.get(pk=order).confirm(on=timezone.localdate(), by=User.objects.get(pk=person))


def _log(customer, person):
    from customers.models import Customer
    from staff.models import User
    from visits import calls

    by = User.objects.get(pk=person)
    calls.log(Customer.objects.get(pk=customer), token=uuid.uuid4(), by=by, outcome="reached", channel="phone")


def _return(day):
    import datetime as dt

    from customers.ownership import pool

    pool.return_idle(on=dt.date.fromisoformat(day))


CALLS = {"claim": _claim, "confirm": _confirm, "log": _log, "return": _return}


# Guards that a control takes away


def _without_owner_check():
    from customers.ownership import claiming

    for guard, instead in (
        ("c.owner_id IS NULL AND v.rule", "v.rule"),
        ("p.id = c.pool_id", "p.team_id IS NULL"),  # whoever comes later finds it in no pool
        ("AND (c.pooled_at AT TIME ZONE %(zone)s)::date + v.embargo_days <= %(on)s", ""),
    ):
        assert guard in claiming.CLAIM
        claiming.CLAIM = claiming.CLAIM.replace(guard, instead)


def _without_holding_the_claimer():
    from customers.ownership import claiming

    claiming.HOLD_CLAIMER = claiming.HOLD_CLAIMER.removesuffix("FOR NO KEY UPDATE")


def _without_row_locks():
    from customers.ownership import pool

    pool.SOME = tuple(some.partition("FOR UPDATE")[0] for some in pool.SOME)


GUARDS = {
    "owner": _without_owner_check,
    "claimer": _without_holding_the_claimer,
    "rows": _without_row_locks,
}
