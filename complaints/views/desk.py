"""How complaints and suggestions come in, for administrators (policy 7.1, 7.9)."""

from django.contrib import messages
from django.db import transaction
from django.db.models import Case, When
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from complaints import arriving, clocks, mailbox
from complaints.choices import Severity
from complaints.forms import DeskForm, TargetsForm
from complaints.models import Desk, Mail, MailboxState, Target
from staff.views.administration import administrators_only

MOST_ASIDE = 20
# The most urgent first, of each severity the general limit before those of grades.
URGENCY = Case(*[When(severity=severity, then=-n) for n, severity in enumerate(Severity.values)])


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def desk_edit(request):
    """Who receives, the limits, and how the mailbox fares; changed limits count for all open tickets at once."""
    sent = request.POST if request.method == "POST" else None
    desk = Desk.current()
    desk.pk = desk.pk or 1
    form, targets = (
        DeskForm(sent, instance=desk),
        TargetsForm(sent, queryset=Target.objects.order_by(URGENCY, "grade"), prefix="limits"),
    )
    if sent is not None and form.is_valid() and targets.is_valid():
        with transaction.atomic():
            form.save()
            targets.save()
            changed = clocks.recompute() if targets.has_changed() else 0
        messages.success(request, _saved(changed))
        return redirect("complaints:desk")
    context = {"form": form, "targets": targets, "mailbox": _mailbox()}
    return render(request, "complaints/desk.html", context, status=422 if sent is not None else 200)


def _saved(changed):
    if not changed:
        return _("Saved.")
    text = ngettext(
        "Saved. %d open ticket is due at another time now.",
        "Saved. %d open tickets are due at another time now.",
        changed,
    )
    return text % changed


def _mailbox():
    return {
        "is_on": mailbox.is_on(),
        "address": arriving.own_address(),
        "state": MailboxState.objects.first(),
        "aside": Mail.objects.filter(outcome=Mail.Outcome.ASIDE)[:MOST_ASIDE],
    }
