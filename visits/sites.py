"""The verbs of a visit on site: planned, edited, finished, cancelled (policy 5.2, 5.3).

All of them lock the customer first, then the visit, as logging a contact does. The end of a visit is an event that
callback rules follow, and so is a planned end that passed before it.
"""

import datetime as dt
from contextlib import contextmanager

from django.db import transaction
from django.utils.translation import gettext as _

from crm.lib.moves import TooLate
from customers.models import Activity
from visits import callbacks, schedule
from visits.models import Callback, CallbackRule, SiteVisit

# What makes two plans the same one: the form was sent twice.
SAME = ("kind", "planned_from", "planned_until", "technician", "task")


def plan(visit: SiteVisit, *, by) -> SiteVisit:
    """Save the new `visit` of its customer; one planned already just so is returned instead.

    Raises TooLate when the customer went to the pool meanwhile, PermissionDenied when it is another's by now.
    """
    customer = visit.customer
    with transaction.atomic():
        customer.lock()
        earlier = customer.site_visits.open().filter(by=by, **{name: getattr(visit, name) for name in SAME}).first()
        if earlier:
            return earlier
        with customer.moving("edit", by=by) as activity:
            visit.by = by
            visit.save()
            activity.verb, activity.note = Activity.Verb.SITE, visit.task
            activity.data = _facts(visit, "plan")
    return visit


@contextmanager
def _held(visit, verb, by):
    """Hold customer and visit, in this order, through the verb; raises TooLate when the customer is in the pool."""
    with transaction.atomic():
        customer = visit.customer
        customer.lock()
        if customer.owner_id is None:
            raise TooLate(customer.too_late("edit"))
        with visit.moving(verb, by=by) as activity:
            yield activity
            activity.data = _facts(visit, verb) | activity.data


def _facts(visit, did):
    """Return what the timeline tells of the visit as it stands."""
    return {
        "did": did,
        "site": visit.pk,
        "kind": visit.kind,
        "technician": visit.technician,
        "from": visit.planned_from,
        "until": visit.planned_until,
    }


def edit(visit: SiteVisit, form, *, by) -> None:
    """Plan `visit` anew as `form` says; an end that had passed before stays noted."""
    with _held(visit, "edit", by) as activity:
        before = {"was_from": visit.planned_from, "was_until": visit.planned_until}
        activity.data = {"fields": form.apply(visit)} | before
        activity.note = visit.task


def finish(visit: SiteVisit, *, started_at: dt.datetime, finished_at: dt.datetime, result: str, by) -> None:
    """Close `visit` with its real times and plan the callbacks that follow at once (policy 5.2, 5.3)."""
    with transaction.atomic():
        with _held(visit, "finish", by) as activity:
            visit.started_at, visit.finished_at, visit.result = started_at, finished_at, result
            noticed = visit.overran_at
            visit.overran_at = _overran_at(visit)
            activity.note = result
            activity.data = {"started": started_at, "finished": finished_at, "overran": visit.overran_at is not None}
        if noticed and not visit.overran_at:
            _withdraw_overrun(visit, noticed, by)
        schedule.plan(customers=[visit.customer_id])


def _overran_at(visit):
    """Return the planned end that the real one lies behind: the one that was noticed to pass, else today's plan."""
    promised = visit.overran_at or visit.planned_until
    return promised if visit.finished_at > promised else None


def _withdraw_overrun(visit, noticed, by):
    """Take back the callback of an overrun that was none: the work ended in time and was only written down late."""
    event = CallbackRule.Event.REPAIR_OVERRUN
    for callback in Callback.objects.open().filter(customer=visit.customer_id, rule__event=event, event_at=noticed):
        callbacks.skip(callback, reason=_("The work ended in time."), by=by)


def cancel(visit: SiteVisit, *, reason: str, by) -> None:
    """Give `visit` up; the reason stands where its result would."""
    with _held(visit, "cancel", by) as activity:
        visit.result = activity.note = reason
