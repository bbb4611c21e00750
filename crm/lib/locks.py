"""Locks by name that PostgreSQL holds for a connection: freed when it closes, so also when its process is killed."""

from contextlib import contextmanager, suppress

from django.db import DatabaseError, connection

KEY = "hashtextextended(%s, 0)"


@contextmanager
def locked(name: str):
    """Wait for the lock `name` and hold it over the transactions of the block."""
    _ask(f"SELECT pg_advisory_lock({KEY})", name)
    try:
        yield
    finally:
        _free(name)


@contextmanager
def try_lock(name: str):
    """Yield whether the lock `name` was free; if so it is held over the transactions of the block."""
    mine = _ask(f"SELECT pg_try_advisory_lock({KEY})", name)
    try:
        yield mine
    finally:
        if mine:
            _free(name)


def _free(name):
    # A lost connection has freed the lock already; the error that lost it is the one to hear of.
    with suppress(DatabaseError):
        _ask(f"SELECT pg_advisory_unlock({KEY})", name)


def _ask(statement, name):
    with connection.cursor() as cursor:
        cursor.execute(statement, [name])
        return cursor.fetchone()[0]
