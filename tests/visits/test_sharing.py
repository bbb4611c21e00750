"""Calls are shared out by load: pure functions, whatever the numbers."""

import datetime as dt
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from visits import sharing

PEOPLE = st.dictionaries(st.integers(1, 8), st.integers(0, 30), min_size=1)
OWNERS = st.dictionaries(st.integers(100, 160), st.integers(1, 12), max_size=60)


def after(load, shared):
    return {person: had + Counter(shared.values())[person] for person, had in load.items()}


@given(owners=OWNERS, load=PEOPLE)
def test_among_all_nobody_gets_one_while_another_has_two_less_to_do(owners, load):
    shared = sharing.share(owners, load, among_all=True)
    assert set(shared) == set(owners)
    busy = after(load, shared)
    least = min(busy.values())
    assert all(busy[person] <= least + 1 for person in set(shared.values()))


@given(owners=OWNERS, load=PEOPLE)
def test_owners_who_are_chosen_keep_their_own_and_the_rest_is_levelled(owners, load):
    shared = sharing.share(owners, load)
    assert set(shared) == set(owners)
    assert all(shared[customer] == owner for customer, owner in owners.items() if owner in load)
    busy, moved = after(load, shared), {person for pk, person in shared.items() if owners[pk] not in load}
    least = min(busy.values())
    assert all(busy[person] <= least + 1 for person in moved)


@given(owners=OWNERS, load=PEOPLE)
def test_among_all_as_many_as_can_be_stay_with_their_owners(owners, load):
    """Nobody calls a stranger's customer while their own, within what they call, is called by somebody else."""
    shared = sharing.share(owners, load, among_all=True)
    for person in load:
        own_elsewhere = any(owner == person and shared[pk] != person for pk, owner in owners.items())
        strangers = any(caller == person and owners[pk] != person for pk, caller in shared.items())
        assert not (own_elsewhere and strangers)


@given(shared=st.dictionaries(st.integers(1, 60), st.integers(1, 5)), number=st.integers(1, 12))
def test_each_persons_calls_lie_evenly_over_the_days_in_their_order(shared, number):
    working = [dt.date(2026, 3, 2) + dt.timedelta(days=n) for n in range(number)]
    days = sharing.days_for(shared, working)
    assert set(days) == set(shared)
    for person in set(shared.values()):
        own = [days[customer] for customer, caller in shared.items() if caller == person]
        assert own == sorted(own)
        a_day = Counter(own)
        numbers = [a_day[day] for day in working]
        assert max(numbers) - min(numbers) <= 1


def test_the_urgent_ones_do_not_all_go_to_one_person():
    shared = sharing.share(dict.fromkeys(range(6), 99), {1: 0, 2: 0, 3: 0})
    assert list(shared.values()) == [1, 2, 3, 1, 2, 3]
