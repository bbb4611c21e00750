"""Who helps to write a plan, and whose plan it is (policy 6.2)."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from crm.lib.moves import TooLate
from plans import reseating
from plans.models import Contribution, Decision, Plan


def invite(plan: Plan, people, *, by) -> None:
    """Let exactly `people` contribute from now on; whoever saved something before stays barred from deciding.

    Raises TooLate when the plan is decided on by now, PermissionDenied for anybody but its author.
    """
    wanted = {person.pk for person in people} - {plan.author_id}
    with transaction.atomic():
        plan.lock()
        if plan.status not in Plan.WRITABLE:
            raise TooLate(plan.too_late("edit"))
        if not Plan.MOVES["submit"].who(by, plan):
            raise PermissionDenied
        plan.contributions.filter(edited_at=None).exclude(person__in=wanted).delete()
        plan.contributions.exclude(person__in=wanted).update(is_open=False)
        plan.contributions.filter(person__in=wanted).update(is_open=True)
        Contribution.objects.bulk_create(
            [Contribution(plan=plan, person_id=pk) for pk in sorted(wanted)], ignore_conflicts=True
        )
        plan.events.create(verb="invite", by=by, data={"people": sorted(str(person) for person in people)})


def hand_on(plan: Plan, *, to, note: str, by) -> None:
    """Make `to` the author; the former one stays somebody who wrote it, and so does not decide on it (policy 4.6).

    Raises TooLate when `to` has signed the version that waits: they would have approved their own plan.
    """
    with transaction.atomic():
        with plan.moving("hand_on", by=by) as event:
            if plan.is_waiting and plan.version.decisions.filter(verb=Decision.Verb.PASS, by=to).exists():
                raise TooLate(_("%(person)s has passed this version already: choose somebody else.") % {"person": to})
            former = plan.author_id
            plan.author, event.note, event.data = to, note, {"to": str(to)}
        Contribution.objects.update_or_create(
            plan=plan, person_id=former, defaults={"edited_at": plan.updated_at, "is_open": False}
        )
        plan.contributions.filter(person=to).update(is_open=True)
        if plan.is_waiting:
            reseating.reseat(only=plan.pk)
