"""The case library (policy 7.8): closed tickets written up for learning, and those like the one in hand.

Texts are compared by the two-character grams of their titles, which serve Chinese as well as Latin letters.
"""

from django.db import connection

from complaints.models import Case, Ticket

# Of a frequent word the newest are compared, of a rare one all: either way few rows are read.
COMPARED = 200
SHOWN = 5
LIKE = """
    WITH wanted AS (
        SELECT ARRAY(SELECT gram FROM unnest(crm_grams(%(text)s)) AS gram WHERE length(gram) = 2) AS grams
    ),
    newest AS (
        SELECT c.id, c.grams, c.cause, c.product FROM complaints_case c
        WHERE c.id IN (
            SELECT found.id FROM complaints_case found, wanted
            WHERE found.grams && wanted.grams ORDER BY found.at DESC, found.id DESC LIMIT %(compared)s
        )
    )
    SELECT n.id
    FROM newest n, wanted,
         LATERAL (SELECT count(*) AS same FROM unnest(n.grams) AS gram WHERE gram = ANY(wanted.grams)) AS shared
    WHERE shared.same >= 2 OR (n.product <> '' AND n.product = %(product)s)
    ORDER BY shared.same + (n.cause <> '' AND n.cause = %(cause)s)::int * 2
             + (n.product <> '' AND n.product = %(product)s)::int * 2 DESC, n.id DESC
    LIMIT %(shown)s
"""


def similar(ticket: Ticket, *, limit: int = SHOWN) -> list[Case]:
    """Return the written cases most like `ticket`: by the words of its subject, its cause and its product."""
    params = {"text": ticket.subject, "cause": ticket.cause, "product": ticket.product}
    with connection.cursor() as cursor:
        cursor.execute(LIKE, params | {"compared": COMPARED, "shown": limit})
        ids = [row[0] for row in cursor.fetchall()]
    cases = Case.objects.in_bulk(ids)
    return [cases[pk] for pk in ids]
