"""The clearing sheet: what the owner writes of a customer before it goes to the pool (policy 4.7).

Asked for when the customer goes within `PoolRules.sheet_days`. Whoever leads the owner looks at it: it is clear, or
goes back with what is unclear. One sheet an ownership; the newest text stands.
"""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.dates import local_date
from crm.lib.moves import TooLate
from customers.models import Activity, ClearingSheet, Customer
from customers.ownership.due import FAR
from staff import notices

Status = ClearingSheet.Status
FIELDS = ("situation", "contacts", "progress")
# What stands for a sheet that is not there, or too old to say how things are.
MISSING, OLD = "missing", "old"


def write(customer: Customer, words: dict[str, str], *, seen: str, by) -> ClearingSheet:
    """Write the sheet of `customer`'s running ownership; `words` by FIELDS, `seen` the version that the writer saw.

    Raises TooLate when another window has written since.
    """
    with customer.moving("write_sheet", by=by, fields=()) as activity:
        stint = customer.stints.select_related("sheet").get(ended_at=None)
        sheet = getattr(stint, "sheet", None) or ClearingSheet(customer=customer, stint=stint)
        if version(sheet) != seen:
            raise TooLate(_("The sheet was written in another window meanwhile. Your text is still below."))
        was = sheet.status if sheet.pk else ""
        for name in FIELDS:
            setattr(sheet, name, words[name])
        sheet.written_by, sheet.written_at, sheet.status = by, timezone.now(), Status.WRITTEN
        sheet.save()
        activity.verb, activity.data = Activity.Verb.SHEET, {"did": Status.WRITTEN}
        if was == Status.SENT_BACK:
            notices.write_to([sheet.judged_by_id], lambda: _again_words(customer, by))
    return sheet


def version(sheet: ClearingSheet | None) -> str:
    """Return what a form sends back to say which text it showed: "" for none."""
    return sheet.written_at.isoformat() if sheet and sheet.pk else ""


def send_back(customer: Customer, *, note: str, seen: str, by) -> ClearingSheet:
    """Send the sheet back to its owner with what is unclear; raises TooLate when it is not the one that was read."""
    return _judge(customer, Status.SENT_BACK, note=note, seen=seen, by=by)


def pass_sheet(customer: Customer, *, seen: str, by) -> ClearingSheet:
    """Say that the sheet is clear; raises TooLate when it is not the one that was read."""
    return _judge(customer, Status.CLEAR, note="", seen=seen, by=by)


def _judge(customer, status, *, note, seen, by):
    with customer.moving("judge_sheet", by=by, fields=()) as activity:
        sheet = ClearingSheet.objects.filter(customer=customer, stint__ended_at=None).first()
        if sheet is None or version(sheet) != seen:
            raise TooLate(_("The sheet was written anew meanwhile: read it again."))
        if sheet.status == status:
            raise TooLate(_("Somebody has looked at it already."))
        sheet.status = status
        sheet.judged_by, sheet.judged_at, sheet.note = by, timezone.now(), note
        sheet.save(update_fields=["status", "judged_by", "judged_at", "note"])
        activity.verb, activity.note, activity.data = Activity.Verb.SHEET, note, {"did": status}
        if status == Status.SENT_BACK:
            notices.write_to([customer.owner_id], lambda: _back_words(customer))
    return sheet


def state(sheet: ClearingSheet | None, returns_on: dt.date, sheet_days: int) -> str:
    """Return how the sheet of a customer that goes on `returns_on` stands: its status, MISSING or OLD."""
    if sheet is None:
        return MISSING
    if returns_on == FAR:
        return sheet.status
    return sheet.status if local_date(sheet.written_at) >= counts_from(returns_on, sheet_days) else OLD


def counts_from(returns_on: dt.date, sheet_days: int) -> dt.date:
    """Return the day from which on a sheet must have been written to say how things are when the customer goes.

    Twice the time in which it is asked for: what was written before an order or an extension moved the date is old.
    """
    return returns_on - dt.timedelta(days=2 * sheet_days)


def of_last_owner(customer: Customer) -> ClearingSheet | None:
    """Return the sheet of whoever had `customer`, which lies in the pool, last; None when they wrote none."""
    stint = customer.stints.owned().select_related("sheet__written_by", "sheet__judged_by").first()
    return getattr(stint, "sheet", None)


def _back_words(customer):
    return _("The clearing sheet of %(customer)s came back: something is unclear") % {"customer": customer}


def _again_words(customer, owner):
    return _("%(owner)s has written the clearing sheet of %(customer)s anew") % {"owner": owner, "customer": customer}
