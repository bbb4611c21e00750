import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.lib.dates import add_months, first_of_month
from customers import grading
from customers.choices import Cooperation, Payment
from customers.grading import RANKS, Scale, Step
from customers.models import Activity, Customer, GradingStandard, Turnover
from tests.factories import CustomerFactory, OrderFactory, UserFactory

ON = dt.date(2022, 6, 30)
MONEY = st.decimals(0, 300_000, places=2)
PAYMENTS, COOPERATIONS = st.sampled_from(Payment.values), st.sampled_from(Cooperation.values)


@st.composite
def scales(draw):
    """Any standard a page could save, and some that it could not: the last row need not take everybody."""
    grades = draw(st.lists(st.sampled_from(RANKS), min_size=1, max_size=5, unique=True))
    minimums = sorted((draw(MONEY) for _ in grades), reverse=True)
    steps = [
        Step(grade, minimum, draw(st.sampled_from(["any", "long", "short"])))
        for grade, minimum in zip(sorted(grades, key=RANKS.index), minimums, strict=True)
    ]
    return Scale(tuple(steps), draw(st.integers(0, 5)), draw(st.sampled_from(RANKS)))


def judge_in_sql(scale, **facts):
    case, params = scale.sql()
    facts_as_row = (
        "(SELECT %(dealt)s::numeric AS dealt, %(payment)s AS payment, %(cooperation)s AS cooperation) AS facts"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {case} FROM {facts_as_row}", params | facts)
        return cursor.fetchone()[0]


@pytest.mark.django_db
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), scale=scales(), payment=PAYMENTS, cooperation=COOPERATIONS)
def test_python_and_sql_judge_alike(data, scale, payment, cooperation):
    dealt = data.draw(MONEY | st.sampled_from([step.minimum for step in scale.steps]))
    facts = {"dealt": dealt, "payment": payment, "cooperation": cooperation}
    assert scale.judge(**facts) == judge_in_sql(scale, **facts)


@settings(max_examples=300, deadline=None)
@given(scale=scales(), dealt=MONEY, payment=PAYMENTS, cooperation=COOPERATIONS)
def test_the_next_step_is_the_cheapest_better_grade(scale, dealt, payment, cooperation):
    facts = {"payment": payment, "cooperation": cooperation}

    def rank(amount):
        return RANKS.index(scale.judge(dealt=amount, **facts))

    better = [step.minimum for step in scale.steps if step.minimum > dealt and rank(step.minimum) < rank(dealt)]
    found = scale.step_up(dealt=dealt, **facts)
    assert (found.minimum if found else None) == (min(better) if better else None)
    assert found is None or found.grade == RANKS[rank(found.minimum)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("dealt", "payment", "cooperation", "grade"),
    [
        ("0", "good", "long", "C"),
        ("29999.99", "good", "long", "C"),
        ("30000", "good", "long", "B"),
        ("49999.99", "good", "long", "B"),
        ("50000", "good", "long", "A"),
        ("99999.99", "good", "long", "A"),
        ("100000", "good", "long", "VIP"),
        ("100000", "good", "short", "SVIP"),
        ("60000", "good", "short", "A"),
        ("100000", "poor", "long", "A"),
        ("100000", "poor", "short", "A"),
        ("60000", "poor", "long", "B"),
        ("30000", "poor", "long", "C"),
        ("0", "poor", "long", "C"),
    ],
)
def test_the_standard_of_the_policy(dealt, payment, cooperation, grade):
    facts = {"dealt": Decimal(dealt), "payment": payment, "cooperation": cooperation}
    assert Scale.on(ON).judge(**facts) == grade == judge_in_sql(Scale.on(ON), **facts)


def with_turnover(amount, *, month=dt.date(2022, 6, 1), **fields):
    customer = CustomerFactory(**fields)
    Turnover.objects.create(customer=customer, month=month, amount=amount, orders=1)
    return customer


def graded(customer):
    customer.refresh_from_db()
    return customer.grade


def test_the_period_is_the_current_month_and_the_eleven_before():
    assert grading.period(ON) == (dt.date(2021, 7, 1), dt.date(2022, 6, 1))
    assert grading.period(dt.date(2022, 1, 1)) == (dt.date(2021, 2, 1), dt.date(2022, 1, 1))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("month", "grade"),
    [("2021-06-01", "C"), ("2021-07-01", "VIP"), ("2022-06-01", "VIP"), ("2022-07-01", "C")],
)
def test_only_months_of_the_period_count(month, grade):
    customer = with_turnover(100_000, month=dt.date.fromisoformat(month))
    grading.regrade(on=ON)
    assert graded(customer) == grade


@pytest.mark.django_db
def test_a_regrade_writes_grade_amount_and_one_activity_and_a_second_writes_nothing():
    customer = with_turnover(Decimal("50000.50"))
    assert grading.regrade(on=ON) == 1
    assert graded(customer) == "A"
    assert customer.dealt == Decimal("50000.50")
    activity = customer.activities.get(verb=Activity.Verb.GRADE)
    assert activity.data == {"from": "C", "to": "A", "dealt": "50000.50", "on": "2022-06-30"}
    before = row_of(customer)
    assert grading.regrade(on=ON) == 0
    assert row_of(customer) == before
    assert customer.activities.filter(verb=Activity.Verb.GRADE).count() == 1


def row_of(customer):
    """The row with its transaction and place: the same only when nobody wrote it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ctid::text, c::text FROM customers_customer c WHERE id = %s", [customer.pk])
        return cursor.fetchone()


@pytest.mark.django_db
def test_a_change_of_amount_without_a_change_of_grade_leaves_no_activity():
    customer = with_turnover(10)
    assert grading.regrade(on=ON) == 0
    customer.refresh_from_db()
    assert customer.dealt == 10
    assert not customer.activities.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("amount", "payment", "cooperation", "is_flagged"),
    [
        (0, "good", "long", False),
        (0, "good", "short", False),
        (0, "poor", "long", True),
        (40_000, "good", "short", True),
        (40_000, "good", "long", False),
        (100_000, "good", "short", False),
    ],
)
def test_what_the_policy_leaves_open_is_flagged(amount, payment, cooperation, is_flagged):
    customer = with_turnover(amount, payment=payment, cooperation=cooperation)
    grading.regrade(on=ON)
    customer.refresh_from_db()
    assert customer.is_flagged == is_flagged


@pytest.mark.django_db
def test_regrading_some_leaves_the_others():
    one, other = with_turnover(100_000), with_turnover(100_000)
    assert grading.regrade(on=ON, customers=[one.pk]) == 1
    assert (graded(one), graded(other)) == ("VIP", "C")


@pytest.mark.django_db
def test_a_customer_whose_money_left_the_period_falls():
    customer = with_turnover(100_000, month=dt.date(2021, 7, 1))
    grading.regrade(on=ON)
    grading.regrade(on=dt.date(2022, 7, 1))
    assert graded(customer) == "C"
    assert [a.data["to"] for a in customer.activities.order_by("at")] == ["VIP", "C"]


@pytest.mark.django_db
def test_a_confirmed_payment_books_month_and_last_sale_and_grades_at_once():
    today = timezone.localdate()
    order = OrderFactory(amount=Decimal("60000"))
    order.confirm(on=today, by=UserFactory(finance=True))
    customer = Customer.objects.get(pk=order.customer_id)
    assert (customer.grade, customer.last_sale_on) == ("A", today)
    assert customer.returns_on == add_months(today, 3)
    turnover = customer.turnover.get()
    assert (turnover.month, turnover.amount, turnover.orders) == (first_of_month(today), 60_000, 1)


@pytest.mark.django_db
def test_an_order_of_nothing_is_no_sale():
    order = OrderFactory(amount=0)
    returns_on = order.customer.returns_on
    order.confirm(on=timezone.localdate(), by=UserFactory(finance=True))
    customer = Customer.objects.get(pk=order.customer_id)
    assert (customer.last_sale_on, customer.returns_on) == (None, returns_on)
    assert not customer.turnover.exists()
    assert not order.salesperson.sales_months.exists()


@pytest.mark.django_db
def test_a_new_standard_in_force_grades_at_once_and_the_preview_said_so():
    customer = with_turnover(40_000, month=first_of_month(timezone.localdate()))
    administrator = UserFactory(administrator=True)
    scale = Scale((Step("A", Decimal(40_000)), Step("C", Decimal(0))), 1, "A")
    grading.regrade(on=timezone.localdate())
    assert grading.preview(scale, on=timezone.localdate())[("B", "A")] == 1
    assert graded(customer) == "B"
    grading.save_standard(scale, in_force_from=timezone.localdate(), note="试行", by=administrator)
    assert graded(customer) == "A"
    assert GradingStandard.objects.count() == 2


@pytest.mark.django_db
def test_a_standard_of_tomorrow_changes_nothing_today():
    customer = with_turnover(40_000, month=first_of_month(timezone.localdate()))
    grading.regrade(on=timezone.localdate())
    scale = Scale((Step("C", Decimal(0)),), 1, "A")
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    grading.save_standard(scale, in_force_from=tomorrow, note="", by=UserFactory(administrator=True))
    assert graded(customer) == "B"
    assert Scale.on(timezone.localdate()).steps != scale.steps
    assert Scale.on(tomorrow).steps == scale.steps


@pytest.mark.django_db
def test_before_the_first_standard_there_is_no_grading():
    with pytest.raises(LookupError):
        grading.regrade(on=dt.date(1999, 12, 31))
