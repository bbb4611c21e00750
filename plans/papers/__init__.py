"""The forms of a plan that people know by name, as PDF (policy 12)."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from crm.lib.paper import Paper
from plans.models import Plan
from plans.papers import report, strengthening, summary, wording
from plans.papers.reading import Reader


@dataclass(frozen=True)
class Kind:
    """A form: its name in addresses, its title, for which plans there is one, how it is drawn."""

    slug: str
    title: str
    exists: Callable[[Plan], bool]
    draw: Callable[[Paper, Plan, Reader], None]
    is_wide: bool = False


def _is_approved(plan):
    return plan.in_force_id is not None


KINDS = {
    kind.slug: kind
    for kind in (
        Kind("plan", _("Customer maintenance plan"), lambda plan: True, wording.draw),
        Kind("report", _("Customer maintenance report"), report.is_written, report.draw),
        Kind("summary", _("Customer maintenance summary"), _is_approved, summary.draw, is_wide=True),
        Kind("strengthening", _("Customer strengthening form"), _is_approved, strengthening.draw, is_wide=True),
    )
}


def of(plan: Plan) -> list[Kind]:
    """Return the forms that there are of `plan` as it stands."""
    return [kind for kind in KINDS.values() if kind.exists(plan)]


def print_form(kind: Kind, plan: Plan, *, by) -> tuple[str, bytes]:
    """Return the name of the file and the PDF, in the language in use; customers out of `by`'s sight are not named."""
    paper = Paper(str(kind.title), company=_company(plan), by=by, is_wide=kind.is_wide)
    paper.lead(plan.name)
    kind.draw(paper, plan, Reader(plan, by))
    return f"{kind.title} {plan.name}.pdf", paper.printed()


def _company(plan):
    """Return the name of the team at the top, which is the company's."""
    return plan.team.path.partition("/")[0] if plan.team else "Evergreen CRM"
