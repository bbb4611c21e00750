"""What hangs on one ticket, read on one way to the server: its page shows all of it, and each part is few rows."""

from django.db import connection
from django.db.models import Model

from complaints.models import Action, File, Message, Solution, Step, Stop, Ticket
from crm.lib.prepared import Prepared, rows_of_all
from customers.models import Customer
from staff.models import User

NAMED = ("id", "name", "username")
TYPES = {"ticket": "bigint"}
# Whom a note names, a further column of the thread.
MENTIONED = """, ARRAY(
    SELECT u.name FROM complaints_mention m JOIN staff_user u ON u.id = m.person_id WHERE m.message_id = r.id
    ORDER BY m.id
)"""


class Part:
    """Rows of `model` under `condition`, each with whoever its field `person` names; other fields wait until asked for.

    Only the columns `names` are read when they are given, all but `without` otherwise; `further` is one column more.
    """

    def __init__(self, model: type[Model], condition: str, *, names=(), without=(), person="", further="", types=TYPES):
        fields = [field for field in model._meta.concrete_fields if field.name not in without]
        self.fields = [field for field in fields if not names or field.name in names]
        self.model, self.person = model, person
        self.names = [field.attname for field in self.fields]
        columns = [f"r.{field.column}" for field in self.fields]
        if person:
            columns += [f"p.{name}" for name in NAMED]
        joined = f"LEFT JOIN staff_user p ON p.id = r.{person}_id" if person else ""
        sql = f"SELECT {', '.join(columns)}{further} FROM {model._meta.db_table} r {joined} WHERE {condition}"  # noqa: S608 - constants only
        self.statement = Prepared(f"ticket_{model._meta.model_name}", sql, types)

    def made(self, rows: list[tuple]) -> list:
        """Return `rows` as instances, with the further column as `further`."""
        return [self._made(row) for row in rows]

    def _made(self, row):
        size = len(self.fields)
        values = [_read(field, value) for field, value in zip(self.fields, row, strict=False)]
        one = self.model.from_db(connection.alias, self.names, values)
        if self.person:
            setattr(one, self.person, _person(row[size : size + len(NAMED)]))
        one.further = row[-1]
        return one


def _read(field, value):
    return field.from_db_value(value, None, connection) if hasattr(field, "from_db_value") else value


def _person(row):
    return User.from_db(connection.alias, NAMED, row) if row[0] else None


PARTS = {
    "steps": Part(Step, "r.ticket_id = %(ticket)s ORDER BY r.at, r.id", person="by"),
    "words": Part(Message, "r.ticket_id = %(ticket)s ORDER BY r.at, r.id", person="by", further=MENTIONED),
    "files": Part(File, "r.ticket_id = %(ticket)s ORDER BY r.id", without=("content",)),
    "solutions": Part(Solution, "r.ticket_id = %(ticket)s ORDER BY r.id", person="by"),
    "actions": Part(Action, "r.ticket_id = %(ticket)s ORDER BY r.due_on, r.id", person="person"),
    "stops": Part(Stop, "r.ticket_id = %(ticket)s AND r.until IS NULL"),
    # Which it is tied to: whoever looks may not see all of them.
    "tied": Part(Ticket, "r.parent_id = %(ticket)s OR r.repeats_id = %(ticket)s", names=("id",)),
    "customer": Part(
        Customer,
        "r.id = %(customer)s",
        names=("id", "name", "grade", "owner"),
        types={"customer": "bigint"},
    ),
    "people": Part(
        User,
        "r.id = ANY(%(people)s)",
        names=(*NAMED, "role", "team"),
        types={"people": "bigint[]"},
    ),
}
PEOPLE = ("holder", "responsible", "received_by")


def of(ticket: Ticket) -> dict[str, list]:
    """Return the PARTS of `ticket` by name, and set its people, its customer and that one's `owner` from them.

    Who may see which of them is not asked here.
    """
    people = [getattr(ticket, f"{name}_id") for name in PEOPLE]
    params = {"ticket": ticket.pk, "customer": ticket.customer_id, "people": [pk for pk in people if pk]}
    found = rows_of_all([part.statement for part in PARTS.values()], params)
    parts = {name: part.made(rows) for (name, part), rows in zip(PARTS.items(), found, strict=True)}
    ticket.owner = None
    for customer in parts["customer"]:
        ticket.customer, ticket.owner = customer, customer.owner_id
    by_id = {person.pk: person for person in parts["people"]}
    for name in PEOPLE:
        if person := by_id.get(getattr(ticket, f"{name}_id")):
            setattr(ticket, name, person)
    return parts
