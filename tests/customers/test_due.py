"""One due date (policy 4.1, 4.3, 4.8): Python and PostgreSQL say the same, and every cause moves it."""

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.lib.dates import add_months
from customers.models import Customer, Grade, Hold, OwnPeriods, PoolRules, Stint
from customers.ownership import due, holds
from staff.models import Absence
from tests.factories import CustomerFactory, OrderFactory, TeamFactory, UserFactory

DAYS = st.dates(dt.date(1999, 1, 1), dt.date(2050, 12, 31))


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2022-04-01", 3, "2022-07-01"),
        ("2022-11-30", 3, "2023-02-28"),
        ("2023-11-30", 3, "2024-02-29"),
        ("2022-12-31", 2, "2023-02-28"),
        ("2022-08-31", 3, "2022-11-30"),
        ("2023-01-15", -2, "2022-11-15"),
        ("2022-12-01", 1, "2023-01-01"),
    ],
)
def test_calendar_months_are_clipped_to_the_months_last_day(start, months, end):
    assert add_months(dt.date.fromisoformat(start), months) == dt.date.fromisoformat(end)


@pytest.mark.django_db
def test_python_and_postgresql_add_months_alike_on_every_day_of_nine_years():
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT d::date, m, (d::date + interval '1 month' * m)::date
               FROM generate_series('2019-01-01'::date, '2027-12-31', '1 day') d, generate_series(-3, 24, 3) m"""
        )
        rows = cursor.fetchall()
    assert len(rows) == 3287 * 10
    assert [row for row in rows if add_months(row[0], row[1]) != row[2]] == []


# The same in both languages, whatever the settings

MONTHS = st.integers(1, 36)
LENGTHS = st.none() | st.integers(1, 200)
OWN = st.fixed_dictionaries(
    {"no_deal_months": st.none() | MONTHS, "no_sale_months": st.none() | MONTHS, "contact_days": LENGTHS}
)


@st.composite
def leaves(draw, around):
    """Return absences of one person that do not overlap, near the date `around`."""
    day, found = around - dt.timedelta(days=draw(st.integers(0, 60))), []
    for _n in range(draw(st.integers(0, 4))):
        first = day + dt.timedelta(days=draw(st.integers(0, 60)))
        day = first + dt.timedelta(days=draw(st.integers(0, 30)))
        found.append((first, day))
        day += dt.timedelta(days=1)
    return found


@pytest.fixture
def places(db):
    """A customer of a person in a team under another, whose settings each example changes."""
    above = TeamFactory(name="上级")
    team = TeamFactory(name="本组", parent=above)
    customer = CustomerFactory(owner=UserFactory(team=team))
    return customer, above, team


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_python_and_sql_agree_on_when_and_why(places, data):
    customer, above, team = places
    draw = data.draw
    owned = draw(DAYS, "owned since")
    rules = PoolRules.objects.create(
        no_deal_months=draw(MONTHS),
        no_sale_months=draw(MONTHS),
        contact_days=draw(LENGTHS),
        first_contact_days=draw(LENGTHS),
        clocks_since=draw(st.none() | st.dates(owned, owned + dt.timedelta(days=400))),
    )
    for where in draw(st.sets(st.sampled_from(("grade", "team", "above")))):
        place = {"grade": {"grade": Grade.VIP}, "team": {"team": team}, "above": {"team": above}}[where]
        OwnPeriods.objects.create(rules=rules, **place, **draw(OWN, where))
    Absence.objects.all().delete()
    for first, last in draw(leaves(owned), "leave"):
        Absence.objects.create(person=customer.owner, since=first, until=last, by=customer.owner)
    near = st.none() | st.dates(owned - dt.timedelta(days=300), owned + dt.timedelta(days=300))
    customer.owned_since, customer.last_sale_on, customer.talked_on = owned, draw(near, "sale"), draw(near, "talk")
    customer.kept_until, customer.is_held = draw(near, "kept"), draw(st.booleans(), "held")
    customer.grade = draw(st.sampled_from(["VIP", "C"]))
    customer.stint_reason = draw(st.sampled_from([Stint.Reason.CLAIMED, Stint.Reason.CREATED]))
    customer.save()
    due.write(owners=[customer.owner_id])
    customer.refresh_from_db(fields=("returns_on", "returns_rule"))
    said = due.explain(customer)
    assert (said.on, said.clock.rule) == (customer.returns_on, customer.returns_rule)
    assert due.in_words(said, customer)


def test_in_the_pool_there_is_no_due_date(db):
    customer = CustomerFactory(pooled=True)
    assert (customer.returns_on, customer.returns_rule) == (None, "")


# What moves it

TODAY = timezone.localdate


@pytest.mark.django_db
def test_a_sale_moves_it_and_its_reversal_moves_it_back():
    finance = UserFactory(finance=True)
    customer = CustomerFactory(owned_since=TODAY() - dt.timedelta(days=40))
    first = customer.returns_on
    order = OrderFactory(customer=customer)
    order.confirm(on=TODAY(), by=finance)
    customer.refresh_from_db()
    assert (customer.returns_on, customer.returns_rule) == (add_months(TODAY(), 3), "no_sale")
    order.reverse(note="退票", by=finance)
    customer.refresh_from_db()
    assert (customer.returns_on, customer.returns_rule, customer.last_sale_on) == (first, "no_deal", None)
    assert (customer.dealt, customer.turnover.get().orders) == (0, 0)


@pytest.mark.django_db
def test_an_edit_does_not_move_it():
    customer = CustomerFactory(owned_since=TODAY() - dt.timedelta(days=40))
    before = customer.returns_on
    Customer.objects.filter(pk=customer.pk).update(name="改名", need="新的需求", updated_at=timezone.now())
    customer.refresh_from_db()
    assert customer.returns_on == before


@pytest.mark.django_db
def test_while_it_is_held_it_has_no_date_and_a_hold_with_an_end_keeps_it_to_the_end_of_that_day():
    customer = CustomerFactory(owned_since=TODAY() - dt.timedelta(days=70))
    overdue = customer.returns_on
    holds.place([customer.pk], kind=Hold.Kind.COMPLAINT, source=1, reason="投诉")
    customer.refresh_from_db()
    assert customer.returns_on == due.FAR
    until = TODAY() + dt.timedelta(days=5)
    holds.place([customer.pk], kind=Hold.Kind.LOCK, source=2, reason="合同在谈", until=until)
    holds.lift(kind=Hold.Kind.COMPLAINT, source=1)
    customer.refresh_from_db()
    assert customer.returns_on == until + dt.timedelta(days=1)
    holds.lift(kind=Hold.Kind.LOCK, source=2)
    customer.refresh_from_db()
    assert customer.returns_on == overdue


@pytest.mark.django_db
def test_a_grade_with_its_own_period_moves_it_with_the_grade():
    rules = PoolRules.current()
    OwnPeriods.objects.create(rules=rules, grade=Grade.VIP, no_sale_months=6)
    customer = CustomerFactory(owned_since=dt.date(2026, 1, 1), last_sale_on=dt.date(2026, 3, 1))
    assert customer.returns_on == dt.date(2026, 6, 1)
    customer.grade = Grade.VIP
    customer.save()
    customer.refresh_from_db()
    assert customer.returns_on == dt.date(2026, 9, 1)
    assert "VIP" in due.in_words(due.explain(customer), customer)


@pytest.mark.django_db
def test_after_a_change_of_the_rules_nobody_falls_for_a_week():
    customer = CustomerFactory(owned_since=TODAY() - dt.timedelta(days=40))
    PoolRules.objects.create(no_deal_months=1, clocks_since=TODAY())
    assert due.write() == 1
    customer.refresh_from_db()
    assert customer.returns_on == TODAY() + dt.timedelta(days=7)
    assert due.write() == 0
