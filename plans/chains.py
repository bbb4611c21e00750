"""The approval chain as data (policy 6.2): a new version for plans to come, and whom a chain would ask."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from crm.lib.moves import TooLate
from crm.lib.remembered import remembered
from plans.company import company
from plans.models import Chain, ChainStep, Plan
from plans.seats import seats
from staff.models import Team, User


def write(steps: list[ChainStep], *, note: str, after: int, by) -> Chain:
    """Save `steps`, in order, as the version that follows the number `after`; plans under way keep theirs.

    Raises TooLate when somebody else has written that version meanwhile.
    """
    try:
        with transaction.atomic():
            chain = Chain.objects.create(number=after + 1, note=note, by=by)
            for position, step in enumerate(steps, start=1):
                step.chain, step.position = chain, position
            ChainStep.objects.bulk_create(steps)
    except IntegrityError:
        text = _("Somebody wrote version %(number)d of the chain meanwhile. Look at it before you write another.")
        raise TooLate(text % {"number": after + 1}) from None
    return chain


def versions(user):
    """Return all versions, newest first, with how many plans that `user` sees are under way by each (`plans_now`)."""
    found = list(Chain.objects.select_related("by").prefetch_related("steps__stand_in"))
    under_way = Plan.objects.visible_to(user).filter(status__in=Plan.HOLDING | Plan.WRITABLE)
    numbers = dict(under_way.order_by().values_list("chain").annotate(Count("pk")))
    for chain in found:
        chain.plans_now = numbers.get(chain.pk, 0)
    return found


def number_of(plan: Plan) -> int | None:
    """Return the version of the chain that `plan` takes; none before it is submitted for the first time."""
    if plan.chain_id is None:
        return None
    number = Chain.objects.filter(pk=plan.chain_id).values_list("number", flat=True)
    return remembered(f"plans.chain.number:{plan.chain_id}", number.get)


@dataclass(frozen=True)
class Asked:
    """A step, and the people whom it would ask first."""

    step: ChainStep
    people: list[str]


def preview(steps: list[ChainStep], team: Team) -> list[Asked]:
    """Return whom `steps` would ask about a plan that the head of `team` drafts, as the company stands today."""
    the_company, signed, found = company(), set(), []
    names = {person.pk: str(person) for person in User.objects.filter(pk__in=the_company.people)}
    for step in steps:
        barred = signed | ({team.head_id} if team.head_id else set())
        chairs = seats(step, team=team.pk, barred=barred, company=the_company)
        signed |= {chair.person for chair in chairs[:1]}
        found.append(Asked(step, [names[chair.person] for chair in chairs]))
    return found
