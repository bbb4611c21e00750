"""A handover is undone (policy 4.6): everything goes back as it was, but for what somebody changed since."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from crm.lib.moves import TooLate
from customers.models import Activity, Customer, Extension, Handover, Hold, PoolRules, Stint, Transfer
from customers.ownership import (
    claiming,
    due,
    extending,
    handover_split,
    holds,
    owning,
    transferring,
)
from customers.ownership.handover_undo import undo
from customers.ownership.handover_work import carry_out
from customers.timeline import latest
from tests.customers.handing import handed_over, opened
from tests.factories import (
    CallbackFactory,
    CustomerFactory,
    ExtensionFactory,
    LoanFactory,
    MessageFactory,
    PlanFactory,
    PromiseFactory,
    SheetFactory,
    TaskFactory,
    TicketFactory,
    TransferFactory,
    UserFactory,
    running,
)
from visits.models import Promise

pytestmark = pytest.mark.django_db


def test_undone_everything_goes_back_as_it_was(leaver, boss, heir):
    since = timezone.localdate() - dt.timedelta(days=30)
    customer, other = CustomerFactory(owner=leaver, owned_since=since), CustomerFactory(owner=heir)
    until = timezone.localdate() + dt.timedelta(days=200)
    holds.place([customer.pk], kind=Hold.Kind.LOCK, source=1, reason="大客户", until=until, by=boss)
    customer.refresh_from_db()
    goes = customer.returns_on
    promise, own = PromiseFactory(customer=customer), PromiseFactory(customer=other, owner=leaver, follows=False)
    call = CallbackFactory(customer=other, purpose="call_list", person=leaver)
    LoanFactory(customer=other, person=leaver)
    ticket, message = TicketFactory(received_by=leaver, customer=customer), MessageFactory(by=leaver)
    task = TaskFactory(plan=running(PlanFactory(author=boss)), person=leaver, customer=customer)
    handover = handed_over(leaver, heir, boss)
    assert not Hold.objects.filter(customer=customer, kind=Hold.Kind.LOCK).exists()
    back, stayed = undo(handover, by=boss)
    for row in (customer, promise, own, call, ticket, message, task):
        row.refresh_from_db()
    assert (customer.owner, customer.owned_since) == (leaver, since)
    Customer.objects.filter(pk=customer.pk).update(is_held=False)
    customer.refresh_from_db()
    assert (customer.returns_on, customer.kept_until) == (due.explain(customer).on, until)
    assert {promise.owner, own.owner, call.person, ticket.holder, task.person} == {leaver}
    assert (message.status, stayed, goes) == ("waiting", 0, due.FAR if customer.is_held else goes)
    assert other.loans.filter(person=leaver).exists()
    assert back == handover.items.filter(status="undone").count()


def test_undone_a_claim_still_owes_its_first_contact(leaver, boss, heir):
    PoolRules.objects.create(first_contact_days=3)
    claimed, other = CustomerFactory(pooled=True), CustomerFactory(owner=leaver)
    claiming.claim(claimed, by=leaver)
    undo(handed_over(leaver, heir, boss), by=boss)
    for customer, reason, rule in ((claimed, "claim_back", "no_first"), (other, "undone", "no_deal")):
        customer.refresh_from_db()
        assert (customer.owner, customer.stint_reason, customer.returns_rule) == (leaver, reason, rule)


def test_what_somebody_changed_since_stays_where_it_is(leaver, boss, heir):
    moved, kept = CustomerFactory(owner=leaver), CustomerFactory(owner=leaver)
    promise = PromiseFactory(customer=kept)
    handover = handed_over(leaver, heir, boss)
    moved.refresh_from_db()
    moved.own(boss, by=boss, reason=Stint.Reason.ASSIGNED)
    moved.save()
    Promise.objects.filter(pk=promise.pk).update(status="kept", kept_at=timezone.now())
    _back, stayed = undo(handover, by=boss)
    assert (Customer.objects.get(pk=moved.pk).owner, Customer.objects.get(pk=kept.pk).owner) == (boss, leaver)
    assert stayed >= 2
    with pytest.raises(TooLate):
        undo(handover, by=boss)


def test_a_pool_customer_goes_back_unless_somebody_claimed_it(leaver, boss, heir):
    claimed, lies = CustomerFactory(owner=leaver), CustomerFactory(owner=leaver)
    handover = opened(leaver, boss)
    handover_split.apply(handover, None, only_open=False, by=boss)
    carry_out(handover, by=boss)
    claimed.refresh_from_db()
    claimed.own(heir, by=heir, reason=Stint.Reason.CLAIMED)
    claimed.save()
    undo(handover, by=boss)
    assert (Customer.objects.get(pk=claimed.pk).owner, Customer.objects.get(pk=lies.pk).owner) == (heir, leaver)


def test_undoing_is_for_seven_days_and_for_who_opened_it_or_the_administrator(leaver, boss, heir, team):
    CustomerFactory(owner=leaver)
    handover = handed_over(leaver, heir, boss)
    with pytest.raises(PermissionDenied):
        undo(handover, by=UserFactory(supervisor=True, team=team))
    Handover.objects.filter(pk=handover.pk).update(done_at=timezone.now() - dt.timedelta(days=7, minutes=1))
    with pytest.raises(TooLate, match="7 days"):
        undo(handover, by=UserFactory(administrator=True))
    Handover.objects.filter(pk=handover.pk).update(done_at=timezone.now() - dt.timedelta(days=6))
    leaver.is_active = False
    leaver.save()
    with pytest.raises(TooLate, match="李伟"):
        undo(handover, by=boss)


def test_undone_the_ownership_goes_on_with_what_was_asked_granted_written_offered_and_lent(leaver, boss, heir, team):
    customer, other = CustomerFactory(owner=leaver), CustomerFactory(owner=leaver)
    granted = extending.grant(ExtensionFactory(customer=customer), by=boss)
    asked, sheet = ExtensionFactory(customer=customer, days=9), SheetFactory(customer=customer)
    friend, gone = UserFactory(team=team), UserFactory(team=team)
    offers = [TransferFactory(customer=customer, receiver=friend), TransferFactory(customer=other, receiver=gone)]
    LoanFactory(customer=customer, person=heir)
    handover = handed_over(leaver, heir, boss)
    assert {Extension.objects.get(pk=asked.pk).status, Transfer.objects.get(pk=offers[0].pk).status} == {
        "lapsed", "withdrawn",
    }  # fmt: skip
    gone.is_active = False
    gone.save()
    undo(handover, by=boss)
    running = customer.stints.get(ended_at=None)
    states = list(running.extensions.order_by("pk").values_list("pk", "status"))
    assert states == [(granted.pk, "granted"), (asked.pk, "asked")]
    assert running.sheet == sheet
    assert [Transfer.objects.get(pk=one.pk).status for one in offers] == ["offered", "withdrawn"]
    assert customer.loans.get().person == heir
    extending.grant(Extension.objects.get(pk=asked.pk), by=boss)
    transferring.accept(Transfer.objects.get(pk=offers[0].pk), by=friend)
    assert Customer.objects.get(pk=customer.pk).owner == friend


def test_what_a_customer_that_did_not_come_back_had_asked_for_stays_over(leaver, boss, heir):
    customer = CustomerFactory(owner=leaver)
    asked = ExtensionFactory(customer=customer)
    handover = handed_over(leaver, heir, boss)
    owning.give([customer.pk], to=boss, by=boss)
    undo(handover, by=boss)
    assert Extension.objects.get(pk=asked.pk).status == "lapsed"


def test_an_offer_to_whoever_comes_back_is_open_again_unless_its_sender_did_something_with_it(leaver, boss, heir):
    again, offered, went = (TransferFactory(receiver=leaver) for _n in range(3))
    handover = handed_over(leaver, heir, boss)
    TransferFactory(customer=offered.customer, sender=offered.sender, receiver=heir)
    owning.give([went.customer_id], to=heir, by=boss)
    undo(handover, by=boss)
    offers = [again, offered, went]
    for offer in offers:
        offer.refresh_from_db()
    assert [offer.status for offer in offers] == ["offered", "withdrawn", "withdrawn"]
    told = again.customer.activities.filter(verb=Activity.Verb.TRANSFER).order_by("id")
    assert [one.data["what"] for one in told] == ["withdrawn", "offered"]
    transferring.accept(again, by=leaver)
    assert Customer.objects.get(pk=again.customer_id).owner == leaver


def test_an_undone_handover_reads_as_what_it_is(leaver, boss, heir):
    customer = CustomerFactory(owner=leaver)
    undo(handed_over(leaver, heir, boss), by=boss)
    stint = customer.stints.get(ended_at=None)
    assert "undone" in stint.get_start_reason_display() and "return" not in stint.get_start_reason_display()
    [line] = [one.line for one in latest(customer, user=boss, limit=1)]
    assert line.title == "Given back to 李伟" and line.detail.startswith("Handover undone")
