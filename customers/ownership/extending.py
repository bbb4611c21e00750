"""Extensions: more time before a customer goes to the pool, asked with a reason, granted by who leads the owner.

So many times in one ownership, so many days each, as `PoolRules` say. One that is granted moves the date on which the
customer goes by exactly its days, through a hold. Whoever decides holds the customer first, then the extension: it
can't lapse meanwhile, and of two who decide at once one does.
"""

import datetime as dt
from copy import copy

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.lib.moves import TooLate
from customers.models import Extension, Hold, PoolRules
from customers.ownership import due, holds
from staff import notices
from staff.models import User
from staff.roles import Role

# Who is told that something is asked for: the nearest of these that anybody holds who leads the owner.
NEAREST = (Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR, Role.ADMINISTRATOR)


def ask(customer, *, days: int, reason: str, by) -> Extension:
    """Ask for `days` more with `customer`, whose owner `by` is.

    Raises TooLate when the rules leave no extension, one is asked for already, or the customer goes nowhere: it is on
    hold.
    """
    with customer.moving("extend", by=by, fields=()) as activity:
        stint = customer.stints.get(ended_at=None)
        rules = PoolRules.current()
        if trouble := refusal(customer, list(stint.extensions.all()), rules):
            raise TooLate(trouble)
        days = min(days, rules.extension_days)
        extension = Extension.objects.create(customer=customer, stint=stint, days=days, reason=reason, asked_by=by)
        activity.note, activity.data = reason, {"did": Extension.Status.ASKED, "days": days}
        notices.write_to(leaders_of(by), lambda: _asked_words(extension, by))
    return extension


def refusal(customer, extensions: list[Extension], rules: PoolRules) -> str:
    """Return why nothing can be asked for, "" when it can; `extensions` are those of the running ownership."""
    if customer.is_held:
        return _("The customer is on hold: it does not go to the pool meanwhile.")
    if any(one.status == Extension.Status.ASKED for one in extensions):
        return _("An extension is asked for already: it waits for a decision.")
    if left(extensions, rules) <= 0:
        return _("No extension is left in this ownership.")
    return ""


def left(extensions: list[Extension], rules: PoolRules) -> int:
    """Return how many more may be granted in the ownership that has these `extensions`."""
    return rules.extensions - sum(one.status == Extension.Status.GRANTED for one in extensions)


def grant(extension: Extension, *, note: str = "", by) -> Extension:
    """Let the customer go exactly so many days later; raises TooLate when it was decided, lapsed, or none is left."""
    with transaction.atomic():
        customer = extension.customer
        customer.lock()
        with extension.moving("grant", by=by) as activity:
            others = list(Extension.objects.filter(stint=extension.stint_id))
            if left(others, PoolRules.current()) <= 0:
                raise TooLate(_("No extension is left in this ownership."))
            extension.until = longer(customer, extension.days)
            activity.data["until"] = extension.until
            _decide(extension, activity, note, by)
        held = {"kind": Hold.Kind.EXTENSION, "source": extension.pk, "reason": extension.reason}
        holds.place([customer.pk], until=extension.until, by=by, **held)
    return extension


def refuse(extension: Extension, *, note: str, by) -> Extension:
    """Refuse it, and say why; raises TooLate when it was decided or lapsed."""
    with transaction.atomic():
        extension.customer.lock()
        with extension.moving("refuse", by=by) as activity:
            _decide(extension, activity, note, by)
    return extension


def _decide(extension, activity, note, by):
    """Note who decided what, and tell the owner; the verb has been chosen."""
    extension.decided_by, extension.decided_at = by, timezone.now()
    extension.note = activity.note = note
    name, until = str(extension.customer), extension.until
    notices.write_to([extension.asked_by_id], lambda: _decided_words(name, until))


def longer(customer, days: int) -> dt.date:
    """Return the last day of an extension of `days`: from when the customer goes, or from today when that is past.

    What holds it without a date, a complaint for instance, does not count: once that is lifted the days begin.
    """
    goes_on = customer.returns_on
    if customer.is_held:
        free = copy(customer)
        free.is_held = False
        goes_on = due.explain(free).on
    return max(goes_on, timezone.localdate()) + dt.timedelta(days=days - 1)


def leaders_of(owner) -> list[int]:
    """Return the ids of the nearest who decide for `owner`: their supervisors, or managers, or those above."""
    leaders = User.objects.active().filter(owner.led_by()).exclude(pk=owner.pk).order_by("pk")
    found: dict[str, list[int]] = {}
    for pk, role in leaders.values_list("pk", "role"):
        found.setdefault(role, []).append(pk)
    roles = NEAREST if owner.role == Role.REPRESENTATIVE else NEAREST[1:]
    return next((found[role] for role in roles if role in found), [])


def _asked_words(extension, owner):
    text = ngettext(
        "%(owner)s asks for %(days)d more day with %(customer)s",
        "%(owner)s asks for %(days)d more days with %(customer)s",
        extension.days,
    )
    return text % {"owner": owner, "days": extension.days, "customer": extension.customer}


def _decided_words(customer, until):
    if until is None:
        return _("The extension for %(customer)s was refused") % {"customer": customer}
    return _("The extension for %(customer)s is granted: it stays yours until %(day)s") % {
        "customer": customer,
        "day": until,
    }
