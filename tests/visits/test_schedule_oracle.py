"""Random companies, events, holidays and days: the schedule in SQL against its rules said once more in plain Python."""

import datetime as dt
import os
from dataclasses import dataclass

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from crm.lib.dates import add_months, start_of
from customers.models import Customer
from staff import calendar
from staff.models import Day
from tests.factories import CustomerFactory, OrderFactory
from tests.visits.days import CHINA, at, log
from visits import callbacks, schedule
from visits.models import Cadence, Callback, CallbackRule, ServiceEvent, SiteVisit

pytestmark = pytest.mark.django_db
FIRST = dt.date(2026, 4, 1)
DAYS = 28
OWNED = dt.date(2025, 6, 2)
GRACE = 7
MOST = int(os.environ.get("SCHEDULE_EXAMPLES", 25))
EVENTS = ("purchase", "repair", "complaint")
ON = st.integers(0, DAYS)

rules = st.lists(
    st.tuples(
        st.sampled_from(EVENTS),
        st.sampled_from(("days", "days", "months")),
        st.integers(0, 4),
        st.integers(0, 2),
    ),
    min_size=2,
    max_size=3,
)
cadences = st.lists(
    st.tuples(st.sampled_from(("", "A", "B")), st.sampled_from(("", "A")), st.integers(1, 30)),
    max_size=3,
    unique_by=lambda cadence: cadence[:2],
)
people = st.tuples(
    st.sampled_from(("", "A", "B")),
    st.sampled_from(("C", "A")),
    st.one_of(st.none(), st.integers(-30, 0)),  # the day of the last contact
    st.lists(st.tuples(st.sampled_from(EVENTS), ON), min_size=3, max_size=8, unique=True),
)
steps = st.lists(st.tuples(ON, st.sampled_from(("plan", "plan", "reach", "skip"))), min_size=3, max_size=10)
holidays = st.sets(ON, max_size=6)


@dataclass
class Call:
    """What the oracle knows of a callback."""

    purpose: str
    due: dt.date
    opens: dt.date
    closes: dt.date | None = None
    event_at: dt.datetime | None = None
    status: str = "open"
    reason: str = ""
    covers: dt.datetime | None = None

    def __post_init__(self):
        self.first = self.due

    def face(self):
        return (self.purpose, self.status, self.due, self.first, self.opens, self.closes or dt.date.max, self.reason)


class Oracle:
    """The docstring of `visits.schedule` for one customer."""

    def __init__(self, rules, cadences, person, closed, pk):
        self.rules, self.closed, self.pk = rules, closed, pk
        self.intention, self.grade, contact, self.events = person
        self.contact = OWNED if contact is None else day(contact)
        fits = [k for k in cadences if k[0] in ("", self.intention) and k[1] in ("", self.grade)]
        self.every = min((k[2] for k in fits), default=None)
        self.calls: list[Call] = []

    def working(self, on):
        return calendar.announced(on)[0] != (on in self.closed)

    def opens_on(self, on):
        while not self.working(on):
            on += dt.timedelta(days=1)
        return on

    def open(self, purpose=None):
        return [c for c in self.calls if c.status == "open" and purpose in (None, c.purpose)]

    def plan(self, on):
        touched = [self.follow(number, rule, on) for number, rule in enumerate(self.rules)]
        touched.append(self.follow_up(on))
        if any(touched):
            self.part(on)

    def follow(self, number, rule, on):
        event, unit, earliest, width = rule
        purpose = f"rule-{number}"
        if self.open(purpose):
            return False
        for when, at_ in sorted((day(d), moment(event, d)) for kind, d in self.events if kind == event):
            opens, closes = (later(when, unit, n) for n in (earliest, earliest + width))
            stood_for = any(c.covers and c.covers >= at_ for c in self.calls if c.purpose == purpose)
            if when <= on and closes >= on - dt.timedelta(days=GRACE) and not stood_for:
                waits = unit == "months" and opens < on - dt.timedelta(days=GRACE) and closes > on
                share = self.pk % ((closes - on).days + 1) if waits else 0
                due = self.opens_on(max(opens, on) + dt.timedelta(days=share))
                self.calls.append(Call(purpose, due, opens, max(closes, due), at_))
                return True
        return False

    def follow_up(self, on):
        if self.every is None or self.open("follow_up"):
            return False
        wanted = self.contact + dt.timedelta(days=self.every)
        share = self.pk % self.every if wanted < on - dt.timedelta(days=GRACE) else 0
        self.calls.append(Call("follow_up", self.opens_on(max(wanted, on) + dt.timedelta(days=share)), wanted))
        return True

    def part(self, on):
        """Part what is due on one day, all days at once, until nothing meets any more."""
        for _pass in range(5):
            moves = []
            for due in {c.due for c in self.open() if c.due >= on}:
                same = [c for c in self.open() if c.due == due and not c.reason]
                same.sort(key=lambda c: (c.closes is None, c.closes or dt.date.max, self.calls.index(c)))
                moves += [(call, self.days_on(due, n)) for n, call in enumerate(same) if n]
            if not moves:
                return
            for call, target in moves:
                self.give(call, target)

    def give(self, call, target):
        if call.closes is None or target <= call.closes:
            call.first = target if call.first == call.due else call.first
            call.due = target
        else:
            call.reason = Callback.WINDOW_ENDS

    def days_on(self, on, number):
        for _n in range(number):
            on = self.opens_on(on + dt.timedelta(days=1))
        return on

    def reach(self, on):
        for call in self.open():
            if call.purpose == "follow_up" or call.opens <= on:
                self.close(call, on, "done")
        self.contact = on

    def skip(self, on):
        """Skip the first that is due."""
        for call in sorted((c for c in self.open() if c.due <= on), key=lambda c: (c.due, self.calls.index(c)))[:1]:
            self.close(call, on, "skipped")
            call.reason = "不用"
            if call.purpose == "follow_up":
                self.contact = max(self.contact, on)

    def close(self, call, on, status):
        call.status = status
        if call.purpose == "follow_up":
            return
        _event, unit, earliest, _width = self.rules[int(call.purpose[-1])]
        now = dt.datetime.combine(on, dt.time(10), CHINA)
        stands_for = now - dt.timedelta(days=earliest) if unit == "days" else start_of(call.first)
        call.covers = max(call.event_at, stands_for)


def day(number):
    return FIRST + dt.timedelta(days=number)


def moment(event, number):
    """Purchases count from the beginning of the day, the others happen at nine."""
    return start_of(day(number)) + dt.timedelta(hours=0 if event == "purchase" else 9)


def later(on, unit, number):
    return add_months(on, number) if unit == "months" else on + dt.timedelta(days=number)


def write(rules, cadences, closed):
    for number, (event, unit, earliest, width) in enumerate(rules):
        CallbackRule.objects.create(
            code=f"rule-{number}", event=event, unit=unit, earliest=earliest, latest=earliest + width
        )
    for intention, grade, days in cadences:
        Cadence.objects.create(intention=intention, grade=grade, days=days)
    for number in closed:
        found = Day.objects.get(day=day(number))
        Day.objects.filter(pk=found.pk).update(is_working=not found.is_working, is_edited=True)
    calendar.renumber()


def enter(person):
    intention, grade, contact, events = person
    customer = CustomerFactory(owned_since=OWNED)
    spoken = None if contact is None else start_of(day(contact))
    Customer.objects.filter(pk=customer.pk).update(intention=intention, grade=grade, last_contact_at=spoken)
    for event, number in events:
        happen(customer, event, number)
    Customer.objects.filter(pk=customer.pk).update(grade=grade)
    return customer


def happen(customer, event, number):
    when = moment(event, number)
    if event == "purchase":
        OrderFactory(customer=customer, paid=True, ordered_on=day(number))
    elif event == "repair":
        times = dict.fromkeys(("planned_from", "planned_until", "started_at", "finished_at"), when)
        SiteVisit.objects.create(customer=customer, kind="repair", status="done", by=customer.owner, **times)
    else:
        ServiceEvent.objects.create(customer=customer, kind=event, at=when)


def act(what, customer, on):
    if what == "plan":
        schedule.plan(on=on)
    elif what == "reach":
        log(customer)
    else:
        due = Callback.objects.due(by=on).filter(customer=customer).select_related("customer", "rule").first()
        if due:
            callbacks.skip(due, reason="不用", by=customer.owner)


def faces(customer):
    rows = customer.callbacks.order_by("id").values_list(
        "purpose", "status", "due_on", "first_due_on", "opens_on", "closes_on", "reason"
    )
    return sorted((*row[:5], row[5] or dt.date.max, row[6]) for row in rows)


@pytest.fixture
def one_year(db):
    """Fewer days, so that the holidays of an example are quickly counted in."""
    Day.objects.exclude(day__year=FIRST.year).delete()


@settings(max_examples=MOST, deadline=None, suppress_health_check=list(HealthCheck))
@example(
    # What is parted meets others that are parted in the same moment.
    rules=[("purchase", "days", 0, 0), ("purchase", "days", 2, 0), ("purchase", "days", 2, 0)],
    cadences=[("", "", 1)],
    people=[("", "C", None, [("purchase", 0), ("purchase", 1), ("repair", 0)])],
    steps=[(0, "plan"), (0, "plan"), (0, "plan")],
    holidays={0},
)
@given(rules, cadences, st.lists(people, min_size=1, max_size=2), steps, holidays)
def test_the_schedule_is_what_its_rules_say(one_year, rules, cadences, people, steps, holidays):
    with transaction.atomic():
        CallbackRule.objects.all().delete()
        Cadence.objects.all().delete()
        write(rules, cadences, holidays)
        closed = {day(number) for number in holidays}
        pairs = [(c := enter(person), Oracle(rules, cadences, person, closed, c.pk)) for person in people]
        for number, what in sorted(steps, key=lambda step: step[0]):
            with at(day(number)):
                for customer, oracle in pairs[: None if what == "plan" else 1]:
                    act(what, customer, day(number))
                    getattr(oracle, what)(day(number))
        assert [faces(customer) for customer, _o in pairs] == [sorted(c.face() for c in o.calls) for _c, o in pairs]
        transaction.set_rollback(True)
