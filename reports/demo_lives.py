"""The made-up lives of the demo customers: who owned them when, what they bought, what was said."""

import datetime as dt
from decimal import Decimal
from itertools import product

from crm.lib.dates import add_months, start_of
from customers.choices import Cooperation, Demand, Industry, Intention, Payment, Source
from customers.models import Contact, Customer, PoolRules, Stint
from reports.demo_life import Life
from sales.models import Order
from visits.models import CallLog

TRADES = {
    "丝绸": Industry.MANUFACTURING,
    "家纺": Industry.MANUFACTURING,
    "门业": Industry.CONSTRUCTION,
    "蜂业": Industry.AGRICULTURE,
    "茶业": Industry.AGRICULTURE,
    "五金": Industry.TRADE,
    "印染": Industry.MANUFACTURING,
    "包装": Industry.MANUFACTURING,
    "机电": Industry.MANUFACTURING,
    "食品": Industry.TRADE,
    "家具": Industry.TRADE,
    "物流": Industry.TRANSPORT,
}
DIGITS = "一二三四五六七八九十"
NUMERALS = [*DIGITS, *(f"十{digit}" for digit in DIGITS[:9]), "二十"]
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗"
TITLES = ["经理", "主任", "老板", "采购", "会计", "厂长"]
NOTES = [
    "新一批货已经收到，质量满意，下个月再订。",
    "想要春季的新样品和报价单。",
    "价格还在和另一家比较，需要领导决定。",
    "仓库还有存货，两周以后再联系。",
    "问交货期能不能提前三天。",
    "机器运转正常，想多备一条皮带。",
    "老板出差，下周回来。",
    "要求开增值税发票，地址有变化。",
    "展会前想来公司看看样品。",
    "对上次的送货时间不满意，已经道歉。",
]
NEEDS = ["每季度补一次货，交货要准时", "正在找新的供应商", "想要小批量定制", "展会前需要样品", ""]
OUTCOMES = [CallLog.Outcome.REACHED] * 6 + [CallLog.Outcome.NO_ANSWER] * 2 + [CallLog.Outcome.BUSY]
CHANNELS = ["phone"] * 6 + ["wechat"] * 3 + ["visit"]
# Yuan dealt a year by kind of buyer, and how many of each hundred buyers there are.
TIERS = [((120_000, 260_000), 10), ((58_000, 90_000), 17), ((33_000, 46_000), 22), ((2_000, 24_000), 51)]
# How many customers live which life; the rest buy on and on.
PLAN = {"soon": 14, "soon_new": 8, "new": 28, "no_deal": 16, "no_sale": 20, "released": 8, "claimed": 44}
# How many days ago the last nights took whom they took: one stopped, one was undone (see `demo_nights`).
STOPPED, UNDONE, WENT = 8, 5, 2
PLAN |= {"stopped": 3, "undone": 4, "went": 2}
LOG_DAYS = 14
LATE, DUE_TODAY, LOGGED_TODAY = 4, 5, 2


class Company:
    """Makes up the lives, from one source of chance, so that two runs on a day tell the same."""

    def __init__(self, people, chance, now):
        self.chance = chance
        self.now = now
        self.today = now.astimezone(start_of(dt.date(2000, 1, 1)).tzinfo).date()
        self.periods = PoolRules.current()
        self.sellers = [person for name, person in people.items() if name.startswith("rep")] * 4
        self.sellers += [person for name, person in people.items() if name.startswith("supervisor")]

    def lives(self) -> list[Life]:
        names = [f"演示{trade}{numeral}厂" for numeral, trade in product(NUMERALS, TRADES)]
        kinds = [kind for kind, number in PLAN.items() for _n in range(number)]
        kinds += ["buyer"] * (len(names) - len(kinds))
        self.chance.shuffle(kinds)
        lives = [self._life(n, name, kind) for n, (name, kind) in enumerate(zip(names, kinds, strict=True), start=1)]
        self._call(lives)
        return lives

    def _ago(self, least, most):
        return self.today - dt.timedelta(days=self.chance.randint(least, most))

    def _life(self, n, name, kind):
        life = Life(self._customer(n, name))
        life.contacts = [self._contact(life.customer, n)]
        getattr(self, f"_live_{kind}")(life, self.sellers[n % len(self.sellers)])
        self._first_contacts(life)
        return life

    def _customer(self, n, name):
        pick = self.chance.choice
        return Customer(
            code=f"DEMO-{n:03d}",
            name=name,
            source=pick(Source.values),
            industry=TRADES[name[2:4]],
            demand=pick(Demand.values),
            intention=pick(Intention.values),
            address=f"演示市演示路{n}号",
            main_business=name[2:4],
            need=pick(NEEDS),
            payment=Payment.POOR if n % 31 == 0 else Payment.GOOD,
            cooperation=Cooperation.SHORT if n % 9 == 0 else Cooperation.LONG,
        )

    def _contact(self, customer, n):
        name = self.chance.choice(SURNAMES) + self.chance.choice(TITLES)
        phone, email = f"138 0000 {n:04d}", f"demo{n}@example.com"
        return Contact(customer=customer, name=name, phone=phone, email=email, is_main=True)

    # Lives

    def _live_buyer(self, life, owner):
        """Buys every few weeks, the last time within ten."""
        self._own(life, owner, self._ago(75, 430))
        self._buy(life, owner, life.customer.owned_since, self._ago(1, 60))

    def _live_claimed(self, life, owner):
        """Lay in the pool once, was claimed from there, and buys since, unless the claim is fresh."""
        since = self._ago(1, 340)
        self._pool(life, self.chance.choice(self.sellers), add_months(since - dt.timedelta(days=9), -2))
        self._own(life, owner, since, Stint.Reason.CLAIMED)
        if since < self.today - dt.timedelta(days=40):
            self._buy(life, owner, since, self._ago(1, 35))

    def _live_new(self, life, owner):
        self._own(life, owner, self._ago(1, 38))

    def _live_soon_new(self, life, owner):
        """Has not bought yet and goes to the pool within two weeks."""
        life.leaves_soon = True
        self._own(life, owner, self._due_soon(self.periods.no_deal_months))

    def _live_soon(self, life, owner):
        """Bought, but not lately, and goes to the pool within two weeks."""
        life.leaves_soon = True
        last = self._due_soon(self.periods.no_sale_months)
        self._own(life, owner, last - dt.timedelta(days=self.chance.randint(60, 300)))
        self._buy(life, owner, life.customer.owned_since, last, exactly=True)

    def _live_no_deal(self, life, owner):
        self._pool(life, owner, add_months(self._ago(STOPPED + 5, 330), -self.periods.no_deal_months))

    def _live_no_sale(self, life, owner):
        last = add_months(self._ago(STOPPED + 5, 200), -self.periods.no_sale_months)
        since = last - dt.timedelta(days=self.chance.randint(60, 150))
        self._buy(life, owner, since, last, exactly=True)
        self._pool(life, owner, since)

    def _live_released(self, life, owner):
        since = self._ago(20, 180)
        at = start_of(since) + dt.timedelta(days=self.chance.randint(5, 18), hours=16)
        self._stint(life, owner, since, Stint.Reason.CREATED, at, Stint.Reason.RELEASED)
        life.note = "需要的规格我们不做，也许别的同事有办法。"

    def _live_stopped(self, life, owner):
        self._go(life, owner, STOPPED)

    def _live_undone(self, life, owner):
        self._go(life, owner, UNDONE)

    def _live_went(self, life, owner):
        self._go(life, owner, WENT)

    def _go(self, life, owner, days):
        """Never bought, and is due to return so many days ago, or two before where a month is too short."""
        life.went = days
        self._own(life, owner, add_months(self.today - dt.timedelta(days=days), -self.periods.no_deal_months))

    def _due_soon(self, months):
        """Return a day from which on `months` end between tomorrow and in two weeks."""
        day = add_months(self.today + dt.timedelta(days=self.chance.randint(1, 13)), -months)
        while add_months(day, months) <= self.today:
            day += dt.timedelta(days=1)
        return day

    # What happens in them

    def _own(self, life, owner, since, reason=Stint.Reason.CREATED):
        self._stint(life, owner, since, reason)
        life.customer.owner, life.customer.owned_since = owner, since

    def _pool(self, life, owner, since):
        """Let `owner` have the customer from `since` on until the night returns it."""
        due = self._due(since, life.last_sale)
        at = start_of(due) + dt.timedelta(hours=2)
        reason = Stint.Reason.NO_SALE if life.last_sale else Stint.Reason.NO_DEAL
        self._stint(life, owner, since, Stint.Reason.CREATED, at, reason)

    def _due(self, since, last_sale):
        """Return when the policy's periods end for a customer owned since `since`."""
        months = self.periods.no_sale_months if last_sale else self.periods.no_deal_months
        return add_months(max(since, last_sale or since), months)

    def _stint(self, life, owner, since, reason, ended_at=None, end_reason=""):
        began = start_of(since) + dt.timedelta(hours=9)
        by = None if end_reason in (Stint.Reason.NO_DEAL, Stint.Reason.NO_SALE, "") else owner
        life.stints.append(
            Stint(
                customer=life.customer,
                owner=owner,
                started_at=began,
                started_by=owner,
                start_reason=reason,
                ended_at=ended_at,
                end_reason=end_reason,
                ended_by=by,
            )
        )

    def _buy(self, life, owner, since, last, *, exactly=False):
        """Let the customer order every three to eight weeks from `since` until its payment of `last`.

        No two payments lie three months apart, so that the rules never took the customer meanwhile.
        """
        days = [last]
        while days[0] - dt.timedelta(days=70) > since:
            days.insert(0, days[0] - dt.timedelta(days=self.chance.randint(20, 58)))
        of_this_year = sum(day > self.today - dt.timedelta(days=330) for day in days)
        amount = self._tier(life.customer) / max(of_this_year, 3)
        for paid_on in days:
            self._order(life, owner, max(since, paid_on - dt.timedelta(days=8)), amount, paid_on)
        if not exactly and self.chance.random() < 0.2:
            self._order(life, owner, self._ago(1, 18), amount, None)

    def _tier(self, customer):
        ranges, weights = zip(*TIERS, strict=True)
        if customer.cooperation == Cooperation.SHORT and self.chance.random() < 0.4:
            return ranges[0][1]
        return self.chance.randint(*self.chance.choices(ranges, weights)[0])

    def _order(self, life, owner, ordered_on, amount, paid_on):
        amount = Decimal(round(amount * self.chance.uniform(0.8, 1.25) / 10) * 10)
        order = Order(customer=life.customer, salesperson=owner, ordered_on=ordered_on, amount=amount)
        order.units = self.chance.randint(1, 40)
        order.paid_on = paid_on
        order.status = Order.Status.PAID if paid_on else Order.Status.OPEN
        life.orders.append(order)

    # Contacts

    def _first_contacts(self, life):
        for stint in life.stints:
            at = stint.started_at + dt.timedelta(hours=self.chance.randint(1, 7))
            if at.date() < self.today - dt.timedelta(days=LOG_DAYS):
                self._log(life, stint.owner, at)

    def _log(self, life, by, at, next_on=None):
        outcome = self.chance.choice(OUTCOMES)
        reached = outcome == CallLog.Outcome.REACHED
        log = CallLog(customer=life.customer, contact=life.contacts[0], by=by, at=at, on=self._day(at), created_at=at)
        log.outcome, log.channel, log.next_on = outcome, self.chance.choice(CHANNELS), next_on
        log.note = self.chance.choice(NOTES) if reached else ""
        log.satisfaction = self.chance.choice((3, 4, 4, 5, 5, None)) if reached else None
        life.logs.append(log)
        life.customer.last_contact_at = at
        if reached:
            life.customer.talked_on = log.on
        if life.customer.owner:
            life.customer.next_contact_on = next_on

    def _day(self, at):
        return at.astimezone(start_of(self.today).tzinfo).date()

    def _call(self, lives):
        """Let everybody call about half of their customers within the last two weeks, and promise the next contact.

        Those who leave soon come last: somebody called today is not shown as leaving.
        """
        owners = {}
        for life in lives:
            if life.customer.owner and not life.went:
                owners.setdefault(life.customer.owner.pk, []).append(life)
        for owned in owners.values():
            self.chance.shuffle(owned)
            owned.sort(key=lambda life: life.leaves_soon)
            days = self._work_days(len(owned) * 2 // 3)
            for n, (life, day) in enumerate(zip(owned, days, strict=False)):
                self._call_on(life, max(day, life.customer.owned_since), n)

    def _work_days(self, number):
        """Return that many days, the earliest first: some two weeks ago, the last ones today."""
        every = [self.today - dt.timedelta(days=n) for n in range(LOG_DAYS - 1, -1, -1)]
        weights = [1 if day.weekday() > 4 and day != self.today else 5 for day in every]
        return sorted([*self.chance.choices(every, weights, k=number), *[self.today] * LOGGED_TODAY])

    def _call_on(self, life, day, n):
        at = start_of(day) + dt.timedelta(minutes=self.chance.randint(9 * 60, 17 * 60 + 30))
        if at > self.now:
            at = start_of(day) + (self.now - start_of(day)) * self.chance.random()
        ahead = max(day, self.today) + dt.timedelta(days=self.chance.randint(1, 20))
        if n < LATE and day < self.today - dt.timedelta(days=2):
            ahead = self.today - dt.timedelta(days=self.chance.randint(1, 2))
        elif n < LATE + DUE_TODAY and day < self.today:
            ahead = self.today
        self._log(life, life.customer.owner, at, ahead)
