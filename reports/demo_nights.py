"""The last nights of the made-up company: one stopped and was let go, the return of another was undone (policy 4)."""

from django.utils import timezone

from crm.lib.dates import start_of
from customers import night
from customers.models import Customer, Hold, PoolRules, Stint
from customers.ownership import applying, claiming, clearing, nights, pools, repooling, rules, undoing
from jobs import errands
from reports.demo_clock import Past
from reports.demo_lives import STOPPED, UNDONE, WENT

# The pool of a team, how many days ago it was made, and how many customers were moved into it.
POOL, POOL_SINCE, MOVED = "演示杭州公海", 12, 6
# How many days ago the first rules were made, and those by which a night returned but so few percent unasked.
FIRST_RULES, CAREFUL_RULES, CAREFUL = 700, 30, 1
SHEET = {
    "situation": "演示：有采购计划，今年的预算还没有批下来。",
    "contacts": "演示：王经理，上午打办公室电话最容易找到。",
    "progress": "演示：送过两次样品，价格谈到九五折，没有下单。",
}


def pass_by(lives, people, now) -> None:
    """Let the nights from `STOPPED` days ago to yesterday come, and people do what they did about them."""
    past = Past(people, now)
    with past.ago(FIRST_RULES):
        PoolRules.objects.update(since=timezone.now())
    with past.ago(CAREFUL_RULES):
        _brake_at(CAREFUL, "演示：先看看夜里会归还多少，超过的由经理决定。", by=people["admin"])
    _open_pool(past)
    customers = {days: [life.customer for life in lives if life.went == days] for days in (STOPPED, UNDONE, WENT)}
    _write_sheets(past, customers[STOPPED], STOPPED + 4)
    for days in range(STOPPED, 0, -1):
        with past.ago(days, night.HOUR):
            night.run_due(until=past.day(days))
        if days == STOPPED:
            _let_go(past)
        if days == UNDONE:
            _undo(past, customers[UNDONE])
            _write_sheets(past, customers[WENT], UNDONE)
    for life in lives:
        if life.went:
            life.customer.refresh_from_db()


def _brake_at(percent, note, *, by):
    draft, after = PoolRules.current(), PoolRules.current().pk
    draft.pk = draft.applied_at = None
    draft.brake_percent, draft.note = percent, note
    rules.save(draft, [], after=after, by=by)
    errands.work_off(applying.JOB)


def _open_pool(past):
    """Make a pool of one team and move into it what its people had in the company's."""
    head = past.people["supervisor"]
    with past.ago(POOL_SINCE, 9):
        pool = pools.add(POOL, head.team)
    theirs = Customer.objects.pooled().filter(stints__owner__team=head.team, pooled_at__lt=start_of(past.day(20)))
    with past.ago(POOL_SINCE, 15):
        repooling.repool(theirs.order_by("-pooled_at", "pk")[:MOVED], pool=pool, note="", by=head)


def _write_sheets(past, customers, days):
    """Let each owner write the clearing sheet so many days ago; the first one is found clear."""
    with past.ago(days, 16):
        sheets = [clearing.write(customer, SHEET, seen="", by=customer.owner) for customer in customers]
    with past.ago(days - 1):
        clearing.pass_sheet(customers[0], seen=clearing.version(sheets[0]), by=past.people["manager"])


def _let_go(past):
    with past.ago(STOPPED, 9):
        nights.ask_to_let_go(nights.waiting(), by=past.people["manager"])
        errands.work_off(nights.JOB)
    with past.ago(STOPPED, 15):
        _brake_at(20, "演示：一周看下来数量正常。", by=past.people["admin"])


def _undo(past, customers):
    """Give back in the afternoon what the night had returned, but for one that somebody claimed in the morning."""
    rep = past.people["rep"]
    lying = Customer.objects.filter(pk__in=[customer.pk for customer in customers]).order_by("pk")
    run = Stint.objects.get(customer=lying[0], ended_at=None).run
    with past.ago(UNDONE, 9):
        claiming.claim(lying.exclude(stints__owner=rep)[0], by=rep)
    with past.ago(UNDONE, 15):
        undoing.ask(run, by=past.people["manager"])
        errands.work_off(undoing.JOB)
    # An errand is done in the language of the installation.
    Hold.objects.filter(kind=Hold.Kind.LOCK, customer__in=lying).update(reason="演示：撤销了夜间回收。")
