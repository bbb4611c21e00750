"""What the made-up company agreed with its customers: callbacks, promises, visits on site, a complaint."""

import datetime as dt

from crm.lib.dates import start_of
from staff import calendar
from visits import schedule
from visits.models import Callback, Promise, Purpose, SiteVisit

PROMISES = ["三米皮带的报价", "春季新样品的照片", "两百扇门的价格", "补开增值税发票", "交货日期的答复"]
# (kind, days ago that it was planned, hours it took where two were planned)
SITE_WORK = [("installation", 3, 2), ("repair", 4, 2), ("repair", 1, 3), ("inspection", 9, 1), ("repair", 40, 2)]
AHEAD = [("inspection", 2), ("repair", 1), ("installation", 5)]
TECHNICIAN = "演示技师"


def agree(lives, people, chance, now) -> None:
    """Write what the lives left open, as the verbs would have, and let the schedule plan the rest."""
    owned = [life for life in lives if life.customer.owner]
    Callback.objects.bulk_create(_follow_up(life) for life in owned if life.customer.next_contact_on)
    today = now.astimezone(start_of(dt.date(2000, 1, 1)).tzinfo).date()
    Promise.objects.bulk_create(_promises(owned, chance, today))
    SiteVisit.objects.bulk_create(_site_visits(owned, chance, today))
    schedule.plan(on=today)
    complaining = next(life.customer for life in owned if life.customer.owner == people["rep"])
    schedule.received(complaining, kind="complaint", by=people["rep"], note="演示投诉：上一批货少了两箱。")


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
