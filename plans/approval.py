"""The way of a plan through its chain: submitted, passed step by step or sent back, withdrawn (policy 6.2).

Everything happens with the plan's row held, so that of decisions at the same moment one counts. What was decided is
written once and never changed; who may decide is in the plan's seats (`plans.seating`).
"""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.looks import clauses
from crm.lib.moves import TooLate
from plans import content, deciding, holding, seating, telling
from plans.checking import missing
from plans.models import Chain, Decision, LineComment, Plan, Version

Status, Verb = Plan.Status, Decision.Verb
SUBMITTED = {
    Status.DRAFT: Status.SUBMITTED,
    Status.RETURNED: Status.SUBMITTED,
    Status.AMENDING: Status.AMENDMENT_SUBMITTED,
    Status.AMENDMENT_RETURNED: Status.AMENDMENT_SUBMITTED,
}
SENT_BACK = {Status.SUBMITTED: Status.RETURNED, Status.AMENDMENT_SUBMITTED: Status.AMENDMENT_RETURNED}
WITHDRAWN = {Status.SUBMITTED: Status.DRAFT, Status.AMENDMENT_SUBMITTED: Status.AMENDING}


class Incomplete(ValueError):
    """The plan can't be submitted yet; `missing` says, line by line, what it lacks."""

    def __init__(self, texts):
        super().__init__(clauses(texts))
        self.missing = texts


def submit(plan: Plan, *, by) -> Version:
    """Freeze the wording and put it before the first who decides; raises Incomplete, TooLate, PermissionDenied.

    The first submission chooses the chain in force, which the plan keeps.
    """
    with transaction.atomic():
        plan.lock()
        plan.check_move("submit", by=by)
        lacks = missing(plan)
        if lacks:
            raise Incomplete(lacks)
        plan.chain = plan.chain or Chain.current()
        plan.version = _freeze(plan, by)
        plan.status = SUBMITTED[plan.status]
        holding.follow(plan)
        go_on(plan, after=0, made=[_made(plan, Verb.SUBMIT, by=by)])
    return plan.version


def _freeze(plan, by):
    """Save the wording as the next version; its figures are counted anew, as everybody will see them."""
    number = plan.versions.count() + 1
    frozen = content.freeze(plan)
    plan.budget, plan.reach = content.budget(frozen), len(frozen["customers"])
    return plan.versions.create(
        number=number,
        content=frozen,
        budget=plan.budget,
        turnover=plan.turnover,
        reach=plan.reach,
        is_amendment=plan.status in Plan.AMENDED,
        by=by,
    )


def go_on(plan: Plan, *, after: int, made=(), facts: seating.Facts | None = None) -> None:
    """Seat whoever decides next after the position `after`; approve the plan when nobody is left to be asked.

    `plan` is held; `made` are the decisions that brought it here, not saved yet.
    """
    found = seating.next_step(plan, after=after, facts=facts)
    skips = [_made(plan, Verb.SKIP, step=step, data={"signed_by": who} if who else {}) for step, who in found.skipped]
    if found.step is None:
        _approve(plan, [*made, *skips])
        return
    plan.position, plan.waiting_since = found.step.position, timezone.now()
    mails = telling.mails(plan, [chair.person for chair in found.chairs], telling.WAITS)
    deciding.write(plan, [*made, *skips], mails, chairs=found.chairs)


def _approve(plan, made):
    plan.status, plan.in_force_id, plan.approved = Status.RUNNING, plan.version_id, plan.budget
    plan.approved_at = plan.approved_at or timezone.now()
    plan.position = plan.waiting_since = None
    mails = telling.mails(plan, [plan.author_id], telling.DECIDED)
    deciding.write(plan, made, mails, is_approved=True)


def decide(plan: Plan, verb: str, *, version: int, by, note: str = "", comments=None) -> Decision:
    """Pass the plan, or send it back with a `note`; `version` is the id of the version that `by` has seen.

    `comments` are texts by the id of the line they are about. The same decision twice is one. Raises TooLate when
    another version waits by now or somebody decided before, PermissionDenied for whoever has no seat.
    """
    with transaction.atomic():
        held = deciding.hold(plan, by=by)
        return decide_held(plan, verb, held, version=version, by=by, note=note, comments=comments)


def decide_held(plan: Plan, verb: str, held: deciding.Held, *, version: int, by, note="", comments=None) -> Decision:
    """Decide as `decide` does, for who has got `held` for `by` in this transaction; a refusal has written nothing."""
    facts, chair = held
    is_this = plan.is_waiting and plan.version_id == version
    if not is_this or chair is None or by.pk in facts.wrote:
        return _again(plan, verb, version, by, is_this)
    for line, text in (comments or {}).items():
        LineComment.objects.create(plan=plan, version_id=version, line=line, text=text, by=by)
    step = next(step for step in facts.steps if step.position == plan.position)
    made = _made(plan, verb, by=by, step=step, note=note, stands_for_id=chair.stands_for, why=chair.why)
    if verb == Verb.PASS:
        go_on(plan, after=plan.position, made=[made], facts=facts._replace(signed=[*facts.signed, by.pk]))
    else:
        _turn_back(plan, SENT_BACK, made, tell=[plan.author_id])
    return made


def _again(plan, verb, version, by, is_this):
    """Return the decision that `by` took before, when it is the same; else refuse."""
    made = Decision.objects.filter(version=version, plan=plan, by=by, verb=verb).first()
    if made:
        return made
    if not is_this:
        raise TooLate(too_late(plan, version))
    raise PermissionDenied


def withdraw(plan: Plan, *, note: str = "", by) -> None:
    """Take the plan back before it is approved; raises TooLate when it was decided on meanwhile."""
    with transaction.atomic():
        plan.lock()
        if plan.status not in Plan.WAITING:
            own = plan.version_id and plan.version.decisions.filter(verb=Verb.WITHDRAW, by=by).exists()
            if own and plan.status in WITHDRAWN.values():
                return
        plan.check_move("withdraw", by=by)
        _turn_back(plan, WITHDRAWN, _made(plan, Verb.WITHDRAW, by=by, note=note))


def _turn_back(plan, states, made, *, tell=()):
    """Give the plan back to its author: its wording is what it was, for nobody writes while it is decided on.

    `tell` are the ids of the people who get a mail of it.
    """
    plan.status = states[plan.status]
    plan.position = plan.waiting_since = None
    deciding.write(plan, [made], telling.mails(plan, tell, telling.DECIDED))
    holding.follow(plan)


def _made(plan, verb, *, by=None, step=None, **fields):
    """Return a decision on the waiting version, not saved yet."""
    at_step = {"position": step.position, "role": step.role} if step else {}
    return Decision(plan=plan, version_id=plan.version_id, verb=verb, by=by, **at_step, **fields)


def too_late(plan, version):
    """Say who was faster, or that the wording is another one by now."""
    last = plan.decisions.filter(version=version).exclude(verb__in=(Verb.REMIND, Verb.ESCALATE, Verb.SKIP)).last()
    if plan.version_id != version:
        return _("This plan was submitted anew. Look at what changed before you decide.")
    who, what = last.by, last.get_verb_display()
    return _("%(who)s was faster: the plan is %(what)s.") % {"who": who, "what": what}
