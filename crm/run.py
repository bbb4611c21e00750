"""`make run`: the servers, the migrations, then web, worker and beat until Ctrl-C; whatever it began ends with it."""

import ctypes
import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import django
from django.core.management import call_command

from crm import embedded, health

READY_PATIENCE = 60  # seconds until /healthz must answer
STOP_PATIENCE = 10  # seconds for a worker to finish what it does
PR_SET_PDEATHSIG = 1
ROOT_WARNING = "ignore:You're running the worker with superuser privileges"


def main():
    embedded.read_env()
    port = _port()
    has_own_database = bool(os.environ.get("DATABASE_URL"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    try:
        with embedded.services():
            django.setup()
            prepare(with_demo=os.environ.get("DEMO", "0" if has_own_database else "1") != "0")
            return serve(port)
    except KeyboardInterrupt:
        return 130


def prepare(*, with_demo):
    """Bring database and static files up to date.

    Demo accounts have a public password: a database named by DATABASE_URL gets them only when DEMO asks for them.
    """
    call_command("migrate", verbosity=0, interactive=False)
    _collect_static()
    from staff.models import User  # models can be imported after django.setup() only

    if with_demo and not User.objects.exists():
        call_command("demo", verbosity=0)


def serve(port):
    """Exit status: 0 when asked to stop, 1 when one of the three died or never answered."""
    commands, children = _commands(port), {}
    with _stop_event() as stop:
        try:
            children["web"] = _spawn("web", commands["web"])
            problem = _until_ready(port, children, stop)
            if not problem and not stop.is_set():
                # After the site, because on a small machine their start would slow it down.
                children |= {name: _spawn(name, commands[name]) for name in ("worker", "beat")}
                print(_welcome(port), flush=True)
                problem = _watch(children, stop)
        finally:
            _stop_all(children.values())
    if problem:
        print(problem, file=sys.stderr)
    return 1 if problem else 0


def _commands(port):
    celery = [sys.executable, "-m", "celery", "-A", "crm"]
    schedule = embedded.var_dir() / "beat-schedule"
    return {
        "web": [
            *(sys.executable, "-m", "gunicorn", "crm.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"),
            *("--preload", "--graceful-timeout", "5", "--no-control-socket", "--log-level", "warning"),
        ],
        "worker": [*celery, "worker", "--concurrency=2", "--loglevel=WARNING"],
        "beat": [*celery, "beat", f"--schedule={schedule}", "--loglevel=WARNING"],
    }


def _spawn(name, command):
    """In a session of its own: Ctrl-C reaches this process only, which then stops its children in good order."""
    path = _log(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    quiet = {"PYTHONWARNINGS": ROOT_WARNING} if os.geteuid() == 0 else {}
    with open(path, "a") as log:
        return subprocess.Popen(
            command,
            cwd=embedded.BASE_DIR,
            env=os.environ | quiet,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _until_ready(port, children, stop):
    """None once the site answers, else what went wrong."""
    deadline = time.monotonic() + READY_PATIENCE
    while not stop.is_set():
        problem = _dead(children)
        if problem or health.web(port):
            return problem
        if time.monotonic() > deadline:
            return f"The site does not answer after {READY_PATIENCE} seconds; see {_log('web')}"
        stop.wait(0.1)
    return None


def _watch(children, stop):
    while not stop.wait(0.3):
        problem = _dead(children)
        if problem:
            return problem
    return None


def _dead(children):
    for name, child in children.items():
        if child.poll() is not None:
            return f"{name} ended unexpectedly (status {child.returncode}); see {_log(name)}"
    return None


def _stop_all(children):
    for child in children:
        child.terminate()
    deadline = time.monotonic() + STOP_PATIENCE
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.wait(max(0, deadline - time.monotonic()))
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


@contextmanager
def _stop_event():
    """Set by the first SIGINT, SIGTERM or SIGHUP; further ones change nothing: the stopping is never cut short."""
    stop = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    kept = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def _log(name):
    return embedded.var_dir() / "log" / f"{name}.log"


def _port():
    """PORT from the environment, free to listen on; SystemExit with the cure otherwise."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise SystemExit(f"PORT must be a number from 1 to 65535, not {text!r}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except OSError as error:
            hint = f"choose another one, as in: make run PORT={int(text) % 65535 + 1}"
            raise SystemExit(f"Cannot listen on port {text} ({error.strerror}): {hint}") from None
    return int(text)


def _collect_static():
    """Only when a file was added, removed or changed since the last time: compressing all of them takes seconds."""
    from django.conf import settings  # configured after django.setup() only
    from django.contrib.staticfiles.finders import get_finders

    root = Path(settings.STATIC_ROOT)
    found = sorted(Path(storage.path(path)) for finder in get_finders() for path, storage in finder.list([]))
    seen = "\n".join(f"{path} {path.stat().st_mtime_ns} {path.stat().st_size}" for path in found)
    digest = hashlib.sha256(seen.encode()).hexdigest()
    stamp = root.with_suffix(".stamp")
    if root.is_dir() and stamp.is_file() and stamp.read_text() == digest:
        return
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(digest)


def _welcome(port):
    from reports import demo, setup  # models can be imported after django.setup() only

    address = f"http://127.0.0.1:{port}"
    lines = ["", f"Evergreen is ready:  {address}/", ""]
    accounts = _demo_accounts()
    if accounts:
        lines.append(f"Demo accounts (password {demo.PASSWORD} until somebody changes it):")
        lines += [f"  {role:<16} {username}" for role, username in accounts]
    elif setup.is_needed():
        lines.append(f"No administrator can sign in yet. Make the first one at  {address}{setup.path()}")
    return "\n".join([*lines, "", "Ctrl-C stops everything; the data stays in var/."])


def _demo_accounts():
    """(role, username) of the demo accounts that still exist."""
    from reports import demo  # models can be imported after django.setup() only
    from staff.models import User

    there = set(User.objects.filter(is_active=True).values_list("username", flat=True))
    return [(role, username) for role, username in demo.ACCOUNTS if username in there]


if __name__ == "__main__":
    sys.exit(main())
