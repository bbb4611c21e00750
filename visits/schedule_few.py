"""The steps of `visits.schedule` for a few customers, as after a claim or a payment.

They are prepared: planning such statements takes the server many times what they take for one customer.
"""

from crm.lib.prepared import Prepared
from visits import schedule_sql as sql

# The plan of a prepared statement supposes few ids; for more, one is made for their number.
MOST_AT_ONCE = 20
STEPS = (
    "HOLD",
    "FOLLOW_EVENTS",
    "FOLLOW_CADENCE",
    "FORGIVE",
    "PULL_FORWARD",
    "OFF_HOLIDAYS",
    "FOLLOW_OWNER",
    "NEXT_DATES",
)
TYPES = {
    "on": "date",
    "since": "date",
    "grace": "integer",
    "zone": "text",
    "now": "timestamptz",
    "customers": "bigint[]",
}


def _prepared(step):
    return Prepared(f"schedule_{step.lower()}", getattr(sql, step).format(only=sql.THESE), TYPES)


FEW = {getattr(sql, step): _prepared(step) for step in STEPS}
