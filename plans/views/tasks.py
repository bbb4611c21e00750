"""The tasks of one plan: how far they are, a new one, one for each customer (policy 6.3)."""

from collections import Counter

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from crm.lib.moves import TooLate, get_for_move
from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import get_visible, render_page
from plans import pictures, rows, work
from plans.forms import GenerateForm, TaskForm
from plans.models import Plan, Task
from plans.progress import Progress
from plans.views.seen import mark_customers
from staff.permissions import is_in_sight

ROWS_SHOWN = 10
LISTED = ("plan", "what", "customer", "due_on", "status", "planned", "cost", "person__name", "person__username")


@require_safe
def task_list(request, pk):
    plan = get_visible(Plan.objects.select_related("author", "in_force"), request.user, pk=pk)
    context = {"plan": plan, "moves": plan.moves(request.user)}
    if not plan.in_force_id:
        return render_page(request, "plans/tasks.html", context)
    tasks = plan.tasks.visible_to(request.user)
    # What is left comes first while there is anything to be done.
    usual = Task.Status.OPEN.value if plan.status in Plan.APPROVED else "all"
    asked = {"state": request.GET.get("state", usual), "person": request.GET.get("person", "")}
    found = _narrowed(tasks, **asked).select_related("person").only(*LISTED)
    page = KeysetPage.of(request, found, "due_on")
    mark_customers(page.rows, request.user)
    context |= {"page": page, "lines": rows.tasks(page.rows), **asked} | _figures(plan, tasks, request.user)
    return render_page(request, "plans/tasks.html", context, fragment="rows")


def _narrowed(tasks, *, state, person):
    """Return the tasks of a state and a person; words that are none are passed over."""
    if state == "late":
        tasks = tasks.open().filter(due_on__lt=timezone.localdate())
    elif state in Task.Status.values:
        tasks = tasks.filter(status=state)
    is_number = person.isascii() and person.isdecimal() and len(person) < 10
    return tasks.filter(person=person) if is_number else tasks


def _figures(plan, tasks, user):
    """Return the plan's figures; whoever only has a task in it gets those of their own tasks, and no money."""
    progress = Progress(plan, tasks)
    if not is_in_sight(user, plan.author_id):
        return {"progress": progress, "is_whole": False, "is_empty": not progress.counts["all"]}
    charts = {"course": pictures.course(progress), "money": pictures.money(progress)}
    return {
        "progress": progress,
        "is_whole": True,
        "is_empty": not progress.counts["all"],
        "is_on": plan.status in Plan.APPROVED,
        "charts": charts,
        "over": plan.spent - plan.approved if plan.spent > plan.approved else None,
        "planned_over": progress.planned - plan.approved if progress.planned > plan.approved else None,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def task_add(request, pk):
    plan = _workable(request, pk)
    form = TaskForm(request.POST or None, instance=Task(plan=plan), user=request.user)
    if request.method != "POST" or not form.is_valid():
        return _add_page(request, plan, form, status=422 if form.errors else 200)
    try:
        task = work.assign(form.instance, by=request.user)
    except TooLate as late:
        form.add_error(None, _("%(late)s Your text is still here.") % {"late": late})
        return _add_page(request, plan, form, status=409)
    messages.success(request, _("%(person)s has the task.") % {"person": task.person})
    return redirect("plans:tasks", plan.pk)


def _workable(request, pk):
    """Return the plan to give tasks of: 404 out of sight, 403 for whoever does not steer it, 409 when it rests.

    What somebody has typed by then stays in the form: there the verb itself says that it comes too late.
    """
    plan = get_for_move(Plan.objects.select_related("in_force"), request.user, "assign", pk)
    if plan.status not in Plan.WORKING and not (request.method == "POST" and plan.in_force_id):
        raise TooLate(plan.too_late("assign"))
    return plan


def _add_page(request, plan, form, status):
    hidden = len(plan.in_force.content["customers"]) - form.fields["customer"].queryset.count()
    return render_page(request, "plans/task_add.html", {"plan": plan, "form": form, "hidden": hidden}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def task_generate(request, pk):
    plan = _workable(request, pk)
    initial = {"line": request.GET.get("line", "")}
    form = GenerateForm(request.POST or None, plan=plan, user=request.user, initial=initial)
    if request.method != "POST" or not form.is_valid():
        return _generate_page(request, plan, form, status=422 if form.errors else 200)
    try:
        if "preview" in request.POST:
            return _generate_page(request, plan, form, preview=_preview(plan, form, request.user))
        tasks = work.generate(plan, **form.choice, by=request.user)
    except TooLate as late:
        form.add_error(None, str(late))
        return _generate_page(request, plan, form, status=409)
    return _generated(request, plan, len(tasks))


def _generated(request, plan, number):
    if number:
        text = ngettext("%(number)d task is given.", "%(number)d tasks are given.", number)
        messages.success(request, text % {"number": number})
    else:
        messages.info(request, _("Nothing to give: every customer of the plan has a task of this measure."))
    return redirect("plans:tasks", plan.pk)


def _preview(plan, form, user):
    """Return what would be written: the first tasks, and what each person would get beside what they have."""
    tasks = work.draft(plan, **form.choice, by=user)
    people = {person.pk: person for person in form.cleaned_data["people"]}
    rows = tasks[:ROWS_SHOWN]
    for task in rows:
        task.person = people[task.person_id]
    mark_customers(rows, user)
    number, busy = Counter(task.person_id for task in tasks), work.load(people.values())
    return {
        "number": len(tasks),
        "left_out": len(plan.in_force.content["customers"]) - len(tasks),
        "planned": sum(task.planned for task in tasks),
        "rows": rows,
        "shares": [(person, busy[pk], number[pk]) for pk, person in people.items()],
    }


def _generate_page(request, plan, form, *, preview=None, status=200):
    context = {"plan": plan, "form": form, "preview": preview}
    return render_page(request, "plans/task_generate.html", context, fragment="preview", status=status)
