"""Where the complaints of the made-up company are received and taken on, step by step, days ago."""

import datetime as dt
import uuid
from decimal import Decimal
from itertools import count

from complaints import cases, doing, receiving, steps, thread
from complaints.choices import Kind
from complaints.models import Action, Solution, Ticket
from crm.lib.dates import local_date
from customers.models import Customer
from reports.demo_clock import Past
from staff import calendar

# The steps of a complaint after it was received, as far as its way goes.
ALL = ("judge", "assign", "investigate", "propose", "choose", "agree", "act", "call_back")
FOUND = "演示：看了出库单和照片，问了当班的人；样品与记录一致。"
FIRST, SECOND = "换货并承担运费", "按差额退款"


class Counter(Past):
    """The people, the days that they count back from, the customers whose turn it is."""

    def __init__(self, people, now):
        super().__init__(people, now)
        self.numbers = count(1)
        self.owned = {
            name: list(Customer.objects.filter(owner=person, dealt__gt=0).order_by("-dealt", "pk")[:8])
            for name, person in people.items()
        }
        # When each ticket was received, in days ago.
        self.since: dict[int, int] = {}

    def receive(self, by, subject, *, days, **fields):
        """Receive a complaint of one of the customers of whoever receives it, so many days ago."""
        number = next(self.numbers)
        customer = self.owned[by][number % len(self.owned[by])]
        text = f"演示：客户来电说{subject}，希望尽快处理。"
        with self.ago(days, 9):
            ticket = Ticket(subject=f"演示：{subject}", text=text, customer=customer, **fields)
            ticket.token = uuid.UUID(int=500 + number)
            contact = customer.contacts.first()
            ticket.reporter, ticket.phone = (contact.name, contact.phone) if contact else ("", "")
            receiving.receive(ticket, by=self.people[by])
        self.since[ticket.pk] = days
        return ticket

    def go(self, ticket, verbs, *, days=None, worker="", **said):
        """Take the steps `verbs`, about one a day from the day on which it was received, or from `days` ago."""
        days = self.since[ticket.pk] if days is None else days
        said["worker"] = self.people[worker] if worker else ticket.responsible or self._colleague(ticket)
        for n, verb in enumerate(verbs):
            with self.ago(max(0, days - n), 10 + n % 8):
                getattr(self, f"_{verb}")(ticket, said)

    def give(self, ticket, text, *, days, is_done=False, kind=Action.Kind.TASK, cost=0):
        """Give the responsible person something to do for it, so many days ago."""
        with self.ago(days, 15):
            due_on = calendar.opens_on(self.day(days - 2))
            action = Action(kind=kind, text=f"演示：{text}", person=ticket.responsible, due_on=due_on, cost=cost)
            doing.add(ticket, action, by=ticket.holder)
        if is_done:
            with self.ago(days - 1, 11):
                doing.finish(action, result="演示：已经办妥。", by=ticket.responsible)

    def write(self, ticket, title, lesson):
        """Put the closed ticket into the library, some days after."""
        with self.ago(max(1, (self.now - ticket.closed_at).days - 3)):
            case = cases.draft(ticket)
            case.title, case.lesson = f"演示：{title}", lesson
            cases.add(case, by=ticket.holder)

    # The steps

    def _judge(self, ticket, said):
        is_suggestion = ticket.kind == Kind.SUGGESTION
        answer = said.get("answer", "") if is_suggestion else ""
        steps.judge(ticket, is_justified=True, is_reasonable=True, answer=answer, by=ticket.holder)
        thread.answer(ticket, "演示：您反映的情况已经受理，我们正在核实，会尽快给您答复。", by=ticket.holder)

    def _assign(self, ticket, said):
        named = {"department": said["department"], "person": said["worker"]}
        promised_on = calendar.opens_on(local_date(ticket.received_at) + dt.timedelta(days=5))
        steps.assign(ticket, **named, promised_on=promised_on, by=ticket.holder)

    def _investigate(self, ticket, said):
        expectation = "演示：尽快处理，不要再发生。"
        steps.investigate(ticket, cause=said["cause"], found=FOUND, expectation=expectation, by=said["worker"])

    def _propose(self, ticket, said):
        for text, cost, benefit in ((FIRST, 260, "三天内拿到合格的货"), (SECOND, 380, "马上结清")):
            one = Solution(text=f"演示：{text}", cost=Decimal(cost), benefit=f"演示：{benefit}")
            steps.propose(ticket, one, by=said["worker"])
        steps.put_forward(ticket, by=said["worker"])

    def _choose(self, ticket, said):
        solution = steps.this_round(ticket).first()
        steps.choose(ticket, solution, direction="演示：先打电话致歉，再换货。", by=self._leader(ticket))

    def _agree(self, ticket, said):
        steps.agree(ticket, note="演示：电话里同意。", by=ticket.holder)

    def _act(self, ticket, said):
        steps.act(ticket, note="演示：货已换，客户已签收。", by=ticket.holder)

    def _review(self, ticket, said):
        steps.review(ticket, note="演示：可以这样答复。", by=self._leader(ticket))

    def _call_back(self, ticket, said):
        note = "演示：处理得很快。"
        steps.call_back(ticket, outcome="satisfied", satisfaction=said["stars"], note=note, by=ticket.holder)

    def _leader(self, ticket):
        return self.people["supervisor" if ticket.holder.username in {"rep", "rep2", "rep3"} else "supervisor2"]

    def _colleague(self, ticket):
        names = (
            ("rep", "rep2", "rep3") if ticket.holder.username in {"rep", "rep2", "rep3"} else ("rep4", "rep5", "rep6")
        )
        return self.people[next(name for name in names if name != ticket.holder.username)]
