"""What customers see without signing in: the form, its answer, and the page behind their private link (policy 7.1)."""

from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from complaints import flood, following, intake, receiving, steps
from complaints.forms import FeedbackFilesForm, FeedbackForm, SatisfiedForm, WordsForm
from complaints.tasks import ring
from crm.lib.moves import TooLate
from visits import attachments
from visits.views.records import PICTURE_HEADERS

# The link of a ticket is shown for so many seconds after the form was sent; a cookie carries it, no table does.
COOKIE, SHOWN_FOR = "feedback", 600


def private(view):
    """Keep the page of a private link out of caches, search machines and other people's logs.

    Its policy on referrers is "same-origin": with "no-referrer" browsers send its own forms with the origin "null",
    which is refused as forged. Other hosts learn nothing of the address by either.
    """

    @login_not_required
    @sensitive_variables()
    @wraps(view)
    def guarded(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        add_never_cache_headers(response)
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response

    return guarded


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def feedback_add(request):
    """The public form: whatever keeps it from being taken is said in it, and nothing that was typed is lost."""
    is_sent = request.method == "POST"
    form = FeedbackForm(request.POST if is_sent else None)
    files = FeedbackFilesForm(*((request.POST, request.FILES) if request.FILES else ()))
    refusal = None
    if is_sent and form.is_valid():
        try:
            flood.enter_form(request)
        except flood.TooMany as reached:
            refusal = reached
        else:
            if not request.FILES or files.is_valid():
                return _taken(form, files)
    context = {"form": form, "files": files, "refusal": refusal}
    response = render(request, "complaints/feedback.html", context, status=_status(is_sent, refusal))
    add_never_cache_headers(response)
    return _with_wait(response, refusal)


def _status(is_sent, refusal):
    return 429 if refusal else 422 if is_sent else 200


def _with_wait(response, refusal):
    if refusal:
        response.headers["Retry-After"] = refusal.seconds
    return response


def _taken(form, files):
    ticket = form.ticket()
    ticket.language = get_language()
    intake.take(ticket, files.cleaned_data["files"] if files.is_bound else [], stamp=form.stamp)
    ring()
    response = redirect("complaints:received")
    response.set_signed_cookie(
        COOKIE,
        form.stamp.key,
        max_age=SHOWN_FOR,
        path=reverse("complaints:received"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@private
@require_safe
def feedback_received(request):
    """The number and the private link, to be kept: they are shown for a few minutes after the form was sent."""
    key = request.get_signed_cookie(COOKIE, default="", max_age=SHOWN_FOR)
    ticket = receiving.find_by_key(key) if key else None
    path = reverse("complaints:link", args=[key]) if ticket else ""
    context = {"ticket": ticket, "path": path, "address": request.build_absolute_uri(path) if path else ""}
    return render(request, "complaints/feedback_received.html", context)


@private
@require_http_methods(["GET", "HEAD", "POST"])
def link_detail(request, key):
    """Where the customer's ticket stands; sent, it adds words and files."""
    ticket = _of_key(key)
    if request.method != "POST":
        return _link_page(request, key, ticket)
    try:
        flood.enter_words(request, ticket)
    except flood.TooMany as reached:
        words = WordsForm(initial={"text": request.POST.get("text", "")})
        return _link_page(request, key, ticket, words=words, refusal=reached)
    form = WordsForm(request.POST, request.FILES)
    if not form.is_valid():
        return _link_page(request, key, ticket, words=form)
    message = intake.add(ticket, **form.cleaned_data)
    if message.ticket_id == ticket.pk:
        messages.success(request, _("Thank you, we have it."))
    else:
        number = message.ticket.number
        messages.success(request, _("It was closed long ago, so we opened it anew under the number %s.") % number)
    return redirect("complaints:link", key=key)


@private
@require_POST
def link_satisfied(request, key):
    """The customer's own word whether they are satisfied (policy 7.7)."""
    ticket = _of_key(key)
    form = SatisfiedForm(request.POST)
    if not form.is_valid():
        return _link_page(request, key, ticket, satisfied=form)
    try:
        steps.call_back(ticket, **form.cleaned_data, by=None)
    except TooLate:
        messages.info(request, _("This was settled a moment ago: see below where it stands."))
    else:
        messages.success(request, _("Thank you for telling us."))
    return redirect("complaints:link", key=key)


@private
@require_safe
def link_file(request, key, pk):
    """A file that came from or went to the customer; a picture is shown, a PDF only saved."""
    file = _of_key(key).files.filter(pk=pk, is_public=True).first()
    if file is None:
        raise Http404
    headers = {"Content-Disposition": content_disposition_header(file.kind != attachments.JPEG, file.name)}
    return HttpResponse(bytes(file.content), content_type=file.kind, headers=PICTURE_HEADERS | headers)


def _of_key(key):
    """Return the ticket behind a link, 404 when there is none: asked by the digest, so that time tells nothing."""
    ticket = receiving.find_by_key(key)
    if ticket is None:
        raise Http404
    return intake.current(ticket)


def _link_page(request, key, ticket, *, words=None, satisfied=None, refusal=None):
    form = words or satisfied
    context = {
        "key": key,
        "followed": following.follow(ticket),
        "words": words or WordsForm(),
        "satisfied": satisfied or SatisfiedForm(),
        "form": form,
        "refusal": refusal,
    }
    response = render(request, "complaints/feedback_link.html", context, status=_status(form, refusal))
    return _with_wait(response, refusal)
