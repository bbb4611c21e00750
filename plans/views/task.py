"""One task: its page, what becomes of it, and its files (policy 6.3)."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from crm.lib.moves import TooLate, get_for_move
from crm.lib.shortcuts import get_visible, render_page
from plans import permissions, work
from plans.forms import FinishForm, TaskEditForm, TaskReasonForm
from plans.models import Plan, Task, TaskFile
from plans.views.seen import mark_customers
from visits.views.records import PICTURE_HEADERS

LOADED = Task.objects.select_related("plan__author", "plan__in_force", "line", "person", "done_by", "by")
DONE = {
    "edit": gettext_lazy("Saved."),
    "finish": gettext_lazy("The task is done."),
    "cancel": gettext_lazy("The task is cancelled."),
    "reopen": gettext_lazy("The task is open again."),
}


@require_safe
def task_detail(request, pk):
    return _detail_page(request, get_visible(LOADED.all(), request.user, pk=pk), {})


@require_POST
def task_edit(request, pk):
    task = get_for_move(LOADED.all(), request.user, "edit", pk)
    form = _edit_form(task, request.user, request.POST)
    return _move(request, task, "edit", form, lambda: work.edit(task, fields=form.changed, by=request.user))


@require_POST
def task_finish(request, pk):
    task = get_for_move(LOADED.all(), request.user, "finish", pk)
    form = FinishForm(request.POST, request.FILES)
    return _move(request, task, "finish", form, lambda: work.finish(task, **form.cleaned_data, by=request.user))


@require_POST
def task_cancel(request, pk):
    task = get_for_move(LOADED.all(), request.user, "cancel", pk)
    form = TaskReasonForm(request.POST)
    return _move(request, task, "cancel", form, lambda: work.cancel(task, **form.cleaned_data, by=request.user))


@require_POST
def task_reopen(request, pk):
    task = get_for_move(LOADED.all(), request.user, "reopen", pk)
    form = TaskReasonForm(request.POST)
    return _move(request, task, "reopen", form, lambda: work.reopen(task, **form.cleaned_data, by=request.user))


def _edit_form(task, user, data=None):
    return TaskEditForm(data, instance=task, user=user, auto_id="edit_%s")


def _move(request, task, verb, form, do):
    """Do the verb when its form is in order; what was typed stays in the form when it is not, or comes too late."""
    if not form.is_valid():
        return _detail_page(request, _as_stored(task), {verb: form}, status=422)
    try:
        do()
    except TooLate as late:
        form.add_error(None, _("%(late)s Your text is still here.") % {"late": late})
        return _detail_page(request, _as_stored(task), {verb: form}, status=409)
    messages.success(request, DONE[verb])
    return redirect(task)


def _as_stored(task):
    """Return the task without what a form or a verb has set on it."""
    return LOADED.get(pk=task.pk)


def _detail_page(request, task, bound, status=200):
    moves = task.moves(request.user) if task.plan.status in Plan.WORKING else set()
    blank = {
        "finish": lambda: FinishForm(initial={"cost": task.planned}),
        "edit": lambda: _edit_form(task, request.user),
        "cancel": TaskReasonForm,
        "reopen": TaskReasonForm,
    }
    shown = {verb: bound.get(verb) or make() for verb, make in blank.items() if verb in moves or verb in bound}
    mark_customers([task], request.user)
    opened, form = next(iter(bound.items()), ("", None))
    context = {"task": task, "plan": task.plan, "forms": shown, "opened": opened, "form": form}
    context["reads"] = permissions.reads_result(request.user, task)
    context["files"] = task.files.defer("content").select_related("by") if context["reads"] else []
    return render_page(request, "plans/task.html", context, status=status)


@require_safe
def task_file(request, pk):
    """Send a file to whoever reads what came of its task, else 404: a picture is shown, anything else only saved."""
    files = TaskFile.objects.filter(pk=pk, task__in=Task.objects.visible_to(request.user))
    file = files.select_related("task").first()
    if file is None or not permissions.reads_result(request.user, file.task):
        raise Http404
    headers = {"Content-Disposition": content_disposition_header(file.kind != "image/jpeg", file.name)}
    return HttpResponse(bytes(file.content), content_type=file.kind, headers=PICTURE_HEADERS | headers)
