"""True records (policy 5.6): a log is corrected by its author within a day; later there are only additions."""

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from crm.lib.moves import TooLate
from customers.choices import Channel
from customers.models import Activity, Customer
from staff import calendar
from visits import permissions, schedule
from visits.calls import SPOKEN
from visits.models import Callback, CallLog, LogAddition

CORRECTABLE = ("outcome", "channel", "contact", "satisfaction", "note")


def stamp(log) -> str:
    """Return what tells whether `log` was corrected since."""
    return log.corrected_at.isoformat() if log.corrected_at else ""


def correct(log, *, seen: str, by, **fields) -> None:
    """Set the CORRECTABLE `fields` of `log`, keep the old values on the timeline, open anew what it closed wrongly.

    When nobody was spoken with after all, or somebody was, the day on which the customer returns follows.
    `seen` is the stamp of the log as the author saw it. Raises TooLate after the day of correction,
    when the customer is in the pool by now, or when another tab has corrected the log since; PermissionDenied for
    anybody but the author.
    """
    with transaction.atomic():
        customer = log.customer
        customer.lock()
        log = CallLog.objects.select_for_update(of=("self",)).select_related("contact").get(pk=log.pk)
        log.customer = customer
        _check_correctable(log, seen=seen, by=by)
        was = {name: getattr(log, name) for name in CORRECTABLE if getattr(log, name) != fields[name]}
        if was:
            _write(log, was, fields, by=by)


def _check_correctable(log, *, seen, by):
    if not permissions.may_correct(by, log):
        if log.customer.owner_id is None:
            raise TooLate(log.customer.too_late("log"))
        raise PermissionDenied
    if not log.is_correctable:
        raise TooLate(_("The day in which this record could be corrected is over. Add to it instead."))
    if stamp(log) != seen:
        raise TooLate(_("This record was corrected a moment ago in another window."))


def _write(log, was, fields, *, by):
    for name in was:
        setattr(log, name, fields[name])
    log.corrected_at = timezone.now()
    log.save(update_fields=[*was, "corrected_at"])
    data = {"log": log.pk, "was": _plain(was), "now": _plain({name: fields[name] for name in was})}
    Activity.objects.create(customer=log.customer, verb=Activity.Verb.CORRECT, by=by, data=data)
    if "outcome" in was and (was["outcome"] in SPOKEN) != (log.outcome in SPOKEN):
        _count_talks_anew(log.customer)
    if was.get("outcome") in SPOKEN and log.outcome not in SPOKEN:
        _open_anew(log)


def _count_talks_anew(customer):
    """Let the customer, which is held, be spoken with last as its logs say now; when it returns follows from that."""
    last = customer.logs.filter(outcome__in=SPOKEN).order_by().aggregate(on=Max("on"))["on"]
    Customer.objects.filter(pk=customer.pk).update(talked_on=last)
    customer.refresh_from_db(fields=("talked_on", "returns_on", "returns_rule"))


def _plain(values):
    """Return the values as the timeline keeps them: a contact by its name, because it may be gone one day."""
    return {name: value.name if name == "contact" and value else value for name, value in values.items()}


def _open_anew(log):
    """Nobody was spoken with after all: what the log closed is due again, unless the same is open already."""
    today = calendar.opens_on(timezone.localdate())
    for callback in log.callbacks.filter(status=Callback.Status.DONE):
        try:
            with transaction.atomic():
                Callback.objects.filter(pk=callback.pk).update(
                    status=Callback.Status.OPEN,
                    log=None,
                    closed_at=None,
                    closed_by=None,
                    covers_until=None,
                    due_on=today,
                    reason=Callback.AGAIN,
                )
        except IntegrityError:
            continue  # by the constraint: one of the same purpose is open
    schedule.write_next_dates([log.customer_id])


def changes(activity) -> list[tuple[str, str, str]]:
    """Return what a correction changed: the field's name, its old value and its new one, in the reader's language."""
    was, now = activity.data["was"], activity.data["now"]
    return [(_label(name), _shown(name, was[name]), _shown(name, now[name])) for name in CORRECTABLE if name in was]


def _label(name):
    return capfirst(str(CallLog._meta.get_field(name).verbose_name))


def _shown(name, value):
    if not value:
        return "—"
    if name in {"outcome", "channel"}:
        return str((CallLog.Outcome if name == "outcome" else Channel)(value).label)
    return "★" * value if name == "satisfaction" else value


def add(log, *, text: str, by) -> LogAddition:
    """Add `text` to `log` for good; the same person's same text is added once (a double click)."""
    with transaction.atomic():
        log = CallLog.objects.select_for_update(of=("self",)).select_related("customer").get(pk=log.pk)
        if not permissions.may_add_to(by, log):
            raise PermissionDenied
        earlier = log.additions.filter(by=by, text=text).first()
        if earlier:
            return earlier
        addition = log.additions.create(by=by, text=text)
        Activity.objects.create(
            customer=log.customer, verb=Activity.Verb.ADD, by=by, at=addition.at, note=text, data={"log": log.pk}
        )
        return addition
