"""The schedule with real connections: late, twice, killed, and while people work. Each guard has its control."""

import datetime as dt
import signal
import threading
import uuid
from contextlib import suppress

import pytest
from django.utils import timezone

from crm.lib.moves import TooLate
from customers import night as grading_night
from customers.models import Activity, Customer
from jobs.models import Run
from sales.models import Order
from staff import calendar
from tests.factories import CustomerFactory, OrderFactory, UserFactory
from tests.walls.racing import PATIENCE, constraint_dropped, process, racers, wait_until_alone
from visits import callbacks, calls, night, schedule
from visits.models import Callback, SiteVisit
from visits.schedule_sql import FORGIVE

pytestmark = pytest.mark.django_db(transaction=True)
ON = dt.date(2026, 1, 15)
MADE = 4  # by a purchase and a cadence


def bought(number, **fields):
    """Customers whose purchase and intention ask for MADE callbacks that nobody has planned yet."""
    made = []
    for _n in range(number):
        customer = CustomerFactory(owned_since=dt.date(2025, 6, 2), intention="A", **fields)
        OrderFactory(customer=customer, paid=True, ordered_on=ON)
        made.append(customer)
    return made


def check_one_schedule(number):
    assert Callback.objects.filter(status="open").count() == number * MADE
    assert Callback.objects.count() == Callback.objects.values("customer", "purpose").distinct().count()
    assert not Customer.objects.filter(next_contact_on=None).exists()


# Twice at once


RING = f"""
from visits import night
import datetime
print("ready"); input()
print(len(night.run_due(until=datetime.date.fromisoformat("{ON}"))))
"""


def test_two_rings_in_two_processes_plan_once():
    bought(5)
    rings = [process(RING), process(RING)]
    assert [ring.stdout.readline() for ring in rings] == ["ready\n", "ready\n"]
    for ring in rings:
        ring.stdin.write("\n")
        ring.stdin.flush()
    assert sorted(ring.communicate(timeout=30)[0] for ring in rings) == ["0\n", "1\n"]
    check_one_schedule(5)
    assert Run.objects.get(job=night.JOB).counts == {"planned": 5 * MADE}


def test_plans_without_a_ledger_at_once_double_nothing():
    bought(10)
    with racers(4) as them:
        made = them.run(*[lambda: schedule.plan(on=ON)] * 4)
    assert sum(made) == 10 * MADE
    check_one_schedule(10)


def test_control_without_the_hold_on_customers_and_the_unique_index_they_double(monkeypatch):
    bought(40)
    monkeypatch.setattr(schedule, "HOLD", FORGIVE)  # something that holds nobody
    monkeypatch.setattr(schedule, "_note_concerned", together(4, schedule._note_concerned))
    with constraint_dropped("callback_one_open_per_purpose"), racers(4) as them:
        made = them.run(*[lambda: schedule.plan(on=ON)] * 4)
        doubled = Callback.objects.count()
        Callback.objects.all().delete()
    assert [error for error in made if isinstance(error, Exception)] == []
    assert doubled > 40 * MADE


def together(number, work):
    """Return `work` as something that so many threads leave at the same moment."""
    everybody = threading.Barrier(number)

    def wait(*args):
        result = work(*args)
        everybody.wait(PATIENCE)
        return result

    return wait


def test_without_the_hold_the_unique_index_is_the_last_word(monkeypatch):
    bought(10)
    monkeypatch.setattr(schedule, "HOLD", FORGIVE)  # something that holds nobody
    with racers(2) as them:
        them.run(*[lambda: schedule.plan(on=ON)] * 2)
    check_one_schedule(10)


# Missed and killed


def test_nights_missed_are_caught_up_in_order_and_lose_nothing():
    night.run_due(until=ON)
    customer = bought(1)[0]
    SiteVisit.objects.create(
        customer=customer, kind="repair", technician="张师傅", by=customer.owner, status="done",
        planned_from=at(1, 8), planned_until=at(1, 12), started_at=at(1, 8), finished_at=at(1, 9),
    )  # fmt: skip
    late = ON + dt.timedelta(days=12)
    assert night.run_due(until=late) == [ON + dt.timedelta(days=n) for n in range(1, 13)]
    due = dict(Callback.objects.filter(purpose__startswith="repair").values_list("purpose", "due_on"))
    assert due == {"repair": dt.date(2026, 1, 16), "repair_holds": dt.date(2026, 1, 19)}
    assert Callback.objects.count() == MADE + 2


def at(days, hour):
    return timezone.make_aware(dt.datetime.combine(ON + dt.timedelta(days=days), dt.time(hour)))


@pytest.mark.parametrize("days", [0, 7])
def test_a_night_up_to_a_week_late_still_plans_what_was_due_at_once(days):
    customer = CustomerFactory(owned_since=dt.date(2025, 6, 2))
    SiteVisit.objects.create(
        customer=customer, kind="repair", technician="张师傅", by=customer.owner,
        planned_from=at(0, 8), planned_until=at(0, 9), overran_at=at(0, 9),
    )  # fmt: skip
    assert schedule.plan(on=ON + dt.timedelta(days=days)) == 1


def test_a_date_waits_until_its_grades_and_owners_are_settled():
    bought(1)
    assert night.run_due() == []
    done = grading_night.run_due()
    assert night.run_due() == done == [grading_night.business_date()]


KILLED = f"""
import datetime, time
from visits import night, schedule
whole = schedule.spread
def half(cursor, touched, *, on):
    whole(cursor, touched, on=on); print(len(touched)); time.sleep(60)
schedule.spread = half
night.run_due(until=datetime.date.fromisoformat("{ON}"))
"""


def test_a_killed_night_leaves_neither_half_and_the_next_ring_completes_it():
    bought(5)
    killed = process(KILLED)
    assert killed.stdout.readline() == "5\n"
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=30)
    wait_until_alone()
    assert not Callback.objects.exists()
    assert not Run.objects.filter(status=Run.Status.DONE).exists()
    assert night.run_due(until=ON) == [ON]
    check_one_schedule(5)
    assert Run.objects.get(job=night.JOB).attempts == 2


# While people work


def test_people_work_through_the_night_without_a_deadlock():
    """Logs, moves, payments and complaints of the very customers that two nights plan for at the same moment."""
    finance, day = UserFactory(finance=True), calendar.opens_on(timezone.localdate() + dt.timedelta(days=3))
    customers = bought(8)
    faults = []
    with racers(6) as them:
        for round_ in range(12):
            owed(customers)
            orders = [OrderFactory(customer=customer) for customer in customers]
            work = [
                lambda: [log(c) for c in customers],
                lambda: [log(c) for c in reversed(customers)],
                lambda d=day + dt.timedelta(days=round_): [move(c, d) for c in reversed(customers)],
                lambda o=orders: [confirm(order, finance) for order in o],
                schedule.plan,
                schedule.plan,
            ]
            faults += [fault for fault in them.run(*work) if isinstance(fault, Exception)]
    assert faults == []
    open_ = Callback.objects.open()
    assert open_.count() == open_.values("customer", "purpose").distinct().count() > 0


def owed(customers):
    """Leave every customer with something to pull forward, to move off a day and to plan."""
    Callback.objects.filter(purpose="purchase_half").delete()
    Customer.objects.update(last_contact_at=timezone.now() - dt.timedelta(days=6), next_contact_on=None)


def log(customer):
    fresh = Customer.objects.get(pk=customer.pk)
    calls.log(
        fresh, token=uuid.uuid4(), by=customer.owner, outcome="reached", note="谈了", next_on=timezone.localdate()
    )


def move(customer, on):
    for callback in Callback.objects.open().filter(customer=customer).select_related("customer"):
        with suppress(TooLate):  # a call closed it meanwhile
            callbacks.move(callback, on=on, reason="改天", by=customer.owner)


def confirm(order, finance):
    Order.objects.get(pk=order.pk).confirm(on=timezone.localdate(), by=finance)


def test_control_a_night_that_writes_callbacks_before_it_holds_their_customers_deadlocks(monkeypatch):
    """A call holds its customer and wants the callback; such a night holds the callback and wants the customer."""
    customers = bought(8)
    monkeypatch.setattr(schedule, "HOLD", FORGIVE)  # something that holds nobody
    faults = []
    with racers(2) as them:
        for _round in range(40):
            Callback.objects.all().delete()
            Activity.objects.all().delete()
            work = [lambda: [log(c) for c in reversed(customers)], schedule.plan]
            faults += [fault for fault in them.run(*work) if isinstance(fault, Exception)]
            if faults:
                break
    assert "deadlock detected" in str(faults)
