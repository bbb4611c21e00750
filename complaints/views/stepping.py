"""Taking a step of a ticket, and what is done beside the steps: every verb is a form (policy 7.3 to 7.9)."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from complaints import linking, permissions, seen, wording
from complaints.forms import BY_VERB, DoneForm
from complaints.models import Action, Ticket
from complaints.steps import NotYet
from complaints.views.ticket import INLINE, draw_ticket, loaded
from crm.lib.moves import TooLate, get_for_move
from crm.lib.shortcuts import get_visible, render_page, require
from customers import search

FOUND = 8


@require_http_methods(["GET", "HEAD", "POST"])
def ticket_step(request, pk, verb):
    """Show the form of a step by itself, or take it; what was typed stays when it comes too early (422) or too late."""
    if verb not in BY_VERB:
        raise Http404
    made = {"ticket": _for_verb(request.user, verb, pk), "user": request.user}
    if request.method == "POST":
        return _carry_out(request, BY_VERB[verb](request.POST, request.FILES, **made), _draw_step)
    made["ticket"].check_move(BY_VERB[verb].needs(), by=request.user)
    return _draw_step(request, made["ticket"], form=BY_VERB[verb](**made))


def _for_verb(user, verb, pk):
    return get_for_move(loaded(user), user, BY_VERB[verb].needs(), pk)


def _draw_step(request, ticket, *, form, status=200):
    """Draw the form where it was: on the page of its ticket when it is what is next there, else by itself."""
    if form.is_bound and not request.htmx and form.verb in INLINE:
        return draw_ticket(request, ticket, form=form, status=status)
    texts = wording.starters(ticket, request.user) if form.verb == "answer" else ()
    return _draw_apart(request, "complaints/step.html", ticket, form, {"texts": texts}, status)


def _carry_out(request, form, draw):
    status = _try(form, by=request.user) if form.is_valid() else 422
    if status:
        form.ticket = loaded(request.user).get(pk=form.ticket.pk)
        return draw(request, form.ticket, form=form, status=status)
    messages.success(request, str(form.said))
    address = _after(request.user, form.ticket)
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _after(user, ticket):
    """Return where to go on: whoever hands a ticket on may not see it any more."""
    is_seen = Ticket.objects.visible_to(user).filter(pk=ticket.pk).exists()
    return ticket.get_absolute_url() if is_seen else reverse("complaints:queue")


def _try(form, *, by) -> int:
    """Carry the step out; return the status of a refusal, whose text stands at the form then, or 0."""
    try:
        form.carry_out(by=by)
    except NotYet as early:
        form.add_error(None, str(early))
        return 422
    except TooLate as late:
        form.add_error(None, _("%(late)s Your text is still here.") % {"late": late})
        return 409
    return 0


@require_http_methods(["GET", "HEAD", "POST"])
def ticket_match(request, pk):
    """Say which customer it is, after finding it by name or phone."""
    return _apart(request, pk, "match", _draw_match)


@require_http_methods(["GET", "HEAD", "POST"])
def ticket_link(request, pk):
    """Say that it repeats another one, or comes from the same cause."""
    return _apart(request, pk, "link", _draw_link)


def _apart(request, pk, verb, draw):
    ticket = _for_verb(request.user, verb, pk)
    made = {"ticket": ticket, "user": request.user}
    if request.method != "POST" or "find" in request.POST:
        ticket.check_move(BY_VERB[verb].needs(), by=request.user)
        return draw(request, ticket, form=BY_VERB[verb](**made))
    return _carry_out(request, BY_VERB[verb](request.POST, **made), draw)


def _draw_match(request, ticket, *, form, status=200):
    text = _asked(request)
    found = search.quick(text or ticket.phone, user=request.user, limit=FOUND)
    return _draw_apart(request, "complaints/match.html", ticket, form, {"found": found, "text": text}, status)


def _draw_link(request, ticket, *, form, status=200):
    text = _asked(request)
    found = linking.candidates(ticket, text, user=request.user)
    return _draw_apart(request, "complaints/link.html", ticket, form, {"found": found, "text": text}, status)


def _draw_apart(request, template, ticket, form, context, status):
    fragment = "found" if request.htmx.target == "found" else "form"
    context |= {"ticket": ticket, "form": form, "who": seen.who(ticket)}
    return render_page(request, template, context, fragment=fragment, status=status)


def _asked(request):
    return (request.POST.get("q") or request.GET.get("q") or "")[:100]


@require_POST
def action_done(request, pk):
    """Say what came of an action; 404 for a consequence whoever may not see it."""
    actions = Action.objects.select_related("ticket", "person").filter(ticket__in=_seen(request.user), pk=pk)
    action = actions.first()
    if action is None or not seen.actions(action.ticket, request.user).filter(pk=pk).exists():
        raise Http404
    require(permissions.may_finish(request.user, action))
    form = DoneForm(request.POST, action=action, auto_id=f"action_{pk}_%s")
    status = _try(form, by=request.user) if form.is_valid() else 422
    if status:
        ticket = get_visible(loaded(request.user), request.user, pk=action.ticket_id)
        return draw_ticket(request, ticket, done=form, status=status)
    messages.success(request, _("Done: %(what)s") % {"what": action.text})
    return redirect(action.ticket)


def _seen(user):
    return Ticket.objects.visible_to(user).order_by()
