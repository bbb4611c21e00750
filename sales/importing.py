"""Orders from a file, set by set (policy 4.2, 8.2): a line with a day of payment is confirmed for that day.

A confirmed order never changes: a line that says otherwise is refused. An open one follows the file.
"""

import json
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.lib import copying
from crm.lib.cells import Problem, amount, limited, past_date, whole_number
from crm.lib.dates import start_of
from crm.lib.importing import Column, Importer, Line
from customers.grading import regrade
from customers.models import Activity, Customer
from customers.reactions import react
from sales.models import Order
from sales.payments import book
from staff.models import User

COLUMNS = (
    Column("number", _("number"), ("订单编号", "訂單編號", "订单号", "訂單號", "order number"), required=True),
    Column(
        "customer",
        _("customer"),
        ("客户编号", "客戶編號", "客户", "客戶", "customer code"),
        required=True,
        help=_("the customer's code"),
    ),
    Column(
        "date", _("ordered on"), ("日期", "下单日期", "下單日期", "订单日期", "訂單日期", "ordered on"), required=True
    ),
    Column("amount", _("amount"), ("金额", "金額"), required=True, help=_("yuan as 1234.50; 0 for free items")),
    Column("units", _("units"), ("数量", "數量", "件数", "件數")),
    Column(
        "paid_on", _("paid on"), ("到账日期", "到帳日期", "回款日期", "付款日期"), help=_("a day; empty: not paid yet")
    ),
    Column(
        "salesperson",
        _("salesperson"),
        ("销售人员", "銷售人員", "业务员", "業務員", "销售代表", "銷售代表"),
        help=_("a username; empty: the owner"),
    ),
)
MISSING = {
    "number": _("Give the order a number."),
    "customer": _("Write the customer's code."),
    "date": _("Write the day of the order as 2021-01-31."),
    "amount": _("Write the amount in yuan; 0 for free items."),
}
FIELDS = ("customer_id", "ordered_on", "units", "amount", "salesperson_id")
NEW = ("number", *FIELDS, "status", "paid_on", "confirmed_by_id", "created_at")
PAYMENT = ("customer_id", "salesperson_id", "paid_on", "amount", "number")
CHANGED = ("id", *FIELDS, "status", "paid_on", "confirmed_by_id")


@dataclass
class Work:
    """What one chunk of lines comes to."""

    new: list[tuple[Line, dict]] = field(default_factory=list)
    changed: list[dict] = field(default_factory=list)
    paid: list[dict] = field(default_factory=list)


class OrderImport(Importer):
    job = "import orders"
    key = "number"
    columns = COLUMNS

    def __init__(self, by):
        super().__init__(by)
        self.now = timezone.now()
        self.people = dict(User.objects.values_list("username", "pk"))
        self.date = past_date(self.today)

    def take(self, lines, report):
        known = self.known(lines)
        customers = self.customers(lines)
        work = Work()
        for line in lines:
            values = self.values(line, customers)
            order = known.get(line.text("number"))
            if line.problems:
                continue
            if order is None:
                self.take_new(line, values, work)
            elif self.take_known(line, order, values, work):
                report.unchanged += 1
        report.created += self.write_new(work)
        report.updated += len(work.changed)
        self.write_changed(work)

    def known(self, lines):
        """Lock the orders that the lines name; return them by number."""
        numbers = [line.text("number") for line in lines]
        rows = Order.objects.filter(number__in=numbers).order_by("pk").select_for_update(of=("self",))
        return {row["number"]: row for row in rows.values("id", "number", "status", "paid_on", *FIELDS)}

    def customers(self, lines):
        """Return (id, owner) of the customers in sight that the lines name, by code."""
        codes = {line.text("customer") for line in lines}
        found = Customer.objects.visible_to(self.by).filter(code__in=codes).order_by()
        return {code: (pk, owner) for code, pk, owner in found.values_list("code", "pk", "owner_id")}

    # Reading a line

    def values(self, line, customers):
        """Return what the line says about the order, by field; what it does not say is absent."""
        line.require(MISSING)
        line.read("number", limited(40))
        values = {
            "ordered_on": line.read("date", self.date),
            "amount": line.read("amount", amount),
            "units": line.read("units", whole_number),
            "paid_on": line.read("paid_on", self.date),
            "salesperson_id": line.read("salesperson", self.person),
        }
        values["customer_id"], values["owner_id"] = self.customer(line, customers)
        return {name: value for name, value in values.items() if value is not None}

    def customer(self, line, customers):
        code = line.text("customer")
        if code and code not in customers:
            line.refuse(
                "customer",
                _t("There is no customer with the code “%(code)s”. Correct it, or import the customer first.")
                % {"code": code[:40]},
            )
        return customers.get(code, (None, None))

    def person(self, username):
        if username not in self.people:
            raise Problem(
                _t("There is no person with the username “%(name)s”. Leave it empty for the customer's owner.")
                % {"name": username[:40]}
            )
        return self.people[username]

    def take_new(self, line, values, work):
        seller = values.get("salesperson_id") or values.get("owner_id")
        if seller is None:
            line.refuse("salesperson", _t("The customer has no owner: write the username of who sold this."))
            return
        order = {"units": 1} | values | {"number": line.text("number"), "salesperson_id": seller}
        work.new.append((line, self.with_state(order)))

    def take_known(self, line, order, values, work):
        """Note what changes on an order that is there; return whether nothing does."""
        if values["customer_id"] != order["customer_id"]:
            line.refuse("number", _t("This order is another customer's. Correct the number or the customer."))
            return False
        differs = any(order[name] != values[name] for name in (*FIELDS, "paid_on") if name in values)
        if differs and order["status"] == Order.Status.PAID:
            line.refuse("number", _t("A confirmed order can't be changed. Take the line out, or give it a new number."))
        elif differs:
            work.changed.append(self.with_state(order | values))
        return not differs

    def with_state(self, order):
        paid_on = order.get("paid_on")
        return order | {
            "status": Order.Status.PAID.value if paid_on else Order.Status.OPEN.value,
            "paid_on": paid_on,
            "confirmed_by_id": self.by.pk if paid_on else None,
            "created_at": self.now,
        }

    # Writing a chunk

    def write_new(self, work):
        """Insert the new orders; return how many."""
        rows = (_row(order, NEW) for _line, order in work.new)
        ids = copying.insert_new("sales_order", NEW, rows, unique="number") if work.new else {}
        made = [order for _line, order in work.new if order["number"] in ids]
        for line, order in work.new:
            if order["number"] not in ids:  # somebody wrote it on a page while this chunk was read
                line.refuse("number", _t("This order number was given a moment ago. Import the line again."))
        self.write_activities(made)
        work.paid += [order for order in made if order["paid_on"]]
        return len(made)

    def write_changed(self, work):
        if work.changed:
            copying.update("sales_order", CHANGED, (_row(order, CHANGED) for order in work.changed))
        self.write_activities(work.changed)
        work.paid += [order for order in work.changed if order["paid_on"]]
        book([tuple(_row(order, PAYMENT)) for order in work.paid], by=self.by)
        if work.paid:
            sold_to = list({order["customer_id"] for order in work.paid})
            regrade(on=self.today, customers=sold_to)
            react(sold_to)

    def write_activities(self, orders):
        columns = ("customer_id", "verb", "by_id", "at", "note", "data")
        copying.copy("customers_activity", columns, map(self.activity, orders))

    def activity(self, order):
        """Return the row of the timeline: money confirmed on its day, or an order written on its own."""
        verb, on = Activity.Verb.ORDER, order["ordered_on"]
        facts = {"order": order["number"], "amount": _yuan(order["amount"])}
        if order["paid_on"]:
            verb, on = Activity.Verb.PAY, order["paid_on"]
            facts["paid_on"] = on.isoformat()
        at = self.now if on == self.today else start_of(on)
        return order["customer_id"], verb.value, self.by.pk, at, "", json.dumps(facts)


def _yuan(value: Decimal) -> str:
    return f"{value:.2f}"


def _row(order, columns):
    return [order[name] for name in columns]
