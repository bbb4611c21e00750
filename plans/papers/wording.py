"""客户关系维护方案: what a plan says, and who signed it."""

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from crm.lib.looks import money, number
from crm.lib.paper import Column, Paper
from plans import content
from plans.models import Chain, Decision, Goal, Line, Plan
from plans.papers.reading import Reader, day, hidden, period
from plans.questions import QUESTIONS
from staff.roles import Role

UNSUBMITTED = (Plan.Status.DRAFT, Plan.Status.RETURNED, Plan.Status.DROPPED)


def draw(paper: Paper, plan: Plan, reader: Reader) -> None:
    """Draw the version that is decided on, else the one in force, else the draft as it stands."""
    version = None if plan.status in UNSUBMITTED else plan.version if plan.is_waiting else plan.in_force
    text = version.content if version else content.freeze(plan)
    number_ = _("version %(number)d") % {"number": version.number} if version else ""
    paper.remark(" · ".join(filter(None, (number_, str(plan.get_status_display())))))
    _head(paper, plan, text, version or plan)
    _goals(paper, text)
    _lines(paper, text)
    _answers(paper, text)
    _customers(paper, text, reader)
    paper.signatures(_signed(plan, version))


def _head(paper, plan, text, sums):
    share = f" ({plan.share} %)" if plan.share is not None else ""
    paper.pairs(
        [
            (_("Drafted by"), plan.author),
            (_("Team"), plan.team or ""),
            (_("Period"), period(text["starts_on"], text["ends_on"])),
            (_("Customers"), number(sums.reach)),
            (_("Budget (yuan)"), money(sums.budget) + share),
            (_("Bought in 12 months (yuan)"), money(sums.turnover)),
        ]
    )
    words = [(_("What it is for"), text["aim"]), (_("Method"), text["method"])]
    if text["lessons"]:
        words.append((_("Learnt from the earlier plan"), text["lessons"]))
    paper.pairs(words, columns=1)


def _goals(paper, text):
    paper.section(_("Goals"))
    columns = (Column("#", 1, "R"), Column(_("Measured by"), 6), Column(_("Target"), 4, "R"), Column(_("In words"), 11))
    rows = [
        (n, capfirst(Goal.Measure(row["measure"]).label), money(row["target"]), row["text"])
        for n, row in enumerate(text["goals"], start=1)
    ]
    paper.table(columns, rows)


def _lines(paper, text):
    paper.section(_("Measures and budget"))
    columns = (
        Column("#", 1, "R"),
        Column(_("Measure"), 6),
        Column(_("How and by whom"), 6),
        Column(_("Period"), 4),
        Column(_("Quantity × price"), 4, "R"),
        Column(_("Yuan"), 3, "R"),
    )
    paper.table(columns, [*map(_line, enumerate(text["lines"], start=1)), _sum(text)])


def _line(numbered):
    n, row = numbered
    what = f"{capfirst(Line.Kind(row['kind']).label)}: {row['what']}"
    how = "\n".join(part for part in (row["how"], row["people"]) if part)
    many = f"{row['quantity'].removesuffix('.00')} × {money(row['unit_price'])}"
    return n, what, how, period(row["starts_on"], row["ends_on"]), many, money(content.amount(row))


def _sum(text):
    return "", _("Budget in all"), "", "", "", money(content.budget(text))


def _answers(paper, text):
    paper.section(_("Is it feasible, is it thrifty?"))
    answers = [(question, text["answers"].get(key, "")) for key, question in QUESTIONS.items()]
    paper.pairs(answers, columns=1, name_width=70)


def _customers(paper, text, reader):
    """Draw the customers in two columns: there may be hundreds."""
    shown = reader.customers(text)
    paper.section(_("Customers"))
    columns = (Column("#", 2, "R"), Column(_("Customer"), 11), Column(_("Grade"), 3))
    cells = [(n, name, grade) for n, (_pk, name, grade) in enumerate(shown, start=1)]
    pairs = [cells[n : n + 2] for n in range(0, len(cells), 2)]
    rows = [(*pair[0], *(pair[1] if len(pair) > 1 else ("", "", ""))) for pair in pairs]
    paper.table(columns * 2, rows)
    hidden(paper, text, shown)


def _signed(plan, version):
    """Yield who drafted it, who passed which step, and the steps that are left to be signed."""
    submitted = version.at if version else None
    yield _("Drafted by"), f"{plan.author} {day(submitted)}".strip()
    chain = plan.chain or Chain.current()
    steps = chain.steps_for(version.budget if version else plan.budget) if chain else []
    signed = _signatures(version)
    for step in steps:
        yield capfirst(step.get_role_display()), signed.get(step.position, "")


def _signatures(version) -> dict[int, str]:
    """Return who signed each step; a step that fell to somebody who had signed has no name of its own."""
    if version is None:
        return {}
    passed = version.decisions.filter(verb=Decision.Verb.PASS).select_related("by", "stands_for")
    return {it.position: _signature(it) for it in passed}


def _signature(decision):
    name = str(decision.by)
    if decision.stands_for:
        name = _("%(name)s for %(absent)s") % {"name": name, "absent": decision.stands_for}
    elif decision.by.role != decision.role:
        name = f"{name} ({Role(decision.by.role).label})"
    return f"{name} {day(decision.at)}"
