"""A claim plans in its own statement exactly what the schedule would plan after it."""

import datetime as dt
import os
from functools import cache

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from customers import reactions
from customers.models import Customer
from customers.ownership import claiming
from staff import calendar
from staff.models import Day
from tests.factories import CallbackFactory, CustomerFactory, OrderFactory, PromiseFactory, UserFactory
from tests.visits.days import CHINA, at
from visits.models import Callback, ServiceEvent

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 4, 10)  # a Friday
MOST = int(os.environ.get("SCHEDULE_EXAMPLES", 20))
PURPOSES = ("follow_up", "new_customer", "purchase_half", "complaint", "by_hand")
DAYS = st.integers(-12, 12)

callbacks = st.lists(
    st.tuples(
        st.sampled_from(PURPOSES),
        DAYS,  # due
        st.one_of(st.none(), st.integers(0, 4)),  # closes so many days later
        st.sampled_from(("", "", "", Callback.AGAIN)),
        st.integers(0, 1),  # tries
        st.sampled_from((None, None, "claimer", "other")),  # given to
        st.booleans(),  # made by somebody
        st.sampled_from(("open", "open", "open", "skipped")),
    ),
    max_size=4,
    unique_by=lambda one: one[0],
)
pooled = st.fixed_dictionaries(
    {
        "intention": st.sampled_from(("", "A", "B", "C")),
        "grade": st.sampled_from(("", "C", "A")),
        "talked": st.one_of(st.none(), st.integers(-90, 0)),
    }
)
orders = st.lists(st.integers(-400, 0), max_size=2)
events = st.lists(st.tuples(st.sampled_from(("complaint", "proposal")), st.integers(-5, 0)), max_size=1)


FAR_OFF = ("follow_up", 12, None, "", 0, None, False, "open")


def day(number: int) -> dt.date:
    return TODAY + dt.timedelta(days=number)


@pytest.fixture
def two_people(db):
    with at(TODAY):
        return UserFactory(), UserFactory()


@settings(
    max_examples=MOST, deadline=None, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck)
)
# A follow-up that another cadence wants sooner; one day for several; a promise of the last owner's.
@example({"intention": "A", "grade": "C", "talked": -1}, [FAR_OFF], [], [], set(), False)
@example({"intention": "B", "grade": "C", "talked": -90}, [(*FAR_OFF[:1], 0, *FAR_OFF[2:])], [-400], [], {3}, True)
@given(pooled, callbacks, orders, events, st.sets(st.integers(0, 12), max_size=4), st.booleans())
def test_a_claim_leaves_what_planning_after_it_would_leave(two_people, fields, open_ones, paid, came, closed, promised):
    with at(TODAY), transaction.atomic():
        claimer, other = two_people
        for number in closed:
            Day.objects.filter(day=day(number)).update(is_working=False, is_edited=True)
        calendar.renumber()
        customer = lying_in_the_pool(claimer, other, fields, open_ones, paid, came, promised=promised)
        planned = claimed(customer, claimer, [*reactions.REACTIONS])
        expected = claimed(customer, claimer, [reactions.Reaction(one.react) for one in reactions.REACTIONS])
        assert planned == expected
        transaction.set_rollback(True)


def lying_in_the_pool(claimer, other, fields, open_ones, paid, came, *, promised):
    customer = CustomerFactory(owner=other, owned_since=day(-400), intention=fields["intention"])
    for number in paid:
        OrderFactory(customer=customer, salesperson=other, ordered_on=day(number), paid_on=day(number), status="paid")
    customer.refresh_from_db()
    customer.release(note="", by=other)
    customer.callbacks.all().delete()
    spoken = None if fields["talked"] is None else dt.datetime.combine(day(fields["talked"]), dt.time(9), CHINA)
    Customer.objects.filter(pk=customer.pk).update(last_contact_at=spoken, grade=fields["grade"])
    for purpose, due, closes, reason, tries, given_to, is_made, status in open_ones:
        due_on = day(due)
        CallbackFactory(
            customer=customer, purpose=purpose, due_on=due_on, reason=reason, tries=tries, status=status,
            closes_on=None if closes is None else due_on + dt.timedelta(days=closes),
            person={"claimer": claimer, "other": other}.get(given_to), made_by=other if is_made else None,
            closed_at=dt.datetime.combine(due_on, dt.time(9), CHINA) if status == "skipped" else None,
        )  # fmt: skip
    for kind, number in came:
        at_nine = dt.datetime.combine(day(number), dt.time(9), CHINA)
        ServiceEvent.objects.create(customer=customer, kind=kind, at=at_nine)
    if promised:
        PromiseFactory(customer=customer, owner=other, follows=True)
    return customer


def claimed(customer, by, reacting):
    """Return what the claim leaves with those `reacting`, and take it back."""
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(reactions, "REACTIONS", reacting)
        if not reactions.at_arrival():
            patch.setattr(claiming, "_statement", bare)
        claiming.claim(customer, by=by)
        left = outcome(customer)
        transaction.set_rollback(True)
    return left


# The claim in which nothing is planned.
bare = cache(claiming._statement.__wrapped__)


def outcome(customer):
    columns = (
        "purpose", "rule", "channel", "status", "due_on", "first_due_on", "opens_on", "closes_on", "event_at", "reason",
        "tries", "person", "made_by",
    )  # fmt: skip
    row = Customer.objects.values_list("owner", "owned_since", "returns_on", "next_contact_on").get(pk=customer.pk)
    promises = sorted(customer.promises.values_list("owner", flat=True))
    return row, promises, sorted(customer.callbacks.values_list(*columns), key=str)
