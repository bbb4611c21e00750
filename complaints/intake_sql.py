"""A ticket of the public form as one prepared statement: its row, its number, its first step."""

from functools import cache

from django.db import IntegrityError, connection
from django.utils import timezone

from complaints.models import Ticket
from crm.lib.prepared import Prepared

# What the statement says itself; everything else is as the ticket has it.
DESK = "SELECT d.person_id FROM complaints_desk d JOIN staff_user u ON u.id = d.person_id AND u.is_active LIMIT 1"
SAID = {"number": "%(year)s || '-' || lpad(n::text, greatest(6, length(n::text)), '0')", "holder_id": f"({DESK})"}
INSERT = """
    WITH ticket AS (
        INSERT INTO complaints_ticket ({columns}) SELECT {values} FROM nextval('complaints_number_series') AS n
        ON CONFLICT DO NOTHING RETURNING id, received_at
    ), step AS (
        INSERT INTO complaints_step (ticket_id, verb, by_id, at, round, note, data, is_public)
        SELECT id, 'receive', NULL, received_at, 0, '', '{{"source": "form"}}', true FROM ticket
    )
    SELECT id FROM ticket
"""
FIELDS = [field for field in Ticket._meta.concrete_fields if not (field.primary_key or field.generated)]


@cache
def _statement() -> Prepared:
    kinds = {field.column: (field.rel_db_type if field.is_relation else field.db_type)(connection) for field in FIELDS}
    values = [SAID.get(column, f"%({column})s") for column in kinds]
    types = {"year": "text"} | {column: kind for column, kind in kinds.items() if column not in SAID}
    columns = ", ".join(f'"{column}"' for column in kinds)
    return Prepared("complaints_intake", INSERT.format(columns=columns, values=", ".join(values)), types)


def insert(ticket: Ticket) -> int | None:
    """Write the ticket, with the next number and the desk's person; return its id, None when its token is there.

    Raises IntegrityError when anything else keeps it out: nothing is lost in silence.
    """
    params = {
        field.column: field.get_db_prep_save(field.pre_save(ticket, True), connection)
        for field in FIELDS
        if field.column not in SAID
    }
    with connection.cursor() as cursor:
        _statement().execute(cursor, params | {"year": str(timezone.localdate().year)})
        row = cursor.fetchone()
    if row is None and not Ticket.objects.filter(token=ticket.token).exists():
        raise IntegrityError(f"The ticket {ticket.token} could not be written.")
    return row[0] if row else None
