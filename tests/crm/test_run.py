"""`make run` from its last step on: ready, Ctrl-C, nothing left behind, the data there again."""

import re
import signal
import socket
import urllib.request
from contextlib import contextmanager

import psutil
import pytest

from tests.crm.processes import bare_environment, free_port, processes_of, python, until


class Site:
    """One `python -m crm.run`, with data and static files in the folder."""

    def __init__(self, folder, **values):
        self.folder = folder
        self.port = values.pop("PORT", None) or free_port()
        self.out = folder / "out"
        self.values = {"STATIC_ROOT": str(folder / "static"), "DEMO": "0", "PORT": str(self.port), **values}

    @contextmanager
    def running(self):
        env = bare_environment(self.folder / "var", **self.values)
        with open(self.out, "w") as out:
            self.process = python("-m", "crm.run", env=env, stdout=out, stderr=out, start_new_session=True)
        try:
            yield self
        finally:
            self.process.kill()
            self.process.wait()

    def wait_until_ready(self):
        until(lambda: "Ctrl-C stops everything" in self.text() or self.process.poll() is not None, 90)
        assert self.process.poll() is None, self.text()
        return self.text()

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.process.wait(30)

    def text(self):
        return self.out.read_text()

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.url, answer.read().decode()


@pytest.fixture
def folder(tmp_path):
    """Nothing here yet: the first start."""
    yield tmp_path
    _kill_all(tmp_path)


@pytest.fixture(scope="module")
def module_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("used")


@pytest.fixture
def used_folder(module_folder):
    """Started before by the test before, as a rule; which is quicker."""
    yield module_folder
    _kill_all(module_folder)


def _kill_all(folder):
    for process in processes_of(folder):
        process.kill()


def test_it_shows_the_sign_in_page_leaves_no_process_and_finds_its_data_again(folder):
    with Site(folder, DEMO=None).running() as site:
        text = site.wait_until_ready()
        assert f"http://127.0.0.1:{site.port}/" in text
        accounts = re.findall(r"^  (\w[\w ]*?) {2,}\S+$", text, re.M)
        assert len(set(accounts)) == 6
        url, page = site.get("/")
        assert url.endswith("/login/?next=/") or "login" in url
        assert 'name="password"' in page
        assert site.stop() == 0
    assert processes_of(folder) == []

    with Site(folder, DEMO="0").running() as site:
        again = site.wait_until_ready()
        assert re.findall(r"^  (\w[\w ]*?) {2,}\S+$", again, re.M) == accounts
        assert site.stop(signal.SIGTERM) == 0
    assert processes_of(folder) == []


def test_without_demo_data_it_leads_to_the_first_run_page(folder):
    with Site(folder).running() as site:
        link = re.search(rf"http://127.0.0.1:{site.port}(/welcome/\S+)", site.wait_until_ready())
        _, page = site.get(link[1])
        assert 'name="username"' in page
        site.stop()


@pytest.mark.parametrize("name", ["gunicorn", "worker", "beat"])
def test_when_one_part_dies_everything_stops_and_says_which(used_folder, name):
    with Site(used_folder).running() as site:
        site.wait_until_ready()
        children = psutil.Process(site.process.pid).children()
        next(child for child in children if name in child.cmdline()).kill()
        assert site.process.wait(30) == 1
        assert f"{'web' if name == 'gunicorn' else name} ended unexpectedly" in site.text()
    assert processes_of(used_folder) == []


def test_a_killed_run_takes_its_children_along_and_the_next_one_starts(used_folder):
    with Site(used_folder).running() as site:
        site.wait_until_ready()
        site.process.kill()
    servers = {"postgres", "redis-server"}
    until(lambda: {process.name() for process in processes_of(used_folder)} <= servers, 30)
    with Site(used_folder).running() as site:
        site.wait_until_ready()
        site.stop()
    assert processes_of(used_folder) == []


def test_a_port_in_use_is_said_with_the_cure(folder):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with Site(folder, PORT=str(port)).running() as site:
            assert site.process.wait(30) == 1
            assert f"Cannot listen on port {port}" in site.text()
            assert "make run PORT=" in site.text()
    assert not (folder / "var").exists()
