import datetime as dt
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from crm.lib.dates import add_months, start_of
from customers import night
from customers.models import Activity, Customer, PoolRules, Stint
from customers.ownership import claiming, pool
from customers.timeline import latest
from jobs.models import Run
from tests.factories import CustomerFactory, OrderFactory, UserFactory

pytestmark = pytest.mark.django_db
ON = dt.date(2022, 7, 1)


def owned(since, last_sale_on=None):
    return CustomerFactory(owned_since=dt.date.fromisoformat(since), last_sale_on=_day(last_sale_on))


def _day(text):
    return dt.date.fromisoformat(text) if text else None


def is_pooled(customer):
    customer.refresh_from_db()
    return customer.owner is None


@pytest.mark.parametrize(
    ("since", "last_sale_on", "rule"),
    [
        ("2020-01-01", "2022-04-01", "no_sale"),
        ("2020-01-01", "2022-04-02", None),
        ("2022-05-01", None, "no_deal"),
        ("2022-05-02", None, None),
        ("2022-04-01", "2021-01-01", "no_sale"),
        ("2022-04-02", "2021-01-01", None),
        ("2022-06-01", "2022-03-01", None),
    ],
)
def test_a_customer_goes_on_the_day_its_months_are_over_and_not_a_day_before(since, last_sale_on, rule):
    customer = owned(since, last_sale_on)
    went = pool.return_idle(on=ON)
    assert went == {"no_deal": int(rule == "no_deal"), "no_sale": int(rule == "no_sale")}
    assert is_pooled(customer) == bool(rule)
    assert customer.stint_reason == (rule or Stint.Reason.CREATED)


@pytest.mark.parametrize(
    ("last_sale_on", "goes"), [("2022-11-28", "2023-02-28"), ("2022-11-30", "2023-02-28"), ("2022-12-01", "2023-03-01")]
)
def test_at_the_end_of_a_month(last_sale_on, goes):
    customer = owned("2020-01-01", last_sale_on)
    pool.return_idle(on=_day(goes) - dt.timedelta(days=1))
    assert not is_pooled(customer)
    pool.return_idle(on=_day(goes))
    assert is_pooled(customer)


def test_what_the_return_leaves_on_record():
    customer = owned("2020-01-01", "2022-03-15")
    owner = customer.owner
    pool.return_idle(on=ON)
    customer.refresh_from_db()
    assert (customer.owned_since, customer.returns_on, customer.next_contact_on) == (None, None, None)
    assert customer.pooled_at == start_of(ON)
    pooled, stint = customer.stints.all()
    assert (stint.ended_at, stint.end_reason) == (start_of(ON), Stint.Reason.NO_SALE)
    assert (pooled.started_at, pooled.start_reason, pooled.owner) == (stint.ended_at, Stint.Reason.NO_SALE, None)
    activity = customer.activities.get(verb=Activity.Verb.RETURN)
    assert activity.by is None
    assert activity.data == {"rule": "no_sale", "owner": owner.name, "due": "2022-06-15", "last_sale": "2022-03-15"}


def test_a_second_return_on_the_same_day_returns_nobody():
    customer = owned("2020-01-01")
    pool.return_idle(on=ON)
    assert pool.return_idle(on=ON) == {"no_deal": 0, "no_sale": 0}
    assert customer.activities.filter(verb=Activity.Verb.RETURN).count() == 1


def test_a_dry_run_says_the_same_and_changes_nothing():
    customer = owned("2020-01-01")
    owned("2020-01-01", "2022-03-15")
    owned("2022-06-01")
    said = night.return_by_hand(ON, dry_run=True)
    assert said == {"on": "2022-07-01", "returned": 2, "by_rule": {"no_deal": 1, "no_sale": 1}}
    assert not is_pooled(customer)
    assert not Run.objects.exists()
    assert not Activity.objects.exists()
    assert night.return_by_hand(ON, confirm=True) == said


def test_a_second_run_by_hand_returns_nobody_and_the_ledger_keeps_what_the_first_did():
    owned("2022-01-01")
    first = night.return_by_hand(ON, confirm=True)
    assert first["returned"] == 1
    assert night.return_by_hand(ON) == {"on": "2022-07-01", "returned": 0, "by_rule": {"no_deal": 0, "no_sale": 0}}
    run = Run.objects.get(job="return_idle", business_date=ON)
    assert (run.attempts, run.counts["returned"]) == (2, 0)
    assert [counts["returned"] for counts in run.counts["earlier"]] == [1]


def test_a_claim_after_the_return_restarts_the_clock():
    customer = owned("2020-01-01", "2022-03-15")
    pool.return_idle(on=ON)
    claiming.claim(customer, by=UserFactory())
    customer.refresh_from_db()
    today = timezone.localdate()
    assert customer.returns_on == add_months(today, 3)
    pool.return_idle(on=add_months(today, 3) - dt.timedelta(days=1))
    assert not is_pooled(customer)


def test_a_confirmed_order_keeps_its_customer():
    customer = owned("2020-01-01", "2022-04-01")
    order = OrderFactory(customer=customer, ordered_on=dt.date(2022, 6, 20))
    order.confirm(on=dt.date(2022, 6, 30), by=UserFactory(finance=True))
    assert pool.return_idle(on=ON) == {"no_deal": 0, "no_sale": 0}
    customer.refresh_from_db()
    assert customer.returns_on == dt.date(2022, 9, 30)


def test_an_order_of_nothing_keeps_nobody():
    customer = owned("2022-05-01")
    order = OrderFactory(customer=customer, amount=0, ordered_on=dt.date(2022, 6, 20))
    order.confirm(on=dt.date(2022, 6, 30), by=UserFactory(finance=True))
    assert pool.return_idle(on=ON) == {"no_deal": 1, "no_sale": 0}


def test_an_older_payment_does_not_shorten_the_time():
    customer = owned("2020-01-01", "2022-06-01")
    order = OrderFactory(customer=customer, ordered_on=dt.date(2022, 1, 10))
    order.confirm(on=dt.date(2022, 1, 15), by=UserFactory(finance=True))
    customer.refresh_from_db()
    assert (customer.last_sale_on, customer.returns_on) == (dt.date(2022, 6, 1), dt.date(2022, 9, 1))


def test_a_payment_of_a_customer_in_the_pool_makes_whoever_sold_it_the_owner():
    customer = CustomerFactory(pooled=True, pooled_at=start_of(dt.date(2022, 6, 1)))
    order = OrderFactory(customer=customer)
    order.confirm(on=ON, by=UserFactory(finance=True))
    customer.refresh_from_db()
    assert (customer.owner, customer.owned_since, customer.last_sale_on) == (order.salesperson, ON, ON)
    assert (customer.returns_on, customer.returns_rule) == (dt.date(2022, 10, 1), "no_sale")
    assert customer.stints.get(ended_at=None).start_reason == Stint.Reason.FIRST_ORDER


def test_who_is_in_the_pool_stays_there():
    customer = CustomerFactory(pooled=True)
    before = customer.pooled_at
    pool.return_idle(on=ON)
    customer.refresh_from_db()
    assert customer.pooled_at == before


def test_the_night_grades_before_it_returns_and_the_ledger_holds_the_counts():
    owned("2020-01-01")
    PoolRules.objects.update(brake_percent=100)
    assert night.run_due(until=ON) == [ON]
    run = Run.objects.get(job=night.JOB, business_date=ON)
    assert run.status == Run.Status.DONE
    assert run.counts == {"changed": 0, "returned": {"no_deal": 1, "no_sale": 0}, "reminded": 0}
    assert night.run_due(until=ON) == []
    assert Customer.objects.pooled().count() == 1


def test_no_reason_names_a_period_because_the_rules_may_have_said_another():
    PoolRules.objects.create(no_sale_months=5)
    customer = owned("2020-01-01", "2022-01-15")
    pool.return_idle(on=ON)
    [line] = [one.line for one in latest(customer, user=UserFactory(director=True), limit=1)]
    why = customer.stints.get(ended_at=None).get_start_reason_display()
    assert why in line.title
    numbered = re.compile(r"\d|two|three|month|week|day")
    assert [reason.label for reason in Stint.Reason if numbered.search(str(reason.label))] == []
    pages = Path(settings.BASE_DIR, "templates/customers").glob("*.html")
    assert [page.name for page in pages if re.search(r"(two|three)[ -]months?\b", page.read_text())] == []
