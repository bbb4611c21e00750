"""What the made-up company agreed with its customers: callbacks, promises, visits on site, a complaint.

And how its leaders see to it: call lists, spot checks, a comment on the month.
"""

import datetime as dt
import uuid

from django.utils import timezone

from crm.lib.dates import first_of_month, start_of
from staff import calendar
from visits import calls, lists, schedule, spot_checks
from visits.choosing import Criteria
from visits.messages import MOST_TRIES
from visits.models import Callback, CallList, CallLog, Message, MonthlyComment, Promise, Purpose, SiteVisit, SpotCheck

PROMISES = ["三米皮带的报价", "春季新样品的照片", "两百扇门的价格", "补开增值税发票", "交货日期的答复"]
# (kind, days ago that it was planned, hours it took where two were planned)
SITE_WORK = [("installation", 3, 2), ("repair", 4, 2), ("repair", 1, 3), ("inspection", 9, 1), ("repair", 40, 2)]
AHEAD = [("inspection", 2), ("repair", 1), ("installation", 5)]
TECHNICIAN = "演示技师"
# (name, how its customers are chosen, what it is about, whether everybody gets as many, days until it is due)
CALL_LISTS = [
    (
        "演示：A级客户抽样回访",
        Criteria(CallList.Way.RANDOM, number=12, grade="A"),
        "演示：问问新样品的反应。",
        False,
        8,
    ),
    ("演示：很久没有联系的客户", Criteria(CallList.Way.RARE, number=15, days=30), "演示：重新建立联系。", True, 13),
]
CALLED = 4
CHECKS_DRAWN = 6
VERDICTS = [(True, ""), (True, ""), (False, "演示：客户说没有接到这次电话。")]


def agree(lives, people, chance, now) -> None:
    """Write what the lives left open, as the verbs would have, and let the schedule plan the rest."""
    owned = [life for life in lives if life.customer.owner]
    Callback.objects.bulk_create(_follow_up(life) for life in owned if life.customer.next_contact_on)
    today = now.astimezone(start_of(dt.date(2000, 1, 1)).tzinfo).date()
    Promise.objects.bulk_create(_promises(owned, chance, today))
    SiteVisit.objects.bulk_create(_site_visits(owned, chance, today))
    schedule.plan(on=today)
    mine = [life for life in owned if life.customer.owner == people["rep"]]
    schedule.received(mine[0].customer, kind="complaint", by=people["rep"], note="演示投诉：上一批货少了两箱。")
    _speak_again(people["rep"])
    _write([life for life in mine if (life.customer.next_contact_on or today) > today][:4], people["rep"])
    _lead(lives, people, chance, today)


def _follow_up(life):
    day = life.customer.next_contact_on
    return Callback(
        customer=life.customer,
        purpose=Purpose.FOLLOW_UP,
        due_on=day,
        first_due_on=day,
        opens_on=day,
        made_by=life.customer.owner,
    )


def _promises(owned, chance, today):
    spoken = [life for life in owned if life.logs]
    for n, life in enumerate(chance.sample(spoken, 40)):
        day = calendar.opens_on(today + dt.timedelta(days=n % 20 - 2))
        owner = life.customer.owner
        text = PROMISES[n % len(PROMISES)]
        yield Promise(
            customer=life.customer, log=life.logs[-1], text=text, due_on=day, first_due_on=day, owner=owner,
            made_by=owner, made_at=life.logs[-1].at,
        )  # fmt: skip


def _site_visits(owned, chance, today):
    buyers = [life for life in owned if life.orders]
    for life in chance.sample(buyers, 12):
        kind, days, hours = chance.choice(SITE_WORK)
        begin = start_of(today - dt.timedelta(days=days)) + dt.timedelta(hours=10)
        planned, end = begin + dt.timedelta(hours=2), begin + dt.timedelta(hours=hours)
        yield SiteVisit(
            customer=life.customer, kind=kind, planned_from=begin, planned_until=planned, technician=TECHNICIAN,
            started_at=begin, finished_at=end, overran_at=end if end > planned else None,
            status=SiteVisit.Status.DONE, result="演示：设备运转正常。", by=life.customer.owner,
        )  # fmt: skip
    for life in chance.sample(buyers, 6):
        kind, days = chance.choice(AHEAD)
        begin = start_of(calendar.opens_on(today + dt.timedelta(days=days))) + dt.timedelta(hours=14)
        yield SiteVisit(
            customer=life.customer, kind=kind, planned_from=begin, planned_until=begin + dt.timedelta(hours=2),
            technician=TECHNICIAN, task="演示：按合同检查设备。", by=life.customer.owner,
        )  # fmt: skip


def _speak_again(rep):
    """Keep one promise of `rep`'s and renegotiate the next."""
    kept, later = Promise.objects.open().filter(owner=rep).order_by("due_on", "pk")[:2]
    kept.keep(note="演示：样品已经寄出。", by=rep)
    day = calendar.opens_on(later.due_on + dt.timedelta(days=4))
    later.renegotiate(on=day, note="演示：客户同意晚几天。", by=rep)


def _write(lives, rep):
    """Write a greeting to each: all but one went out. No channel is asked, so that no real one is ever used."""
    token = uuid.UUID(int=200)
    for n, life in enumerate(lives):
        contact = life.contacts[0]
        text = f"演示：{contact}您好，祝您周末愉快！{rep}"
        message = Message(customer=life.customer, contact=contact, channel="email", address=contact.email, by=rep)
        message.subject, message.text, message.token, message.tries = "演示问候", text, token, 1
        if n:
            said = {"contact": contact, "channel": "email", "outcome": CallLog.Outcome.SENT, "note": text}
            message.log = calls.log(life.customer, token=message.log_token, by=rep, **said, **_now())
            message.status, message.sent_at = Message.Status.SENT, message.log.at
        else:
            message.status, message.error, message.tries = Message.Status.FAILED, "演示：邮箱不存在", MOST_TRIES
        message.save()


def _now():
    return {"at": timezone.now(), "on": timezone.localdate()}


def _lead(lives, people, chance, today):
    """Let the supervisor draw call lists and spot checks, and let some of each be done."""
    head = people["supervisor"]
    team = [person for person in people.values() if person.team_id == head.team_id and person != head]
    # Without the last one, the second list gives others' customers to somebody.
    made = [_draw(number, team[: len(team) - number], head, today) for number in range(len(CALL_LISTS))]
    mine = made[0].callbacks.order_by("due_on", "pk").select_related("customer__owner")[:CALLED]
    for n, callback in enumerate(mine):
        _call(callback.customer, n)
    logs = [log for life in lives if life.customer.owner in team for log in life.logs if log.by in team]
    logs = [log for log in logs if log.outcome == CallLog.Outcome.REACHED and log.on > today - dt.timedelta(days=30)]
    drawn = [SpotCheck(log=log, drawn_by=head) for log in chance.sample(logs, CHECKS_DRAWN)]
    for check, (agrees, note) in zip(SpotCheck.objects.bulk_create(drawn), VERDICTS, strict=False):
        spot_checks.check(check, agrees=agrees, note=note, by=head)
    text = "演示：回访按时，请把没有接通的客户再打一遍。"
    MonthlyComment.objects.create(month=first_of_month(today), person=people["rep"], text=text, by=head)


def _draw(number, team, head, today):
    name, criteria, note, among_all, days = CALL_LISTS[number]
    due_on = calendar.opens_on(today + dt.timedelta(days=days))
    return lists.draw(
        criteria, name=name, due_on=due_on, people=team, among_all=among_all, token=uuid.UUID(int=number + 1), by=head,
        note=note,
    )  # fmt: skip


def _call(customer, n):
    reached = n != 1
    said = {"outcome": "reached", "satisfaction": 5 - n % 2, "note": "演示：样品不错，想看报价。"}
    said = said if reached else {"outcome": "no_answer"}
    calls.log(customer, token=uuid.UUID(int=100 + n), by=customer.owner, channel="phone", **said, **_now())
