"""The way of a plan through its chain (policy 6.2)."""

from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from crm.lib.moves import TooLate
from customers.models import Activity, Hold
from plans import approval, contributing, reseating, telling
from plans.models import ChainStep, Decision, Plan
from staff.models import Day
from tests.factories import AbsenceFactory, PlanFactory, TeamFactory, UserFactory, passed, running, submitted

pytestmark = pytest.mark.django_db
PASS, BACK = Decision.Verb.PASS, Decision.Verb.SEND_BACK


@pytest.fixture
def company(db):
    """A supervisor in a team under a manager's, under a director's; an administrator beside them."""
    hq = TeamFactory(name="总公司")
    east = TeamFactory(name="华东", parent=hq)
    team = TeamFactory(name="杭州组", parent=east)
    people = SimpleNamespace(
        author=UserFactory(supervisor=True, team=team, name="王芳"),
        manager=UserFactory(manager=True, team=east, name="周强"),
        director=UserFactory(director=True, team=hq, name="吴总"),
        administrator=UserFactory(administrator=True, team=hq, name="孙工"),
        specialist=UserFactory(team=team, name="李伟"),
    )
    for node, head in ((team, people.author), (east, people.manager), (hq, people.director)):
        node.head = head
        node.save()
    return people


def seated(plan):
    return set(plan.seats.values_list("person__name", flat=True))


def draft(company, **fields):
    return PlanFactory(author=company.author, **fields)


def decide(plan, verb, by, **more):
    return approval.decide(Plan.objects.get(pk=plan.pk), verb, version=plan.version_id, by=by, **more)


def test_manager_then_director_decide_and_then_it_runs(company):
    plan = submitted(draft(company))
    assert seated(plan) == {"周强"}
    passed(plan)
    assert seated(plan) == {"吴总"}
    passed(plan)
    assert (plan.status, plan.approved, seated(plan)) == ("running", plan.budget, set())
    signed = plan.decisions.filter(verb=PASS).values_list("by__name", "role")
    assert list(signed) == [("周强", "manager"), ("吴总", "director")]
    customer = plan.members.get().customer
    assert (telling.tell_approved(), telling.tell_approved()) == (1, 0)
    assert customer.activities.filter(verb=Activity.Verb.PLAN).count() == 1
    assert customer.holds.get().kind == Hold.Kind.PLAN


def test_nobody_without_a_seat_decides(company):
    plan = submitted(draft(company))
    for person in (company.author, company.director, company.administrator, company.specialist):
        with pytest.raises(PermissionDenied):
            decide(plan, PASS, person)
    assert plan.decisions.filter(verb=PASS).count() == 0


def test_a_contributor_never_decides_even_after_they_were_taken_off(company):
    plan = draft(company)
    contributing.invite(plan, [company.manager], by=company.author)
    plan.contributions.update(edited_at=plan.updated_at)
    contributing.invite(plan, [], by=company.author)
    submitted(plan)
    assert seated(plan) == {"吴总"}
    with pytest.raises(PermissionDenied):
        decide(plan, PASS, company.manager)
    passed(plan)
    # The director signed in the manager's stead, which is their own signature as well.
    assert plan.status == Plan.Status.RUNNING
    skip = plan.decisions.get(verb="skip")
    assert (skip.role, skip.data) == ("director", {"signed_by": company.director.pk})


def test_sent_back_it_is_the_draft_it_was_and_waits_for_nobody(company):
    plan = submitted(draft(company))
    decide(plan, BACK, company.manager, note="礼品从俭")
    plan.refresh_from_db()
    assert (plan.status, plan.position, seated(plan)) == ("returned", None, set())
    assert not plan.members.get().customer.holds.exists()


def test_the_same_decision_twice_is_one_and_a_late_one_is_told(company):
    plan = submitted(draft(company))
    first, again = decide(plan, PASS, company.manager), decide(plan, PASS, company.manager)
    assert first == again and plan.decisions.filter(verb=PASS).count() == 1
    plan.refresh_from_db()
    decide(plan, BACK, company.director, note="预算过高")
    with pytest.raises(TooLate, match="吴总"):
        decide(plan, PASS, company.director)


def test_somebody_absent_is_stood_in_for_by_their_delegate_else_by_the_next_above(company):
    other = UserFactory(manager=True, name="钱进")
    AbsenceFactory(person=company.manager, delegate=other)
    assert seated(submitted(draft(company))) == {"钱进"}
    company.manager.absences.update(delegate=None)
    plan = submitted(draft(company))
    assert seated(plan) == {"吴总"}


def test_with_the_manager_on_leave_and_the_directors_seat_vacant_it_is_still_approved_by_two(company):
    company.director.is_active = False
    company.director.save()
    other = UserFactory(manager=True, name="钱进")
    AbsenceFactory(person=company.manager, delegate=other)
    plan = submitted(draft(company))
    passed(plan)
    assert seated(plan) == {"孙工"}
    passed(plan)
    assert plan.status == "running"
    signed = plan.decisions.filter(verb=PASS).values_list("by__name", "stands_for__name", "why")
    assert list(signed) == [("钱进", "周强", "delegate"), ("孙工", None, "above")]


def test_the_stand_in_that_the_chain_names_comes_before_the_next_above(company):
    deputy = UserFactory(manager=True, name="钱进")
    company.director.is_active = False
    company.director.save()
    plan = draft(company)
    ChainStep.objects.filter(role="director").update(stand_in=deputy)
    submitted(plan)
    passed(plan)
    assert seated(plan) == {"钱进"}


def test_when_the_company_changes_the_seats_follow(company):
    plan = submitted(draft(company))
    since = plan.waiting_since
    company.manager.is_active = False
    company.manager.save()
    assert reseating.reseat() == 1 and reseating.reseat() == 0
    assert seated(plan) == {"吴总"}
    assert plan.seats.get().since == since


def test_what_was_decided_cannot_be_changed(company):
    plan = running(draft(company))
    for rows in (plan.decisions, plan.versions, plan.events):
        row = rows.first() or rows.create(verb="edit")
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(at=plan.created_at)
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            type(row).objects.filter(pk=row.pk)._raw_delete("default")


def test_a_waiting_plan_reminds_then_goes_to_the_next_above_once_each(company):
    plan = submitted(draft(company))
    waited = Day.objects.filter(day__gt=plan.waiting_since.date(), is_working=True).order_by("day")
    days = list(waited.values_list("day", flat=True)[:12])
    assert reseating.chase(today=days[0]) == {"reminded": 0, "escalated": 0}
    assert reseating.chase(today=days[1]) == {"reminded": 1, "escalated": 0}
    assert reseating.chase(today=days[2]) == {"reminded": 0, "escalated": 0}
    assert reseating.chase(today=days[3]) == {"reminded": 0, "escalated": 1}
    assert seated(plan) == {"周强", "吴总"}
    assert reseating.reseat(today=days[3]) == 0
    decide(plan, PASS, company.director)
    plan.refresh_from_db()
    assert plan.status == "running"


def test_whoever_stands_in_for_the_director_does_not_sign_what_they_have_passed_as_manager(company):
    AbsenceFactory(person=company.director, delegate=company.manager)
    plan = passed(submitted(draft(company)))
    assert seated(plan) == {"孙工"}


def test_a_waiting_plan_is_not_handed_on_to_who_has_signed_it(company):
    plan = passed(submitted(draft(company)))
    with pytest.raises(TooLate, match="周强"):
        contributing.hand_on(plan, to=company.manager, note="", by=company.author)
    contributing.hand_on(plan, to=UserFactory(supervisor=True), note="", by=company.author)
    assert seated(plan) == {"吴总"}
    assert company.author.pk in plan.barred()


def test_when_everybody_who_could_is_away_the_seat_stays_with_them(company):
    for person in (company.manager, company.director, company.administrator):
        AbsenceFactory(person=person)
    assert seated(submitted(draft(company))) == {"周强"}
