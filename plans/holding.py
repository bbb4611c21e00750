"""While a plan is decided on or carried out its customers do not return to the pool."""

from customers.models import Hold
from customers.ownership import holds
from plans.models import Plan


def follow(plan: Plan) -> None:
    """Hold the customers of the version in force and of the one that waits; nobody once neither is."""
    versions = [plan.in_force] if plan.status in Plan.APPROVED else []
    versions += [plan.version] if plan.is_waiting else []
    if not versions:
        holds.lift(kind=Hold.Kind.PLAN, source=plan.pk)
        return
    customers = {row[0] for version in versions for row in version.content["customers"]}
    holds.place(sorted(customers), kind=Hold.Kind.PLAN, source=plan.pk, reason=plan.name)
