"""The rules by which the schedule makes itself: everybody reads what is in force, administrators edit (policy 1.5)."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from crm.lib.moves import TooLate
from crm.lib.shortcuts import render_page, require
from visits import load, permissions, rules
from visits.forms import CadenceForm, RuleForm
from visits.models import Cadence, CallbackRule

EVENTS = CallbackRule.Event.values  # in the order of a customer's life


@require_safe
def rule_list(request):
    require(permissions.may_read_logs(request.user))
    found = sorted(CallbackRule.objects.select_related("edited_by"), key=lambda rule: EVENTS.index(rule.event))
    cadences = list(Cadence.objects.select_related("edited_by"))
    for rule in found:
        rule.window = rules.window_text(rule)
    for cadence in cadences:
        cadence.audience, cadence.every = rules.audience_text(cadence), rules.every_text(cadence)
    may_edit = permissions.may_edit_rules(request.user)
    return render(request, "visits/rules.html", {"rules": found, "cadences": cadences, "may_edit": may_edit})


@require_http_methods(["GET", "HEAD", "POST"])
def rule_add(request):
    require(permissions.may_edit_rules(request.user))
    return _rule_page(request, CallbackRule())


@require_http_methods(["GET", "HEAD", "POST"])
def rule_edit(request, pk):
    require(permissions.may_edit_rules(request.user))
    return _rule_page(request, get_object_or_404(CallbackRule, pk=pk))


@require_http_methods(["GET", "HEAD", "POST"])
def cadence_add(request):
    require(permissions.may_edit_rules(request.user))
    return _cadence_page(request, Cadence())


@require_http_methods(["GET", "HEAD", "POST"])
def cadence_edit(request, pk):
    require(permissions.may_edit_rules(request.user))
    return _cadence_page(request, get_object_or_404(Cadence, pk=pk))


def _rule_page(request, rule):
    title = str(rule) if rule.pk else _("Add a rule")
    form = RuleForm(request.POST or None, instance=rule)
    return _draft_page(request, form, title=title, keep=rules.keep_rule, preview=load.of_rule)


def _cadence_page(request, cadence):
    title = capfirst(rules.audience_text(cadence)) if cadence.pk else _("Add a cadence")
    form = CadenceForm(request.POST or None, instance=cadence)
    return _draft_page(request, form, title=title, keep=rules.keep_cadence, preview=load.of_cadence)


def _draft_page(request, form, *, title, keep, preview):
    """Draw the form; sent with "preview" it shows what the draft would do, else it is saved."""
    context, status = {"form": form, "title": title}, 200
    if request.method == "POST" and not form.is_valid():
        status = 422
    elif "preview" in request.POST:
        context["preview"] = preview(form.instance)
    elif request.method == "POST":
        try:
            return _kept(request, keep(form, seen=form.cleaned_data["seen"], by=request.user))
        except TooLate as late:
            _send_again(form, late)
            status = 409
    return render_page(request, "visits/rule_form.html", context, fragment="preview", status=status)


def _kept(request, number):
    text = ngettext(
        "Saved. %(number)d callback was planned anew; what else follows comes in the next night.",
        "Saved. %(number)d callbacks were planned anew; what else follows comes in the next night.",
        number,
    )
    messages.success(request, text % {"number": number})
    return redirect("visits:rules")


def _send_again(form, late):
    """Keep what was typed; sent once more it knowingly goes over the other's change."""
    row = type(form.instance).objects.filter(pk=form.instance.pk).first()
    form.data = form.data.copy()
    form.data["seen"] = rules.stamp(row) if row else ""
    form.add_error(None, _("%(late)s Save again to put yours in its place.") % {"late": late})
