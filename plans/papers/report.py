"""客户关系维护报告: what came of a plan, by its author, with the manager's guidance (policy 6.4)."""

from django.utils.translation import gettext as _

from crm.lib.looks import money, number
from crm.lib.paper import Paper
from plans.models import Judgement, Plan
from plans.papers.reading import Reader, day, period, results


def is_written(plan: Plan) -> bool:
    return plan.status in {Plan.Status.REPORTED, Plan.Status.CLOSED}


def draw(paper: Paper, plan: Plan, reader: Reader) -> None:
    judgement, frozen = plan.judgement, plan.in_force.content
    pairs = [
        (_("Drafted by"), plan.author),
        (_("Team"), plan.team or ""),
        (_("Planned for"), period(frozen["starts_on"], frozen["ends_on"])),
        (_("Carried out"), period(*judgement.results["after_days"])),
        (_("Customers"), number(plan.in_force.reach)),
        (_("Effect"), judgement.get_effect_display()),
    ]
    if reader.sees_whole:
        pairs += [(_("Approved (yuan)"), money(plan.approved)), (_("Spent (yuan)"), money(plan.spent))]
    paper.pairs(pairs)
    if plan.reason:
        paper.pairs([(_("Ended because"), plan.reason)], columns=1)
    results(paper, judgement.results)
    for title, text in (
        (_("Evaluation"), judgement.evaluation),
        (_("What the next plan should do better"), judgement.improvements),
        (_("Guidance"), judgement.guidance),
    ):
        paper.section(title)
        paper.prose(text)
    paper.signatures(_signed(judgement))


def _signed(judgement: Judgement):
    yield _("Reported by"), f"{judgement.by} {day(judgement.reported_at)}"
    yield _("Guided by"), f"{judgement.guided_by} {day(judgement.guided_at)}" if judgement.guided_by else ""
