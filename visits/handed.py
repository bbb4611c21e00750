"""What a handover lists of contacts: open callbacks, promises, messages that wait (policy 1.7, 4.6)."""

import datetime as dt
from collections import defaultdict

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from customers import loans
from customers.models import Activity, Customer
from customers.ownership.handing_over import Column, Held, Kind, known, register
from visits import schedule
from visits.lists import AGAIN_DAYS
from visits.models import Callback, Message, Promise, Purpose

# So long somebody may work with a customer that was lent for a call, beyond its day.
AGAIN = dt.timedelta(days=AGAIN_DAYS)


def _owners(rows) -> dict[int, int]:
    """Return who owns the customers of `rows`, those in the pool left out."""
    asked = Customer.objects.owned().filter(pk__in={row.customer_id for row in rows})
    return dict(asked.values_list("pk", "owner"))


# Callbacks: those of own customers go with these; those given to the leaver go to somebody, or to the customer's owner.


def _callbacks(person):
    mine = Q(person=person) | Q(person=None, customer__owner=person)
    found = Callback.objects.open().filter(mine).select_related("customer", "rule").order_by("due_on", "pk")
    return [
        Held(
            row.pk,
            f"{row.rule.name if row.rule_id and row.rule.name else row.purpose} {row.due_on} {row.customer.name}",
            row.customer_id,
            follows=row.customer.owner_id == person.pk,
            at_home=row.customer.owner_id != person.pk,
        )
        for row in found
    ]


def _say(label):
    """Name the purpose in the reader's language."""
    purpose, _space, rest = label.partition(" ")
    return f"{Purpose.title_of(purpose)} {rest}"


def _give_callbacks(given, work):
    """Give what was given to the leaver; of what its owner makes nothing is written, for that follows."""
    to = {one.source: one.receiver for one in given}
    rows = _hold(Callback.objects.open().filter(pk__in=to))
    named = [row for row in rows if row.person_id == work.leaver.pk]
    _give_to(named, {row.pk: to[row.pk] for row in named}, work)
    return {row.pk: {} for row in rows} | {row.pk: {"named": True} for row in named}


def _hold(callbacks):
    rows = callbacks.order_by("pk").select_for_update(of=("self",), no_key=True)
    return list(rows.select_related("call_list", "rule"))


def _give_to(rows, to, work):
    """Let each callback be made by whom `to` says, nobody named for its customer's owner; lend what has to be lent."""
    owners, lent = _owners(rows), defaultdict(list)
    loans.end([(row.customer_id, row.person_id) for row in rows if row.person_id], by=work.by)
    for row in rows:
        row.person_id = None if to[row.pk] == owners.get(row.customer_id) else to[row.pk]
        if row.person_id:
            on = max(row.due_on, row.call_list.due_on if row.call_list else row.due_on, timezone.localdate())
            lent[on + AGAIN, str(row.call_list or row.title)].append((row.customer_id, row.person_id))
    Callback.objects.bulk_update(rows, ["person"], batch_size=500)
    for (until, reason), pairs in lent.items():
        loans.lend(pairs, until=until, reason=reason, by=work.by)
    schedule.write_next_dates([row.customer_id for row in rows])


def _give_callbacks_back(given, work):
    """Give back those still open and still with whom they came to; those of own customers went with these."""
    came = {one.source: one for one in given}
    rows = _hold(Callback.objects.open().filter(pk__in=came))
    owners = _owners(rows)
    named = [row for row in rows if came[row.pk].before.get("named")]
    with_them = [row for row in named if (row.person_id or owners.get(row.customer_id)) == came[row.pk].receiver]
    _give_to(with_them, {row.pk: work.leaver.pk for row in with_them}, work)
    return {row.pk for row in rows} - {row.pk for row in named} | {row.pk for row in with_them}


register(
    Kind(
        code="callback",
        title=_("Open callbacks"),
        count=ngettext_lazy("%(number)d open callback", "%(number)d open callbacks", "number"),
        icon="phone",
        held=_callbacks,
        number=lambda person: Callback.objects.open().filter(person=person).count(),
        give=_give_callbacks,
        give_back=_give_callbacks_back,
        rank=30,
        home=_("the customer's owner"),
        home_is_owner=True,
        say=_say,
    )
)


# Promises: those that follow their customer went with it; whoever stands for the others from now on is named.


def _tell(rows, work):
    """Write on the customers' timelines who stands for what was not simply their owner's."""
    people = known(row.owner_id for row in rows)
    Activity.objects.bulk_create(
        Activity(
            customer_id=row.customer_id,
            verb=Activity.Verb.HAND_ON,
            by=work.by,
            at=work.at,
            note=work.note,
            data={"promise": row.text, "due": row.due_on, "to": people[row.owner_id].name},
        )
        for row in rows
    )


STANDING = Column(Promise.objects.open, "owner", told=_tell)


def _promises(person):
    found = STANDING.of(person).select_related("customer").order_by("due_on", "pk")
    return [
        Held(
            row.pk,
            f"{row.due_on} {row.customer.name}: {row.text}",
            row.customer_id,
            follows=row.follows and row.customer.owner_id == person.pk,
            at_home=row.customer.owner_id != person.pk,
        )
        for row in found
    ]


def _give_promises(given, work):
    """Give those that did not go with their customer."""
    done = STANDING.give(given, work)
    return done | {key: {} for key in _followed(given, lambda one: one.receiver)}


def _give_promises_back(given, work):
    return STANDING.give_back(given, work) | _followed(given, lambda one: work.leaver.pk)


def _followed(given, whose) -> set[int]:
    """Return those that went with their customer to whom they should."""
    to = {one.source: whose(one) for one in given if one.follows}
    there = Promise.objects.open().filter(pk__in=to).values_list("pk", "owner")
    return {pk for pk, owner in there if owner == to[pk]}


register(
    Kind(
        code="promise",
        title=_("Open promises"),
        count=ngettext_lazy("%(number)d open promise", "%(number)d open promises", "number"),
        icon="heart-handshake",
        held=_promises,
        number=STANDING.number,
        give=_give_promises,
        give_back=_give_promises_back,
        rank=40,
        home=_("the customer's owner"),
        home_is_owner=True,
        needs_somebody=True,
    )
)


# Messages that wait would go out in the name of somebody whose customer it no longer is: they are not sent.


def _waiting():
    return Message.objects.filter(status=Message.Status.WAITING)


WRITTEN = Column(_waiting, "by")


def _messages(person):
    found = WRITTEN.of(person).select_related("customer", "contact").order_by("send_after", "pk")
    return [
        Held(row.pk, f"{row.customer.name} {timezone.localtime(row.send_after):%Y-%m-%d %H:%M}", at_home=True)
        for row in found
    ]


def _stop(given, work):
    rows = WRITTEN.of(work.leaver).filter(pk__in=[one.source for one in given]).order_by("pk")
    sources = list(rows.select_for_update(of=("self",)).values_list("pk", flat=True))
    Message.objects.filter(pk__in=sources).update(status=Message.Status.FAILED, error=Message.MOVED)
    return {key: {} for key in sources}


def _send_after_all(given, work):
    stopped = Message.objects.filter(status=Message.Status.FAILED, error=Message.MOVED, by=work.leaver)
    stopped = stopped.filter(pk__in=[one.source for one in given]).order_by("pk").select_for_update(of=("self",))
    sources = list(stopped.values_list("pk", flat=True))
    Message.objects.filter(pk__in=sources).update(status=Message.Status.WAITING, error="")
    return set(sources)


register(
    Kind(
        code="message",
        title=_("Messages that wait"),
        count=ngettext_lazy("%(number)d message that waits", "%(number)d messages that wait", "number"),
        icon="send",
        held=_messages,
        number=WRITTEN.number,
        give=_stop,
        give_back=_send_after_all,
        rank=91,
        home=_("not sent; the customer's new owner finds it"),
        stays=_("It was sent meanwhile."),
        blocks=False,
    )
)
