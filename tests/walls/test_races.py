"""Races with real connections. Each guard has its control: the same race without the guard goes wrong."""

import datetime as dt
import signal
import threading
import uuid
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from crm.lib.dates import add_months, first_of_month
from crm.lib.moves import TooLate, Tracked
from customers import grading, night
from customers.models import Activity, Customer, PoolRules, Stint, Turnover
from customers.ownership import pool
from jobs import ledger
from jobs.models import Run
from sales.models import Order
from tests.factories import CustomerFactory, OrderFactory, UserFactory
from tests.walls.racing import (
    open_transaction,
    process,
    racers,
    wait_until_alone,
    wait_until_somebody_waits_for_a_lock,
)
from visits import calls
from visits.models import CallLog

pytestmark = pytest.mark.django_db(transaction=True)
ON = dt.date(2022, 7, 1)


def read_without_lock(everybody):
    """Return `Tracked.lock` without its lock: each reads before anybody writes."""

    def lock(self):
        self.refresh_from_db()
        everybody.wait(10)

    return lock


# The night has one effect, whoever rings


def idle_customers(number):
    PoolRules.objects.update(brake_percent=100)
    for _n in range(number):
        customer = CustomerFactory(owned_since=dt.date(2020, 1, 1), last_sale_on=dt.date(2022, 3, 1))
        Turnover.objects.create(customer=customer, month=dt.date(2022, 3, 1), amount=50_000, orders=1)


def check_one_night(number):
    assert list(Run.objects.values_list("job", "business_date", "status")) == [("night", ON, "done")]
    assert Run.objects.get().counts == {"changed": number, "returned": {"no_deal": 0, "no_sale": number}, "reminded": 0}
    for verb in (Activity.Verb.RETURN, Activity.Verb.GRADE):
        assert Activity.objects.filter(verb=verb).count() == number
    assert Stint.objects.filter(ended_at__isnull=False).count() == number
    assert Stint.objects.filter(ended_at=None, pool__isnull=False).count() == number


BEAT = f"""
from customers import night
import datetime
print("ready"); input()
print(len(night.run_due(until=datetime.date.fromisoformat("{ON}"))))
"""


def test_two_beats_in_two_processes_have_one_effect():
    idle_customers(5)
    beats = [process(BEAT), process(BEAT)]
    assert [beat.stdout.readline() for beat in beats] == ["ready\n", "ready\n"]
    for beat in beats:
        beat.stdin.write("\n")
        beat.stdin.flush()
    assert sorted(beat.communicate(timeout=30)[0] for beat in beats) == ["0\n", "1\n"]
    check_one_night(5)


def test_eight_beats_at_once_have_one_effect():
    idle_customers(5)
    with racers(8) as them:
        done = them.run(*[lambda: night.run_due(until=ON)] * 8)
    assert sorted(done) == [[]] * 7 + [[ON]]
    check_one_night(5)


def leave_a_mark(on):
    """A night's work whose repetition shows."""
    Activity.objects.create(customer=Customer.objects.get(), verb=Activity.Verb.EDIT)
    return {"marks": 1}


def test_work_whose_repetition_shows_is_done_once():
    CustomerFactory()
    with racers(4) as them:
        for day in range(10):
            done = them.run(*[lambda on=ON + dt.timedelta(day): ledger.once("mark", on, leave_a_mark)] * 4)
            assert sorted(done) == [False, False, False, True]
    assert Activity.objects.count() == 10


def test_control_without_the_ledgers_guard_it_is_done_twice(monkeypatch):
    CustomerFactory()
    monkeypatch.setattr(ledger, "_held", lambda job, on: Run.objects.get(job=job, business_date=on))
    with racers(2) as them:
        assert them.run(*[lambda: ledger.once("mark", ON, leave_a_mark)] * 2) == [True, True]
    assert Activity.objects.count() == 2


def test_a_ring_during_the_night_leaves_at_once_and_does_nothing():
    idle_customers(1)
    begun, go_on = threading.Event(), threading.Event()

    def long_night(run):
        begun.set()
        assert go_on.wait(10)
        return night.night(run)

    with racers(1) as them:
        first = them.pool.submit(ledger.in_steps, night.JOB, ON, long_night)
        assert begun.wait(10)
        assert night.run_due(until=ON) == []
        go_on.set()
        assert first.result(10)
    check_one_night(1)
    assert Run.objects.get().attempts == 1


def test_a_later_night_waits_while_another_process_is_at_an_earlier_one():
    night.run_due(until=ON)
    begun, go_on = threading.Event(), threading.Event()
    tomorrow, day_after = ON + dt.timedelta(1), ON + dt.timedelta(2)

    def long_night(run):
        begun.set()
        assert go_on.wait(10)
        return {}

    with racers(1) as them:
        first = them.pool.submit(ledger.in_steps, night.JOB, tomorrow, long_night)
        assert begun.wait(10)
        assert night.run_due(until=day_after) == []
        assert not ledger.is_done(night.JOB, day_after)
        go_on.set()
        assert first.result(10)
    assert night.run_due(until=day_after) == [day_after]


def test_missed_dates_are_caught_up_in_order():
    night.run_due(until=ON)
    assert night.run_due(until=ON + dt.timedelta(3)) == [ON + dt.timedelta(n) for n in (1, 2, 3)]
    assert Run.objects.filter(status=Run.Status.DONE).count() == 4


def test_a_night_that_fails_holds_up_the_later_ones_and_is_tried_again(monkeypatch):
    night.run_due(until=ON)
    with monkeypatch.context() as broken:
        broken.setattr(pool, "return_idle", lambda on, run: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            night.run_due(until=ON + dt.timedelta(2))
    assert night.run_due(until=ON + dt.timedelta(2)) == [ON + dt.timedelta(1), ON + dt.timedelta(2)]


KILLED = f"""
import datetime, time
from customers import night
from customers.ownership import pool
whole = pool.return_idle
def half(on, run):
    pool.BATCH = 2
    plain = pool._return_batch
    def first(*args):
        counts = plain(*args); print("in the middle"); time.sleep(60); return counts
    pool._return_batch = first
    whole(on=on, run=run)
pool.return_idle = half
night.run_due(until=datetime.date.fromisoformat("{ON}"))
"""


def test_the_next_ring_goes_on_with_a_killed_night():
    idle_customers(5)
    killed = process(KILLED)
    assert killed.stdout.readline() == "in the middle\n"
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=30)
    wait_until_alone()
    assert Customer.objects.pooled().count() == 2
    assert Activity.objects.filter(verb=Activity.Verb.RETURN).count() == 2
    assert not Run.objects.filter(status=Run.Status.DONE).exists()
    assert night.run_due(until=ON) == [ON]
    check_one_night(5)
    assert Run.objects.get().attempts == 2


# Money and the night at the same instant


def due_customer():
    return CustomerFactory(owned_since=dt.date(2020, 1, 1), last_sale_on=dt.date(2022, 4, 1))


def return_while(work):
    """Return what the night returned that began while `work` was done but not yet committed."""
    with racers(1) as them:
        with open_transaction(work):
            waiting = them.pool.submit(pool.return_idle, on=ON)
            wait_until_somebody_waits_for_a_lock()
        return sum(waiting.result(10).values())


def test_an_order_confirmed_before_the_return_decides_saves_its_customer():
    order = OrderFactory(customer=due_customer())
    finance = UserFactory(finance=True)
    assert return_while(lambda: order.confirm(on=dt.date(2022, 6, 30), by=finance)) == 0
    customer = Customer.objects.get()
    assert (customer.owner, customer.returns_on) == (order.salesperson, dt.date(2022, 9, 30))
    assert not customer.activities.filter(verb=Activity.Verb.RETURN).exists()


def test_control_without_row_locks_the_customer_is_lost(monkeypatch):
    order = OrderFactory(customer=due_customer())
    finance = UserFactory(finance=True)
    monkeypatch.setattr(pool, "SOME", [some.partition("FOR UPDATE")[0] for some in pool.SOME])
    assert return_while(lambda: order.confirm(on=dt.date(2022, 6, 30), by=finance)) == 1


def test_a_payment_confirmed_after_the_return_brings_the_customer_back_to_whoever_sold():
    order, finance = OrderFactory(customer=due_customer()), UserFactory(finance=True)
    with racers(1) as them:
        with open_transaction(lambda: pool.return_idle(on=ON)):
            waiting = them.pool.submit(order.confirm, on=ON, by=finance)
            wait_until_somebody_waits_for_a_lock()
        waiting.result(10)
    customer = Customer.objects.get()
    assert (customer.owner, customer.last_sale_on, customer.turnover.count()) == (order.salesperson, ON, 1)
    assert [stint.start_reason for stint in customer.stints.order_by("id")] == ["created", "no_sale", "first_order"]


def test_a_payment_confirmed_while_the_night_grades_is_not_graded_away():
    """The night read the turnover before the payment; it must not write what it judged by that."""
    today = timezone.localdate()
    order, finance = OrderFactory(amount=Decimal(60_000)), UserFactory(finance=True)
    Turnover.objects.create(customer=order.customer, month=add_months(first_of_month(today), -3), amount=1, orders=1)
    with racers(1) as them:
        with open_transaction(lambda: order.confirm(on=today, by=finance)):
            waiting = them.pool.submit(grading.regrade, on=today)
            wait_until_somebody_waits_for_a_lock()
        waiting.result(10)
    customer = Customer.objects.get()
    assert (customer.grade, customer.dealt) == ("A", 60_001)
    assert customer.activities.filter(verb=Activity.Verb.GRADE).count() == 1


def test_one_order_confirmed_twice_at_once_is_booked_once():
    order, finance = OrderFactory(amount=Decimal(1000)), UserFactory(finance=True)
    with racers(2) as them:
        outcomes = them.run(*[lambda: Order.objects.get(pk=order.pk).confirm(on=ON, by=finance)] * 2)
    assert [type(outcome) for outcome in outcomes if outcome] == [TooLate]
    assert booked(order) == (1000, 1, 1000)
    assert order.customer.activities.filter(verb=Activity.Verb.PAY).count() == 1


def test_control_without_the_row_lock_it_is_booked_twice(monkeypatch):
    order, finance = OrderFactory(amount=Decimal(1000)), UserFactory(finance=True)
    monkeypatch.setattr(Tracked, "lock", read_without_lock(threading.Barrier(2)))
    with racers(2) as them:
        them.run(*[lambda: Order.objects.get(pk=order.pk).confirm(on=ON, by=finance)] * 2)
    assert booked(order) == (2000, 2, 2000)


def booked(order):
    month = order.customer.turnover.get()
    return month.amount, month.orders, order.salesperson.sales_months.get().amount


def test_payments_of_one_customer_at_once_are_all_booked():
    customer, finance = CustomerFactory(), UserFactory(finance=True)
    orders = [OrderFactory(customer=customer, amount=Decimal(10_000)) for _n in range(6)]
    with racers(6) as them:
        assert them.run(*[lambda o=o: o.confirm(on=timezone.localdate(), by=finance) for o in orders]) == [None] * 6
    customer.refresh_from_db()
    assert (customer.turnover.get().amount, customer.dealt, customer.grade) == (60_000, 60_000, "A")


# Call logs


def log(customer, token, by):
    return calls.log(Customer.objects.get(pk=customer.pk), token=token, by=by, outcome="reached", note="一次")


def test_a_call_log_sent_twice_is_one_log():
    customer, token = CustomerFactory(), uuid.uuid4()
    with racers(4) as them:
        entries = them.run(*[lambda: log(customer, token, customer.owner)] * 4)
    assert len({entry.pk for entry in entries}) == 1
    assert CallLog.objects.count() == 1
    assert customer.activities.filter(verb=Activity.Verb.LOG).count() == 1


def test_without_the_row_lock_the_unique_token_is_the_last_word(monkeypatch):
    customer, token = CustomerFactory(), uuid.uuid4()
    monkeypatch.setattr(calls, "HOLD", calls.HOLD.removesuffix("FOR NO KEY UPDATE"))
    with racers(2) as them:
        entries = them.run(*[lambda: log(customer, token, customer.owner)] * 2)
    assert entries == [CallLog.objects.get()] * 2


def test_control_without_the_unique_token_two_are_written():
    customer, token = CustomerFactory(), uuid.uuid4()
    with unique_token_dropped(), racers(2) as them:
        them.run(*[lambda: log(customer, token, customer.owner)] * 2)
        assert CallLog.objects.count() == 2
        CallLog.objects.all().delete()


@contextmanager
def unique_token_dropped():
    name = "visits_calllog_token_key"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE visits_calllog DROP CONSTRAINT {name}")
        try:
            yield
        finally:
            cursor.execute(f"ALTER TABLE visits_calllog ADD CONSTRAINT {name} UNIQUE (token)")


def test_a_call_logged_while_the_customer_is_released_is_refused():
    customer = CustomerFactory()
    with racers(1) as them:
        owner = customer.owner
        stale = Customer.objects.get(pk=customer.pk)
        with open_transaction(lambda: customer.release(note="", by=owner)):
            waiting = them.pool.submit(calls.log, stale, token=uuid.uuid4(), by=owner, outcome="reached")
            wait_until_somebody_waits_for_a_lock()
        assert isinstance(waiting.exception(10), (TooLate, PermissionDenied))
    assert not CallLog.objects.exists()


# Codes


def test_customers_created_at_once_have_codes_of_their_own():
    rep = UserFactory()
    with racers(8) as them:
        made = [Customer(name=f"客户{n}") for n in range(8)]
        assert them.run(*[lambda c=c: c.create(owner=rep, by=rep) for c in made]) == [None] * 8
    assert Customer.objects.values("code").distinct().count() == 8
