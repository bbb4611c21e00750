"""Made-up maintenance plans in every state (policy 6), each written by the verbs as they would have been used.

What happened days ago is done with the clock set back.
"""

import datetime as dt
import uuid
from decimal import Decimal

from crm.lib.dates import local_date
from plans import approval, contributing, course, judging, telling, writing
from plans.models import Plan
from reports.demo_desk import BACK, PASS, Desk, Kind
from staff import absences, calendar
from staff.models import Absence

# What is done: kind, what, how, people, quantity, unit price in yuan.
VISITS = (Kind.VISIT, "上门拜访", "主管和销售一起去", "演示杭州组", 10, 180)
SAMPLES = (Kind.TRIAL, "试用春季新样品", "每家寄两套", "销售", 12, 95)
TRAINING = (Kind.TRAINING, "设备保养培训", "在客户车间半天", "演示技师", 2, 800)
GIFTS = (Kind.GIFT, "节日问候礼品", "茶叶礼盒", "销售", 12, 128)
EVENT = (Kind.EVENT, "老客户开放日", "参观新车间，午餐", "全组", 1, 3600)


def draw_up(people, now: dt.datetime) -> None:
    """Let the two supervisors of the made-up company plan, its leaders decide, its sellers carry out."""
    desk = Desk(people, now)
    closed = _closed(desk)
    _drafts(desk, closed)
    _waiting(desk)
    _running(desk)
    _over(desk)
    _leave(people, now)
    telling.tell_approved()


def _leave(people, now):
    """The manager goes on leave next week, one of the sellers is away now."""
    today = local_date(now)
    since = calendar.opens_on(today + dt.timedelta(days=6))
    leave = Absence(person=people["manager"], since=since, until=since + dt.timedelta(days=4))
    leave.delegate, leave.note = people["director"], "演示：年假"
    absences.record(leave, by=people["manager"])
    away = Absence(person=people["rep6"], since=today - dt.timedelta(days=1), until=today + dt.timedelta(days=1))
    away.note = "演示：培训"
    absences.record(away, by=people["supervisor2"])


def _drafts(desk, closed):
    """One copied from the archived plan, one that a seller helps to write, one given up."""
    with desk.ago(1):
        copied = writing.copy(closed, token=uuid.UUID(int=490), by=desk.one)
        Plan.objects.filter(pk=copied.pk).update(name="演示：明年开放日（沿用去年）")
    with desk.ago(2):
        helped = desk.plan(desk.two, "上海老客户试用新样品", [SAMPLES], begins=20)
        contributing.invite(helped, [desk.people["rep4"]], by=desk.two)
    with desk.ago(30):
        dropped = desk.plan(desk.two, "展会邀请", [EVENT], begins=-10)
    with desk.ago(25):
        course.drop(dropped, by=desk.two)


def _waiting(desk):
    """For the manager: a new one, and one that was sent back and changed; for the director; back with its author."""
    with desk.ago(1):
        fresh = desk.plan(desk.one, "春季上门拜访", [VISITS, SAMPLES], begins=14)
    with desk.ago(0):
        approval.submit(fresh, by=desk.one)
    with desk.ago(8):
        again = desk.plan(desk.two, "上海年终答谢", [GIFTS, EVENT], begins=25)
        approval.submit(again, by=desk.two)
    with desk.ago(6):
        line = again.lines.last()
        comment = {line.pk: "演示：开放日太贵，去年两千就够了。"}
        desk.decide(again, BACK, desk.manager, "演示：方向对，请把开放日的费用降下来。", comment)
    with desk.ago(2):
        writing.save(again, _cheaper, edition=again.edition, by=desk.two)
        approval.submit(again, by=desk.two)
    with desk.ago(5):
        higher = desk.plan(desk.one, "设备保养培训", [TRAINING, VISITS], begins=18)
        approval.submit(higher, by=desk.one)
    with desk.ago(1, 16):
        desk.decide(higher, PASS, desk.manager, "演示：培训客户一直在要，同意。")
    with desk.ago(7):
        returned = desk.plan(desk.one, "节日问候", [GIFTS], begins=30)
        approval.submit(returned, by=desk.one)
    with desk.ago(3):
        desk.decide(returned, BACK, desk.manager, "演示：请先说清楚哪些客户去年没有收到。")


def _running(desk):
    """Well on its way with late tasks, just approved, paused, and one whose amendment waits."""
    busy = desk.approved(desk.one, "杭州老客户春季回访", [VISITS, SAMPLES], begins=-24)
    desk.work_on(busy, desk.people["rep"], desk.people["rep2"], done=7, late=3)
    desk.approved(desk.two, "上海培训周", [TRAINING], begins=3)
    paused = desk.approved(desk.two, "上海样品试用", [SAMPLES], begins=-20)
    desk.work_on(paused, desk.people["rep4"], desk.people["rep5"], done=2, late=0)
    with desk.ago(3):
        course.pause(paused, reason="演示：新样品要到下周才到货。", by=desk.two)
    amended = desk.approved(desk.one, "杭州年度客户日", [EVENT, GIFTS], begins=-15)
    desk.work_on(amended, desk.people["rep3"], desk.people["rep"], done=3, late=1)
    with desk.ago(2):
        course.amend(amended, note="演示：场地涨价，礼品少买一些。", by=desk.one)
        writing.save(amended, _dearer, edition=amended.edition, by=desk.one)
    with desk.ago(1):
        approval.submit(amended, by=desk.one)


def _over(desk):
    """One to be judged, one whose report waits for guidance."""
    for author, name, is_reported in ((desk.one, "杭州冬季拜访", False), (desk.two, "上海冬季拜访", True)):
        plan = desk.approved(author, name, [VISITS], begins=-80, lasts=70)
        desk.work_on(plan, *desk.sellers(author), done=7, late=0)
        with desk.ago(4):
            course.end(plan, reason="", by=author)
        if is_reported:
            desk.report(plan, "partly", days=2)


def _closed(desk):
    """Return the archived plan, which everybody may copy."""
    plan = desk.approved(desk.one, "去年的开放日", [EVENT, SAMPLES], begins=-150, lasts=60)
    desk.work_on(plan, *desk.sellers(desk.one), done=8, late=0)
    with desk.ago(85):
        course.end(plan, reason="", by=desk.one)
    desk.report(plan, "good", days=82)
    with desk.ago(80):
        judging.guide(plan, guidance="演示：做得好。明年早一个月发邀请，费用照旧。", by=desk.manager)
    Plan.objects.filter(pk=plan.pk).update(is_template=True)
    return plan


def _cheaper(plan):
    plan.lines.filter(kind=Kind.EVENT).update(unit_price=Decimal(2000))
    plan.lines.filter(kind=Kind.GIFT).update(quantity=9)


def _dearer(plan):
    plan.lines.filter(kind=Kind.EVENT).update(unit_price=Decimal(4500))
    plan.lines.filter(kind=Kind.GIFT).update(quantity=8)
