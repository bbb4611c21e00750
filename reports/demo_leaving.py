"""What the made-up owners do about customers that go soon, and what those who lead them say to it (policy 4, 4.7)."""

from customers.ownership import clearing, extending, locking
from reports.demo_hands import Hands

WORDS = (
    (
        "演示：在用同行的货，合同年底到期。",
        "演示：采购李主任，微信联系最快；老板只在周一。",
        "演示：样品已经试过，等报价。",
    ),
    ("演示：新厂房下月完工，之后要备货。", "演示：赵厂长，下午四点后有空。", "演示：看过图纸，数量还没有定。"),
    ("演示：上半年订单少，仓库还有货。", "演示：会计何女士管付款。", "演示：谈过一次价格，没有下文。"),
    ("演示：换了负责人，要重新介绍。", "演示：新来的孙经理，电话打过两次。", "演示：约好下周见面。"),
)


def see_to(hands: Hands) -> None:
    """Let owners ask for more time and write clearing sheets, and their leaders decide, lock, send back."""
    unclear = _sheets(hands)
    _extensions(hands, unclear.customer)
    _locks(hands)


def _sheets(hands):
    """One waits for a look, one is sent back, one was and is written anew, one is clear; the others are missing."""
    names = enumerate(("rep", "rep3", "rep4", "rep5"))
    unclear, _waits, again, clear = [_write(hands, hands.leaving(name), n, days=3) for n, name in names]
    with hands.ago(2, 15):
        _send_back(hands, unclear, "演示：和谁谈的价格？上次报价是多少？")
        _send_back(hands, again, "演示：负责人的电话怎么打不通？")
        seen = clearing.version(clear)
        clearing.pass_sheet(clear.customer, seen=seen, by=hands.leader(clear.customer))
    _write(hands, again.customer, 1, days=1, seen=clearing.version(again))
    return unclear


def _write(hands, customer, n, *, days, seen=""):
    words = dict(zip(clearing.FIELDS, WORDS[n], strict=True))
    with hands.ago(days, 14):
        return clearing.write(customer, words, seen=seen, by=customer.owner)


def _send_back(hands, sheet, note):
    seen = clearing.version(sheet)
    clearing.send_back(sheet.customer, note=note, seen=seen, by=hands.leader(sheet.customer))


def _extensions(hands, unclear):
    """Three that wait for a decision, one that was granted, one refused."""
    for customer, days, ago, reason in (
        (hands.leaving("rep2"), 14, 1, "演示：客户在等董事会批预算，两周内有结果。"),
        (hands.leaving("rep4"), 30, 2, "演示：样品月底才到，客户愿意等。"),
        (unclear, 10, 0, "演示：合同已经寄出，等盖章。"),
    ):
        with hands.ago(ago, 11):
            extending.ask(customer, days=days, reason=reason, by=customer.owner)
    granted, refused = hands.leaving("rep3", "rep4"), hands.leaving("rep6")
    with hands.ago(6, 10):
        more = extending.ask(granted, days=20, reason="演示：客户春节后开工才能试用。", by=granted.owner)
        none = extending.ask(refused, days=30, reason="演示：最近太忙，还没有联系上。", by=refused.owner)
    with hands.ago(5, 9):
        extending.grant(more, note="演示：同意，请把试用的日期定下来。", by=hands.leader(granted))
        extending.refuse(none, note="演示：两个月没有联系，让别的同事试试。", by=hands.leader(refused))


def _locks(hands):
    """A lock by a manager, one by the director, and one that was lifted."""
    manager, director = hands.people["manager"], hands.people["director"]
    [contract, once] = hands.idle("rep", 0, 2)
    with hands.ago(12, 17):
        until = hands.day(-120)
        locking.lock(contract, until=until, reason="演示：正在谈全年的框架合同，不换人。", by=manager)
        locking.lock(once, until=hands.day(-30), reason="演示：等展会结束。", by=manager)
    with hands.ago(2, 9):
        locking.unlock(once, by=manager)
    with hands.ago(7, 15):
        soon = hands.leaving("rep5")
        locking.lock(soon, until=hands.day(-25), reason="演示：总监亲自约了对方老板。", by=director)
