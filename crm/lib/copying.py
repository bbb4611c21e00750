"""Many rows at once: COPY into a table, and updates from a staged one. Call within a transaction."""

from collections.abc import Iterable, Sequence

from django.db import connection

STAGE = "staged_rows"


def copy(table: str, columns: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Append rows to a table."""
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as writer:
        for row in rows:
            writer.write_row(row)


def insert_new(table: str, columns: Sequence[str], rows: Iterable[Sequence], *, unique: str) -> dict:
    """Insert the rows whose `unique` column is not taken yet, in order; return {its value: id} of those."""
    names = ", ".join(columns)
    _stage(table, columns, rows)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {names} FROM {STAGE} "  # noqa: S608 - names of our own tables
            f"ON CONFLICT ({unique}) DO NOTHING RETURNING {unique}, id"
        )
        return dict(cursor.fetchall())


def update(table: str, columns: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Set columns of existing rows, which are found by `id`, the first of `columns`."""
    _stage(table, columns, rows)
    sets = ", ".join(f"{name} = s.{name}" for name in columns[1:])
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} t SET {sets} FROM {STAGE} s WHERE t.id = s.id")  # noqa: S608 - our own names


def whole_tables(cursor) -> None:
    """Tell the planner, until the transaction ends, that a statement goes over whole tables.

    After a large import statistics lag behind, and a nested loop chosen then takes minutes instead of a second.
    """
    cursor.execute("SET LOCAL enable_nestloop = off")


def _stage(table, columns, rows):
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{STAGE}")
        cursor.execute(
            f"CREATE TEMPORARY TABLE {STAGE} ON COMMIT DROP AS "  # noqa: S608 - names of our own tables
            f"SELECT {', '.join(columns)} FROM {table} WITH NO DATA"
        )
    copy(STAGE, columns, rows)
