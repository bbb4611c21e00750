"""The product as a process of its own, with servers and data of its own, and what it leaves behind."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
# Empty counts as absent, and keeps a developer's .env from filling them in again.
BARE = dict.fromkeys(("DATABASE_URL", "REDIS_URL", "SECRET_KEY"), "")
FORGOTTEN = ("ALLOWED_HOSTS", "DJANGO_SETTINGS_MODULE", "HTTPS", "PORT", "DEMO")


def environment(**values):
    """The environment of somebody at a shell, not that of the tests."""
    kept = {name: value for name, value in os.environ.items() if name not in FORGOTTEN}
    return {name: value for name, value in {**kept, **values}.items() if value is not None}


def bare_environment(var, **values):
    return environment(**BARE | {"EVERGREEN_VAR": str(var), "EVERGREEN_FSYNC": "off"} | values)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def processes_of(folder):
    """Living processes whose command line or environment names the folder: servers, children, grandchildren."""
    return [process for process in psutil.process_iter() if process.pid != os.getpid() and _names(process, str(folder))]


def _names(process, text):
    try:
        is_alive = process.status() != psutil.STATUS_ZOMBIE
        return is_alive and (text in " ".join(process.cmdline()) or text in " ".join(process.environ().values()))
    except psutil.Error:
        return False


def python(*words, **kwargs):
    return subprocess.Popen([sys.executable, *words], cwd=ROOT, text=True, **kwargs)


def until(condition, seconds=60):
    """The first true answer; AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"still not so after {seconds} seconds"
        time.sleep(0.1)
    return answer
