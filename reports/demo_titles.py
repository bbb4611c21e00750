"""Demo inquiries and disputes: who took which first, and two who say that a customer is theirs."""

import datetime as dt

from django.db.models import Count

from customers import disputes
from customers.models import Activity, Customer, Dispute, Inquiry

ASKED = ("想要一份价格表", "问交货期要多久", "要两百套样品", "展会上拿了名片，想看目录", "同行介绍，问最小起订量")
CHANNELS = ("phone", "wechat", "visit", "reception", "email")
FIRST, LATER = 30, 4


def take_down(people, now) -> None:
    """Let customers of one owner only have their first inquiry, some a later one, and three of them a dispute."""
    ours = Customer.objects.owned().annotate(stays=Count("stints")).filter(stays=1).select_related("owner")
    ours = list(ours.order_by("-owned_at", "pk")[:FIRST])
    inquiries = [_inquiry(customer, customer.owner, customer.owned_at, n) for n, customer in enumerate(ours)]
    for n, customer in enumerate(ours[:LATER]):
        inquiries.append(_inquiry(customer, _other(people, customer), now - dt.timedelta(hours=n + 1), n, False))
    Inquiry.objects.bulk_create(inquiries)
    Activity.objects.bulk_create(_activity(inquiry) for inquiry in inquiries)
    _dispute([(inquiry.customer, inquiry.by) for inquiry in inquiries[FIRST:]][:3], now)


def _other(people, customer):
    """Return a colleague of the owner's team, or of the other one for every second customer."""
    names = ("rep", "rep2") if customer.pk % 2 else ("rep4", "rep5")
    return next(people[name] for name in names if people[name] != customer.owner)


def _inquiry(customer, by, at, n, is_first=True):
    asked, channel = ASKED[n % len(ASKED)], CHANNELS[n % len(CHANNELS)]
    return Inquiry(customer=customer, by=by, at=at, channel=channel, contact="王女士", text=asked, is_first=is_first)


def _activity(inquiry):
    data = {"channel": inquiry.channel, "first": inquiry.is_first}
    note = f"{inquiry.contact}: {inquiry.text}"
    verb = Activity.Verb.INQUIRE
    return Activity(customer=inquiry.customer, verb=verb, by=inquiry.by, at=inquiry.at, note=note, data=data)


def _dispute(pairs, now):
    raised = [
        Dispute(
            customer=customer,
            kind=Dispute.Kind.FIRST_INQUIRY,
            owner=customer.owner,
            claimant=claimant,
            reason="客户先打电话给我，我在外地来不及登记。",
            at=now - dt.timedelta(minutes=50),
        )
        for customer, claimant in pairs
    ]
    Dispute.objects.bulk_create(raised)
    disputes.collect([one.pk for one in raised])
    for one in raised:
        one.refresh_from_db()
    disputes.ask(raised)
