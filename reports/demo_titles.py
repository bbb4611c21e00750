"""Demo inquiries and disputes: who took which first, and two who say that a customer is theirs."""

import datetime as dt

from django.db.models import Count, F, Q

from customers.models import Activity, Customer, Inquiry
from customers.ownership import disputes, inquiring
from customers.ownership.answering import Promised
from reports.demo_clock import at
from reports.demo_hands import Hands
from staff import calendar

ASKED = (
    "演示：想要一份价格表", "演示：问交货期要多久", "演示：要两百套样品", "演示：展会上拿了名片，想看目录",
    "演示：同行介绍，问最小起订量",
)  # fmt: skip
CHANNELS = ("phone", "wechat", "visit", "reception", "email")
FIRST, LATER, DISPUTED, UNANSWERED = 30, 4, 3, 4
CLAIM = "演示：客户先打电话给我，我在外地来不及登记。"


def take_down(hands: Hands) -> None:
    """Let customers of one owner only have their first inquiry, some a later one, and some of those a dispute."""
    ours = Customer.objects.owned().annotate(stays=Count("stints")).filter(stays=1).select_related("owner")
    # An inquiry that nobody answered is a few days old at most.
    ours = ours.filter(Q(talked_on__gte=F("owned_since")) | Q(owned_since__gte=hands.day(UNANSWERED)))
    ours = list(ours.exclude(pk__in=hands.taken).order_by("-owned_at", "pk")[:FIRST])
    hands.taken |= {customer.pk for customer in ours[:LATER]}
    _first(ours)
    for n, customer in enumerate(ours[:LATER]):
        _later(hands, customer, n)
    _decided(hands, "rep5", "rep4", wins=True, note="演示：一月的展会名单上就有他的登记。")
    _decided(hands, "rep3", "rep5", wins=False, note="演示：首次询盘和来往记录都是现在的负责人。")


def _first(customers):
    """Note who took the first inquiry of each when it came, as whoever enters a customer does."""
    given = [{"customer": one, "by": one.owner, "at": one.owned_at, "is_first": True} for one in customers]
    inquiries = Inquiry.objects.bulk_create(_inquiry(n, **fields) for n, fields in enumerate(given))
    Activity.objects.bulk_create(_activity(inquiry) for inquiry in inquiries)


def _later(hands, customer, n):
    """Let a colleague take one more; the first ones say that the customer is theirs, the others promise something."""
    by, is_disputed = _other(hands.people, customer), n < DISPUTED
    promised = None if is_disputed else Promised("演示：寄一份价格表和两种样品", calendar.opens_on(hands.day(-1)))
    with at(hands.now - dt.timedelta(hours=n + 1)):
        inquiry = inquiring.attach(_inquiry(n + 2), customer, by=by, promised=promised)
    if is_disputed:
        with at(hands.now - dt.timedelta(minutes=50)):
            disputes.dispute(inquiry, reason=CLAIM, by=by)


def _other(people, customer):
    """Return a colleague of the owner's team, or of the other one for every second customer."""
    names = ("rep", "rep2") if customer.pk % 2 else ("rep4", "rep5")
    return next(people[name] for name in names if people[name] != customer.owner)


def _inquiry(n, **fields):
    asked, channel = ASKED[n % len(ASKED)], CHANNELS[n % len(CHANNELS)]
    return Inquiry(channel=channel, contact="王女士", text=asked, **fields)


def _activity(inquiry):
    data = {"channel": inquiry.channel, "first": inquiry.is_first}
    note = f"{inquiry.contact}: {inquiry.text}"
    verb = Activity.Verb.INQUIRE
    return Activity(customer=inquiry.customer, verb=verb, by=inquiry.by, at=inquiry.at, note=note, data=data)


def _decided(hands, owner, claimant, *, wins, note):
    """Let a dispute be raised three days ago, and decided the day after by whoever was asked."""
    [customer], by = hands.idle(owner, 2 if wins else 0), hands.people[claimant]
    with hands.ago(3, 11):
        inquiry = inquiring.attach(_inquiry(2), customer, by=by)
    with hands.ago(3, 14):
        dispute = disputes.dispute(inquiry, reason=CLAIM, by=by)
    leader = next(person for person in hands.people.values() if person.pk in dispute.asked)
    with hands.ago(2, 10):
        disputes.decide(dispute, winner=by if wins else dispute.owner, note=note, by=leader)
