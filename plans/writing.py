"""Writing a plan: a new one, one copied from an earlier one, and saving its wording (policy 6.1, 6.2)."""

import datetime as dt
from collections.abc import Callable, Iterable

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.dates import add_months, first_of_month
from crm.lib.moves import TooLate
from customers.models import Customer, Turnover
from plans import permissions
from plans.models import Plan, PlanCustomer

# A plan for more customers than these can't be read by those who decide on it.
MOST_CUSTOMERS = 2000


def draft(plan: Plan, *, customers=(), by) -> Plan:
    """Save the new `plan` as `by`'s draft for the ids `customers`; its token sent twice is one plan."""
    with transaction.atomic():
        earlier = Plan.objects.filter(token=plan.token, author=by).first()
        if earlier:
            return earlier
        plan.author, plan.team_id = by, by.team_id
        try:
            with transaction.atomic():
                plan.save()
        except IntegrityError:
            # The same form arrived twice at the same moment; or the token is somebody else's.
            earlier = Plan.objects.filter(token=plan.token, author=by).first()
            if earlier is None:
                raise TooLate(_("This form was sent before, filled in otherwise. Open it anew.")) from None
            return earlier
        put_customers(plan, customers)
        _sum_up(plan)
        _event(plan, "draft", by)
    return plan


def patterns(user) -> QuerySet[Plan]:
    """Return the plans that `user` may copy: those in sight, and what is offered to everybody as a template."""
    return Plan.objects.filter(Q(pk__in=Plan.objects.visible_to(user).values("pk")) | Q(is_template=True))


def copy(source: Plan, *, token, by, name: str = "", customers: Iterable[int] | None = None, criteria=None) -> Plan:
    """Return a new draft of `by` with the wording of `source`, but for its period and answers.

    It carries the improvements that `source` asked for, and is for the ids `customers` that `criteria` chose; unless
    they are given, for those of `source` that `by` sees.
    """
    seen = customers
    if customers is None:
        criteria = source.criteria
        seen = Customer.objects.owned_visible_to(by).filter(plan_members__plan=source).values_list("pk", flat=True)
    with transaction.atomic():
        plan = Plan(name=name or source.name[:112] + _(" (copy)"), copied_from=source, token=token)
        plan.aim, plan.method, plan.criteria = source.aim, source.method, criteria or {}
        judged = getattr(source, "judgement", None)
        plan.lessons = judged.improvements if judged and judged.reported_at else ""
        plan = draft(plan, customers=seen, by=by)
        if not plan.lines.exists() and not plan.goals.exists():
            _copy_rows(plan, source)
            _sum_up(plan)
    return plan


def _copy_rows(plan, source):
    for rows in (source.goals.all(), source.lines.all()):
        for row in rows:
            row.pk, row.plan = None, plan
            row._state.adding = True
            if hasattr(row, "starts_on"):
                row.starts_on = row.ends_on = None
            row.save()


def save(plan: Plan, write: Callable[[Plan], None], *, edition: int, by) -> None:
    """Let `write` change the wording of `plan`, which is held, and count its sums anew.

    `edition` is the one that `by` began from. Raises TooLate when somebody saved another meanwhile, or the plan is
    decided on by now; PermissionDenied for whoever does not write it.
    """
    with transaction.atomic():
        plan.lock()
        if plan.status not in Plan.WRITABLE:
            raise TooLate(plan.too_late("edit"))
        if not Plan.MOVES["edit"].who(by, plan):
            raise PermissionDenied
        if plan.edition != edition:
            raise TooLate(_("Somebody saved this plan meanwhile. Your text is still here: compare, then save again."))
        write(plan)
        plan.edition += 1
        _sum_up(plan)
        _event(plan, "edit", by)
        plan.contributions.filter(person=by).update(edited_at=timezone.now())


def offer(plan: Plan, is_template: bool, *, by) -> None:
    """Offer the wording to everybody who drafts, as a template, or no longer; the plan itself stays as it is.

    Raises PermissionDenied for whoever neither wrote it nor stands above its author.
    """
    with transaction.atomic():
        plan.lock()
        if not permissions.may_offer(by, plan):
            raise PermissionDenied
        if plan.is_template != is_template:
            plan.is_template = is_template
            plan.save(update_fields=["is_template"])
            _event(plan, "offer" if is_template else "keep", by)


def put_customers(plan: Plan, customers) -> None:
    """Let the wording be for exactly the ids `customers`, at most MOST_CUSTOMERS."""
    wanted = set(customers)
    members = PlanCustomer.objects.filter(plan=plan)
    members.exclude(customer__in=wanted).delete()
    known = set(members.values_list("customer", flat=True))
    PlanCustomer.objects.bulk_create(PlanCustomer(plan=plan, customer_id=pk) for pk in sorted(wanted - known))


def _sum_up(plan):
    """Write what follows from the wording: budget, number of customers, and what they bought in twelve months."""
    plan.budget = sum(line.amount for line in plan.lines.all())
    plan.reach = plan.members.count()
    plan.turnover = bought(plan, timezone.localdate())
    plan.updated_at = timezone.now()
    plan.save()


def bought(plan: Plan, on: dt.date):
    """Return what the customers of the wording bought in the twelve calendar months before that of `on`, in yuan."""
    month = first_of_month(on)
    booked = Turnover.objects.filter(customer__plan_members__plan=plan, month__gte=add_months(month, -12))
    return booked.filter(month__lt=month).aggregate(sum=Sum("amount"))["sum"] or 0


def _event(plan, verb, by, **fields):
    plan.events.create(verb=verb, by=by, **fields)
