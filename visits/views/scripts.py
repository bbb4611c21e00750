"""The words of calls and messages (policy 5.7, 5.10): everybody reads them, leaders write them."""

from types import SimpleNamespace

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from crm.lib.moves import TooLate
from crm.lib.shortcuts import render_page, require
from visits import permissions, scripts
from visits.forms import ScriptForm, TextForm
from visits.models import TextTemplate

# How the script without a purpose is called in addresses.
GENERAL = "general"


@require_safe
def script_list(request):
    require(permissions.may_read_logs(request.user))
    context = {
        "scripts": [_line(*row) for row in scripts.current()],
        "texts": TextTemplate.objects.select_related("edited_by"),
        "may_edit": permissions.may_edit_scripts(request.user),
    }
    return render(request, "visits/scripts.html", context)


def _line(purpose, title, version):
    return SimpleNamespace(slug=purpose or GENERAL, title=title, version=version)


@require_http_methods(["GET", "HEAD", "POST"])
def script_edit(request, purpose):
    require(permissions.may_edit_scripts(request.user))
    purpose = "" if purpose == GENERAL else purpose
    titles = scripts.purposes()
    if purpose not in titles:
        raise Http404
    versions = scripts.history(purpose)
    current = versions[0] if versions else None
    form = ScriptForm(request.POST or None, initial=ScriptForm.initial_of(current))
    page = {"form": form, "versions": versions, "title": titles[purpose], "slug": purpose or GENERAL}
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        return _write(request, purpose, page)
    return _script_page(request, page, status=422 if form.errors and "preview" not in request.POST else 200)


def _write(request, purpose, page):
    form = page["form"]
    try:
        version = scripts.write(purpose, texts=form.texts, seen=form.cleaned_data["seen"], by=request.user)
    except TooLate as late:
        return _script_again(request, purpose, page, late)
    number = version and version.number
    messages.success(
        request, _("Version %(number)s is in use.") % {"number": number} if number else _("Nothing changed.")
    )
    return redirect("visits:scripts")


def _script_again(request, purpose, page, late):
    """Show what was typed above the other's version; sent once more it knowingly becomes the next one."""
    form, versions = page["form"], scripts.history(purpose)
    form.data = form.data.copy()
    form.data["seen"] = versions[0].number
    form.add_error(None, _("%(late)s It stands below; save again to put yours in its place.") % {"late": late})
    return _script_page(request, page | {"versions": versions}, status=409)


def _script_page(request, page, status):
    texts = {name: page["form"][name].value() or "" for name in scripts.TEXTS}
    page["example"] = scripts.example(texts, request.user)
    return render_page(request, "visits/script_edit.html", page, fragment="example", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def text_add(request):
    require(permissions.may_edit_scripts(request.user))
    return _text_page(request, TextTemplate())


@require_http_methods(["GET", "HEAD", "POST"])
def text_edit(request, pk):
    require(permissions.may_edit_scripts(request.user))
    return _text_page(request, get_object_or_404(TextTemplate, pk=pk))


def _text_page(request, text):
    seen, title = scripts.stamp(text), text.title
    form = TextForm(request.POST or None, instance=text, initial={"seen": seen})
    status = 422
    if request.method == "POST" and form.is_valid():
        try:
            scripts.keep_text(form, seen=form.cleaned_data["seen"], by=request.user)
        except TooLate as late:
            form.data = form.data.copy()
            form.data["seen"] = scripts.stamp(TextTemplate.objects.get(pk=text.pk))
            form.add_error(None, _("%(late)s Save again to put yours in its place.") % {"late": late})
            status = 409
        else:
            messages.success(request, _("Saved: %(name)s.") % {"name": text})
            return redirect("visits:scripts")
    context = {"form": form, "title": title}
    return render(request, "visits/text_edit.html", context, status=status if form.errors else 200)
