"""Valid payloads of the access matrix: what (world, role, object) may send to an address."""

import datetime as dt
import uuid

from django.utils import timezone

from complaints import cases
from complaints.models import Case
from customers.models import Pool, PoolRules
from staff import calendar
from staff.roles import Role

REP, SUPERVISOR, MANAGER, DIRECTOR, FINANCE, ADMINISTRATOR = (role.value for role in Role)


def new_customer(world, role, target):
    owner = {
        SUPERVISOR: world.people[SUPERVISOR],
        MANAGER: world.colleagues.subtree,
        DIRECTOR: world.colleagues.other,
        ADMINISTRATOR: world.colleagues.other,
    }.get(role)
    return {"name": "新客户", "payment": "good", "cooperation": "long"} | ({"owner": owner.pk} if owner else {})


def edited_customer(world, role, target):
    version = target.version if target else 1
    return {"name": "改名", "code": "EDIT-1", "payment": "good", "cooperation": "long", "version": version}


def released(world, role, target):
    return {"why": "closed", "note": "搬走了"}


def claims(world, role, target):
    return {"chosen": [world.customers["pool"].pk]}


def assigned(world, role, target):
    return {"to": world.people[REP].pk, "how": "assigned", "note": "顺路"}


def assigned_many(world, role, target):
    return assigned(world, role, target) | {"chosen": [world.customers["team"].pk]}


def offered(world, role, target):
    to = world.colleagues.other
    to = world.people[REP] if target and target.owner == to else to
    return {"to": to.pk, "reason": "换区域"}


def offered_many(world, role, target):
    own = world.customers["own"].get(role, world.customers["team"])
    return offered(world, role, own) | {"chosen": [own.pk]}


def moved(world, role, target):
    return {"pool": world.pool.pk, "note": "归杭州"}


def moved_many(world, role, target):
    return moved(world, role, target) | {"chosen": [world.customers["pool"].pk]}


def contact(world, role, target):
    return {"name": "新联系人", "phone": "13900000000"}


def extension(world, role, target):
    return {"days": 30, "reason": "报价刚发出"}


def lock(world, role, target):
    return {"until": (timezone.localdate() + dt.timedelta(days=30)).isoformat(), "reason": "总部大客户"}


def sheet(world, role, target):
    return {"seen": "", "situation": "还在比价", "contacts": "找王经理", "progress": "报过一次价"}


def seen_sheet(world, role, target):
    written = target and target.sheets.first()
    return {"seen": written.written_at.isoformat() if written else "x"}


def unclear_sheet(world, role, target):
    return seen_sheet(world, role, target) | {"note": "找谁？"}


def call(world, role, target):
    return {"token": uuid.uuid4(), "channel": "phone", "outcome": "reached", "note": "谈了新品", "next_in": "7"}


def next_day(world, role, target):
    return {"on": calendar.opens_on(timezone.localdate() + dt.timedelta(days=1)), "note": "客户同意"}


def reason(world, role, target):
    return {"reason": "客户出差"}


def planned(world, role, target):
    return next_day(world, role, target) | reason(world, role, target)


def handed_on(world, role, target):
    director, administrator = world.people[DIRECTOR], world.people[ADMINISTRATOR]
    return {"to": administrator.pk if target and target.owner == director else director.pk, "note": "休假"}


def correction(world, role, target):
    return {"outcome": "refused", "channel": "phone", "note": "改正", "seen": ""}


def addition(world, role, target):
    return {"text": "补充"}


def check(world, role, target):
    return {"agrees": "no", "note": "客户说没接到电话"}


def script(world, role, target):
    return {"seen": 1, "later_call": "{contact}您好，我是{me}。"}


def text(world, role, target):
    seen = target.edited_at.isoformat() if target else ""
    return {"kind": "note", "title": "改名", "text": "{contact}想要样品", "is_active": "on", "seen": seen}


def list(world, role, target):
    """Of the representative's customer, which stands on no open list."""
    due_on = calendar.opens_on(timezone.localdate() + dt.timedelta(days=7))
    people = [world.people[REP].pk]
    return {"token": uuid.uuid4(), "way": "random", "number": 9, "people": people, "due_on": due_on.isoformat()}


def given(world, role, target):
    return {"to": world.people[REP].pk}


def comment(world, role, target):
    return {"person": world.people[REP].pk, "text": "多打电话"}


def order(world, role, target):
    today = timezone.localdate()
    has_seller = target and target.owner and target.owner.role != FINANCE
    seller = target.owner if has_seller else world.colleagues.other
    return {
        "number": "SO-NEW",
        "ordered_on": today.isoformat(),
        "units": 1,
        "amount": "12.50",
        "salesperson": seller.pk,
    }


def confirmation(world, role, target):
    return {"paid_on": timezone.localdate().isoformat(), "on": timezone.localdate().isoformat()}


def reversal(world, role, target):
    return {"note": "银行退票"}


def standard(world, role, target):
    return {
        "vip": "200000",
        "a": "50000",
        "b": "30000",
        "poor_payment_drop": 1,
        "poor_payment_cap": "A",
        "in_force_from": (timezone.localdate() + dt.timedelta(days=1)).isoformat(),
    }


def pool_rules(world, role, target):
    """Three months without a first deal, four for 杭州组."""
    periods = {"no_deal_months": 3, "no_sale_months": 3, "extension_days": 30, "extensions": 2, "cooldown_days": 30}
    days = {"grace_days": 7, "brake_percent": 20, "remind_days": "14, 7", "supervisor_days": 3, "sheet_days": 14}
    own = {"count": 1, "whose-0": f"team-{world.teams.hangzhou.pk}", "no_deal_months-0": 4}
    return periods | days | own | {"embargo_days": 0, "after": PoolRules.current().pk, "note": "试行"}


def new_pool(world, role, target):
    return {"name": "广州公海", "team": world.teams.guangzhou.pk}


def renamed_pool(world, role, target):
    return {"name": "改名的公海"}


def emptied_pool(world, role, target):
    return {"target": Pool.objects.get(team=None).pk}


def person(world, role, target):
    password = {"password1": "Silk-road-1878", "password2": "Silk-road-1878"}
    return {"name": "新人", "username": "newcomer", "role": ADMINISTRATOR, "is_active": "on"} | password


def edited_person(world, role, target):
    username = target.username if target else "nobody"
    return {"name": "改名", "username": username, "role": target.role if target else REP, "is_active": "on"}


def password(world, role, target):
    return {"new_password1": "Silk-road-1878", "new_password2": "Silk-road-1878"}


def rule(world, role, target):
    window = {"earliest": 2, "latest": 9, "unit": "months", "channel": "phone", "is_active": "on"}
    return {"name": "保养", "event": "inspection", "seen": target.edited_at.isoformat() if target else ""} | window


def cadence(world, role, target):
    seen = target.edited_at.isoformat() if target else ""
    return {"intention": "A", "grade": "B", "days": 9, "channel": "phone", "is_active": "on", "seen": seen}


def day_off(world, role, target):
    return {"on": (timezone.localdate() + dt.timedelta(days=30)).isoformat(), "state": "off", "name": "店庆"}


def hours(world, role, target):
    return {"opens": "08:30", "rests_from": "12:00", "rests_until": "13:00", "closes": "17:30"}


def team(world, role, target):
    return {"name": "新组"}


def site(world, role, target):
    day = calendar.opens_on(timezone.localdate() + dt.timedelta(days=9)).isoformat()
    times = {"planned_from": f"{day}T10:00", "planned_until": f"{day}T11:30"}
    return {"kind": "repair", "technician": "钱师傅", "task": "换皮带"} | times


def finished_site(world, role, target):
    now = timezone.localtime()
    begin = now - dt.timedelta(hours=2)
    return {"started_at": f"{begin:%Y-%m-%dT%H:%M}", "finished_at": f"{now:%Y-%m-%dT%H:%M}", "result": "修好了"}


def message(world, role, target):
    contact = target and target.contacts.first()
    return {"token": uuid.uuid4(), "to": f"{contact.pk if contact else 0}:email", "subject": "问候", "text": "您好"}


def mailing(world, role, target):
    """To one's own customers, who are one, as a preview has shown."""
    owner = world.people.get(role, world.colleagues.other)
    whom = {"channel": "email", "owner": owner.pk, "seen": 1}
    return whom | {"token": uuid.uuid4(), "subject": "新品", "text": "{contact}您好，新品到了。"}


def task(world, role, target):
    return edited_task(world, role, target) | {"token": uuid.uuid4()}


def edited_task(world, role, target):
    person = doer(world, role)
    due_on = calendar.opens_on(timezone.localdate() + dt.timedelta(days=3)).isoformat()
    return {"what": "送样品", "person": person.pk, "due_on": due_on, "planned": "12.50"}


def doer(world, role):
    """Finance gets no tasks."""
    return world.people[role if role in world.people and role != FINANCE else REP]


def tasks(world, role, target):
    """For the one customer of the plan; its measure has no task yet."""
    first = calendar.opens_on(timezone.localdate())
    last = calendar.opens_on(first + dt.timedelta(days=5))
    line = target.lines.get().pk if target else 0
    return {"line": line, "what": "拜访{customer}", "people": [doer(world, role).pk], "first": first, "last": last}


def finished_task(world, role, target):
    return {"result": "送到了", "cost": "12.50"}


def note(world, role, target):
    return {"note": "客户要求改期"}


def report(world, role, target):
    return {"effect": "good", "evaluation": "目标达到"}


def guidance(world, role, target):
    return {"guidance": "继续"}


def token(world, role, target):
    return {"token": uuid.uuid4()}


def new_plan(world, role, target):
    return {"token": uuid.uuid4(), "name": "老客户维护", "whom": "later"}


def wording(world, role, target):
    """The words and one measure; the goal goes."""
    rows = {f"{rows}-{name}_FORMS": n for rows, n in (("goals", 0), ("lines", 1)) for name in ("TOTAL", "INITIAL")}
    line = {"lines-0-kind": "visit", "lines-0-what": "上门拜访", "lines-0-unit_price": "80"}
    return {"edition": target.edition if target else 1, "name": "改名"} | rows | line


def members(world, role, target):
    return {"do": "codes", "codes": world.customers["own"].get(role, world.customers["pool"]).code}


def new_author(world, role, target):
    director, manager = world.people[DIRECTOR], world.people[MANAGER]
    return {"to": (manager if target and target.author == director else director).pk, "note": "调岗"}


def absence(world, role, target):
    """Other days than those that everybody is away in the world."""
    since = timezone.localdate() + dt.timedelta(days=60)
    whom = {"person": world.people[role].pk} if role in world.people else {}
    return whom | {"since": since.isoformat(), "until": (since + dt.timedelta(days=2)).isoformat()}


def decision(world, role, target):
    """Passing what waits, as its page showed it."""
    return {"version": target.version_id if target else 1, "position": 1, "verb": "pass"}


def chain(world, role, target):
    """The two steps in force, the other way round."""
    data = {"after": 1, "count": 2, "note": "先总监后经理", "team": ""}
    for n, step in enumerate((DIRECTOR, MANAGER)):
        data |= {f"role-{n}": step, f"above-{n}": "", f"stand_in-{n}": ""}
        data |= {f"remind_days-{n}": 2, f"escalate_days-{n}": 4}
    return data


def new_ticket(world, role, target):
    now = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    what = {"kind": "complaint", "source": "phone", "severity": "normal", "subject": "漏水", "text": "新门漏水"}
    return what | {"token": uuid.uuid4(), "reporter": "王经理", "phone": "13800000001", "received_at": now}


def judgement(world, role, target):
    return {"is_justified": "yes", "is_reasonable": "no"}


def responsible(world, role, target):
    promised_on = calendar.opens_on(timezone.localdate() + dt.timedelta(days=2))
    return {"department": "warehouse", "person": world.people[REP].pk, "promised_on": promised_on.isoformat()}


def ticket_note(world, role, target):
    return {"text": "请看一下", "people": world.people[SUPERVISOR].pk}


def action(world, role, target):
    due_on = calendar.opens_on(timezone.localdate() + dt.timedelta(days=2))
    return {"kind": "task", "text": "补发", "person": world.people[REP].pk, "due_on": due_on.isoformat(), "cost": "0"}


def matched(world, role, target):
    return {"customer": world.customers["own"].get(role, world.customers["pool"]).pk}


def linked(world, role, target):
    """With the other ticket of the same customer."""
    other = world.tickets["justified", target.customer_id].pk if target else 1
    return {"how": "repeats", "other": other}


def measure(world, role, target):
    due_on = calendar.opens_on(timezone.localdate() + dt.timedelta(days=7))
    return {"text": "装车前两人清点", "cause": "quantity", "owner": world.people[REP].pk, "due_on": due_on.isoformat()}


def case(world, role, target):
    words = {"title": "少发货", "situation": "一批货少了两箱。", "solution": "第二天补发。"}
    version = cases.version_of(target) if isinstance(target, Case) else ""  # a ticket gets a case of its own
    return words | {"kind": "complaint", "cause": "quantity", "version": version}


def desk(world, role, target):
    counts = {"limits-TOTAL_FORMS": 0, "limits-INITIAL_FORMS": 0}
    return {"person": world.people[REP].pk, "reopen_days": 7} | counts


def handover(world, role, target):
    """Of somebody whom all leaders lead; her draft is there already, and looked at again."""
    return {"leaver": world.colleagues.team.pk, "why": "leaving"}


def by_hand(world, role, target):
    item = target.items.first() if target else None
    to = item.receiver_id if item else world.people[REP].pk
    return {"items": item.pk if item else 1, "to": to, "to_person": "1"}


def split(world, role, target):
    to = target.items.first().receiver_id if target else world.people[REP].pk
    return {"way": "one", "to": to}


def inquiry(world, role, target):
    """Of a company that nobody knows; who does not sell says whose customer it becomes."""
    owner = {} if role in {REP, SUPERVISOR} else {"owner": world.people[REP].pk}
    return {"channel": "phone", "contact": "王经理", "text": "要报价", "name": "没人认识的公司"} | owner


def decided(world, role, target):
    return {"winner": target.claimant_id if target else 1, "note": "电话在先"}
