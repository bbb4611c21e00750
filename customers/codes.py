"""Customer codes for customers that come without one."""

from django.db import connection

TAKEN = "SELECT 1 FROM customers_customer WHERE code = %s"


def next_code() -> str:
    """Return the next free code of the series N00001, N00002, …; never the same twice, also under a race."""
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT nextval('customers_code_series')")
            code = f"N{cursor.fetchone()[0]:05d}"
            if not cursor.execute(TAKEN, [code]).fetchone():
                return code
