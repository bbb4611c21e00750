"""One ticket: what it is about, where it stands, and the one thing that is next (policy 7.2)."""

from django.http import Http404, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from complaints import history, library, parts, permissions, seen, steps
from complaints.forms import BY_VERB
from complaints.left import Clock
from complaints.models import Case, File, Ticket
from complaints.reviewing import nearest_leaders
from complaints.track import is_short, track
from crm.lib.shortcuts import get_visible, render_page
from visits.attachments import JPEG
from visits.views.records import PICTURE_HEADERS

Status = Ticket.Status
# What few tickets have (parent, repeats) is asked for when it is there: eight joins take longer to plan than to run.
LOADED = Ticket.objects.select_related("customer", "holder__team", "responsible", "received_by")
# What is next in each state: the first of these verbs that somebody may use is the blue button.
NEXT = {
    Status.RECEIVED: ("judge",),
    Status.JUSTIFIED: ("assign",),
    Status.INVESTIGATING: ("investigate",),
    Status.PROPOSING: ("propose",),
    Status.CHOOSING: ("choose", "send_back"),
    Status.AGREEING: ("agree", "refuse"),
    Status.ACTING: ("act",),
    Status.ANSWERING: ("review", "rework"),
    Status.CALLING: ("call_back",),
    Status.CLOSED: (),
}
ELSE = {Status.PROPOSING: ("put_forward",), Status.CALLING: ("give_up",), Status.CLOSED: ("reopen",)}
INLINE = {verb for verbs in (*NEXT.values(), *ELSE.values()) for verb in verbs}
REVIEWED = {Status.CHOOSING, Status.ANSWERING}
# While it is not known how to settle it, cases like it are offered.
UNSETTLED = {Status.RECEIVED, Status.JUSTIFIED, Status.INVESTIGATING, Status.PROPOSING, Status.ANSWERING}


def loaded(user):
    """Return the tickets with all that their page shows of them, as far as `user` may know who it is."""
    return seen.with_customers(LOADED, user)


@require_safe
def ticket_detail(request, pk):
    return draw_ticket(request, get_visible(Ticket.objects, request.user, pk=pk))


def draw_ticket(request, ticket, *, form=None, done=None, status=200):
    """Draw the page; `form` is one of a step that could not be carried out, `done` one of an action."""
    user = request.user
    found = parts.of(ticket)
    seen.mark_customers([ticket], user)
    moves, taken = ticket.moves(user), found["steps"]
    context = {
        "ticket": ticket,
        "moves": moves,
        "form": form,
        "done": done,
        "track": track(ticket, taken),
        "history": history.entries(ticket, taken, user),
        "who": seen.who(ticket),
        "told": _told(taken) if is_short(ticket, taken) else "",
        "investigation": next((step for step in reversed(taken) if step.verb == "investigate"), None),
        "may_take": "take" in moves and ticket.holder_id != user.pk,
        "address": _of_customer(ticket),
    }
    context |= _clocks(ticket, found) | _thread(found) | _settled(ticket, found, user)
    context |= _forms(ticket, user, moves, form)
    context |= _related(ticket, found["tied"], user)
    return render_page(request, "complaints/detail.html", context, status=status)


def _told(taken):
    """Return what the judgement says that the customer is told."""
    return next((step.note for step in reversed(taken) if step.verb == "judge"), "")


def _of_customer(ticket):
    return ticket.customer.get_absolute_url() if ticket.sees_customer else ""


def _clocks(ticket, found):
    clock = Clock()
    context = {"first_answer": clock.first_answer(ticket), "resolution": clock.resolution(ticket)}
    if ticket.stopped_at and ticket.is_open:
        context["stop"] = next(iter(found["stops"]), None)
    return context


def _thread(found):
    """Return the words of the ticket, each with its files and whom it names."""
    words, files = found["words"], found["files"]
    for word in words:
        word.named = word.further
        word.attached = [file for file in files if file.message_id == word.pk]
    return {"words": words, "files": [file for file in files if file.message_id is None], "jpeg": JPEG}


def _settled(ticket, found, user):
    """Return the solutions of this round, those before, and what is done, as far as `user` sees it."""
    actions = seen.without_hidden(found["actions"], ticket, user)
    for action in actions:
        action.ticket = ticket
        action.may_finish = action.done_at is None and permissions.may_finish(user, action)
    solutions = found["solutions"]
    return {
        "solutions": [one for one in solutions if one.round == ticket.rounds],
        "earlier_solutions": [one for one in solutions if one.round != ticket.rounds],
        "chosen": next((one for one in solutions if one.chosen_at and one.round == ticket.rounds), None),
        "actions": actions,
    }


def _forms(ticket, user, moves, form):
    """Return the forms that the page offers: what is next, and what else may be done now."""
    verbs = (*NEXT[ticket.status], *ELSE.get(ticket.status, ()))
    made = {verb: BY_VERB[verb](ticket=ticket, user=user) for verb in verbs if BY_VERB[verb].needs() in moves}
    if form:
        made[form.verb] = form
    coming = [made[verb] for verb in NEXT[ticket.status] if verb in made]
    context = {"forms": made, "next": coming[0] if coming else None, "others": coming[1:]}
    # What was typed for a step that is over by now.
    context["late_form"] = form if form and form.verb not in verbs else None
    if ticket.is_open and not coming:
        context["waits_for"] = _waits_for(ticket)
    if ticket.status == Status.CALLING:
        context["tries"] = steps.days_tried(ticket)
        context["most_tries"] = steps.TRIES
    return context


def _waits_for(ticket):
    people = nearest_leaders(ticket) if ticket.status in REVIEWED else steps.workers(ticket)
    return [person.name for person in people or nearest_leaders(ticket)]


def _related(ticket, tied, user):
    """Return the tickets tied to it that `user` sees, and the written cases like it while it is not settled."""
    ids = {ticket.parent_id, ticket.repeats_id, *(one.pk for one in tied)} - {None}
    found = []
    if ids:
        found = list(Ticket.objects.visible_to(user).filter(pk__in=ids).only(*SHORTLY).order_by("-received_at"))
    context = {
        "children": [one for one in found if one.parent_id == ticket.pk],
        "repeated_by": [one for one in found if one.repeats_id == ticket.pk],
        "seen_ids": {one.pk for one in found},
        "cases": library.similar(ticket) if ticket.status in UNSETTLED else (),
    }
    try:
        context["paper"] = reverse("complaints:paper", args=[ticket.pk])
        context |= _case(ticket, user)
    except NoReverseMatch:
        context["paper"] = context["write_case"] = ""
    return context


def _case(ticket, user):
    """Return the case that a closed ticket was written up as, else where `user` may write it."""
    if ticket.is_open:
        return {}
    written = Case.objects.filter(ticket=ticket).only("title").first()
    may_write = written is None and permissions.may_write_case(user, ticket)
    return {"case": written, "write_case": reverse("complaints:case_add", args=[ticket.pk]) if may_write else ""}


SHORTLY = ("number", "subject", "status", "parent", "repeats", "received_at")


@require_safe
def ticket_file(request, pk):
    """Send a file to whoever sees its ticket, else 404: a picture is shown, anything else only saved."""
    file = File.objects.filter(pk=pk, ticket__in=Ticket.objects.visible_to(request.user).order_by()).first()
    if file is None:
        raise Http404
    headers = {"Content-Disposition": content_disposition_header(file.kind != JPEG, file.name)}
    return HttpResponse(bytes(file.content), content_type=file.kind, headers=PICTURE_HEADERS | headers)
