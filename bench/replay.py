"""python -m bench.replay FOLDER: days of ownership, one by one, against a plain replay of the same files (policy 4).

FOLDER holds staff.csv, customers.csv.gz and orders.csv.gz as the imports take them. Each day first the night's return
dated that day, then its new customers, then its orders, paid. The plain replay knows nothing of the product: it reads
the same lines and keeps a dictionary.
"""

import argparse
import calendar
import csv
import datetime as dt
import gzip
import io
import json
import os
import sys
import time
from collections import defaultdict
from pathlib import Path

import django
from django.core.management import call_command

from bench import database

FIRST, LAST = dt.date(2021, 1, 1), dt.date(2022, 7, 31)


def months_later(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


class Plain:
    """Who owns whom, by the policy's words: two months without a deal, three without a sale, a paid order wins."""

    def __init__(self):
        self.owner: dict[str, str | None] = {}
        self.since: dict[str, dt.date] = {}
        self.sale: dict[str, dt.date] = {}

    def night(self, on: dt.date) -> dict[str, int]:
        went = {"no_deal": 0, "no_sale": 0}
        for code, owner in self.owner.items():
            if owner is None:
                continue
            sale = self.sale.get(code)
            due = months_later(max(self.since[code], sale), 3) if sale else months_later(self.since[code], 2)
            if due <= on:
                went["no_sale" if sale else "no_deal"] += 1
                self.owner[code] = None
        return went

    def day(self, on: dt.date, customers, orders):
        for row in customers:
            self.owner[row["code"]], self.since[row["code"]] = row["owner"], on
        for row in orders:
            if float(row["amount"]) > 0:
                code = row["customer"]
                if self.owner[code] is None:
                    self.owner[code], self.since[code] = row["salesperson"], on
                self.sale[code] = on


class Product:
    """The same through the product: its imports and its night."""

    def __init__(self, folder: Path):
        from customers import night
        from customers.importing import CustomerImport
        from customers.models import Customer
        from customers.ownership import pool
        from sales.importing import OrderImport
        from staff.importing import StaffImport
        from staff.models import User

        self.customers, self.night_of, self.pool = Customer, night, pool
        self.kinds = {"customers": CustomerImport, "orders": OrderImport}
        administrator = User.objects.filter(role="administrator").first() or User.objects.create_user(
            "replay", role="administrator", name="replay"
        )
        self.by = administrator
        _take(StaffImport(), list(csv.DictReader((folder / "staff.csv").open(encoding="utf-8"))))

    def night(self, on: dt.date) -> dict[str, int]:
        return self.night_of.return_by_hand(on, confirm=True)["by_rule"]

    def day(self, on: dt.date, customers, orders):
        for kind, rows in (("customers", customers), ("orders", orders)):
            if rows:
                _take(self.kinds[kind](self.by), rows)

    @property
    def owner(self) -> dict[str, str | None]:
        return dict(self.customers.objects.order_by().values_list("code", "owner__username"))


def _take(importer, rows):
    from crm.lib import importing, spreadsheets

    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    report = importing.run(importer, importing.match(spreadsheets.read(text.getvalue().encode()), importer.columns))
    if report.errors:
        raise SystemExit(f"refused: {report.errors[:3]}")


def _by_day(path: Path, column: str) -> dict[str, list[dict]]:
    days = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            days[row[column]].append(row)
    return days


def replay(folder: Path, last: dt.date) -> dict:
    """Return the counts of both; raises SystemExit at the first day on which they differ."""
    customers = _by_day(folder / "customers.csv.gz", "owned_since")
    orders = _by_day(folder / "orders.csv.gz", "date")
    product, plain, total, nights = Product(folder), Plain(), defaultdict(int), 0
    day = FIRST
    while day <= last:
        ours, theirs = product.night(day), plain.night(day)
        if ours != theirs:
            raise SystemExit(f"{day}: {ours} by the product, {theirs} by the plain replay")
        nights += bool(sum(ours.values()))
        for rule, number in ours.items():
            total[rule] += number
        for it in (product, plain):
            it.day(day, customers[day.isoformat()], orders[day.isoformat()])
        day += dt.timedelta(1)
    if product.owner != plain.owner:
        wrong = [code for code, owner in plain.owner.items() if product.owner.get(code) != owner]
        raise SystemExit(f"{len(wrong)} owners differ, first {wrong[:3]}")
    owned = sum(owner is not None for owner in plain.owner.values())
    days = (last - FIRST).days + 1
    return {"days": days, "nights that returned": nights, "returned": dict(total), "owned": owned,
            "in the pool": len(plain.owner) - owned}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.replay", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--until", type=dt.date.fromisoformat, default=LAST, metavar="DAY")
    options = parser.parse_args()
    with database.services():
        database.use(0, fresh=True)
        os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
        django.setup()
        call_command("migrate", verbosity=0)
        begun = time.perf_counter()
        result = replay(options.folder, options.until) | {"seconds": round(time.perf_counter() - begun)}
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
