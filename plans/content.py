"""A plan's wording as one document: frozen when it is submitted, compared, and restored exactly.

The document is plain JSON: {"name", "aim", "method", "lessons", "starts_on", "ends_on", "answers", "goals", "lines",
"customers"}. Goals and lines keep their ids, money and dates are text ("1200.00", "2026-12-01"), customers are
[id, name, grade] as they were.
"""

from decimal import Decimal

from django.db import transaction

from plans.models import Goal, Line, Plan, PlanCustomer

WORDS = ("name", "aim", "method", "lessons")
DAYS = ("starts_on", "ends_on")
GOAL = ("measure", "target", "text")
LINE = ("kind", "what", "how", "people", "starts_on", "ends_on", "quantity", "unit_price")


def freeze(plan: Plan) -> dict:
    """Return the wording of `plan` as a document."""
    members = plan.members.order_by("customer").values_list("customer", "customer__name", "customer__grade")
    return wording(plan) | {"customers": [list(member) for member in members]}


def wording(plan: Plan) -> dict:
    """Return the document but for its customers, who may be many."""
    return {
        **{name: getattr(plan, name) for name in WORDS},
        **{name: _text(getattr(plan, name)) for name in DAYS},
        "answers": plan.answers,
        "goals": [_row(goal, GOAL) for goal in plan.goals.all()],
        "lines": [_row(line, LINE) for line in plan.lines.all()],
    }


def _row(record, names):
    return {"id": record.pk} | {name: _text(getattr(record, name)) for name in names}


def _text(value):
    """Return a day or an amount as text, written one way whatever it was written like."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if hasattr(value, "isoformat") else value


def amount(line: dict) -> Decimal:
    """Return what a frozen line costs, in yuan."""
    return (Decimal(line["quantity"]) * Decimal(line["unit_price"])).quantize(Decimal("0.01"))


def budget(content: dict) -> Decimal:
    return sum((amount(line) for line in content["lines"]), Decimal("0.00"))


def restore(plan: Plan, content: dict) -> None:
    """Set the wording of `plan`, held by the caller, to a frozen document; rows get back the ids they had.

    A customer that is gone since then stays gone. `plan` itself is not saved.
    """
    with transaction.atomic():
        for name in (*WORDS, *DAYS, "answers"):
            setattr(plan, name, content[name])
        _rows(Goal, plan, content["goals"])
        _rows(Line, plan, content["lines"])
        _members(plan, [row[0] for row in content["customers"]])


def _rows(model, plan, rows):
    kept = {row["id"] for row in rows}
    model.objects.filter(plan=plan).exclude(pk__in=kept).delete()
    records = [
        model(pk=row["id"], plan=plan, position=n, **{name: value for name, value in row.items() if name != "id"})
        for n, row in enumerate(rows)
    ]
    fields = [name for name in (rows[0] if rows else ()) if name != "id"]
    if records:
        model.objects.bulk_create(
            records, update_conflicts=True, unique_fields=["id"], update_fields=[*fields, "position"]
        )


def _members(plan, customers):
    members = PlanCustomer.objects.filter(plan=plan)
    members.exclude(customer__in=customers).delete()
    known = set(members.values_list("customer", flat=True))
    there = set(_existing(customers))
    PlanCustomer.objects.bulk_create(
        PlanCustomer(plan=plan, customer_id=pk) for pk in customers if pk not in known and pk in there
    )


def _existing(customers):
    customer = PlanCustomer._meta.get_field("customer").related_model
    return customer.objects.filter(pk__in=customers).values_list("pk", flat=True)
