from django.contrib import messages
from django.db import transaction
from django.db.models import ProtectedError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.lib.moves import TooLate
from staff import teams
from staff.changes import company_changed
from staff.forms import TeamForm
from staff.models import Team
from staff.views.administration import administrators_only, save_if_valid


@require_safe
@administrators_only
def team_list(request):
    return render(request, "staff/team_list.html", {"teams": teams.tree()})


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def team_add(request):
    initial = {"parent": request.GET.get("parent")}
    if request.method == "GET":
        return render(request, "staff/team_form.html", {"form": TeamForm(initial=initial)})
    with transaction.atomic():
        teams.lock_tree()
        form = TeamForm(request.POST)
        is_saved = save_if_valid(form)
    return _answer(request, form, is_saved)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def team_edit(request, pk):
    if request.method == "GET":
        return _render_team(request, TeamForm(instance=get_object_or_404(Team, pk=pk)))
    with transaction.atomic():
        teams.lock_tree()
        form = TeamForm(request.POST, instance=get_object_or_404(Team, pk=pk))
        is_saved = save_if_valid(form)
    return _answer(request, form, is_saved)


def _answer(request, form, is_saved):
    if not is_saved:
        return _render_team(request, form)
    messages.success(request, _("Saved: %(name)s.") % {"name": form.instance})
    return redirect("staff:team_list")


def _render_team(request, form):
    context = {"form": form}
    if form.instance.pk:
        context["team"] = Team.objects.get(pk=form.instance.pk)
        context["kept"] = teams.why_kept(context["team"])
    return render(request, "staff/team_form.html", context)


@require_POST
@administrators_only
def team_delete(request, pk):
    """Delete an empty team; 409 when people or teams below it came in the meantime, or rows of rooms above keep it."""
    with transaction.atomic():
        teams.lock_tree()
        team = get_object_or_404(Team, pk=pk)
        try:
            team.delete()
            company_changed()
        except ProtectedError as error:
            text = _("%(name)s stays: plans were drafted in it. Rename it, or move it below another team.")
            raise TooLate(" ".join(teams.why_kept(team)) or text % {"name": team}) from error
    messages.success(request, _("Deleted: %(name)s.") % {"name": team})
    return redirect("staff:team_list")
