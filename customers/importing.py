"""Customers from a file, set by set (policy 2.4, 2.5, 2.8, 4.1).

A line whose code is new makes a customer; one whose code is known changes the columns that it fills in. Owner and
start of ownership count for new customers only: afterwards ownership moves by its own verbs.
"""

import json
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.translation import gettext as _t

from crm.lib import copying
from crm.lib.cells import Problem, limited, past_date
from crm.lib.dates import start_of
from crm.lib.importing import Importer, Line
from customers import permissions
from customers.choices import Payment
from customers.columns import COLUMNS, CONTACT, FIELDS, MISSING, contact_parsers, parsers
from customers.fields import romanise
from customers.grading import regrade
from customers.models import Activity, Contact, Customer, Pool, Stint
from customers.reactions import react
from staff.models import User
from staff.permissions import is_administrator, is_finance, is_in_sight

NEW = (
    "code", *FIELDS, "pinyin", "grade", "dealt", "is_flagged", "owner_id", "owned_since", "owned_at", "pool_id",
    "pooled_at", "pool_note", "stint_reason", "moved_by_id", "version", "created_at", "created_by_id", "updated_at",
)  # fmt: skip
CHANGED = ("id", *FIELDS, "pinyin", "version", "updated_at")
GRADED = {"payment", "cooperation"}


@dataclass
class Work:
    """What one chunk of lines comes to."""

    new: list[tuple[Line, dict]] = field(default_factory=list)
    changed: list[dict] = field(default_factory=list)
    edited: dict[int, list[str]] = field(default_factory=dict)
    new_contacts: list[dict] = field(default_factory=list)
    changed_contacts: list[dict] = field(default_factory=list)
    regraded: list[int] = field(default_factory=list)
    made: list[int] = field(default_factory=list)


class CustomerImport(Importer):
    job = "import customers"
    key = "code"
    columns = COLUMNS

    def __init__(self, by):
        super().__init__(by)
        self.now = timezone.now()
        self.pooled = {"pool_id": Pool.objects.get(team=None).pk, "pooled_at": self.now}
        self.people = {
            person.username: person.pk
            for person in User.objects.active()
            if not is_finance(person) and is_in_sight(by, person.pk)
        }
        self.parsers = parsers()
        self.contact_parsers = contact_parsers()
        self.date = past_date(self.today)
        self.blank = {name: Customer._meta.get_field(name).get_default() for name in FIELDS}

    def take(self, lines, report):
        known, contacts = self.known(lines)
        work = Work()
        for line in lines:
            customer = known.get(line.text("code"))
            if customer is None:
                self.take_new(line, work)
            elif self.may_change(line, customer):
                self.take_known(line, customer, contacts.get(customer["id"], []), work, report)
        report.created += self.write_new(work)
        self.write_changed(work)
        report.updated += len(work.edited)

    def known(self, lines):
        """Lock the customers that the lines name; return them by code, and their contacts by customer."""
        codes = [line.text("code") for line in lines]
        rows = Customer.objects.filter(code__in=codes).order_by("pk").select_for_update(of=("self",))
        known = {row["code"]: row for row in rows.values("id", "code", "owner_id", "version", "pinyin", *FIELDS)}
        contacts: dict[int, list[dict]] = {}
        if known and not lines[0].cells.keys().isdisjoint(CONTACT):
            ids = [row["id"] for row in known.values()]
            found = Contact.objects.filter(customer__in=ids).order_by("-is_main", "pk")
            for row in found.values("id", "customer_id", *CONTACT.values()):
                contacts.setdefault(row["customer_id"], []).append(row)
        return known, contacts

    def may_change(self, line, customer):
        """Whether the importer may change the customer; one out of reach looks like any code that is taken."""
        may = is_administrator(self.by) if customer["owner_id"] is None else _may_edit(self.by, customer)
        if not may:
            line.refuse("code", _t("This code can't be used: it is taken."))
        return may

    # Reading a line

    def values(self, line):
        """Return what the line says about the customer, by field; blank cells say nothing."""
        line.require(MISSING)
        line.read("code", limited(32))
        cells = line.cells
        return {name: line.read(name, parse) for name, parse in self.parsers.items() if cells.get(name)}

    def contact(self, line, *, needs_name):
        """Return what the line says about the contact."""
        found = {
            CONTACT[name]: line.read(name, parse) for name, parse in self.contact_parsers.items() if line.text(name)
        }
        if found and needs_name and not line.text("contact"):
            line.refuse("contact", _t("Say whose phone or address this is, or leave the contact's cells empty."))
        return found

    def take_new(self, line, work):
        values = self.blank | self.values(line)
        contact = self.contact(line, needs_name=True)
        values |= self.ownership(line)
        if line.problems:
            return
        values |= {"code": line.text("code"), "pinyin": romanise(values["name"])[:1200], "contact": contact}
        work.new.append((line, values))

    def ownership(self, line):
        """Return who owns the new customer from when on; without an owner it goes to the pool."""
        since = line.read("owned_since", self.date, default=self.today)
        owner = line.read("owner", self.person)
        if owner is None:
            return {"owner_id": None, "owned_since": None, "owned_at": None} | self.pooled
        return {
            "owner_id": owner,
            "owned_since": since,
            "owned_at": self.now if since == self.today else start_of(since),
            "pool_id": None,
            "pooled_at": None,
        }

    def person(self, username):
        if username not in self.people:
            raise Problem(
                _t("You can't give customers to “%(name)s”. Write the username of an active colleague you lead.")
                % {"name": username[:40]}
            )
        return self.people[username]

    def take_known(self, line, customer, contacts, work, report):
        values = self.values(line)
        edited = [name for name, value in values.items() if customer[name] != value]
        known = _same_person(contacts, line.text("contact"))
        contact = self.contact(line, needs_name=known is None)
        if line.problems:
            return
        if self.change_contact(customer, known, contact, work, is_first=not contacts):
            edited.append("contact")
        if not edited:
            report.unchanged += 1
            return
        if "name" in edited:
            customer["pinyin"] = romanise(values["name"])[:1200]
        if GRADED & set(edited):
            work.regraded.append(customer["id"])
        work.changed.append(customer | values | {"version": customer["version"] + 1, "updated_at": self.now})
        work.edited[customer["id"]] = edited

    def change_contact(self, customer, known, contact, work, *, is_first):
        """Note what becomes of the contact; return whether anything does."""
        if known is None and contact:
            work.new_contacts.append({"customer_id": customer["id"], "is_main": is_first} | contact)
        elif known and any(known[name] != value for name, value in contact.items()):
            work.changed_contacts.append(known | contact)
        else:
            return False
        return True

    # Writing a chunk

    def write_new(self, work):
        """Insert the new customers with contact and activity; return how many."""
        common = {
            "grade": "C",
            "dealt": 0,
            "is_flagged": False,
            "pool_note": "",
            "stint_reason": Stint.Reason.IMPORTED.value,
            "moved_by_id": self.by.pk,
            "version": 1,
            "created_at": self.now,
            "created_by_id": self.by.pk,
            "updated_at": self.now,
        }
        rows = [values | common for _line, values in work.new]
        ids = copying.insert_new("customers_customer", NEW, _tuples(rows, NEW), unique="code") if rows else {}
        made = []
        for line, values in work.new:
            if values["code"] in ids:
                made.append(values | {"id": ids[values["code"]]})
            else:  # somebody made it on a page while this chunk was read
                line.refuse("code", _t("This code can't be used: it is taken."))
        self.write_activities(Activity.Verb.CREATE, {values["id"]: {"import": True} for values in made})
        work.made = [values["id"] for values in made]
        work.new_contacts += [
            {"customer_id": values["id"], "is_main": True} | values["contact"] for values in made if values["contact"]
        ]
        work.regraded += [values["id"] for values in made if values["payment"] != Payment.GOOD]
        return len(made)

    def write_changed(self, work):
        if work.changed:
            copying.update("customers_customer", CHANGED, _tuples(work.changed, CHANGED))
        told = {pk: {"import": True, "fields": fields} for pk, fields in work.edited.items()}
        self.write_activities(Activity.Verb.EDIT, told)
        if work.changed_contacts:
            columns = ("id", *CONTACT.values())
            copying.update("customers_contact", columns, _tuples(work.changed_contacts, columns))
        _write_contacts(work.new_contacts)
        if work.regraded:
            regrade(on=self.today, customers=work.regraded)
        react([*work.made, *work.edited])

    def write_activities(self, verb, data):
        rows = ((pk, verb.value, self.by.pk, self.now, "", json.dumps(facts)) for pk, facts in data.items())
        copying.copy("customers_activity", ("customer_id", "verb", "by_id", "at", "note", "data"), rows)


def _may_edit(user, row):
    return permissions.may_edit(user, Customer(owner_id=row["owner_id"]))


def _same_person(contacts, name):
    """Return the contact of that name; without a name the main contact."""
    return next((contact for contact in contacts if not name or contact["name"] == name), None)


def _tuples(rows, columns):
    return ([row[name] for name in columns] for row in rows)


def _write_contacts(contacts):
    empty = dict.fromkeys(("address", "frequency", "gender", "interests", *CONTACT.values()), "")
    columns = ("customer_id", "is_main", *empty)
    copying.copy("customers_contact", columns, _tuples((empty | contact for contact in contacts), columns))
