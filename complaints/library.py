"""The case library (policy 7.8): closed tickets written up for learning, and those like the one in hand.

Texts are compared by the two-character grams of their titles, which serve Chinese as well as Latin letters.
"""

from complaints.models import Case, Ticket
from customers.search import grams

# Of a frequent word the newest are compared, of a rare one all: either way few rows are read.
COMPARED = 200
SHOWN = 5
# The words stand in the statement itself: how frequent they are says whether to look them up or to walk the newest.
LIKE = """
    SELECT id, title, solution FROM (
        SELECT id, title, solution, cause, product FROM complaints_case WHERE grams && %(grams)s::text[]
        ORDER BY at DESC, id DESC LIMIT %(compared)s
    ) AS newest, LATERAL (
        SELECT count(*) AS same FROM unnest(%(grams)s::text[]) AS gram WHERE strpos(lower(title), gram) > 0
    ) AS shared
    WHERE same >= 2 OR (product <> '' AND product = %(product)s)
    ORDER BY same + (cause <> '' AND cause = %(cause)s)::int * 2
             + (product <> '' AND product = %(product)s)::int * 2 DESC, id DESC
    LIMIT %(shown)s
"""


def similar(ticket: Ticket, *, limit: int = SHOWN) -> list[Case]:
    """Return the written cases most like `ticket`: by the words of its subject, its cause and its product."""
    pairs = {pair for pair in grams(ticket.subject.lower()) if len(pair) == 2}
    params = {"grams": sorted(pairs), "cause": ticket.cause, "product": ticket.product}
    return list(Case.objects.raw(LIKE, params | {"compared": COMPARED, "shown": limit}))
