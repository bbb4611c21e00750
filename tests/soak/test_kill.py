"""SIGKILL in the middle of a night, for each of its four: it ends with the result of an undisturbed twin (policy 4)."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import psutil
import psycopg

from crm import embedded
from crm.servers import PostgreSQL, Redis
from tests.crm.processes import ROOT, bare_environment, processes_of, until
from tests.soak.swarm import rounds

# So many customers are due in `night_company`.
DUE = 400

TELL = (
    "SELECT code, owner_id, stint_reason, returns_rule, grade, pool_id FROM customers_customer ORDER BY code",
    """SELECT c.code, s.owner_id, s.pool_id, s.start_reason, s.end_reason, s.ended_at IS NULL
       FROM customers_stint s JOIN customers_customer c ON c.id = s.customer_id ORDER BY c.code, s.id""",
    """SELECT c.code, a.verb, count(*) FROM customers_activity a JOIN customers_customer c ON c.id = a.customer_id
       GROUP BY 1, 2 ORDER BY 1, 2""",
    "SELECT c.code, r.days FROM customers_reminder r JOIN customers_customer c ON c.id = r.customer_id ORDER BY 1, 2",
    "SELECT person_id, subject FROM staff_notice ORDER BY 1, 2",
    "SELECT job, business_date, status, counts FROM jobs_run ORDER BY 1, 2",
)


class Machine:
    """Servers, worker and beat of their own; the database of each round is a copy of one that was filled once."""

    def __init__(self, var):
        var.mkdir()
        known = embedded._secrets(var)
        self.var, self.servers = var, {"postgres": PostgreSQL(var, known), "redis": Redis(var, known)}
        for server in self.servers.values():
            server.start()
        self.ports = {"postgres": self.servers["postgres"].port()}
        address = urlsplit(self.servers["postgres"].address())
        self.server_url = address.geturl()
        self.url = address._replace(path="/night").geturl()
        self.env = bare_environment(
            var, SECRET_KEY="soak", HTTPS="false", REDIS_URL=self.servers["redis"].address(), TZ="UTC"
        )
        self.env |= {"DJANGO_SETTINGS_MODULE": "crm.settings", "DATABASE_URL": self.server_url}
        subprocess.run([sys.executable, "-m", "tests.soak.night_company"], cwd=ROOT, env=self.env, check=True)
        self.env["DATABASE_URL"] = self.url
        self.programs = {}

    def ask(self, statement, *, url=None):
        with psycopg.connect(url or self.url, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else None

    def begin(self):
        """Put the database of before the night in its place."""
        self.ask("DROP DATABASE IF EXISTS night WITH (FORCE)", url=self.postgres_url)
        self.ask("CREATE DATABASE night TEMPLATE evergreen", url=self.postgres_url)

    @property
    def postgres_url(self):
        return urlsplit(self.server_url)._replace(path="/template1").geturl()

    def start(self, name):
        words = {
            "worker": ["worker", "--concurrency=1", "--loglevel=WARNING", "--without-gossip", "--without-mingle"],
            "beat": ["beat", f"--schedule={self.var / 'beat'}", "--loglevel=WARNING", "--pidfile="],
        }[name]
        command = [sys.executable, "-m", "celery", "-A", "tests.soak.rushed", *words]
        with open(self.var / f"{name}.log", "a") as log:
            self.programs[name] = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)

    def kill(self, name):
        """Kill it with all its children, and start it anew."""
        if name in self.programs:
            _kill(psutil.Process(self.programs[name].pid))
            self.programs[name].wait(30)
            self.start(name)
            return
        server = self.servers[name]
        process = server.process()
        port = server.port() if name == "postgres" else int(server.config.read_text().split("port ")[1].split()[0])
        os.kill(process.pid, signal.SIGKILL)
        server.child.wait(30)
        server.prepare()
        until(lambda: server.launch(port))

    def returned(self) -> int:
        with suppress(psycopg.OperationalError):
            return self.ask("SELECT count(*) FROM customers_customer WHERE owner_id IS NULL")[0][0]
        return 0

    def is_done(self) -> bool:
        with suppress(psycopg.OperationalError):
            return bool(self.ask("SELECT 1 FROM jobs_run WHERE job = 'night' AND status = 'done'"))
        return False

    def told(self):
        return [self.ask(statement) for statement in TELL]

    def close(self):
        for program in self.programs.values():
            _kill(psutil.Process(program.pid))
            program.wait(30)
        for server in self.servers.values():
            server.stop()
        for process in processes_of(self.var):
            process.kill()


def _kill(process):
    for victim in [*process.children(recursive=True), process]:
        with suppress(psutil.NoSuchProcess):
            victim.kill()


@contextmanager
def machine(var, **values):
    it = Machine(var)
    it.env |= values
    try:
        for name in ("worker", "beat"):
            it.start(name)
        yield it
    finally:
        it.close()


def night(it, victim=None, chance=None):
    """Let a night pass, with SIGKILL for `victim` once some customers are back; return what stands then."""
    it.begin()
    before = it.returned()
    if victim:
        some = before + chance.randint(0, DUE - 100)
        until(lambda: it.returned() >= some, 120)
        if it.is_done():  # over before it could be hit: another one
            return night(it, victim, chance)
        it.kill(victim)
    until(it.is_done, 180)
    return it.told()


def test_a_night_whose_worker_beat_database_or_redis_is_killed_ends_as_an_undisturbed_one(tmp_path):
    chance = random.Random(1877)
    with machine(tmp_path / "var") as it:
        twin = night(it)
        assert len(twin[0]) > DUE and [row[1] for row in twin[0]].count(None) >= DUE
        for n in range(rounds(100, 4)):
            victim = ("worker", "beat", "postgres", "redis")[n % 4]
            begun = time.monotonic()
            assert night(it, victim, chance) == twin, f"round {n}: {victim}"
            print(f"round {n}: {victim} {time.monotonic() - begun:.1f} s")


def test_control_a_night_that_is_noted_before_it_is_done_stays_half_done(tmp_path):
    with machine(tmp_path / "var", CARELESS="1") as it:
        it.begin()
        before = it.returned()
        until(lambda: it.returned() > before, 120)
        it.kill("worker")
        time.sleep(6)  # several rings
        assert it.is_done()
        assert before < it.returned() < before + DUE
