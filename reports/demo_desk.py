"""Where the plans of the made-up company are written, decided on and worked at, by the verbs, days ago."""

import datetime as dt
import uuid
from decimal import Decimal
from itertools import count

from customers.models import Customer
from plans import approval, judging, work, writing
from plans.models import Decision, Goal, Line, Plan, Task
from reports.demo_clock import Past

Measure, Kind = Goal.Measure, Line.Kind
PASS, BACK = Decision.Verb.PASS, Decision.Verb.SEND_BACK
ANSWERS = {
    "people": "演示：每人每周两次拜访，和日常回访排在一起。",
    "customer": "演示：新样品和更准时的交货，上月回访时客户自己提出。",
    "thrift": "演示：只打电话更省，但老客户上一年两次说想见面。",
    "without": "演示：下单次数继续减少，两家已经在询价。",
}
FEEDBACK = [
    "新样品的颜色很好，下月想订一批。",
    "希望交货再早两天。",
    "价格可以，等老板回来签。",
    "培训很有用，车间都在问。",
]
NUMBER_OF_CUSTOMERS = 9


class Desk(Past):
    """Where plans are written: the people, the days that they count back from, the customers that are still free."""

    def __init__(self, people, now):
        super().__init__(people, now)
        self.one, self.two = people["supervisor"], people["supervisor2"]
        self.manager, self.director = people["manager"], people["director"]
        self.numbers = count(1)
        self.owned = {
            person.pk: list(Customer.objects.owned_visible_to(person).filter(dealt__gt=0).order_by("pk"))
            for person in (self.one, self.two)
        }

    def plan(self, author, name, lines, *, begins, lasts=60, goals=((Measure.ORDERS, 12), (Measure.TURNOVER, 60000))):
        """Draft a plan that begins in so many days, from today, and is complete."""
        number = next(self.numbers)
        first = self.today + dt.timedelta(days=begins)
        plan = Plan(name=f"演示：{name}", token=uuid.UUID(int=400 + number))
        plan.aim = f"演示：让{NUMBER_OF_CUSTOMERS}家老客户保持下单。"
        plan.method = "演示：先拜访，再寄样品，最后请他们来看。"
        plan.starts_on, plan.ends_on, plan.answers = first, first + dt.timedelta(days=lasts), ANSWERS
        owned = self.owned[author.pk]
        some = [owned[(number * 7 + n * 3) % len(owned)].pk for n in range(NUMBER_OF_CUSTOMERS)]
        plan = writing.draft(plan, customers=some, by=author)
        writing.save(plan, lambda it: _fill(it, goals, lines), edition=plan.edition, by=author)
        return plan

    def decide(self, plan, verb, by, note="", comments=None):
        approval.decide(plan, verb, version=plan.version_id, note=note, comments=comments, by=by)

    def approve(self, plan, days):
        """Submit so many days ago; the manager passes it a day later, the director the day after."""
        with self.ago(days):
            approval.submit(plan, by=plan.author)
        with self.ago(days - 1, 15):
            self.decide(plan, PASS, self.manager, "演示：可行，同意。")
        with self.ago(days - 2, 9):
            self.decide(plan, PASS, self.director)

    def approved(self, author, name, lines, **times):
        days = max(3, 9 - times["begins"])
        with self.ago(days + 1):
            plan = self.plan(author, name, lines, **times)
        self.approve(plan, days)
        return plan

    def sellers(self, author):
        return [self.people[name] for name in (("rep", "rep2") if author == self.one else ("rep4", "rep5"))]

    def work_on(self, plan, *doers, done, late):
        """Give each customer a task of the first measure; so many get done, so many are late now."""
        line, since = plan.lines.first(), (self.today - plan.starts_on).days
        with self.ago(since):
            tasks = work.generate(
                plan,
                line,
                what=f"演示：{line.what}",
                people=doers,
                own=True,
                first=plan.starts_on,
                last=min(plan.ends_on, self.today + dt.timedelta(days=12)),
                by=plan.author,
            )
        tasks.sort(key=lambda task: (task.due_on, task.pk))
        for n, task in enumerate(tasks[:done]):
            self._finish(task, n)
        behind = [task.pk for task in tasks[done : done + late]]
        Task.objects.filter(pk__in=behind).update(due_on=self.today - dt.timedelta(days=4))

    def _finish(self, task, n):
        """Finish a task about its day; the cost now and then is more than planned."""
        day = min(task.due_on + dt.timedelta(days=1 - n % 3), self.today - dt.timedelta(days=1))
        with self.ago((self.today - day).days, 14):
            cost = task.planned + Decimal(20 * (n % 4 - 1))
            said = {"result": "演示：已经完成，见了负责人。", "feedback": f"演示：{FEEDBACK[n % len(FEEDBACK)]}"}
            work.finish(task, cost=max(cost, Decimal(0)), by=task.person, **said)

    def report(self, plan, effect, *, days):
        with self.ago(days):
            judging.report(
                plan,
                effect=effect,
                evaluation="演示：拜访过的客户大多下了单，没有见到负责人的三家没有变化。",
                improvements="演示：先约好负责人再去；样品提前一周寄到。",
                by=plan.author,
            )


def _fill(plan, goals, lines):
    Goal.objects.bulk_create(
        Goal(plan=plan, position=n, measure=measure, target=target) for n, (measure, target) in enumerate(goals)
    )
    for n, (kind, what, how, who, quantity, price) in enumerate(lines):
        words = {"what": what, "how": f"演示：{how}", "people": who}
        Line.objects.create(plan=plan, position=n, kind=kind, quantity=quantity, unit_price=price, **words)
