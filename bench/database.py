"""The scratch database: beside the named one on the same server, thrown away whenever what fills it changed."""

import hashlib
import os
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from crm import embedded

NAME = "evergreen_bench"
MARK = "CREATE TABLE bench_mark AS SELECT %s::text AS mark"
READ_MARK = "SELECT mark FROM bench_mark"


@contextmanager
def services():
    """Name a server in the environment: the one that is named already, else an embedded one apart from `make run`'s."""
    embedded.read_env()
    if not os.environ.get("DATABASE_URL"):
        os.environ["EVERGREEN_VAR"] = str(embedded.var_dir() / "bench")
    with embedded.services():
        yield


def use(size: int, *, fresh: bool) -> bool:
    """Point DATABASE_URL at the scratch database; return whether it is filled for `size` customers already."""
    server = os.environ["DATABASE_URL"]
    address = urlsplit(server)._replace(path=f"/{NAME}").geturl()
    with psycopg.connect(server, autocommit=True) as connection:
        kept = not fresh and _mark_of(address) == mark(size)
        if not kept:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(NAME)))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
    os.environ["DATABASE_URL"] = address
    return kept


def mark(size: int) -> str:
    """Say what a database was filled from: the number of customers, the tables, and the way of filling."""
    root = Path(__file__).resolve().parent
    files = [root / f"{name}.py" for name in ("complaints", "fill", "names", "people", "plans", "shapes")]
    files += sorted(root.parent.glob("*/migrations/*.py"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    return f"{size} {digest}"


def _mark_of(address):
    try:
        with psycopg.connect(address) as connection:
            return connection.execute(READ_MARK).fetchone()[0]
    except (psycopg.OperationalError, psycopg.errors.UndefinedTable):
        return None


def write_mark(size: int) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute(MARK, [mark(size)])
