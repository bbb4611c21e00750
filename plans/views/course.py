"""The course of an approved plan: amended, paused, resumed, ended (policy 6.3)."""

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from crm.lib.moves import TooLate, get_for_move
from crm.lib.shortcuts import render_page
from plans import course
from plans.forms import AmendForm, EndForm, NothingForm, PauseForm
from plans.models import Plan


@dataclass
class Question:
    """What a small form says before it does something with a plan."""

    title: str
    text: str
    button: str
    done: str
    color: str = "primary"


@require_http_methods(["GET", "HEAD", "POST"])
def plan_amend(request, pk):
    plan = _in_state(request, "amend", pk)
    question = Question(
        _("Amend the plan"),
        _("Its wording opens for changes, which go through the approval chain again. Until they are approved the "
          "version in force holds, and the tasks go on."),
        _("Begin the amendment"),
        _("Change the wording, then submit it."),
    )  # fmt: skip
    return _asked(request, plan, AmendForm, question, course.amend, to="plans:edit")


@require_http_methods(["GET", "HEAD", "POST"])
def plan_discard(request, pk):
    plan = _in_state(request, "discard", pk)
    question = Question(
        _("Give the amendment up"),
        _("The wording becomes exactly what is in force; what was written since is lost."),
        _("Give it up"),
        _("The version in force stands as it was."),
        "danger",
    )
    return _asked(request, plan, NothingForm, question, course.discard)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_pause(request, pk):
    plan = _in_state(request, "pause", pk)
    question = Question(
        _("Pause the plan"),
        _("Its tasks leave everybody's day until the plan is resumed. It goes on holding its customers."),
        _("Pause"),
        _("The plan is paused."),
    )
    return _asked(request, plan, PauseForm, question, course.pause)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_resume(request, pk):
    plan = _in_state(request, "resume", pk)
    question = Question(
        _("Resume the plan"),
        _("Its open tasks stand on everybody's day again, with the deadlines that they had."),
        _("Resume"),
        _("The plan goes on."),
    )
    return _asked(request, plan, NothingForm, question, course.resume)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_end(request, pk):
    plan = _in_state(request, "end", pk)
    is_early = timezone.localdate() < dt.date.fromisoformat(plan.in_force.content["ends_on"])
    question = Question(
        _("End the plan early") if is_early else _("End the plan"),
        _what_ends(plan.tasks.open().count()),
        _("End it"),
        _("The plan has ended. Now write its report."),
        "danger",
    )

    def form(*args):
        return EndForm(*args, is_early=is_early)

    return _asked(request, plan, form, question, course.end, to="plans:judgement")


def _what_ends(number):
    if not number:
        return _("No task is open. Its customers are held no longer.")
    text = ngettext(
        "%(number)d open task is cancelled. The plan's customers are held no longer.",
        "%(number)d open tasks are cancelled. The plan's customers are held no longer.",
        number,
    )
    return text % {"number": number}


def _in_state(request, verb, pk):
    """Return the plan for a verb: 404 out of sight, 403 for whoever may not, 409 when it is in another state.

    What somebody has typed by then stays in the form: there the verb itself says that it comes too late.
    """
    plan = get_for_move(Plan.objects.select_related("in_force"), request.user, verb, pk)
    if plan.status not in Plan.MOVES[verb].source and not (request.method == "POST" and plan.in_force_id):
        raise TooLate(plan.too_late(verb))
    return plan


def _asked(request, plan, form_of, question, do, *, to="plans:detail"):
    """Ask with a small form, in the dialog or as a page of its own; do it once it is answered."""
    if request.method != "POST":
        return _show(request, plan, form_of(), question)
    form = form_of(request.POST)
    if not form.is_valid():
        return _show(request, plan, form, question, status=422)
    try:
        do(plan, **form.cleaned_data, by=request.user)
    except TooLate as late:
        form.add_error(None, str(late))
        return _show(request, plan, form, question, status=409)
    messages.success(request, question.done)
    page = redirect(to, plan.pk)
    return HttpResponseClientRedirect(page.url) if request.htmx else page


def _show(request, plan, form, question, *, status=200):
    context = {"plan": plan, "form": form, "question": question}
    return render_page(request, "plans/question.html", context, fragment="form", status=status)
