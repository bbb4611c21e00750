"""Customers of the made-up company that change hands: released, given, offered, handed over (policy 4.4, 4.5, 4.6)."""

from functools import partial

from customers.choices import Reason
from customers.models import Handover, Stint
from customers.ownership import handovers, owning, taking_over, transferring
from customers.ownership.handover_split import apply
from customers.ownership.handover_work import carry_out
from customers.ownership.splitting import by_grade
from reports.demo_hands import Hands

PROBLEM = Stint.Reason.PROBLEM
# (whose, how many days ago, which reason to give, what the next one is to know)
RELEASED = (
    ("rep", 3, Reason.NO_NEED, "演示：今年不再扩建，明年春天可以再问。"),
    ("rep5", 4, Reason.UNREACHABLE, "演示：电话停机，写信也没有回。"),
)
PROBLEMS = (
    ("rep4", 3, "演示：三次退货都不付运费，找一位谈判有经验的同事。"),
    ("rep6", 4, "演示：每次收货都要降价，已经和三位同事吵过。"),
)
# (whose, to whom, why, how many days ago, what became of it the day after)
OFFERS = (
    ("rep2", "rep", "演示：客户搬到滨江，离你近。", 2, None),
    ("rep", "rep4", "演示：客户的新工厂在上海。", 1, None),
    ("rep3", "rep", "演示：你和他们的厂长是老同学。", 4, transferring.accept),
    ("rep4", "rep5", "演示：想要的面料你最熟。", 4, transferring.accept),
    (
        "rep6",
        "rep4",
        "演示：我这个月出差多。",
        5,
        partial(transferring.decline, note="演示：手上已经排满，下个月再说。"),
    ),
    ("rep5", "rep6", "演示：客户想换个人谈。", 3, transferring.withdraw),
)


def give_on(hands: Hands) -> None:
    """Let customers go from hand to hand of whom nothing else was heard since."""
    for name, days, why, note in RELEASED:
        [customer] = hands.idle(name, days, grade="C")
        with hands.ago(days, 17):
            customer.release(note=note, why=why, by=customer.owner)
    for name, days, note in PROBLEMS:
        [customer] = hands.idle(name, days)
        with hands.ago(days, 16):
            customer.release(note=note, reason=PROBLEM, by=hands.leader(customer))
    for offer in OFFERS:
        _offer(hands, *offer)
    _out_of_the_pool(hands)
    _carried_out(hands)
    _in_preparation(hands)


def _offer(hands, name, to, reason, days, answer):
    [customer] = hands.idle(name, days - 1 if answer is transferring.accept else 0)
    sender, receiver = customer.owner, hands.people[to]
    with hands.ago(days, 11):
        [offer] = transferring.offer([customer], to=receiver, reason=reason, by=sender)
    if answer:
        with hands.ago(days - 1, 15):
            answer(offer, by=sender if answer is transferring.withdraw else receiver)


def _out_of_the_pool(hands):
    """One referred by the manager, one assigned by a supervisor."""
    people = hands.people
    with hands.ago(3, 9):
        note, referred = "演示：展会上对方老板托我找一位懂机电的同事。", Stint.Reason.REFERRED
        owning.assign(
            hands.pooled(4, moved_in=None), to=people["rep5"], by=people["manager"], note=note, reason=referred
        )
    with hands.ago(2, 9):
        note = "演示：你负责这个片区。"
        owning.assign(hands.pooled(4, moved_in=None), to=people["rep2"], by=people["supervisor"], note=note)


def _carried_out(hands):
    """Some customers of somebody with a new post: one is confirmed, one lacks something, the others wait."""
    leaver, rep, by = (hands.people[name] for name in ("rep3", "rep", "supervisor"))
    sources = {customer.pk for customer in hands.idle("rep3", 2, 4)}
    with hands.ago(3, 14):
        handover = handovers.open_for(leaver, why=Handover.Why.POST, note="演示：改做大客户，其余客户交给同组。", by=by)
        items = handover.items.filter(kind="customer", source__in=sources).order_by("pk")
        handovers.choose(handover, items, to=rep, by=by)
    with hands.ago(2, 10):
        carry_out(handover, by=by)
    first, second = handover.items.filter(kind="customer", source__in=sources).order_by("pk")[:2]
    with hands.ago(1, 9):
        taking_over.confirm(handover, [first.pk], by=rep)
        taking_over.miss(second, note="演示：缺去年的报价单和样品记录。", by=rep)


def _in_preparation(hands):
    """Of somebody who leaves: the best customers have a receiver, the rest and all else has none yet."""
    leaver, rep, rep3, by = (hands.people[name] for name in ("rep2", "rep", "rep3", "supervisor"))
    with hands.ago(0, 9):
        note = "演示：月底离职，先把大客户定下来。"
        handover = handovers.open_for(leaver, why=Handover.Why.LEAVING, note=note, by=by)
        best = partial(by_grade, people={"SVIP": rep.pk, "VIP": rep.pk, "A": rep3.pk})
        apply(handover, best, only_open=False, by=by)
