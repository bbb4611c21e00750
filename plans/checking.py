"""What a plan lacks before it can be submitted (policy 6.1)."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from plans.models import Plan
from plans.questions import QUESTIONS


def missing(plan: Plan) -> list[str]:
    """Return what is still to be written, each as a sentence for the author."""
    texts = []
    if not plan.aim.strip():
        texts.append(_("Say what the plan is for."))
    if not (plan.starts_on and plan.ends_on):
        texts.append(_("Say from when until when it runs."))
    if not plan.members.exists():
        texts.append(_("Choose at least one customer."))
    if not plan.goals.exists():
        texts.append(_("Set at least one goal with its target."))
    lines = list(plan.lines.all())
    if not lines:
        texts.append(_("Name at least one measure."))
    texts += list(_outside(plan, lines))
    unanswered = sum(not plan.answers.get(key, "").strip() for key in QUESTIONS)
    if unanswered:
        text = ngettext("Answer the question that is left.", "Answer the %d questions that are left.", unanswered)
        texts.append(text % unanswered if "%d" in text else text)
    return texts


def _outside(plan, lines):
    """Measures outside the plan's own period can't be carried out in it."""
    if not (plan.starts_on and plan.ends_on):
        return
    for number, line in enumerate(lines, start=1):
        if (line.starts_on and line.starts_on < plan.starts_on) or (line.ends_on and line.ends_on > plan.ends_on):
            yield _("Measure %d lies outside the plan's period.") % number
