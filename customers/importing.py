"""Customers from a file, set by set (policy 2.4, 2.5, 2.8, 4.1).

A line whose code is new makes a customer; one whose code is known changes the columns that it fills in. Owner and
start of ownership count for new customers only: afterwards ownership moves by its own verbs.
"""

import json
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.lib import copying
from crm.lib.dates import start_of
from crm.lib.importing import Column, Importer, Line, Problem, email, labels, limited, one_of, past_date, whole_number
from customers import permissions
from customers.choices import (
    Channel,
    Condition,
    Cooperation,
    Demand,
    Industry,
    Intention,
    Level,
    Payment,
    PaymentMethod,
    Source,
)
from customers.due import due_on
from customers.fields import romanise
from customers.grading import regrade
from customers.models import Activity, Contact, Customer, PoolPeriods, Stint
from staff.models import User
from staff.permissions import is_administrator, is_finance, is_in_sight

# The words of policy 2.4 and 2.5 by which a column may be called, simplified and traditional.
COLUMNS = (
    Column(
        "code",
        _("code"),
        ("客户编号", "客戶編號", "客户代码", "客戶代碼", "编号", "編號", "customer code"),
        required=True,
    ),
    Column(
        "name",
        _("name"),
        ("客户名称", "客戶名稱", "名称", "名稱", "公司名称", "公司名稱", "customer name"),
        required=True,
    ),
    Column("owner", _("owner"), ("负责人", "負責人", "业务员", "業務員"), help=_("a username; empty: the pool")),
    Column(
        "owned_since",
        _("owned since"),
        ("归属日期", "歸屬日期", "负责起始日", "負責起始日"),
        help=_("a day as 2021-01-31; empty: today"),
    ),
    Column("source", _("source"), ("客户来源", "客戶來源", "来源", "來源", "lead source"), help=labels(Source)),
    Column("industry", _("industry"), ("行业", "行業"), help=labels(Industry)),
    Column("demand", _("demand"), ("需求类型", "需求類型"), help=labels(Demand)),
    Column(
        "intention", _("intention level"), ("意向等级", "意向等級", "意向", "intention level"), help=labels(Intention)
    ),
    Column("address", _("address"), ("地址",)),
    Column("legal_representative", _("legal representative"), ("法定代表人", "法人代表", "法人")),
    Column("general_manager", _("general manager"), ("总经理", "總經理")),
    Column("main_business", _("main business"), ("主营业务", "主營業務", "主营", "主營")),
    Column("headcount", _("headcount"), ("员工人数", "員工人數", "人数", "人數")),
    Column("operating_condition", _("operating condition"), ("经营状况", "經營狀況"), help=labels(Condition)),
    Column("payer", _("who pays"), ("付款人", "付款方", "who pays")),
    Column("payment_method", _("way of paying"), ("付款方式", "結算方式", "way of paying"), help=labels(PaymentMethod)),
    Column("payment", _("payment credit"), ("付款信誉", "付款信譽", "payment credit"), help=labels(Payment)),
    Column("cooperation", _("cooperation"), ("合作关系", "合作關係", "合作方式"), help=labels(Cooperation)),
    Column("channel", _("preferred channel"), ("沟通渠道", "溝通渠道", "preferred channel"), help=labels(Channel)),
    Column(
        "potential", _("development potential"), ("发展潜力", "發展潛力", "development potential"), help=labels(Level)
    ),
    Column("satisfaction", _("satisfaction"), ("满意度", "滿意度"), help=_("a number from 1 to 5")),
    Column("need", _("need"), ("需求", "客户需求", "客戶需求")),
    Column("budget_range", _("budget range"), ("预算范围", "預算範圍")),
    Column("decision_process", _("decision process"), ("决策流程", "決策流程")),
    Column("contact", _("contact"), ("联系人", "聯絡人", "聯繫人", "contact person", "contact name")),
    Column("position", _("position"), ("职位", "職位", "职务", "職務")),
    Column("phone", _("phone"), ("电话", "電話", "手机", "手機", "联系电话", "聯絡電話")),
    Column("email", _("e-mail"), ("邮箱", "郵箱", "电子邮件", "電子郵件")),
    Column("wechat", _("WeChat"), ("微信",)),
)
MISSING = {"code": _("Give the customer a code."), "name": _("Write the customer's name.")}
# What a line may change on a customer.
FIELDS = (
    "name", "source", "industry", "demand", "intention", "address", "legal_representative", "general_manager",
    "main_business", "headcount", "operating_condition", "payer", "payment_method", "payment", "cooperation", "channel",
    "potential", "satisfaction", "need", "budget_range", "decision_process",
)  # fmt: skip
NEW = (
    "code", *FIELDS, "pinyin", "grade", "dealt", "is_flagged", "owner_id", "owned_since", "returns_on", "pooled_at",
    "pool_reason", "pool_note", "version", "created_at", "created_by_id", "updated_at",
)  # fmt: skip
CHANGED = ("id", *FIELDS, "pinyin", "version", "updated_at")
# The columns of the contact, and the fields they fill.
CONTACT = {"contact": "name", "position": "position", "phone": "phone", "email": "email", "wechat": "wechat"}
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


class CustomerImport(Importer):
    job = "import customers"
    key = "code"
    columns = COLUMNS

    def __init__(self, by):
        super().__init__(by)
        self.now = timezone.now()
        self.periods = PoolPeriods.current()
        self.people = {
            person.username: person.pk
            for person in User.objects.active()
            if not is_finance(person) and is_in_sight(by, person.pk)
        }
        self.parsers = _parsers()
        self.contact_parsers = {
            "contact": limited(100),
            "position": limited(100),
            "phone": limited(40),
            "email": email,
            "wechat": limited(60),
        }
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
            return {"owner_id": None, "owned_since": None, "returns_on": None, "pooled_at": self.now}
        return {
            "owner_id": owner,
            "owned_since": since,
            "returns_on": due_on(since, None, self.periods),
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
        """Insert the new customers with stint, contact and activity; return how many."""
        common = {
            "grade": "C",
            "dealt": 0,
            "is_flagged": False,
            "pool_note": "",
            "version": 1,
            "created_at": self.now,
            "created_by_id": self.by.pk,
            "updated_at": self.now,
        }
        rows = [values | common | {"pool_reason": _pool_reason(values)} for _line, values in work.new]
        ids = copying.insert_new("customers_customer", NEW, _tuples(rows, NEW), unique="code") if rows else {}
        made = []
        for line, values in work.new:
            if values["code"] in ids:
                made.append(values | {"id": ids[values["code"]]})
            else:  # somebody made it on a page while this chunk was read
                line.refuse("code", _t("This code can't be used: it is taken."))
        self.write_stints([values for values in made if values["owner_id"]])
        self.write_activities(Activity.Verb.CREATE, {values["id"]: {"import": True} for values in made})
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

    def write_stints(self, owned):
        rows = (
            (values["id"], values["owner_id"], self.start(values), Stint.Reason.IMPORTED.value, "", self.by.pk)
            for values in owned
        )
        columns = ("customer_id", "owner_id", "started_at", "start_reason", "end_reason", "started_by_id")
        copying.copy("customers_stint", columns, rows)

    def start(self, values):
        since = values["owned_since"]
        return self.now if since == self.today else start_of(since)

    def write_activities(self, verb, data):
        rows = ((pk, verb.value, self.by.pk, self.now, "", json.dumps(facts)) for pk, facts in data.items())
        copying.copy("customers_activity", ("customer_id", "verb", "by_id", "at", "note", "data"), rows)


def _parsers():
    limits = {name: Customer._meta.get_field(name).max_length for name in FIELDS}
    choices = {
        "source": Source,
        "industry": Industry,
        "demand": Demand,
        "intention": Intention,
        "operating_condition": Condition,
        "payment_method": PaymentMethod,
        "payment": Payment,
        "cooperation": Cooperation,
        "channel": Channel,
        "potential": Level,
    }
    parsers = {name: limited(length or 10_000) for name, length in limits.items()}
    parsers |= {name: one_of(words) for name, words in choices.items()}
    return parsers | {"headcount": whole_number, "satisfaction": _stars}


def _stars(text):
    number = whole_number(text) if text[:1].isdigit() else text.count("★")
    if not 1 <= number <= 5:
        raise Problem(_t("“%(text)s” is no satisfaction. Write a number from 1 to 5.") % {"text": text[:40]})
    return number


def _may_edit(user, row):
    return permissions.may_edit(user, Customer(owner_id=row["owner_id"]))


def _same_person(contacts, name):
    """Return the contact of that name; without a name the main contact."""
    return next((contact for contact in contacts if not name or contact["name"] == name), None)


def _pool_reason(values):
    return "" if values["owner_id"] else Stint.Reason.IMPORTED.value


def _tuples(rows, columns):
    return ([row[name] for name in columns] for row in rows)


def _write_contacts(contacts):
    empty = dict.fromkeys(("address", "frequency", "gender", "interests", *CONTACT.values()), "")
    columns = ("customer_id", "is_main", *empty)
    copying.copy("customers_contact", columns, _tuples((empty | contact for contact in contacts), columns))
