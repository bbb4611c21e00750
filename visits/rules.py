"""Callback rules and cadences as an administrator edits them (policy 1.5, 5.2, 5.5); `visits.load` previews them."""

import datetime as dt
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.lib.moves import TooLate
from customers.models import Customer
from visits import schedule
from visits.models import Cadence, Callback, CallbackRule, Purpose

# Rules of the company's own; the others carry out the policy.
OWN = "rule-"


def is_own(rule: CallbackRule) -> bool:
    return not rule.code or rule.code.startswith(OWN)


def window_text(rule: CallbackRule) -> str:
    """Return when the callbacks of `rule` are made, in words: "at once", "3–5 days after", "4–6 months after"."""
    if rule.latest == 0:
        return _("at once")
    names = {"earliest": rule.earliest, "latest": rule.latest}
    if rule.earliest == rule.latest:
        text = (
            ngettext("%(latest)d month after", "%(latest)d months after", rule.latest)
            if rule.unit == rule.Unit.MONTHS
            else ngettext("%(latest)d day after", "%(latest)d days after", rule.latest)
        )
    elif rule.unit == rule.Unit.MONTHS:
        text = _("%(earliest)d–%(latest)d months after")
    else:
        text = _("%(earliest)d–%(latest)d days after")
    return text % names


def audience_text(cadence: Cadence) -> str:
    """Return whom `cadence` is for, in words."""
    parts = [_("intention %(intention)s") % {"intention": cadence.get_intention_display()}] if cadence.intention else []
    if cadence.grade:
        parts.append(_("grade %(grade)s") % {"grade": cadence.get_grade_display()})
    return " · ".join(parts) or _("every customer with an owner")


def every_text(cadence: Cadence) -> str:
    return ngettext("at least every day", "at least every %(days)d days", cadence.days) % {"days": cadence.days}


def stamp(row) -> str:
    """Return what tells whether a rule or cadence was edited since; empty for a new one."""
    return row.edited_at.isoformat() if row.pk else ""


def keep_rule(form, *, seen: str, by) -> int:
    """Save the rule of a valid form; return how many callbacks were planned anew, or went away with it.

    What the schedule planned by it and nobody has touched follows the new window at once; what else it asks for comes
    in the next night. Raises TooLate when somebody edited the rule since `seen`.
    """
    with transaction.atomic():
        rule = form.instance
        _held(rule, seen)
        rule.edited_by = by
        _save(form)
        return _plan_anew(Q(rule=rule), goes=not rule.is_active)


def _save(form):
    """Save a rule; a new one is named by its id."""
    rule, is_new = form.instance, form.instance.pk is None
    if is_new:
        rule.code = uuid4().hex[:30]
    form.save()
    if is_new:
        rule.code = f"{OWN}{rule.pk}"
        rule.save(update_fields=["code"])


def keep_cadence(form, *, seen: str, by) -> int:
    """Save the cadence of a valid form; return how many follow-ups were planned anew. Raises TooLate as `keep_rule`."""
    with transaction.atomic():
        cadence = form.instance
        before = _held(cadence, seen)
        cadence.edited_by = by
        try:
            with transaction.atomic():
                form.save()
        except IntegrityError as error:
            raise TooLate(_("Somebody has added a cadence for these customers meanwhile.")) from error
        fits = _customers_of(cadence) | (_customers_of(before) if before else Q(pk=None))
        return _plan_anew(Q(purpose=Purpose.FOLLOW_UP) & fits, goes=not cadence.is_active)


def _held(row, seen):
    """Lock the row and return it as it stands, None for a new one; raises TooLate when it was edited since `seen`."""
    if row.pk is None:
        return None
    now = type(row).objects.select_for_update(no_key=True, of=("self",)).select_related("edited_by").get(pk=row.pk)
    if stamp(now) != seen:
        who = now.edited_by.name if now.edited_by else "—"
        raise TooLate(_("%(who)s has edited this meanwhile.") % {"who": who})
    return now


def _customers_of(cadence):
    found = Q(customer__intention=cadence.intention) if cadence.intention else Q()
    return found & Q(customer__grade=cadence.grade) if cadence.grade else found & Q(customer__isnull=False)


def untouched(on: dt.date) -> Q:
    """Return the condition of open callbacks that the schedule planned for after `on` and nobody has touched since."""
    return Q(status=Callback.Status.OPEN, made_by=None, tries=0, due_on__gt=on)


def _plan_anew(which, *, goes=False):
    """Plan the untouched callbacks of a condition anew; of what is out of use, those due or late are taken back too."""
    today = timezone.localdate()
    stale = Callback.objects.filter(which, untouched(dt.date.min if goes else today))
    customers = sorted(set(stale.values_list("customer", flat=True)))
    if not customers:
        return 0
    # In the order in which everybody locks them, and before their callbacks.
    list(
        Customer.objects.filter(pk__in=customers)
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
        .values("pk")
    )
    number, _models = stale.filter(customer__in=customers).delete()
    schedule.plan(customers=customers)
    return number
