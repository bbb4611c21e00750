"""The whole life of customers against a plain model (policy 4): whose, since when, when it goes, and its stints."""

import datetime as dt
import uuid
from itertools import pairwise

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from crm.lib.dates import local_date
from crm.lib.moves import TooLate
from customers import night
from customers.models import Customer, Dispute, Hold, PoolRules, Stint
from customers.models.customer import Held
from customers.ownership import claiming, due, holds, owning, undoing
from jobs.models import Run
from sales.models import Order
from staff import absences
from staff.models import Absence
from tests.customers.ownership_model import One, Rules, Stay
from tests.factories import OrderFactory, UserFactory

STEPS, RUNS = 50, 270  # ten thousand steps and some: a life may end a little sooner
PEOPLE, MOST = 3, 6
WHICH, WHO = st.integers(0, MOST - 1), st.integers(0, PEOPLE - 1)
BEGIN = dt.datetime(2026, 1, 5, 12, tzinfo=dt.timezone(dt.timedelta(hours=8)))


class Lives(RuleBasedStateMachine):
    """A few customers and people; each step is done in the product and in the model, then both must say the same."""

    steps = 0

    def __init__(self):
        super().__init__()
        self.nights, self.ones = [], []
        self.traveller = time_machine.travel(BEGIN, tick=False)
        self.clock = self.traveller.start()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def teardown(self):
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)
        self.traveller.stop()

    @initialize(
        cooldown=st.integers(0, 20), a_day=st.none() | st.integers(1, 3), capacity=st.none() | st.integers(1, 4)
    )
    def found(self, cooldown, a_day, capacity):
        self.rules = Rules(cooldown=cooldown, a_day=a_day, capacity=capacity)
        PoolRules.objects.create(cooldown_days=cooldown, claims_a_day=a_day, capacity=capacity, brake_percent=100)
        self.people = [UserFactory(name=f"人{n}") for n in range(PEOPLE)]
        self.finance, self.leader = UserFactory(finance=True), UserFactory(director=True)
        self.rows: list[Customer] = []
        self.orders: list[list[Order]] = []
        self.leave: list[list] = [[] for _n in range(PEOPLE)]
        self.disputes: set[tuple[int, int]] = set()
        self.nights: list[dt.date] = []

    @property
    def today(self):
        return timezone.localdate()

    def row(self, which):
        return Customer.objects.get(pk=self.rows[which].pk)

    def expect(self, error, work):
        """Do `work` and see that it raises `error`, or nothing."""
        if error is None:
            return work()
        with pytest.raises(error), transaction.atomic():
            work()
        return None

    # Steps

    @precondition(lambda self: len(self.ones) < MOST)
    @rule(who=st.none() | WHO)
    def a_customer_is_entered(self, who):
        customer = Customer(name=f"客户{len(self.ones)}", code=uuid.uuid4().hex[:20])
        customer.create(owner=None if who is None else self.people[who], by=self.leader)
        self.rows.append(customer)
        self.ones.append(One([Stay(who, self.today, "created")]))
        self.orders.append([])

    def in_hand(self, who):
        return sum(one.owner == who for one in self.ones)

    def forbidden(self, one, who):
        """Return whether a rule of the pool forbids the claim."""
        mine = [stay for stay in one.stays if stay.owner == who and stay.until]
        if mine and mine[-1].until + dt.timedelta(self.rules.cooldown) > self.today:
            return True
        claims = [s for o in self.ones for s in o.stays if (s.owner, s.since, s.reason) == (who, self.today, "claimed")]
        if self.rules.a_day is not None and len(claims) >= self.rules.a_day:
            return True
        return self.rules.capacity is not None and self.in_hand(who) >= self.rules.capacity

    @precondition(lambda self: self.ones)
    @rule(which=WHICH, who=WHO)
    def somebody_claims(self, which, who):
        which %= len(self.ones)
        one, row = self.ones[which], self.row(which)
        error = claiming.Refused if self.forbidden(one, who) else TooLate if one.owner is not None else None
        self.expect(error, lambda: claiming.claim(row, by=self.people[who]))
        if error is None:
            one.move(who, self.today, "claimed")

    @precondition(lambda self: self.ones)
    @rule(which=WHICH)
    def the_owner_releases(self, which):
        which %= len(self.ones)
        one = self.ones[which]
        by = self.people[one.owner or 0]
        is_held = one.held or (one.kept and one.kept >= self.today)
        error = TooLate if one.owner is None else Held if is_held else None
        self.expect(error, lambda: self.row(which).release(note="不合适", by=by))
        if error is None:
            one.move(None, self.today, "released")

    @precondition(lambda self: self.ones)
    @rule(which=WHICH, who=WHO)
    def it_is_given_to_somebody(self, which, who):
        which %= len(self.ones)
        if self.ones[which].owner == who:
            return
        one = self.ones[which]
        is_full = self.rules.capacity is not None and self.in_hand(who) >= self.rules.capacity
        error = owning.Full if is_full else None
        self.expect(error, lambda: owning.assign([self.row(which)], to=self.people[who], by=self.leader))
        if error is None:
            one.move(who, self.today, "assigned")

    @precondition(lambda self: self.ones)
    @rule(which=WHICH, who=WHO, is_paid=st.booleans())
    def somebody_sells_to_it(self, which, who, is_paid):
        which %= len(self.ones)
        one, seller = self.ones[which], self.people[who]
        order = OrderFactory(
            number=uuid.uuid4().hex[:20], customer=self.row(which), salesperson=seller, amount=100 if is_paid else 0
        )
        order.confirm(on=self.today, by=self.finance)
        if not is_paid:
            return
        if one.owner is None:
            one.move(who, self.today, "first_order")
        elif one.owner != who and one.last_sale is None:
            self.disputes.add((which, who))
        one.sales.append((self.today, who))
        self.orders[which].append(order)

    @precondition(lambda self: self.ones)
    @rule(which=WHICH)
    def its_last_payment_is_taken_back(self, which):
        which %= len(self.ones)
        if not self.orders[which]:
            return
        self.orders[which].pop().reverse(note="退款", by=self.finance)
        self.ones[which].sales.pop()

    @precondition(lambda self: self.ones)
    @rule(which=WHICH, is_placed=st.booleans(), source=st.integers(1, 2))
    def a_complaint_holds_it_or_lets_it_go(self, which, is_placed, source):
        which %= len(self.ones)
        row, key = self.rows[which], which * 10 + source
        if is_placed:
            holds.place([row.pk], kind=Hold.Kind.COMPLAINT, source=key, reason="投诉")
            self.ones[which].held.add(key)
        else:
            holds.lift(kind=Hold.Kind.COMPLAINT, source=key)
            self.ones[which].held.discard(key)

    @precondition(lambda self: self.ones)
    @rule(which=WHICH, days=st.integers(0, 40))
    def it_is_locked_for_some_days(self, which, days):
        which %= len(self.ones)
        if self.ones[which].owner is None:
            return
        row, until = self.rows[which], self.today + dt.timedelta(days)
        holds.place([row.pk], kind=Hold.Kind.LOCK, source=row.pk, reason="锁定", until=until)
        self.ones[which].kept = until

    @precondition(lambda self: self.ones)
    @rule(which=WHICH)
    def somebody_talks_with_it(self, which):
        which %= len(self.ones)
        Customer.objects.filter(pk=self.rows[which].pk).update(talked_on=self.today)
        self.ones[which].talked = self.today

    @rule(who=WHO, ahead=st.integers(-5, 30), days=st.integers(0, 25))
    def somebody_goes_on_leave(self, who, ahead, days):
        first = self.today + dt.timedelta(ahead)
        last = first + dt.timedelta(days)
        if all(last < begun or first > ended for begun, ended in self.leave[who]):
            person = self.people[who]
            absences.record(Absence(person=person, since=first, until=last), by=person)
            self.leave[who].append((first, last))

    @rule(days=st.sampled_from((1, 2, 5, 20, 45, 62)))
    def time_passes(self, days):
        self.clock.shift(dt.timedelta(days))

    @rule(no_deal=st.integers(1, 3), no_sale=st.integers(1, 4), contact=st.none() | st.integers(10, 60),
          first=st.none() | st.integers(1, 20))  # fmt: skip
    def the_periods_are_changed(self, no_deal, no_sale, contact, first):
        rules = PoolRules.current()
        rules.pk = None
        rules.no_deal_months, rules.no_sale_months = no_deal, no_sale
        rules.contact_days, rules.first_contact_days = contact, first
        rules.clocks_since = self.today
        rules.save(force_insert=True)
        due.write()
        self.rules.no_deal, self.rules.no_sale, self.rules.contact = no_deal, no_sale, contact
        self.rules.first_contact, self.rules.changed = first, self.today

    def due_of(self, one):
        return one.due(self.rules, self.leave[one.owner] if one.owner is not None else [])

    @rule()
    def night_falls(self):
        expected = {"no_deal": 0, "no_sale": 0}
        for one in self.ones:
            if one.owner is not None:
                day, why = self.due_of(one)
                if day and day <= self.today:
                    expected[why] = expected.get(why, 0) + 1
                    one.move(None, self.today, why, night=self.today)
        self.nights.append(self.today)
        assert night.return_by_hand(self.today, confirm=True)["by_rule"] == expected

    @precondition(lambda self: self.nights)
    @rule()
    def the_last_night_is_undone(self):
        day = self.nights[-1]
        run = Run.objects.get(job="return_idle", business_date=day)
        undoing.undo(run, by=self.leader, errand=Run.objects.create(job=undoing.JOB))
        for one in self.ones:
            if one.owner is None and one.now.night == day:
                one.give_back(self.today, self.today + dt.timedelta(self.rules.grace))

    # What must hold

    @invariant()
    def both_say_the_same(self):
        if not self.ones:
            return
        people = {person.pk: n for n, person in enumerate(self.people)} | {None: None}
        rows = Customer.objects.in_bulk([row.pk for row in self.rows])
        for row, one in zip(self.rows, self.ones, strict=True):
            found = rows[row.pk]
            assert people[found.owner_id] == one.owner
            assert (found.owned_since or local_date(found.pooled_at)) == one.owned_since
            when = self.due_of(one)
            assert (found.returns_on, found.returns_rule) == ((when[0] or due.FAR, when[1]) if when else (None, ""))
            assert found.last_sale_on == one.last_sale

    @invariant()
    def stints_are_a_chain_that_tells_the_same_life(self):
        if not self.ones:
            return
        people = {person.pk: n for n, person in enumerate(self.people)} | {None: None}
        chains: dict[int, list[Stint]] = {row.pk: [] for row in self.rows}
        for stint in Stint.objects.filter(customer__in=chains).order_by("customer", "id"):
            chains[stint.customer_id].append(stint)
        for row, one in zip(self.rows, self.ones, strict=True):
            chain = chains[row.pk]
            assert all(a.ended_at == b.started_at and a.end_reason == b.start_reason for a, b in pairwise(chain))
            assert chain[-1].ended_at is None
            told = [(people[s.owner_id], local_date(s.started_at), s.start_reason) for s in chain]
            assert told == [(stay.owner, stay.since, stay.reason) for stay in one.stays]

    @invariant()
    def disputes_are_those_of_the_first_deal_of_anothers_customer(self):
        assert Dispute.objects.count() == len(getattr(self, "disputes", ()))
        self.clock.shift(dt.timedelta(seconds=1))  # no two steps at the same instant
        Lives.steps += 1


@pytest.mark.django_db
def test_the_whole_life_of_customers_is_as_the_policy_says():
    suppressed = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=RUNS, stateful_step_count=STEPS, deadline=None, suppress_health_check=suppressed
        ),
    )
    assert Lives.steps >= 10_000
