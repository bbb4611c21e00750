"""How the state machine of tickets takes each step: by number, so that the same number is the same each time."""

from django.utils import timezone

from complaints import clocks, doing, receiving, steps, thread
from complaints.choices import Severity
from complaints.forms import BY_VERB
from complaints.models import Action, Solution, Try
from staff.roles import Role

# What is written for colleagues only.
SECRET = "鹧内部"


def pick(rows, number):
    """Return one of `rows`, the same of the same rows for the same number."""
    rows = sorted(rows, key=lambda row: row.pk)
    return rows[number % len(rows)]


class Verbs:
    """Each method takes one step of a ticket; those that need a note and nothing else share the first."""

    def do_words(self, ticket, verb, by, number):
        getattr(steps, verb)(ticket, note=f"{SECRET}说明", by=by)

    def do_take(self, ticket, verb, by, number):
        steps.take(ticket, by=by)
        assert ticket.holder_id == by.pk

    def do_judge(self, ticket, verb, by, number):
        answer = " " if number % 5 == 0 else f"{SECRET}答复"
        steps.judge(ticket, is_justified=number % 3 > 0, is_reasonable=number % 2 > 0, answer=answer, by=by)

    def do_assign(self, ticket, verb, by, number):
        person = pick([one for one in self.people() if one.role != Role.FINANCE], number)
        steps.assign(ticket, department="warehouse", person=person, promised_on=timezone.localdate(), by=by)

    def do_investigate(self, ticket, verb, by, number):
        steps.investigate(ticket, cause="quantity", found=f"{SECRET}证据", expectation=f"{SECRET}期望", by=by)

    def do_propose(self, ticket, verb, by, number):
        steps.propose(ticket, Solution(text=f"{SECRET}方案", cost=number, benefit=f"{SECRET}好处"), by=by)

    def do_put_forward(self, ticket, verb, by, number):
        steps.put_forward(ticket, by=by)

    def do_choose(self, ticket, verb, by, number):
        own = ticket.solutions.filter(round=ticket.rounds)
        one = Solution(pk=0) if number % 4 == 3 else pick(own, number) if own else Solution(pk=0)
        steps.choose(ticket, one, direction=f"{SECRET}指示", by=by)

    def do_act(self, ticket, verb, by, number):
        steps.act(ticket, note="" if number % 5 == 0 else f"{SECRET}已办", by=by)

    def do_call_back(self, ticket, verb, by, number):
        outcome = Try.Outcome.values[number % 3]
        steps.call_back(ticket, outcome=outcome, satisfaction=number % 5 + 1, note=f"{SECRET}电话", by=by)

    def do_stop(self, ticket, verb, by, number):
        clocks.stop(ticket, reason=f"{SECRET}等样品", by=by)

    def do_resume(self, ticket, verb, by, number):
        clocks.resume(ticket, by=by)

    def do_severity(self, ticket, verb, by, number):
        form = BY_VERB["severity"]({"severity": Severity.values[number % 4]}, ticket=ticket, user=by)
        assert form.is_valid()
        form.carry_out(by=by)

    def do_match(self, ticket, verb, by, number):
        receiving.match(ticket, pick(self.customers, number), by=by)

    def do_task(self, ticket, verb, by, number):
        self.give(ticket, Action.Kind.TASK, by)

    def do_punish(self, ticket, verb, by, number):
        self.give(ticket, Action.Kind.CONSEQUENCE, by)

    def give(self, ticket, kind, by):
        action = Action(kind=kind, text=f"{SECRET}办事", person=by, due_on=timezone.localdate())
        doing.add(ticket, action, by=by)

    def do_answer(self, ticket, verb, by, number):
        thread.answer(ticket, "我们正在核实", by=by)

    def do_note(self, ticket, verb, by, number):
        thread.note(ticket, f"{SECRET}备注", people=[by], by=by)

    def do_hear(self, ticket, verb, by, number):
        form = BY_VERB["hear"]({"text": "客户来电说又坏了"}, ticket=ticket, user=by)
        assert form.is_valid()
        was = ticket.pk
        form.carry_out(by=by)
        if form.ticket.pk != was:
            self.came_long_after(form.ticket, was, by=by)
