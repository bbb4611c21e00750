"""Countermeasures: what is done so that a cause does not come back (policy 7.8), by whom and until when."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.choices import Cause
from complaints.models import Countermeasure
from crm.lib.moves import TooLate
from staff import notices

SAYS = gettext_lazy("Countermeasure for you, by %(day)s: %(text)s")


def shown(*, is_done: bool, cause: str = ""):
    """Return those to be done, or those done; of one cause when it is one."""
    found = Countermeasure.objects.select_related("owner", "by").filter(done_at__isnull=not is_done)
    return found.filter(cause=cause) if cause in Cause.values else found


def plan(measure: Countermeasure, *, by) -> None:
    """Save it, and tell whoever sees to it."""
    measure.by = by
    measure.save()
    if measure.owner != by:
        notices.write([measure.owner], lambda: SAYS % {"day": measure.due_on, "text": measure.text})


def finish(measure: Countermeasure, *, result: str, by) -> None:
    """Say that it is done and what came of it; raises TooLate when somebody has said so before."""
    done = {"done_at": timezone.now(), "result": result}
    if not Countermeasure.objects.filter(pk=measure.pk, done_at=None).update(**done):
        raise TooLate(_("It is done already."))
