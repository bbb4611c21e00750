"""Inquiries: who took which first, for good, and what the others hear of it (policy 1.7, 4.1).

Whoever is asked writes down who asked what, from one dialog. A company that nobody knows becomes a customer of theirs,
with the stamp of the first inquiry; what is known already gets one more inquiry, and its owner is told. Names and
phones are looked up as they are, never by parts, and only together with an inquiry that stands for good: whoever tries
numbers out leaves a customer or a line for its owner with each of them, so many in an hour at most.
"""

from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from customers.choices import Source
from customers.models import Activity, Contact, Customer, Inquiry, Stint
from customers.ownership import answering
from customers.ownership.answering import Promised
from customers.search import grams, normalise
from staff import notices, throttle

# So many customers and phones one person may ask about in an hour.
MOST, MINUTES = 30, 60
PURPOSE = "inquiry"
# A phone of fewer digits is no number of its own.
LEAST_DIGITS = 7
# Of so many customers whose names share all grams, the one with this very name is among the first.
ALIKE = 50


@dataclass(frozen=True)
class Asker:
    """The company that asks, in the words of whoever took the inquiry."""

    name: str = ""
    phone: str = ""

    @property
    def key(self) -> str:
        """Return the name as names are compared: width, case and spaces don't count."""
        return normalise(self.name).replace(" ", "")

    @property
    def digits(self) -> str:
        found = "".join(filter(str.isdigit, self.phone)).removeprefix("86")
        return found if len(found) >= LEAST_DIGITS else ""


def count_try(by) -> None:
    """Count a look-up of a name or phone; raises staff.throttle.TooManyTries beyond MOST an hour."""
    tries, seconds = throttle.count(f"{PURPOSE}:{by.pk}", minutes=MINUTES)
    if tries > MOST:
        raise throttle.TooManyTries(seconds)
    throttle.forget_old([PURPOSE], minutes=MINUTES)


def find(asker: Asker, *, by) -> Customer | None:
    """Return the customer with exactly this name, else the one with exactly this phone; `by`'s own before others."""
    found = list(_named(asker)) or list(_called(asker))
    return min(found, key=lambda one: (one.owner_id != by.pk, one.owner_id is None, one.pk), default=None)


def _named(asker):
    wanted = [gram for gram in grams(normalise(asker.name)) if gram.isalnum()]
    if not wanted:
        return ()
    alike = Customer.objects.filter(grams__contains=wanted).only("name", "owner").order_by("id")[:ALIKE]
    return (one for one in alike if Asker(one.name).key == asker.key)


def _called(asker):
    if not asker.digits:
        return ()
    contacts = Contact.objects.filter(digits__in=[asker.digits, f"86{asker.digits}"])
    return Customer.objects.filter(pk__in=contacts.values("customer")).only("name", "owner").order_by("id")[:ALIKE]


def take(inquiry: Inquiry, *, asker: Asker, owner, by, promised: Promised | None = None) -> Inquiry:
    """Save the new `inquiry` of `asker`: of the customer it is, or else of a new one, `owner`'s from now on.

    Of two who take the first inquiry of a company at once the later one finds the customer of the earlier one.
    """
    with transaction.atomic():
        _hold(asker)
        customer = find(asker, by=by)
        if customer is None:
            return _write(inquiry, _enter(asker, inquiry, owner, by), is_first=True, by=by, promised=promised)
        return attach(inquiry, customer, by=by, promised=promised)


def attach(inquiry: Inquiry, customer: Customer, *, by, promised: Promised | None = None) -> Inquiry:
    """Save the new `inquiry` of `customer`; whoever owns it is told, unless they took it themselves.

    It is the customer's first if nobody else had the customer before and no other inquiry stands.
    """
    with transaction.atomic():
        customers = Customer.objects.select_for_update(no_key=True, of=("self",)).select_related("owner")
        customer = customers.get(pk=customer.pk)
        _write(inquiry, customer, is_first=_is_first(customer, by), by=by, promised=promised)
        if customer.owner_id and customer.owner_id != by.pk:
            notices.write([customer.owner], lambda: _words(by, customer))
    return inquiry


def _words(by, customer):
    return _("%(person)s took an inquiry of your customer %(customer)s") % {"person": by, "customer": customer}


def _is_first(customer, by) -> bool:
    had = Stint.objects.owned().filter(customer=customer).exclude(owner=by)
    return not customer.inquiries.exists() and not had.exists()


def _hold(asker):
    """Let nobody else look up the same name or phone until the transaction ends."""
    with connection.cursor() as cursor:
        for key in sorted({f"{PURPOSE}:{part}" for part in (asker.key, asker.digits) if part}):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def _enter(asker, inquiry, owner, by):
    customer = Customer(name=asker.name, source=Source.INQUIRY, channel=inquiry.channel)
    customer.create(owner=owner, by=by)
    if inquiry.contact:
        Contact.objects.create(customer=customer, name=inquiry.contact, phone=asker.phone, is_main=True)
    return customer


def _write(inquiry, customer, *, is_first, by, promised):
    inquiry.customer, inquiry.by, inquiry.is_first = customer, by, is_first
    inquiry.save(force_insert=True)
    note = f"{inquiry.contact}: {inquiry.text}" if inquiry.contact else inquiry.text
    data = {"channel": inquiry.channel, "first": is_first}
    if promised:
        data |= {"inquiry": inquiry.pk, "promise": promised.text, "promise_on": promised.on}
        answering.keep(inquiry, promised)
    Activity.objects.create(customer=customer, verb=Activity.Verb.INQUIRE, by=by, note=note, data=data)
    return inquiry


@dataclass(frozen=True)
class Became:
    """What its taker hears of an inquiry: whose the customer is, and the customer if they may see it.

    Of a customer out of sight only the team that looks after it is told, whatever was asked: the answer to a name is
    the answer to a phone.
    """

    inquiry: Inquiry
    customer: Customer | None
    team: str
    is_own: bool
    is_pooled: bool

    @classmethod
    def of(cls, inquiry: Inquiry, *, visible: frozenset[int], by) -> "Became":
        customer = inquiry.customer
        team = customer.owner.team if customer.owner_id else customer.pool.team
        shown = customer if customer.pk in visible else None
        return cls(inquiry, shown, team.name if team else "", customer.owner_id == by.pk, customer.owner_id is None)

    @property
    def is_hidden(self) -> bool:
        return self.customer is None


def became(inquiries: list[Inquiry], *, by) -> list[Became]:
    """Return what `by` hears of `inquiries`, loaded `with_customer`, in one question."""
    pks = [one.customer_id for one in inquiries]
    visible = frozenset(Customer.objects.visible_to(by).filter(pk__in=pks).values_list("pk", flat=True))
    return [Became.of(one, visible=visible, by=by) for one in inquiries]


def promised_in(inquiry: Inquiry) -> dict | None:
    """Return what was promised when `inquiry` was taken, as its line on the timeline keeps it."""
    told = inquiry.customer.activities.filter(verb=Activity.Verb.INQUIRE, data__inquiry=inquiry.pk)
    data = told.values_list("data", flat=True).first()
    return data and {"text": data["promise"], "on": parse_date(data["promise_on"])}


def with_words(inquiries, user):
    """Note which inquiries' words `user` may read as `is_readable`: whoever reads the contacts of the customer.

    Whoever passed an inquiry on reads their own words too, but not of a customer that they once had themselves.
    """
    rows = list(inquiries)
    customers = Customer.objects.with_contacts_for(user).filter(pk__in=[one.customer_id for one in rows])
    readable = set(customers.values_list("pk", flat=True))
    passed_on = [one.customer_id for one in rows if one.by_id == user.pk and one.customer.owner_id]
    stints = Stint.objects.filter(customer__in=passed_on, owner=user)
    readable_own = set(passed_on) - set(stints.values_list("customer", flat=True))
    for one in rows:
        own = one.by_id == user.pk and one.customer_id in readable_own
        one.is_readable = one.customer_id in readable or own
    return rows
