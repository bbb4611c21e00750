"""What the schedule plans by itself, day by day of a made-up year (policy 5.2, 5.3, 5.5, 5.6)."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.lib.dates import start_of
from customers import night
from customers.importing import CustomerImport
from customers.models import Activity, Customer, PoolRules
from customers.ownership import claiming, undoing
from jobs import tasks
from jobs.models import Run
from staff import calendar
from staff.models import Day
from tests.factories import CustomerFactory, OrderFactory, UserFactory
from tests.imports import take
from tests.visits.days import at, log, opened
from visits import callbacks, schedule
from visits.models import Cadence, Callback, CallbackRule, SiteVisit

pytestmark = pytest.mark.django_db
CHINA = ZoneInfo("Asia/Shanghai")
PAID = dt.date(2026, 1, 15)  # a Thursday


def day(text) -> dt.date:
    return dt.date.fromisoformat(f"2026-{text}")


@pytest.fixture(autouse=True)
def paid_day():
    """It is ten in the morning of 15 January 2026 until a test goes on from there."""
    with at(PAID):
        yield


@pytest.fixture
def customer(paid_day):
    """A customer of old: nothing follows from how it came."""
    return CustomerFactory(owned_since=dt.date(2025, 1, 6), grade="C")


def sold(customer, on=PAID):
    OrderFactory(customer=customer, paid=True, ordered_on=on)
    schedule.plan(customers=[customer.pk])


def visited(customer, kind, *, until, finished=None):
    """A visit on site of two hours, planned to end at `until` of the day."""
    end = dt.datetime.combine(PAID, dt.time(until), CHINA)
    times = {"planned_from": end - dt.timedelta(hours=2), "planned_until": end}
    if finished:
        times |= {
            "started_at": times["planned_from"],
            "finished_at": dt.datetime.combine(PAID, dt.time(finished), CHINA),
        }
    status = SiteVisit.Status.DONE if finished else SiteVisit.Status.PLANNED
    return SiteVisit.objects.create(
        customer=customer, kind=kind, technician="张师傅", by=customer.owner, status=status, **times
    )


# Events


def test_a_purchase_on_15_january_yields_callbacks_in_the_windows_of_the_policy_on_working_days(customer):
    sold(customer)
    windows = {
        "purchase_half": (day("05-15"), day("07-15")),
        "purchase_late": (day("11-15"), dt.date(2027, 1, 15)),
        "purchase_year": (dt.date(2027, 1, 15), dt.date(2027, 2, 15)),
    }
    due = {callback.purpose: callback for callback in opened(customer)}
    assert {purpose: (callback.opens_on, callback.closes_on) for purpose, callback in due.items()} == windows
    assert [callback.due_on for callback in due.values()] == [day("05-15"), day("11-16"), dt.date(2027, 1, 15)]
    assert all(calendar.closed_name(callback.due_on) is None for callback in due.values())
    customer.refresh_from_db()
    assert customer.next_contact_on == day("05-15")


def test_an_order_of_nothing_and_an_unpaid_one_are_no_purchase(customer):
    OrderFactory(customer=customer)
    OrderFactory(customer=customer, paid=True, ordered_on=PAID, amount=0)
    assert schedule.plan() == 0


def test_confirming_the_payment_plans_at_once(customer):
    OrderFactory(customer=customer, ordered_on=PAID).confirm(on=PAID, by=UserFactory(finance=True))
    assert [callback.purpose for callback in opened(customer)] == ["purchase_half", "purchase_late", "purchase_year"]


def test_an_installation_is_called_about_the_next_day(customer):
    visited(customer, "installation", until=12, finished=11)
    schedule.plan()
    assert [(c.purpose, c.due_on, c.closes_on) for c in opened(customer)] == [
        ("installation", day("01-16"), day("01-22"))
    ]


def test_a_repair_is_called_about_at_once_and_again_after_three_to_five_days(customer):
    visited(customer, "repair", until=12, finished=11)
    schedule.plan()
    assert [(c.purpose, c.due_on) for c in opened(customer)] == [("repair", PAID), ("repair_holds", day("01-19"))]


def test_a_repair_that_overruns_is_called_about_by_the_clock_and_only_once(customer):
    visited(customer, "repair", until=12)
    assert schedule.notice_overruns() == 0
    with at(PAID, hour=13):
        assert schedule.notice_overruns() == 1
        assert schedule.notice_overruns() == 0
    assert [(c.purpose, c.due_on) for c in opened(customer)] == [("repair_overrun", PAID)]


@pytest.mark.parametrize("kind", ["complaint", "proposal"])
def test_a_complaint_or_proposal_received_yields_one_callback_at_once(customer, kind):
    by = UserFactory()
    schedule.received(customer, kind=kind, by=by, note="机器响")
    schedule.received(customer, kind=kind, by=by, note="还响")
    schedule.plan()
    assert [(c.purpose, c.due_on) for c in opened(customer)] == [(kind, PAID)]
    assert customer.activities.filter(verb=Activity.Verb.RECEIVE, by=by).count() == 2
    customer.refresh_from_db()
    assert customer.next_contact_on == PAID


def test_what_is_received_on_a_day_off_is_due_on_the_next_working_day(customer):
    with at(day("01-17")):  # a Saturday
        schedule.received(customer, kind="complaint", by=None)
    assert [(c.due_on, c.closes_on) for c in opened(customer)] == [(day("01-19"), day("01-19"))]


def test_a_complaint_entered_weeks_late_is_called_about_all_the_same(customer):
    schedule.received(customer, kind="complaint", by=None, at=start_of(dt.date(2025, 12, 1)))
    assert [(c.purpose, c.due_on) for c in opened(customer)] == [("complaint", PAID)]


# New customers


def test_a_customer_created_or_claimed_is_first_contacted_at_once():
    rep = UserFactory()
    Customer(name="新客户").create(owner=rep, by=rep)
    pooled = CustomerFactory(pooled=True)
    claiming.claim(pooled, by=rep)
    made = Callback.objects.filter(purpose="new_customer", status="open", due_on=PAID, closes_on=day("01-18"))
    assert made.count() == 2
    assert set(Customer.objects.values_list("next_contact_on", flat=True)) == {PAID}


def test_neither_a_time_in_the_pool_nor_a_return_that_was_undone_is_a_new_customer():
    customer = CustomerFactory(owned_since=dt.date(2025, 10, 1))
    with at(day("02-10")):
        PoolRules.objects.update(brake_percent=100)
        assert night.run_due(until=day("02-10")) == [day("02-10")]
        schedule.plan()
        assert opened(customer, "new_customer") == []
        undoing.ask(Run.objects.get(job=night.JOB), by=UserFactory(manager=True))
        tasks.pick_up()
        schedule.plan()
        assert Customer.objects.get(pk=customer.pk).owner == customer.owner
        assert opened(customer, "new_customer") == []


def test_imported_customers_are_first_contacted_when_they_came_lately():
    UserFactory(username="rep01")
    lines = ("code,name,owner,owned_since", "N1,今天来的,rep01,2026-01-15", "N2,早就来的,rep01,2025-11-03")
    take(CustomerImport(UserFactory(administrator=True)), *lines)
    assert [(c.customer.code, c.purpose, c.due_on) for c in Callback.objects.all()] == [("N1", "new_customer", PAID)]


def test_old_customers_and_old_purchases_yield_nothing(customer):
    OrderFactory(customer=customer, paid=True, ordered_on=dt.date(2024, 12, 1))
    assert schedule.plan() == 0


# Cadence


def lately(**fields):
    """A customer with its last contact today."""
    customer = CustomerFactory(owned_since=dt.date(2025, 1, 6), **fields)
    Customer.objects.filter(pk=customer.pk).update(last_contact_at=dt.datetime(2026, 1, 15, 9, tzinfo=CHINA))
    return customer


@pytest.mark.parametrize(
    ("fields", "due", "channel"),
    [
        ({"intention": "A", "grade": "VIP"}, "01-22", "phone"),
        ({"intention": "B", "grade": "C"}, "01-29", "email"),
        ({"intention": "B", "grade": "A"}, "01-29", "email"),
        ({"intention": "", "grade": "SVIP"}, "02-14", "phone"),  # a Saturday on which people work
        ({"intention": "C", "grade": "B"}, "02-14", "email"),
        ({"intention": "", "grade": "B"}, None, None),
    ],
)
def test_the_follow_up_comes_by_the_shortest_cadence_that_fits(fields, due, channel):
    customer = lately(**fields)
    schedule.plan()
    assert [(c.due_on, c.channel) for c in opened(customer)] == ([(day(due), channel)] if due else [])


def test_a_cadence_out_of_use_asks_for_nothing():
    Cadence.objects.update(is_active=False)
    lately(intention="A")
    assert schedule.plan() == 0


def test_a_shorter_cadence_pulls_its_own_follow_up_forward_and_none_that_somebody_planned():
    own, by_log, moved = (lately(intention="C") for _n in range(3))
    schedule.plan()
    log(by_log, next_on=day("02-13"))
    callback = opened(moved)[0]
    callbacks.move(callback, on=day("02-24"), by=moved.owner)
    Customer.objects.update(intention="A")
    schedule.plan()
    assert [(c.due_on, c.channel) for c in opened(own)] == [(day("01-22"), "phone")]
    assert [opened(customer)[0].due_on for customer in (by_log, moved)] == [day("02-13"), day("02-24")]


def test_a_follow_up_skipped_comes_again_after_its_cadence_not_the_next_night():
    customer = lately(intention="A")
    schedule.plan()
    with at(day("01-22")):
        callbacks.skip(opened(customer)[0], reason="客户出差", by=customer.owner)
    with at(day("01-23")):
        schedule.plan()
        assert [c.due_on for c in opened(customer)] == [day("01-29")]


def test_an_edit_of_the_intention_plans_at_once(client):
    customer = lately(intention="")
    client.force_login(customer.owner)
    data = {"name": customer.name, "code": customer.code, "payment": "good", "cooperation": "long", "intention": "A"}
    assert client.post(f"/customers/{customer.pk}/edit/", data | {"version": customer.version}).status_code == 302
    assert [c.due_on for c in opened(customer)] == [day("01-22")]


# One of a kind, one a day


def test_running_twice_adds_nothing(customer):
    sold(customer)
    lately(intention="A")
    assert schedule.plan() == 1
    assert [schedule.plan() for _again in range(2)] == [0, 0]
    assert Callback.objects.count() == 4


@pytest.mark.parametrize(("number", "prepared"), [(1, True), (schedule.MOST_AT_ONCE + 1, False)])
def test_for_a_few_customers_the_steps_are_prepared_and_for_many_they_plan_the_same(number, prepared):
    customers = [CustomerFactory(owned_since=dt.date(2025, 1, 6), intention="A") for _n in range(number)]
    with CaptureQueriesContext(connection) as asked:
        assert schedule.plan(customers=[customer.pk for customer in customers]) == number
    assert any("EXECUTE schedule_follow_cadence" in query["sql"] for query in asked) is prepared
    assert Callback.objects.filter(purpose="follow_up").count() == number
    assert not Customer.objects.filter(next_contact_on=None).exists()


def test_two_on_one_day_are_parted_within_their_windows(customer):
    Customer.objects.filter(pk=customer.pk).update(intention="C", last_contact_at=start_of(day("04-15")))
    sold(customer)
    assert [(c.purpose, c.due_on) for c in opened(customer)[:2]] == [
        ("purchase_half", day("05-15")),
        ("follow_up", day("05-18")),
    ]
    again = [(c.due_on, c.first_due_on) for c in opened(customer)]
    schedule.plan()
    assert [(c.due_on, c.first_due_on) for c in opened(customer)] == again


def test_two_that_can_not_be_parted_say_why(customer):
    for kind in ("complaint", "proposal"):
        schedule.received(customer, kind=kind, by=None)
    assert [(c.due_on, c.reason) for c in opened(customer)] == [(PAID, ""), (PAID, Callback.WINDOW_ENDS)]


def test_a_day_agreed_with_the_customer_stays_and_the_rules_callback_makes_way(customer):
    log(customer, next_on=day("05-15"))
    sold(customer)
    assert [(c.purpose, c.due_on) for c in opened(customer)[:2]] == [
        ("follow_up", day("05-15")),
        ("purchase_half", day("05-18")),
    ]


# After closing


def test_while_a_callback_is_open_further_purchases_wait_and_once_closed_it_stands_for_those_before_its_day(customer):
    sold(customer)
    sold(customer, on=day("01-14"))
    with at(day("05-20")):
        sold(customer, on=day("05-18"))
        assert [c.opens_on for c in opened(customer, "purchase_half")] == [day("05-15")]
        log(customer)
        schedule.plan()
        assert [c.opens_on for c in opened(customer, "purchase_half")] == [day("09-18")]


def test_a_call_before_the_window_begins_closes_nothing(customer):
    sold(customer)
    log(customer)
    assert len(opened(customer)) == 3


def test_a_repair_after_the_call_is_called_about_anew_and_one_before_is_not(customer):
    visited(customer, "repair", until=9, finished=9)
    schedule.plan()
    log(customer)
    visited(customer, "repair", until=8, finished=8)
    schedule.plan()
    assert opened(customer, "repair") == []
    with at(PAID, hour=16):
        visited(customer, "repair", until=15, finished=15)
        schedule.plan()
    assert [c.due_on for c in opened(customer, "repair")] == [PAID]


def test_a_repair_finished_two_days_before_the_check_of_another_gets_a_check_of_its_own(customer):
    visited(customer, "repair", until=9, finished=9)
    schedule.plan()
    with at(day("01-19")):
        later = visited(customer, "repair", until=9, finished=9)
        SiteVisit.objects.filter(pk=later.pk).update(finished_at=dt.datetime(2026, 1, 18, 9, tzinfo=CHINA))
        log(customer)
        schedule.plan()
        assert [c.opens_on for c in opened(customer, "repair_holds")] == [day("01-21")]


@pytest.mark.parametrize("outcome", ["no_answer", "busy", "wrong_number"])
def test_nobody_reached_leaves_it_owed_the_next_working_day(customer, outcome):
    schedule.received(customer, kind="complaint", by=None)
    log(customer, outcome=outcome)
    assert [(c.due_on, c.tries, c.reason) for c in opened(customer)] == [(day("01-16"), 1, Callback.AGAIN)]


def test_a_skipped_callback_stands_for_its_event(customer):
    schedule.received(customer, kind="complaint", by=None)
    callbacks.skip(opened(customer)[0], reason="误报", by=customer.owner)
    assert schedule.plan() == 0


# Whose, and when


def test_a_claim_after_months_makes_nobody_late_from_before(customer):
    sold(customer)
    schedule.received(customer, kind="complaint", by=None)
    customer.refresh_from_db()
    customer.release(note="", by=customer.owner)
    with at(day("06-20")):  # a Saturday
        claiming.claim(customer, by=UserFactory())
        assert [(c.purpose, c.due_on) for c in opened(customer)[:3]] == [
            ("complaint", day("06-22")),
            ("new_customer", day("06-23")),
            ("purchase_half", day("06-24")),
        ]
        customer.refresh_from_db()
        assert customer.next_contact_on == day("06-22")


def test_a_night_caught_up_late_makes_nobody_late_from_before():
    spoken = dt.datetime.combine(PAID - dt.timedelta(days=7), dt.time(10), CHINA)
    customer = CustomerFactory(owned_since=day("01-19"), intention="A", last_contact_at=spoken)
    with at(day("01-20")):
        schedule.plan(on=PAID)
    assert {callback.due_on >= day("01-19") for callback in opened(customer)} == {True}


def test_a_day_that_becomes_a_holiday_passes_its_callbacks_on(customer):
    sold(customer)
    log(customer, next_on=day("02-03"))
    for closed in ("05-15", "02-03"):
        Day.objects.filter(day=day(closed)).update(is_working=False, is_edited=True)
    calendar.renumber()
    schedule.plan()
    assert opened(customer, "purchase_half")[0].due_on == day("05-18")
    assert opened(customer, "follow_up")[0].due_on == day("02-04")


def test_a_rule_out_of_use_makes_no_callbacks(customer):
    CallbackRule.objects.filter(code="purchase_half").update(is_active=False)
    sold(customer)
    assert opened(customer, "purchase_half") == []


def test_a_rule_of_the_companys_own_is_followed(customer):
    CallbackRule.objects.create(code="rule-1", name="保养", event="inspection", earliest=2, latest=24, unit="months")
    visited(customer, "inspection", until=12, finished=11)
    schedule.plan()
    assert [(c.title, c.due_on, c.closes_on) for c in opened(customer)] == [
        ("保养", day("03-16"), dt.date(2028, 1, 15))
    ]


def test_what_an_import_brings_at_once_is_spread_over_what_is_left_of_the_window():
    """Old purchases, whose windows (15 May to 15 July) began long ago, are not all called on one morning."""
    customers = [CustomerFactory(owned_since=dt.date(2025, 1, 6), grade="C") for _n in range(20)]
    for customer in customers:
        OrderFactory(customer=customer, paid=True, ordered_on=PAID)
    with at(day("06-10")):
        schedule.plan()
        planned = Callback.objects.open().filter(purpose="purchase_half")
        days = set(planned.values_list("due_on", flat=True))
    assert planned.count() == len(customers)
    assert len(days) > 10
    assert day("06-10") <= min(days)
    assert max(days) <= calendar.opens_on(day("07-15"))


def test_customers_long_out_of_their_cadence_are_spread_over_one_round_of_it():
    customers = [CustomerFactory(owned_since=dt.date(2025, 1, 6)) for _n in range(20)]
    Customer.objects.update(grade="VIP")
    schedule.plan()
    days = set(Callback.objects.open().filter(purpose="follow_up").values_list("due_on", flat=True))
    assert Callback.objects.open().count() == len(customers)
    assert len(days) > 5
    assert max(days) <= calendar.opens_on(PAID + dt.timedelta(days=30))
