"""Customers split among receivers by a rule (policy 4.6)."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from customers.ownership.splitting import Area, Load, Row, by_area, by_grade, by_money, by_number

ANN, BOB, CAT = 1, 2, 3


def row(item, *, grade="C", address="", source="", dealt=0):
    return Row(item, grade, address, source, Decimal(dealt))


def test_by_grade_what_no_grade_speaks_of_is_left_out():
    rows = [row(1, grade="VIP"), row(2, grade="A"), row(3, grade="C")]
    assert by_grade(rows, {"VIP": ANN, "C": BOB}) == {1: ANN, 3: BOB}


def test_by_area_the_first_line_that_fits_counts():
    rows = [row(1, address="杭州市西湖区"), row(2, address="杭州市余杭区", source="web"), row(3, source="web"), row(4)]
    areas = [Area("西湖", "", ANN), Area("杭州", "web", BOB), Area("", "web", CAT)]
    assert by_area(rows, areas) == {1: ANN, 2: BOB, 3: CAT}


def test_by_money_the_large_ones_are_parted():
    rows = [row(1, dealt=100), row(2, dealt=90), row(3, dealt=10), row(4, dealt=20)]
    assert by_money(rows, {ANN: Load(0, Decimal(0)), BOB: Load(0, Decimal(0))}) == {1: ANN, 2: BOB, 4: BOB, 3: ANN}


dealt = st.integers(0, 10**6)
loads = st.dictionaries(st.integers(1, 9), st.tuples(st.integers(0, 50), dealt), min_size=1)


@given(st.lists(dealt, max_size=60), loads)
def test_by_number_nobody_has_two_more_than_another_who_got_any_less(amounts, load):
    rows = [row(n, dealt=amount) for n, amount in enumerate(amounts)]
    split = by_number(rows, {person: Load(number, Decimal(money)) for person, (number, money) in load.items()})
    assert set(split) == set(range(len(rows)))
    got = {person: number + list(split.values()).count(person) for person, (number, _money) in load.items()}
    for person in set(split.values()):
        assert got[person] - 1 <= min(got.values())
