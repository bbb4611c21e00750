"""Statements that are executed all day: the server plans each once per connection instead of every time.

Planning a statement of several parts takes it longer than executing it for one row. The plan knows no parameters, as
the settings ask, so it has to be right for all. It needs connections of one's own, as `crm.lib.locks` does: nothing
between the application and PostgreSQL may share them by transaction.
"""

from collections.abc import Iterable
from weakref import WeakKeyDictionary

from django.db import connection


class Prepared:
    """The statement `sql` with `%(name)s` for each of `types`, which says the parameters' PostgreSQL types by name."""

    def __init__(self, name: str, sql: str, types: dict[str, str]):
        places = {parameter: f"${n}" for n, parameter in enumerate(types, 1)}
        given = f" ({', '.join(types.values())})" if types else ""
        asked = f" ({', '.join(f'%({parameter})s' for parameter in types)})" if types else ""
        self.prepare = f"PREPARE {name}{given} AS {sql % places}"
        self.call = f"EXECUTE {name}{asked}"
        self._known = WeakKeyDictionary()  # the connections that have it

    def execute(self, cursor, params: dict, *, after: str = "") -> None:
        """Execute it with `params` on a cursor of the default connection.

        The statement `after` goes before it on the same way to the server; what it returns is the cursor's first set.
        """
        self.make_known(cursor)
        cursor.execute(f"{after}; {self.call}" if after else self.call, params)

    def make_known(self, cursor) -> None:
        """Prepare it on the connection of `cursor` unless it was before; then its `call` may go before another one."""
        if connection.connection not in self._known:
            cursor.execute(self.prepare)
            self._known[connection.connection] = True


def rows_of_all(statements: Iterable[Prepared], params: dict, *, after: str = "") -> list[list[tuple]]:
    """Execute all of `statements` on one way to the server, each with those of `params` that it names.

    Return the rows of each, in their order; first those of the statement `after`, which goes before them.
    """
    with connection.cursor() as cursor:
        for statement in statements:
            statement.make_known(cursor)
        cursor.execute("; ".join([after] * bool(after) + [statement.call for statement in statements]), params)
        found = [cursor.fetchall()]
        while cursor.nextset():
            found.append(cursor.fetchall())
    return found
