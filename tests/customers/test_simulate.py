"""What a draft of the rules is said to do is what it does once it is saved (policy 4.8)."""

import datetime as dt
from collections import Counter

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Customer, Grade, Hold, OwnPeriods, PoolRules, Stint
from customers.ownership import applying, due, holds, rules, simulating
from customers.ownership.rules import Version
from staff.models import Absence
from tests.customers.test_rules import owned_for, typed
from tests.factories import TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate
MONTHS = st.integers(1, 8)
LENGTHS = st.none() | st.integers(1, 120)
DRAFTS = st.fixed_dictionaries(
    {
        "no_deal_months": MONTHS,
        "no_sale_months": MONTHS,
        "contact_days": LENGTHS,
        "first_contact_days": LENGTHS,
        "grace_days": st.integers(0, 40),
        "brake_percent": st.integers(1, 100),
    }
)


@pytest.fixture
def company():
    """Customers of three people, in each way that moves a date: sales, talks, claims, grades, leave, holds."""
    above = TeamFactory(name="上级")
    teams = [TeamFactory(name="本组", parent=above), TeamFactory(name="别组")]
    people = [UserFactory(team=teams[0]), UserFactory(team=teams[1]), UserFactory()]
    Absence.objects.create(
        person=people[0], since=TODAY() - dt.timedelta(days=9), until=TODAY() + dt.timedelta(days=4), by=people[0]
    )
    made = []
    for n, days in enumerate((3, 20, 40, 55, 61, 75, 90, 120, 200, 400)):
        sale = TODAY() - dt.timedelta(days=days - n) if n % 3 == 0 else None
        talk = TODAY() - dt.timedelta(days=days // 2) if n % 2 else None
        reason = Stint.Reason.CLAIMED if n % 4 == 0 else Stint.Reason.CREATED
        facts = {"last_sale_on": sale, "talked_on": talk, "stint_reason": reason, "grade": ["VIP", "B"][n % 2]}
        made.append(owned_for(days, owner=people[n % 3], **facts))
    holds.place([made[7].pk], kind=Hold.Kind.COMPLAINT, source=1, reason="投诉")
    until = TODAY() + dt.timedelta(days=12)
    holds.place([made[8].pk], kind=Hold.Kind.LOCK, source=2, reason="在谈", until=until)
    return teams, above


def own_periods(draw, teams, above):
    places = [{"grade": Grade.VIP}, {"team": teams[0]}, {"team": above}]
    chosen = draw(st.lists(st.sampled_from(range(3)), unique=True))
    return [OwnPeriods(**places[n], no_deal_months=draw(MONTHS), contact_days=draw(LENGTHS)) for n in chosen]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_simulated_is_what_the_saved_rules_do(company, data):
    admin = UserFactory(administrator=True)
    before = Version.newest()
    now = {c.pk: (c.owner_id, c.returns_on, c.returns_rule) for c in Customer.objects.owned()}
    own = own_periods(data.draw, *company)
    draft = rules.drafted(PoolRules(**data.draw(DRAFTS)), own, before=before)
    said = simulating.simulate(draft)
    theirs = {pk: simulating.customers_of(draft, customer.owner) for pk, customer in _owners().items()}
    assert PoolRules.current() == before.rules
    rules.save(draft.rules, own, after=before.number, by=admin)
    applying.catch_up()
    then = {c.pk: (c.owner_id, c.returns_on, c.returns_rule) for c in Customer.objects.owned()}
    for index, names in ((0, "by_person"), (2, "by_rule")):
        for is_draft, dates in ((True, then), (False, now)):
            for day, field in ((said.first, "first"), (said.until, "until")):
                counted = Counter(row[index] for row in dates.values() if row[1] <= day)
                name = f"{field}_{'draft' if is_draft else 'now'}"
                assert counted == {
                    key: getattr(row, name) for key, row in getattr(said, names).items() if getattr(row, name)
                }
    for owner, customers in theirs.items():
        falling = {pk for pk, row in then.items() if row[0] == owner and min(row[1], now[pk][1]) <= said.until}
        assert {customer.pk for customer in customers} == falling
        assert all(customer.draft_on in {then[customer.pk][1], None} for customer in customers)


def _owners():
    return {customer.owner_id: customer for customer in Customer.objects.owned().select_related("owner")}


def test_the_preview_names_people_the_biggest_loss_first_and_saves_nothing(client):
    many, few = UserFactory(name="多"), UserFactory(name="少")
    for days in (35, 40, 50):
        owned_for(days, owner=many)
    customer = owned_for(45, owner=few)
    client.force_login(UserFactory(administrator=True))
    url, hx = reverse("customers:rules_edit"), {"HX-Request": "true"}
    found = client.post(url, typed(no_deal_months=1, do="preview"), headers=hx).context["preview"]["found"]
    assert [(person, row.first_draft, row.first_now) for person, row in found.people] == [(many, 3, 0), (few, 1, 0)]
    assert found.first == TODAY() + dt.timedelta(days=7)
    assert found.is_braked
    drilled = client.post(url, typed(no_deal_months=1, do=f"person-{few.pk}"), headers=hx)
    assert [row.pk for row in drilled.context["preview"]["customers"]] == [customer.pk]
    assert PoolRules.objects.count() == 1
    customer.refresh_from_db()
    assert customer.returns_on == due.explain(customer).on
