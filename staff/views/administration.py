from functools import wraps

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crm.lib.shortcuts import require
from staff.changes import company_changed, times_changed
from staff.models import User
from staff.permissions import is_administrator


def administrators_only(view):
    """403 for everybody else, whether or not there is such a person or team (policy 1.5)."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        require(is_administrator(request.user))
        return view(request, *args, **kwargs)

    return guarded


def _moved(form) -> list[int]:
    """Return the ids of the people who stand elsewhere in the tree of teams once the form is saved."""
    if isinstance(form.instance, User):
        return [form.instance.pk] if "team" in form.changed_data else []
    if "parent" not in form.changed_data:
        return []
    return list(User.objects.filter(team__lineage__contains=[form.instance.pk]).values_list("pk", flat=True))


def save_if_valid(form) -> bool:
    """Save the form of a person or a team, and let the rooms above follow the company as it is then.

    When somebody else took the same name at the same moment, say so in the form instead.
    """
    if not form.is_valid():
        return False
    try:
        with transaction.atomic():
            form.save()
            times_changed(_moved(form))
            company_changed()
    except IntegrityError:
        form.add_error(None, _("Somebody else changed the same thing at the same moment. Look at it and save again."))
        return False
    return True
