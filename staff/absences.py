"""Recorded leave, and who decides meanwhile (policy 6.2): the chain of approval goes round whoever is absent."""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.moves import TooLate
from staff.changes import company_changed, times_changed
from staff.models import Absence
from staff.permissions import may_record_absence


def record(absence: Absence, *, by) -> Absence:
    """Save a new or changed absence; raises PermissionDenied unless it is one's own or that of somebody one leads.

    A day of somebody who is recorded absent already raises IntegrityError (`absence_once_a_day`).
    """
    if not may_record_absence(by, absence.person_id):
        raise PermissionDenied
    with transaction.atomic():
        absence.by = by
        absence.save()
        times_changed([absence.person_id])
        company_changed()
    return absence


def end(absence: Absence, *, on: dt.date | None = None, by) -> None:
    """End an absence: the person works again from the business date `on` (today); one that is to come is taken back.

    Raises TooLate when it was over before.
    """
    on = on or timezone.localdate()
    with transaction.atomic():
        absence = Absence.objects.select_for_update().filter(pk=absence.pk).first()
        if absence is None or absence.until < on:
            raise TooLate(_("This absence is over already."))
        if not may_record_absence(by, absence.person_id):
            raise PermissionDenied
        if absence.since >= on:
            absence.delete()
        else:
            absence.until = on - dt.timedelta(days=1)
            absence.save(update_fields=["until"])
        times_changed([absence.person_id])
        company_changed()
