"""A person's days as an iCalendar file behind a private address, for the calendar of a phone.

Whoever has the address reads the file without signing in, so it says little: the customer's name and what for.
"""

import datetime as dt
import hashlib
import secrets

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Greatest
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from customers.models import Activity
from staff.models import User
from visits import agenda, permissions
from visits.models import CalendarFeed

TOKEN_BYTES = 32
DAYS_PAST, DAYS_AHEAD = 7, 60
MOST_EVENTS = 500
DAY = dt.timedelta(days=1)


def make(person) -> str:
    """Give `person` a new address, in place of the one they had; return its token, which is kept nowhere."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    fields = {"token_hash": _hash(token), "created_at": timezone.now()}
    CalendarFeed.objects.update_or_create(person=person, defaults=fields)
    return token


def revoke(person) -> None:
    CalendarFeed.objects.filter(person=person).delete()


def person_of(token: str) -> User | None:
    """Return whose address holds `token`; None for one unknown or revoked, or of somebody who may not sign in."""
    feed = CalendarFeed.objects.filter(token_hash=_hash(token), person__is_active=True).select_related("person").first()
    return feed.person if feed and permissions.may_read_logs(feed.person) else None


def _hash(token):
    return hashlib.sha256(token.encode()).hexdigest()


def file_of(person) -> bytes:
    """Return the calendar file of `person` in their language; the same as long as nothing in it changes."""
    today = timezone.localdate()
    first, last = today - DAYS_PAST * DAY, today + DAYS_AHEAD * DAY
    with translation.override(person.language or translation.get_language()):
        events = [
            *(_visit(row) for row in _of(agenda.site_visits, person, first, last, "created_at")),
            *(_all_day(row, _("Promise"), "promise") for row in _of(agenda.promises, person, first, last, "made_at")),
            *(_all_day(row, row.title, "callback") for row in _of(agenda.callbacks, person, first, last, "made_at")),
        ]
        events.sort(key=lambda event: (_day(event["dtstart"].dt), event["uid"]))
        calendar = Calendar.new(
            name=_("Evergreen: %(person)s") % {"person": person},
            prodid=f"-//Evergreen//Calendar//{translation.get_language().upper()}",
            uid=f"calendar-{person.pk}@evergreen",
            refresh_interval=dt.timedelta(hours=1),
            subcomponents=events[:MOST_EVENTS],
        )
    return calendar.to_ical()


def _of(read, person, first, last, made_at):
    """Return what `person` sees of their own, each with when it or anything else about its customer last changed."""
    changed = Activity.objects.filter(customer=OuterRef("customer")).order_by("-at", "-id").values("at")[:1]
    rows = read(person, person, first, last)
    return rows.annotate(changed_at=Greatest(F(made_at), Subquery(changed))).order_by("at", "id")[:MOST_EVENTS]


def _event(row, kind, title, start, end):
    changed = row.changed_at.astimezone(dt.UTC).replace(microsecond=0)
    return Event.new(
        uid=f"{kind}-{row.pk}@evergreen",
        summary=f"{capfirst(title)}: {row.customer.name}",
        start=start,
        end=end,
        stamp=changed,
        last_modified=changed,
    )


def _all_day(row, title, kind):
    return _event(row, kind, title, row.day, row.day + DAY)


def _visit(row):
    start, end = (moment.astimezone(dt.UTC) for moment in (row.planned_from, row.planned_until))
    return _event(row, "visit", row.get_kind_display(), start, end)


def _day(moment):
    return timezone.localdate(moment) if isinstance(moment, dt.datetime) else moment
