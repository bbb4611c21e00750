"""Whatever happens to the company and to plans: none is stuck, none approved by its writers, each signed in order."""

import datetime as dt
from contextlib import ExitStack

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from crm.lib.moves import TooLate
from plans import approval, content, contributing, course, reseating
from plans.models import Chain, Decision, Plan, Seat
from plans.seats import Company, Person, levels
from staff import teams
from staff.models import Absence, Team, User
from staff.roles import Role
from tests.factories import CustomerFactory, PlanFactory, TeamFactory, UserFactory

PASS, BACK = Decision.Verb.PASS, Decision.Verb.SEND_BACK
SOME = st.integers(0, 999)
STEPS = st.lists(
    st.tuples(
        st.sampled_from([Role.MANAGER, Role.DIRECTOR, Role.FINANCE, Role.SUPERVISOR]), st.sampled_from([None, 1000])
    ),
    max_size=3,
)


def pick(rows, number):
    """Return one of `rows`, the same of the same rows for the same number."""
    rows = sorted(rows, key=lambda row: row.pk)
    return rows[number % len(rows)]


class Chains(RuleBasedStateMachine):
    """A small company whose people come, go, stand in for each other, and write and decide plans."""

    def __init__(self):
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(transaction.atomic())
        self.found()

    def found(self):
        top = TeamFactory(name="总公司")
        parts = [TeamFactory(name=name, parent=top) for name in ("华东", "华南")]
        leaves = [TeamFactory(name=f"{part.name}{n}组", parent=part) for part in parts for n in (1, 2)]
        self.administrators = [UserFactory(administrator=True, team=top) for _n in range(2)]
        UserFactory(director=True, team=top)
        UserFactory(finance=True, team=top)
        for part in parts:
            part.head = UserFactory(manager=True, team=part)
            part.save()
        for leaf in leaves:
            leaf.head = UserFactory(supervisor=True, team=leaf)
            leaf.save()
            UserFactory(team=leaf)

    def teardown(self):
        transaction.set_rollback(True)
        self.stack.close()

    # The company

    @rule(who=SOME, delegate=st.none() | SOME)
    def somebody_leaves_for_a_while(self, who, delegate):
        person = pick(User.objects.exclude(role=Role.REPRESENTATIVE), who)
        other = pick(User.objects.exclude(pk=person.pk), delegate) if delegate is not None else None
        if not person.absences.exists():
            today = timezone.localdate()
            Absence.objects.create(person=person, since=today, until=today, delegate=other, by=person)
        reseating.reseat()

    @rule(who=SOME)
    @precondition(lambda self: Absence.objects.exists())
    def somebody_comes_back(self, who):
        pick(Absence.objects.all(), who).delete()
        reseating.reseat()

    @rule(who=SOME)
    def somebody_is_dismissed_or_comes_again(self, who):
        others = User.objects.exclude(pk=self.administrators[0].pk)
        person = pick(others, who)
        person.is_active = not person.is_active
        person.save()
        reseating.reseat()

    @rule(who=SOME, role=st.sampled_from(Role.values))
    def somebody_gets_another_post(self, who, role):
        person = pick(User.objects.exclude(pk__in=[person.pk for person in self.administrators]), who)
        person.role = role if role != Role.ADMINISTRATOR else Role.DIRECTOR
        person.save()
        reseating.reseat()

    @rule(which=SOME, head=SOME)
    def a_team_gets_another_head(self, which, head):
        team = pick(Team.objects.all(), which)
        team.head = pick(User.objects.all(), head)
        team.save()
        reseating.reseat()

    @rule(which=SOME, to=SOME)
    def a_team_moves(self, which, to):
        team = pick(Team.objects.exclude(parent=None), which)
        parent = pick(Team.objects.exclude(lineage__contains=[team.pk]), to)
        if not Team.objects.filter(path=teams.path_of(team.name, parent)).exists():
            team.parent = parent
            teams.place(team)
        reseating.reseat()

    @rule(steps=STEPS, stand_in=SOME)
    def the_chain_is_another(self, steps, stand_in):
        chain = Chain.objects.create(number=Chain.objects.first().number + 1)
        deputy = pick(User.objects.exclude(role=Role.REPRESENTATIVE), stand_in)
        for position, (role, above) in enumerate([*steps, (Role.DIRECTOR, None)], start=1):
            chain.steps.create(position=position, role=role, above=above, stand_in=deputy if stand_in % 2 else None)

    @rule(days=st.integers(1, 20))
    def time_passes(self, days):
        Plan.objects.waiting().update(waiting_since=timezone.now() - dt.timedelta(days=days))
        reseating.chase()

    # Plans

    @rule(who=SOME, helper=st.none() | SOME, budget=st.sampled_from([10, 5000]))
    def somebody_drafts(self, who, helper, budget):
        author = pick(User.objects.filter(role__in=(Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR)), who)
        plan = PlanFactory(author=author, customers=[], budget=budget)
        plan.members.create(customer=CustomerFactory(owner=author))
        if helper is not None:
            person = pick(User.objects.exclude(role=Role.ADMINISTRATOR).exclude(pk=author.pk), helper)
            contributing.invite(plan, [person], by=author)
            plan.contributions.update(edited_at=timezone.now())
        approval.submit(plan, by=author)

    @rule(which=SOME, seat=SOME, verb=st.sampled_from([PASS, PASS, PASS, BACK]))
    @precondition(lambda self: Seat.objects.exists())
    def somebody_decides(self, which, seat, verb):
        plan = pick(Plan.objects.waiting(), which)
        person = pick(plan.seats.all(), seat).person
        before = content.freeze(plan)
        approval.decide(plan, verb, version=plan.version_id, by=person, note="请修改")
        assert content.freeze(plan) == before

    @rule(which=SOME, who=SOME)
    @precondition(lambda self: Seat.objects.exists())
    def somebody_without_a_seat_tries(self, which, who):
        plan = pick(Plan.objects.waiting(), which)
        seated = set(plan.seats.values_list("person", flat=True))
        person = pick(User.objects.all(), who)
        signed = plan.decisions.filter(version=plan.version, verb=PASS, by=person).exists()
        if person.pk not in seated and not signed:
            with pytest.raises(PermissionDenied):
                approval.decide(plan, PASS, version=plan.version_id, by=person)

    @rule(which=SOME)
    @precondition(lambda self: Plan.objects.waiting().exists())
    def the_author_withdraws(self, which):
        plan = pick(Plan.objects.waiting(), which)
        approval.withdraw(plan, by=plan.author)

    @rule(which=SOME)
    @precondition(lambda self: Plan.objects.filter(status__in=Plan.WRITABLE).exists())
    def the_author_submits_again(self, which):
        plan = pick(Plan.objects.filter(status__in=Plan.WRITABLE), which)
        approval.submit(plan, by=plan.author)

    @rule(which=SOME)
    @precondition(lambda self: Plan.objects.filter(status=Plan.Status.RUNNING).exists())
    def a_running_plan_is_amended(self, which):
        plan = pick(Plan.objects.filter(status=Plan.Status.RUNNING), which)
        course.amend(plan, note="", by=plan.author)

    @rule(which=SOME, to=SOME)
    @precondition(lambda self: Plan.objects.exclude(status__in=("dropped", "closed")).exists())
    def a_plan_gets_another_author(self, which, to):
        plan = pick(Plan.objects.exclude(status__in=("dropped", "closed")), which)
        others = User.objects.filter(role__in=(Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR)).exclude(pk=plan.author_id)
        if others.exists():
            heir = pick(others, to)
            if plan.is_waiting and plan.version.decisions.filter(verb=PASS, by=heir).exists():
                with pytest.raises(TooLate):
                    contributing.hand_on(plan, to=heir, note="", by=plan.author)
            else:
                contributing.hand_on(plan, to=heir, note="", by=plan.author)

    @rule(which=SOME, who=SOME)
    @precondition(lambda self: Decision.objects.filter(verb=BACK).exists())
    def somebody_decides_on_what_was_sent_back(self, which, who):
        sent_back = pick(Decision.objects.filter(verb=BACK), which)
        person = pick(User.objects.exclude(pk=sent_back.by_id), who)
        made = Decision.objects.filter(version=sent_back.version, by=person, verb=PASS).exists()
        if not made:
            with pytest.raises(TooLate):
                approval.decide(sent_back.plan, PASS, version=sent_back.version_id, by=person)

    # What always holds

    @invariant()
    def somebody_can_decide_on_every_waiting_plan_and_none_of_its_writers(self):
        for plan in Plan.objects.waiting():
            seated = set(plan.seats.values_list("person", flat=True))
            assert seated, "stuck"
            assert not seated & plan.barred()
            signed = plan.decisions.filter(version=plan.version, verb=PASS).values_list("by", flat=True)
            assert not plan.barred().intersection(signed)
            assert not User.objects.filter(pk__in=seated, is_active=False).exists()
        assert not Seat.objects.exclude(plan__status__in=Plan.WAITING).exists()

    @invariant()
    def every_approved_plan_was_signed_by_different_people_in_the_order_of_its_chain(self):
        for plan in Plan.objects.exclude(in_force=None).select_related("in_force"):
            made = list(plan.in_force.decisions.filter(verb__in=(PASS, "skip")).order_by("id"))
            signers = [decision.by_id for decision in made if decision.verb == PASS]
            assert signers and len(signers) == len(set(signers))
            steps = [step.position for step in plan.chain.steps_for(plan.in_force.budget)]
            assert [decision.position for decision in made] == steps
            skipped = {decision.data["signed_by"] for decision in made if decision.verb == "skip"}
            assert skipped <= set(signers)

    @invariant()
    def nobody_has_signed_what_they_wrote(self):
        for version, author in Decision.objects.filter(verb=PASS).values_list("version__by", "by"):
            assert version != author


@pytest.mark.django_db
def test_no_plan_is_ever_stuck_or_approved_by_its_writers():
    run_state_machine_as_test(
        Chains,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_an_order_of_levels_names_nobody_twice_and_ends_with_the_administrator():
    people = {1: Person(1, "manager", 2), 2: Person(2, "director", 1), 3: Person(3, "administrator", 1)}
    company = Company(people, {1: (1,), 2: (1, 2), 3: (1, 2, 3)}, {1: 2, 2: 1, 3: None}, {1: 2})
    found = [[chair.person for chair in level] for level in levels("manager", 2, team=3, barred=set(), company=company)]
    assert found == [[2], [3]]
