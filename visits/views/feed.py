"""The private address of a person's calendar, and the file behind it."""

import hashlib

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from crm.lib.shortcuts import require
from visits import feed, permissions
from visits.forms import FeedForm
from visits.models import CalendarFeed
from visits.views.dialogs import sent


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def feed_page(request):
    """Make, renew or revoke the address; a new one is shown in the answer to the POST, and never again."""
    require(permissions.may_read_logs(request.user))
    form, address = FeedForm(sent(request)), ""
    if form.is_valid() and form.cleaned_data["do"] == FeedForm.REVOKE:
        feed.revoke(request.user)
        messages.success(request, _("The address is revoked: nobody can read your calendar by it any more."))
        return redirect("visits:feed")
    if form.is_valid():
        address = request.build_absolute_uri(reverse("visits:feed_file", args=[feed.make(request.user)]))
    known = CalendarFeed.objects.filter(person=request.user).first()
    context = {"form": form, "address": address, "feed": known, "days": feed.DAYS_AHEAD}
    return render(request, "visits/feed.html", context, status=422 if form.errors else 200)


@login_not_required
@require_safe
def feed_file(request, token):
    """The calendar as a file; whoever has the address may read it, so an unknown one is not told from a revoked one."""
    person = feed.person_of(token)
    if person is None:
        raise Http404
    content = feed.file_of(person)
    etag = f'"{hashlib.sha256(content).hexdigest()}"'
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = 'inline; filename="evergreen.ics"'
    return get_conditional_response(request, etag=etag, response=response)
