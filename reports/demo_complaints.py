"""Made-up complaints and suggestions in every state (policy 7), each taken so far by the verbs as they are used.

What happened days ago is done with the clock set back.
"""

import datetime as dt
import uuid

from complaints import clocks, doing, escalation, measures, receiving, steps, thread
from complaints.choices import Cause, Department, Kind, Severity, Source
from complaints.models import Action, Countermeasure, Ticket
from reports.demo_counter import ALL, Counter
from staff import calendar


def receive_all(people, now: dt.datetime) -> None:
    """Let the sellers of the made-up company receive, investigate and settle; their supervisors choose."""
    counter = Counter(people, now)
    _new(counter)
    _under_way(counter)
    _before_the_customer(counter)
    _closed(counter)
    _countermeasures(counter)
    escalation.run(now=now)


def _new(counter):
    """Just received, judged, and one by the online form that nobody has taken."""
    counter.receive("rep", "送货少了两箱", severity=Severity.HIGH, product="M8 螺栓", demand="明天补发", days=0)
    judged = counter.receive("rep2", "面料颜色与样品不符", product="真丝面料", source=Source.EMAIL, days=1)
    counter.go(judged, ("judge",))
    text = "演示：下午打了三次电话，一直没有人接。"
    form = {"reporter": "演示访客", "phone": "138 0000 0999", "source": Source.FORM, "language": "zh-hans"}
    with counter.ago(1, 15):
        receiving.receive(Ticket(subject="演示：电话没有人接", text=text, token=uuid.UUID(int=599), **form))


def _under_way(counter):
    """Late at its investigation; waits for the customer; opened again."""
    late = counter.receive(
        "rep", "热水阀安装后漏水", severity=Severity.HIGH, product="热水阀", source=Source.VISIT, days=14
    )
    counter.go(late, ("judge", "assign"), department=Department.QUALITY, worker="rep2")
    with counter.ago(9, 11):
        thread.answer(late, "演示：技师明天上午到现场查看。", by=counter.people["rep"])
    with counter.ago(2, 9):
        note = "演示：两天没有进展了，需要帮忙吗？"
        thread.note(late, note, people=[counter.people["rep"]], by=counter.people["supervisor"])
    waits = counter.receive("rep3", "发票抬头开错", severity=Severity.LOW, days=4)
    counter.go(waits, ("judge", "assign", "investigate"), department=Department.FINANCE, cause=Cause.PRICE)
    with counter.ago(2, 14):
        clocks.stop(waits, reason="演示：等客户寄回原发票", by=counter.people["rep3"])
    again = counter.receive("rep3", "三号机皮带尺寸偏大", product="输送皮带", days=16)
    counter.go(again, ALL, department=Department.DESIGN, cause=Cause.QUALITY, stars=3)
    with counter.ago(2, 10):
        steps.reopen(again, note="演示：新皮带用了三天又松了。", by=counter.people["rep3"])


def _before_the_customer(counter):
    """Two solutions wait for the supervisor, one for the customer; being carried out; to be called back; an answer."""
    chosen = counter.receive("rep2", "到货时外箱破损", product="包装纸箱", days=4)
    counter.go(chosen, ALL[:4], department=Department.LOGISTICS, cause=Cause.DELIVERY)
    agreeing = counter.receive("rep4", "维修后又停机", severity=Severity.CRITICAL, product="电机", days=2)
    counter.go(agreeing, ALL[:5], department=Department.SERVICE, cause=Cause.INSTALLATION, worker="rep5")
    acting = counter.receive("rep", "答应的样品没有寄出", severity=Severity.LOW, product="印花棉布", days=8)
    counter.go(acting, ALL[:6], department=Department.SALES, cause=Cause.PROMISE)
    counter.give(acting, "送一箱样品致歉", days=2, kind=Action.Kind.COMPENSATION, cost=50)
    counter.give(acting, "重寄样品", days=2, is_done=True)
    calling = counter.receive("rep5", "运费多收了一百元", days=7)
    counter.go(calling, ALL[:7], department=Department.FINANCE, cause=Cause.PRICE, worker="rep4")
    with counter.ago(0):
        steps.call_back(calling, outcome="not_reached", note="演示：没有人接", by=counter.people["rep5"])
    smaller = counter.receive("rep", "希望包装改小", kind=Kind.SUGGESTION, product="蓝色染料", days=2)
    counter.go(smaller, ("judge",), answer="演示：谢谢，下季度起有五公斤装。")


def _closed(counter):
    """Settled at once, only the second time with a consequence, and a suggestion; written up for the library."""
    simple = counter.receive("rep2", "说明书看不懂", product="电机", days=40)
    counter.go(simple, ALL, department=Department.DESIGN, cause=Cause.USE, stars=5)
    counter.write(simple, "说明书没有接线图", "演示：新说明书先给一家客户试读。")
    twice = counter.receive("rep4", "送货晚了三天", product="真丝面料", days=70)
    counter.go(twice, ALL[:7], department=Department.LOGISTICS, cause=Cause.DELIVERY, worker="rep5")
    with counter.ago(60, 9):
        steps.call_back(twice, outcome="unsatisfied", note="演示：第二批又晚了。", by=counter.people["rep4"])
    counter.go(twice, ALL[2:], days=59, cause=Cause.DELIVERY, worker="rep5", stars=4)
    with counter.ago(50, 15):
        text, on = "演示：当月绩效扣五分", counter.day(50)
        consequence = Action(kind=Action.Kind.CONSEQUENCE, text=text, person=counter.people["rep5"], due_on=on)
        doing.add(twice, consequence, by=counter.people["supervisor2"])
    counter.write(twice, "旺季连续晚到", "演示：旺季提前一周锁定车辆。")
    saturday = counter.receive("rep3", "建议周六也送货", kind=Kind.SUGGESTION, days=55)
    counter.go(saturday, ("judge", "review", "call_back"), answer="演示：先在杭州试行一个月。", stars=5)
    for days, subject in ((95, "少发一包配件"), (130, "色差明显"), (210, "发错型号"), (280, "到货受潮")):
        earlier = counter.receive("rep", subject, product="M8 螺栓" if days > 100 else "拉链", days=days)
        cause = Cause.QUALITY if "差" in subject or "潮" in subject else Cause.QUANTITY
        counter.go(earlier, ALL, department=Department.WAREHOUSE, cause=cause, stars=4)


def _countermeasures(counter):
    """Two to be done, one of them late, and one done."""
    people, by = counter.people, counter.people["supervisor"]
    for cause, text, who, days in (
        (Cause.QUANTITY, "装车前两人清点并签字", "rep2", -5),
        (Cause.DELIVERY, "旺季提前一周锁定车辆", "rep4", 20),
        (Cause.USE, "说明书加接线图，先给一家客户试读", "rep3", -12),
    ):
        with counter.ago(30):
            on = calendar.opens_on(counter.day(-days))
            measure = Countermeasure(cause=cause, text=f"演示：{text}", owner=people[who], due_on=on)
            measures.plan(measure, by=by)
    with counter.ago(10):
        measures.finish(measure, result="演示：新说明书已印，之后没有再收到投诉。", by=measure.owner)
