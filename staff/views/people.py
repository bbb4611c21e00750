from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from crm.lib.paging import KeysetPage
from crm.lib.shortcuts import render_page
from staff import leaving, people
from staff.filters import PersonFilter
from staff.forms import NewPasswordForm, NewPersonForm, PersonForm
from staff.models import User
from staff.views.administration import administrators_only, save_if_valid


@require_safe
@administrators_only
def person_list(request):
    found = PersonFilter(request.GET, User.objects.for_list(), request=request)
    page = KeysetPage.of(request, found.qs, "username")
    return render_page(request, "staff/person_list.html", {"page": page, "filter": found}, fragment="rows")


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@administrators_only
def person_add(request):
    form = NewPersonForm(request.POST or None, by=request.user)
    if save_if_valid(form):
        messages.success(request, _("%(name)s can sign in now.") % {"name": form.instance})
        return redirect("staff:person_list")
    return render(request, "staff/person_form.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def person_edit(request, pk):
    if request.method == "GET":
        person = get_object_or_404(User, pk=pk)
        return _render_person(request, person, PersonForm(instance=person, by=request.user))
    with transaction.atomic():
        person = people.lock(pk, by=request.user)
        form = PersonForm(request.POST, instance=person, by=request.user)
        is_saved = save_if_valid(form)
    if not is_saved:
        return _render_person(request, get_object_or_404(User, pk=pk), form)
    messages.success(request, _("Saved: %(name)s.") % {"name": person})
    return redirect("staff:person_list")


def _render_person(request, person, form):
    held = leaving.holdings(person, None) if person.is_active else []
    context = {"form": form, "person": person, "held": held, "heads": person.heads.all()}
    return render(request, "staff/person_form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@administrators_only
def person_password(request, pk):
    """Set a new password for somebody else; it ends their sessions, whose hash changes with it."""
    if pk == request.user.pk:
        return redirect("staff:password_change")
    person = get_object_or_404(User, pk=pk)
    form = NewPasswordForm(person, request.POST or None)
    if form.is_valid():
        form.save()
        messages.success(request, _("The new password of %(name)s is set.") % {"name": person})
        return redirect(person)
    return render(request, "staff/person_password.html", {"form": form, "person": person})
