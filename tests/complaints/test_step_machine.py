"""Whatever colleagues, customers and the clock do to complaints: none is closed, or stands still, but by the rules."""

import datetime as dt
import uuid
from collections import Counter
from contextlib import ExitStack, nullcontext
from email.message import EmailMessage
from itertools import pairwise

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from complaints import arriving, clocks, doing, escalation, inheriting, intake, receiving, stamps, steps
from complaints.choices import Kind
from complaints.models import Action, Desk, Step, Stop, Ticket, Try
from complaints.reviewing import nearest_leaders
from crm.lib.moves import TooLate
from customers.models import Hold
from staff.models import User
from staff.roles import Role
from tests.complaints.known import RULES, WORKING, Known, may
from tests.complaints.verbs import SECRET, Verbs, pick
from tests.factories import ContactFactory, CustomerFactory, TeamFactory, UserFactory

SOME = st.integers(0, 999)
REOPEN_DAYS = 5
NOT_REACHED = Try.Outcome.values.index(Try.Outcome.NOT_REACHED)
# More tickets a run would each be taken less far.
MOST = 3
# What colleagues are called, and what the customer is called in the archive.
COLLEAGUE, ARCHIVE = "鹤员工", "鸿档案"
START = dt.datetime(2026, 11, 23, 1, 30, tzinfo=dt.UTC)


class Tickets(Verbs, RuleBasedStateMachine):
    """A small company and its customers. What a ticket must be by now stands in `known`, by its id."""

    def __init__(self):
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(transaction.atomic())
        self.clock = self.stack.enter_context(time_machine.travel(START, tick=False))
        self.known: dict[int, Known] = {}
        self.keys: dict[int, str] = {}
        self.browser = Client()
        self.here = None
        self.found()

    def found(self):
        top = TeamFactory(name="总公司")
        part = TeamFactory(name="华东", parent=top)
        leaves = [TeamFactory(name=name, parent=part) for name in ("一组", "二组")]
        self.customers = []
        for leaf in leaves:
            self.person(team=leaf, supervisor=True)
            for _n in range(2):
                owner = self.person(team=leaf)
                self.customers.append(CustomerFactory(owner=owner, name=f"{ARCHIVE}{owner.pk}"))
                ContactFactory(customer=self.customers[-1], email=f"known{owner.pk}@example.cn")
        self.person(team=part, manager=True)
        self.above = [self.person(team=top, **{role: True}) for role in ("director", "administrator", "administrator")]
        self.person(team=top, finance=True)
        Desk.objects.create(reopen_days=REOPEN_DAYS)

    def person(self, **fields):
        return UserFactory(name=f"{COLLEAGUE}{User.objects.count()}", email="", **fields)

    def teardown(self):
        transaction.set_rollback(True)
        self.stack.close()

    def somebody(self, number):
        return pick(self.people(), number)

    def people(self):
        """Return who is here, loaded once for as long as nobody leaves or comes."""
        if self.here is None:
            self.here = list(User.objects.active().select_related("team").order_by("pk"))
        return self.here

    def ticket(self, number):
        ticket = pick(Ticket.objects.all(), number)
        return ticket, self.known[ticket.pk]

    def rightful(self, ticket, verb):
        """Return who may take the step, the nearest first."""
        return next(person for person in self.people() if may(RULES[verb][1], person, ticket))

    # What comes in

    @initialize()
    def the_first(self):
        self.one_comes_in(0, Kind.COMPLAINT, 0)

    @rule(who=st.none() | SOME, kind=st.sampled_from(Kind.values), customer=st.none() | SOME)
    @precondition(lambda self: len(self.known) < MOST)
    def one_comes_in(self, who, kind, customer):
        if who is None:
            self.the_public_form_is_sent(kind, is_known=customer is not None)
        else:
            known = pick(self.customers, customer) if customer is not None else None
            self.receive(
                kind=kind, customer=known, by=pick([one for one in self.people() if one.role != Role.FINANCE], who)
            )

    def receive(self, *, by, **fields):
        n = Ticket.objects.count()
        words = {"subject": "少了两箱", "text": "上一批货少了两箱", "email": f"c{n}@example.cn"}
        ticket, key = receiving.receive(Ticket(**words | fields), by=by)
        assert ticket.holder_id == by.pk
        self.follow(ticket, key)

    def follow(self, ticket, key=""):
        self.known[ticket.pk] = Known(is_suggestion=ticket.kind == Kind.SUGGESTION)
        self.keys[ticket.pk] = key

    def the_public_form_is_sent(self, kind, *, is_known):
        stamp = stamps.new()
        owner = self.customers[0].owner_id
        email = f"known{owner}@example.cn" if is_known else f"c{Ticket.objects.count()}@example.cn"
        intake.take(Ticket(kind=kind, text="送货晚了三天", reporter="张老板", email=email), [], stamp=stamp)
        intake.place_waiting()
        self.follow(Ticket.objects.get(token=stamp.token), stamp.key)

    # What colleagues do, rightly or not

    @rule(which=SOME, tries=st.lists(st.tuples(SOME, st.sampled_from(sorted(RULES)), SOME), min_size=4, max_size=9))
    def people_try_this_and_that(self, which, tries):
        for who, verb, number in tries:
            ticket, known = self.ticket(which)
            self.attempt(ticket, known, verb, self.somebody(who), number)

    @rule(which=SOME, numbers=st.lists(SOME, min_size=3, max_size=9))
    def it_goes_on(self, which, numbers):
        """Whoever may not take the next step tries it before whoever may; nobody answers for several days."""
        for number in numbers:
            ticket, known = self.ticket(which)
            said = NOT_REACHED if known.days_tried and which % 2 else number
            verb = "give_up" if len(known.days_tried) > number % 3 else known.next_verb
            if known.status == "closed" and number % 3 == 0:
                verb = "reopen"
                self.clock.shift(dt.timedelta(days=number % 11))
            if known.status == "acting":
                self.finish_tasks(ticket, known, number)
            if verb:
                if not may(RULES[verb][1], self.somebody(number), ticket):
                    self.attempt(ticket, known, verb, self.somebody(number), number)
                self.attempt(ticket, known, verb, self.rightful(ticket, verb), said)
            if known.days_tried and number % 2:
                self.clock.shift(dt.timedelta(days=1))

    def finish_tasks(self, ticket, known, number):
        for action in ticket.actions.filter(kind=Action.Kind.TASK, done_at=None)[: number % 3]:
            doing.finish(action, result=f"{SECRET}办妥", by=self.somebody(number))
            known.to_do -= 1
            with pytest.raises(TooLate):
                doing.finish(action, result="", by=self.somebody(number))

    def attempt(self, ticket, known, verb, by, number):
        """Try a step; it is refused when it is too late, not theirs or too early, and otherwise leads where it must."""
        states, who = RULES[verb]
        if known.status not in states:
            expected = TooLate
        elif not may(who, by, ticket):
            expected = PermissionDenied
        else:
            expected = self.too_early(ticket, known, verb, number)
        with pytest.raises(expected) if expected else nullcontext():
            getattr(self, f"do_{verb}", self.do_words)(ticket, verb, by, number)
        if expected is None:
            self.now_known(known, verb, number)

    def too_early(self, ticket, known, verb, number):
        is_short = known.is_suggestion or number % 3 == 0
        late = verb == "reopen" and not known.may_continue(timezone.now(), REOPEN_DAYS)
        foreign = verb == "choose" and number % 4 == 3
        unmet = {
            "judge": is_short and number % 5 == 0,
            "put_forward": not known.proposed,
            "act": known.to_do or (number % 5 == 0 and not ticket.actions.filter(kind=Action.Kind.TASK).exists()),
            "give_up": len(known.days_tried) < 3,
        }
        return TooLate if late or foreign else steps.NotYet if unmet.get(verb) else None

    def now_known(self, known, verb, number):
        """Say what the ticket must be after a step that was taken."""
        leads_to = {
            "investigate": "proposing", "put_forward": "choosing", "choose": "agreeing", "send_back": "proposing",
            "agree": "acting", "refuse": "proposing", "act": "calling", "review": "calling", "rework": "received",
        }  # fmt: skip
        known.status = leads_to.get(verb, known.status)
        if verb == "judge":
            known.status = "answering" if known.is_suggestion or number % 3 == 0 else "justified"
        elif verb == "assign" and known.status == "justified":
            known.status = "investigating"
        elif verb == "call_back":
            self.called(known, Try.Outcome.values[number % 3])
        elif verb == "give_up":
            known.close(timezone.now())
        elif verb == "reopen":
            known.came_again()
        elif verb == "hear":
            self.heard(known)
        known.proposed += verb == "propose"
        known.to_do += verb == "task"
        if verb in {"stop", "resume"}:
            known.is_stopped = verb == "stop"

    def called(self, known, outcome):
        if outcome == Try.Outcome.NOT_REACHED:
            known.days_tried.add(timezone.localdate())
        elif outcome == Try.Outcome.SATISFIED:
            known.close(timezone.now())
        else:
            known.back()
            known.is_stopped = False

    def heard(self, known):
        known.is_stopped = False
        if known.status == "closed" and known.may_continue(timezone.now(), REOPEN_DAYS):
            known.came_again()

    # What customers do

    @rule(which=SOME, does=st.lists(st.tuples(st.sampled_from(["say", "write", "mail", "look"]), SOME), min_size=1))
    def the_customer_does_something(self, which, does):
        for what, number in does[:4]:
            ticket, known = self.ticket(which)
            getattr(self, f"customer_{what}s")(ticket, known, number)

    def customer_says(self, ticket, known, number):
        """On the link they say whether they are satisfied; only when they are asked."""
        outcome = Try.Outcome.values[number % 2]
        with nullcontext() if known.status == "calling" else pytest.raises(TooLate):
            steps.call_back(ticket, outcome=outcome, satisfaction=4, note="客户自己写的", by=None)
        if known.status == "calling":
            self.called(known, outcome)

    def customer_writes(self, ticket, known, number):
        last = intake.current(ticket)
        said = intake.add(last, "还少一箱", [], token=uuid.uuid4())
        self.came(last, said.ticket, "form")

    def customer_mails(self, ticket, known, number):
        """Only from the ticket's own address and with its tag does a mail get into its thread."""
        is_own, has_tag = number % 4 != 1, number % 4 != 2
        mail = EmailMessage()
        mail["From"] = ticket.email if is_own else f"other{uuid.uuid4().hex}@example.com"
        tag = arriving.tag_of(ticket.number) if has_tag else "0123456789"
        mail["Subject"], mail["Message-ID"] = f"Re: [{ticket.number}-{tag}]", f"<{uuid.uuid4()}@example.cn>"
        mail.set_content("还是没有收到")
        last = intake.current(ticket)
        taken = arriving.arrive(mail.as_bytes())
        assert taken.error == ""
        if is_own and has_tag:
            self.came(last, taken.ticket, "email")
        else:
            assert taken.outcome == "opened"
            self.follow(taken.ticket)

    def customer_looks(self, ticket, known, number):
        """The link shows nothing that was meant for colleagues."""
        if key := self.keys[ticket.pk]:
            answer = self.browser.get(reverse("complaints:link", args=[key]))
            body = answer.content.decode()
            assert answer.status_code == 200
            assert intake.current(ticket).text in body
            assert not any(mark in body for mark in (SECRET, COLLEAGUE, ARCHIVE))

    def came(self, ticket, landed, source):
        """The customer wrote to `ticket`: it goes on, or long after a new one does."""
        known = self.known[ticket.pk]
        self.heard(known)
        if known.status == "closed":
            assert landed.source == source
            self.came_long_after(landed, ticket.pk, by=None)
        else:
            assert landed.pk == ticket.pk

    def came_long_after(self, again, was, *, by):
        assert (again.repeats_id, again.received_by) == (was, by)
        self.follow(again)

    # What happens to the company

    @rule(hours=st.sampled_from([1, 7, 24, 48, 24 * 6, 24 * 30]), who=st.none() | SOME)
    def time_passes(self, hours, who):
        """Somebody leaves meanwhile, or comes again."""
        self.clock.shift(dt.timedelta(hours=hours))
        if who is not None:
            self.leave_or_come(who)
        clocks.recompute()
        escalation.run()

    def leave_or_come(self, who):
        person = pick(User.objects.exclude(pk__in=[one.pk for one in self.above]), who)
        person.is_active = not person.is_active
        person.save()
        self.here = None
        inheriting.run()

    # What always holds

    @invariant()
    def every_ticket_is_where_its_steps_lead_and_its_rounds_are_counted(self):
        tries = Counter(Step.objects.filter(verb="reopen").values_list("ticket", flat=True))
        said = Step.objects.filter(verb="call_back", data__outcome="unsatisfied").values_list("ticket", flat=True)
        for ticket in Ticket.objects.all():
            known = self.known[ticket.pk]
            assert (ticket.status, ticket.rounds, ticket.reopened) == (known.status, known.rounds, known.reopened)
            assert ticket.reopened == tries[ticket.pk]
            assert ticket.rounds == tries[ticket.pk] + list(said).count(ticket.pk)
        assert len(self.known) == Ticket.objects.count()

    @invariant()
    def nothing_is_closed_but_by_a_satisfied_customer_or_a_leader_after_three_days_and_never_unreviewed(self):
        for ticket in Ticket.objects.filter(status="closed"):
            taken = list(ticket.steps.filter(round=ticket.rounds).select_related("by").order_by("at", "id"))
            closing = [step for step in taken if step.verb == "give_up" or step.data.get("outcome") == "satisfied"]
            assert len(closing) == 1
            reviews = [step for step in taken if step.verb in {"choose", "review"}]
            assert reviews and all(step.by.role != Role.REPRESENTATIVE for step in reviews)
            if closing[0].verb == "give_up":
                missed = ticket.tries.filter(round=ticket.rounds, outcome="not_reached").values_list("on", flat=True)
                assert len(set(missed)) >= 3 and closing[0].by.role != Role.REPRESENTATIVE

    @invariant()
    def every_step_has_who_and_when(self):
        for step in Step.objects.order_by("id"):
            assert step.at <= timezone.now()
            by_nobody = {"receive", "rise", "take"} | ({"call_back", "reopen"} if step.is_public else set())
            assert step.by_id or step.verb in by_nobody, step.verb

    @invariant()
    def open_complaints_hold_their_customers_and_nothing_else_does(self):
        held = set(Hold.objects.filter(kind=Hold.Kind.COMPLAINT).values_list("customer", "source"))
        holding = Ticket.objects.exclude(status="closed").filter(kind="complaint").exclude(customer=None)
        assert held == set(holding.values_list("customer", "pk"))

    @invariant()
    def somebody_is_responsible_for_whatever_is_open(self):
        for ticket in Ticket.objects.exclude(status="closed").select_related("holder__team", "responsible"):
            assert ticket.holder is None or (ticket.holder.is_active and ticket.holder.role != Role.FINANCE)
            assert self.rightful(ticket, self.known[ticket.pk].next_verb), "stuck"
            is_a_leaders = ticket.holder is None or ticket.status in {"choosing", "answering"}
            assert not is_a_leaders or nearest_leaders(ticket)

    @invariant()
    def the_clock_runs_unless_the_customer_is_waited_for(self):
        for ticket in Ticket.objects.all():
            known = self.known[ticket.pk]
            assert bool(ticket.stopped_at) == known.is_stopped
            assert bool(ticket.due_at) == (known.status in WORKING and not known.is_stopped)
            stops = list(Stop.objects.filter(ticket=ticket).order_by("since", "id"))
            assert all(one.until and one.until <= later.since for one, later in pairwise(stops))


@pytest.mark.django_db
def test_no_ticket_is_closed_or_stands_still_against_the_rules():
    run_state_machine_as_test(
        Tickets,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
