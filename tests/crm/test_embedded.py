"""The lease on the embedded servers: the first process starts them, the last one stops them, come what may."""

import json
import os
import signal
import subprocess
from contextlib import contextmanager

import psutil
import psycopg
import pytest

from tests.crm.processes import bare_environment, processes_of, python, until

HOLD = """
import os, sys
from crm import embedded
with embedded.services():
    {inside}
    print(os.environ["DATABASE_URL"], os.environ["REDIS_URL"], flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def var(tmp_path):
    yield tmp_path / "var"
    for process in processes_of(tmp_path):
        process.kill()


@contextmanager
def holder(var, inside="pass"):
    """A process that holds a lease until the block ends; its addresses stand in `.addresses`."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with python("-c", HOLD.format(inside=inside), env=bare_environment(var), **pipes) as process:
        try:
            process.addresses = process.stdout.readline().split()
            yield process
            process.stdin.close()
            process.wait(30)
        finally:
            process.kill()


def server_pids(var):
    files = (var / "postgres" / "postmaster.pid", var / "redis" / "redis.pid")
    return [int(file.read_text().split()[0]) for file in files]


def kill(*pids):
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    until(lambda: not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids))


def test_the_last_of_two_holders_stops_the_servers(var):
    with holder(var) as first:
        with holder(var) as second:
            assert first.addresses == second.addresses
            assert len(second.addresses) == 2
        assert second.returncode == 0
        assert all(map(psutil.pid_exists, server_pids(var)))
    assert first.returncode == 0
    assert processes_of(var) == []


def test_killing_one_holder_leaves_the_servers_to_the_other(var):
    with holder(var):
        with holder(var) as victim:
            kill(victim.pid)
        assert all(map(psutil.pid_exists, server_pids(var)))
    assert processes_of(var) == []


def test_servers_left_by_a_killed_holder_are_used_again_and_then_stopped(var):
    with holder(var) as victim:
        pids = server_pids(var)
        kill(victim.pid)
    assert all(map(psutil.pid_exists, pids))
    with holder(var):
        assert server_pids(var) == pids
    assert processes_of(var) == []


def test_sigterm_gives_the_lease_back(var):
    with holder(var) as process:
        process.terminate()
        assert process.wait(30) == 128 + signal.SIGTERM
    assert processes_of(var) == []


def test_a_forked_child_that_ends_does_not_stop_the_servers(var):
    with holder(var, inside="child = os.fork() or sys.exit(); os.waitpid(child, 0)"):
        assert all(map(psutil.pid_exists, server_pids(var)))
    assert processes_of(var) == []


def test_a_forked_child_that_lives_on_does_not_keep_the_servers(var):
    with holder(var, inside="os.fork() or __import__('time').sleep(20)") as parent:
        pids = server_pids(var)
        parent.stdin.close()
        parent.wait(15)
    assert not any(map(psutil.pid_exists, pids))


def test_pid_files_that_outlived_a_power_cut_and_name_others_are_no_obstacle(var):
    with holder(var) as victim:
        kill(victim.pid, *server_pids(var))
    postmaster = var / "postgres" / "postmaster.pid"
    postmaster.write_text("\n".join([str(os.getpid()), *postmaster.read_text().splitlines()[1:]]))
    (var / "redis" / "redis.pid").write_text(str(os.getpid()))
    with holder(var) as process:
        assert len(process.addresses) == 2
    assert processes_of(var) == []


def test_ctrl_c_in_the_terminal_does_not_reach_the_servers(var):
    with holder(var) as process:
        sessions = {os.getsid(pid) for pid in server_pids(var)}
        assert os.getsid(process.pid) not in sessions


def test_nobody_gets_in_without_the_password(var):
    with holder(var) as process:
        place = process.addresses[0].partition("@")[2]
        for user in ("evergreen", "postgres"):
            with pytest.raises(psycopg.OperationalError, match="no password supplied"):
                psycopg.connect(f"postgresql://{user}@{place}")
        modes = {path.name: oct(path.stat().st_mode)[-3:] for path in [*var.iterdir(), var / "redis" / "redis.conf"]}
    assert modes["secrets.json"] == modes["redis.conf"] == "600"
    assert modes["postgres"] == modes["redis"] == "700"
    assert json.loads((var / "secrets.json").read_text())["evergreen"] not in " ".join(os.environ)


def test_the_application_is_no_superuser_and_text_sorts_alike_everywhere(var):
    with holder(var) as process, psycopg.connect(process.addresses[0]) as connection:
        role = connection.execute("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user").fetchone()
        locale = connection.execute(
            "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding) FROM pg_database"
            " WHERE datname = current_database()"
        ).fetchone()
    assert role == (False, True)
    assert locale == ("b", "C.UTF-8", "UTF8")


def test_a_path_longer_than_a_socket_allows_is_fine(var):
    with holder(var.joinpath(*["deep"] * 40)) as process:
        assert len(process.addresses) == 2


def test_addresses_in_the_environment_start_nothing(var):
    given = bare_environment(var, DATABASE_URL="postgres://elsewhere/x", REDIS_URL="redis://elsewhere/0")
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE}
    with python("-c", HOLD.format(inside="pass"), env=given, **pipes) as process:
        assert process.stdout.read().split() == ["postgres://elsewhere/x", "redis://elsewhere/0"]
    assert not var.exists()
