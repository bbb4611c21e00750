"""客户维护总结表: tasks, money, before and after, goals of an approved plan, as far as it has come."""

from django.utils.translation import gettext as _

from crm.lib.looks import listed, money, number
from crm.lib.paper import Column, Paper
from plans import judging
from plans.models import Plan, Task
from plans.papers import report
from plans.papers.reading import Reader, day, period, results, today
from plans.progress import Progress


def draw(paper: Paper, plan: Plan, reader: Reader) -> None:
    frozen = plan.in_force.content
    progress = Progress(plan, plan.tasks.visible_to(reader.user))
    paper.remark(str(plan.get_status_display()))
    paper.pairs(
        [
            (_("Drafted by"), plan.author),
            (_("Team"), plan.team or ""),
            (_("Period"), period(frozen["starts_on"], frozen["ends_on"])),
            (_("Customers"), number(plan.in_force.reach)),
            *_counts(progress.counts),
        ],
        columns=4,
    )
    results(paper, plan.judgement.results if report.is_written(plan) else judging.results(plan))
    if reader.sees_whole:
        _money(paper, plan, progress)
    _tasks(paper, reader)
    paper.signatures([(_("Drawn up by"), ""), (_("Checked by"), "")])


def _counts(counts):
    yield _("Tasks"), number(counts["all"])
    yield _("Done"), number(counts["done"])
    yield _("Done late"), number(counts["done_late"])
    yield _("Open, late"), listed([number(counts["open"]), number(counts["late"])])


def _money(paper, plan, progress):
    paper.section(_("Money (yuan)"))
    columns = (
        Column(_("Measure"), 8),
        Column(_("Approved"), 3, "R"),
        Column(_("Planned in tasks"), 3, "R"),
        Column(_("Spent"), 3, "R"),
        Column(_("Left"), 3, "R"),
    )
    rows = [(row.name or _("no measure"), row.approved, row.planned, row.spent) for row in progress.money]
    rows.append((_("In all"), plan.approved, progress.planned, plan.spent))
    paper.table(columns, [(name, *map(money, (*sums, sums[0] - sums[2]))) for name, *sums in rows])


def _tasks(paper, reader):
    paper.section(_("Tasks"))
    if not reader.tasks:
        paper.prose(_("No tasks yet."))
        return
    columns = (
        Column("#", 1, "R"),
        Column(_("What is to be done"), 6),
        Column(_("Customer"), 5),
        Column(_("Who"), 3),
        Column(_("By"), 3),
        Column(_("State"), 4),
        Column(_("Yuan"), 2, "R"),
        Column(_("Result"), 8),
    )
    paper.table(columns, [_task(n, task, reader) for n, task in enumerate(reader.tasks, start=1)])


def _task(n, task, reader):
    customer = task.customer.name if task.seen else _("out of your sight") if task.customer_id else ""
    may_read = reader.reads_notes and (task.seen or not task.customer_id)
    cost = money(task.cost) if task.status == Task.Status.DONE else ""
    return n, task.what, customer, task.person, day(task.due_on), _state(task), cost, task.result if may_read else ""


def _state(task):
    if task.status == Task.Status.DONE:
        return f"{task.get_status_display()} {day(task.done_at)}"
    return _("late") if task.is_late(today()) else str(task.get_status_display())
