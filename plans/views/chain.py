"""The approval chain (policy 6.2): what is in force, what was, and a new version."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from crm.lib.moves import TooLate
from crm.lib.shortcuts import render_page, require
from plans import chains, permissions
from plans.forms.chain import ChainForm, rearranged
from plans.models import Chain


@require_safe
def chain_detail(request):
    found = chains.versions(request.user)
    context = {"chain": found[0], "versions": found, "may_edit": permissions.may_edit_chain(request.user)}
    return render_page(request, "plans/chain.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def chain_edit(request):
    """Write a new version; the buttons that move steps, and the preview, save nothing."""
    require(permissions.may_edit_chain(request.user))
    if request.method != "POST":
        return _page(request, ChainForm(initial=ChainForm.start(Chain.current())))
    do = request.POST.get("do", "")
    if do and do != "preview":
        return _page(request, ChainForm(initial=rearranged(request.POST, do)))
    form = ChainForm(request.POST)
    if do == "preview":
        form.fields["note"].required = False
    if not form.is_valid():
        return _page(request, form, status=422)
    data = form.cleaned_data
    if do == "preview":
        return _page(request, form, asked=chains.preview(form.steps, data["team"]) if data["team"] else None)
    try:
        chains.write(form.steps, note=data["note"], after=data["after"], by=request.user)
    except TooLate as late:
        form.add_error(None, _("%(late)s Your text is still here.") % {"late": late})
        return _page(request, form, status=409)
    messages.success(request, _("Plans submitted for the first time from now on take this chain."))
    return redirect("plans:chain")


def _page(request, form, *, asked=None, status=200):
    context = {"form": form, "asked": asked, "newer": None}
    if status == 409:
        context["newer"] = Chain.current()
    return render_page(request, "plans/chain_edit.html", context, status=status)
