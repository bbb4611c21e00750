"""Handovers (policy 4.6): what somebody holds is listed, chosen for, carried out in one go, confirmed, undone."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from complaints.models import Step
from crm.lib.moves import TooLate
from customers.models import Activity, Customer, Extension, Handover, Hold, PoolRules, Stint, Transfer
from customers.ownership import (
    claiming,
    due,
    extending,
    handover_split,
    handovers,
    holds,
    owning,
    splitting,
    taking_over,
    transferring,
)
from customers.ownership.handing_over import holdings
from customers.ownership.handover_undo import undo
from customers.ownership.handover_work import NotReady, carry_out
from customers.timeline import latest
from plans import reseating
from plans.models import Seat
from staff.models import Absence, User
from staff.roles import Role
from tests.factories import (
    AbsenceFactory,
    CallbackFactory,
    CustomerFactory,
    ExtensionFactory,
    LoanFactory,
    MeasureFactory,
    MessageFactory,
    OrderFactory,
    PlanFactory,
    PromiseFactory,
    SheetFactory,
    TaskFactory,
    TeamFactory,
    TicketFactory,
    TransferFactory,
    UserFactory,
    running,
    submitted,
)
from visits.models import Message, Promise

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(db):
    return TeamFactory(name="杭州组")


@pytest.fixture
def boss(team):
    return UserFactory(name="王芳", supervisor=True, team=team)


@pytest.fixture
def leaver(team):
    return UserFactory(name="李伟", team=team)


@pytest.fixture
def heir(team):
    return UserFactory(name="陈静", team=team)


def opened(leaver, by, **fields):
    return handovers.open_for(leaver, why=fields.pop("why", Handover.Why.LEAVING), by=by, **fields)


def all_to(handover, person, by):
    handover_split.apply(handover, lambda rows: splitting.to_one(rows, person.pk), only_open=False, by=by)
    handover_split.give_rest(handover, person, by=by)


def handed_over(leaver, heir, by, **fields):
    handover = opened(leaver, by, **fields)
    all_to(handover, heir, by)
    carry_out(handover, by=by)
    return handover


def by_kind(handover, **filters):
    found = {}
    for item in handover.items.filter(**filters):
        found.setdefault(item.kind, []).append(item)
    return found


# Opening


def test_opening_one_lists_everything_that_somebody_holds(leaver, boss, heir):
    mine, other = CustomerFactory(owner=leaver), CustomerFactory(owner=heir)
    OrderFactory(customer=mine, amount=Decimal("300"))
    OrderFactory(customer=mine, paid=True)
    CallbackFactory(customer=mine, purpose="by_hand")
    CallbackFactory(customer=other, purpose="call_list", person=leaver)
    CallbackFactory(customer=other, purpose="by_hand")
    PromiseFactory(customer=mine)
    MessageFactory(customer=mine, contact__customer=mine, by=leaver)
    TicketFactory(received_by=leaver, customer=mine)
    MeasureFactory(owner=leaver)
    plan = running(PlanFactory(author=boss))
    TaskFactory(plan=plan, person=leaver)
    AbsenceFactory(person=heir, delegate=leaver)
    Transfer.objects.create(customer=other, sender=heir, receiver=leaver, reason="x", by=heir)
    items = by_kind(opened(leaver, boss))
    assert {code: len(rows) for code, rows in items.items()} == {
        "customer": 1,
        "receivable": 1,
        "callback": len(mine.callbacks.open()) + 1,
        "promise": 1,
        "ticket": 1,
        "measure": 1,
        "task": 1,
        "delegation": 1,
        "offer": 1,
        "message": 1,
    }
    assert items["receivable"][0].amount == 300
    assert all(item.follows for item in items["callback"] if item.customer_id == mine.pk)


def test_only_who_leads_somebody_opens_one_and_never_for_oneself(leaver, boss, heir):
    stranger = UserFactory(supervisor=True, team=TeamFactory())
    for person, of in ((heir, leaver), (stranger, leaver), (boss, boss), (UserFactory(finance=True), leaver)):
        with pytest.raises(PermissionDenied):
            opened(of, person)
    assert opened(leaver, UserFactory(administrator=True)) == opened(leaver, boss), "one draft at a time"


def test_a_draft_looked_at_again_keeps_what_was_chosen_and_shows_what_came_and_went(leaver, boss, heir):
    stays, goes = CustomerFactory(owner=leaver), CustomerFactory(owner=leaver)
    handover = opened(leaver, boss)
    all_to(handover, heir, boss)
    goes.put_in_pool(Stint.Reason.RELEASED, by=boss)
    goes.save()
    new = CustomerFactory(owner=leaver)
    handovers.refresh(handover, by=boss)
    items = {item.source: item for item in by_kind(handover)["customer"]}
    assert (items[stays.pk].receiver, items[goes.pk].status, items[new.pk].receiver) == (heir, "left", None)


# Carrying out


def test_carried_out_everything_is_with_its_receiver(leaver, boss, heir):
    customer, other = CustomerFactory(owner=leaver), CustomerFactory(owner=heir)
    order = OrderFactory(customer=customer)
    promise = PromiseFactory(customer=customer)
    call = CallbackFactory(customer=other, purpose="call_list", person=leaver)
    ticket = TicketFactory(received_by=leaver, customer=customer)
    measure = MeasureFactory(owner=leaver)
    message = MessageFactory(customer=customer, contact__customer=customer, by=leaver)
    task = TaskFactory(plan=running(PlanFactory(author=boss)), person=leaver, customer=customer)
    handover = handed_over(leaver, heir, boss, note="回老家")
    for row in (customer, order, promise, call, ticket, measure, message, task):
        row.refresh_from_db()
    assert (customer.owner, customer.stint_reason, customer.moved_in) == (heir, Stint.Reason.HANDED_OVER, handover.run)
    assert order.salesperson == leaver, "past sales stay with who made them"
    assert (promise.owner, ticket.holder, measure.owner, task.person) == (heir, heir, heir, heir)
    assert call.person is None, "its customer's owner makes it"
    assert (message.status, message.error) == ("failed", Message.MOVED)
    assert Step.objects.filter(ticket=ticket, verb="take", by=boss).exists()
    told = Activity.objects.get(customer=customer, verb=Activity.Verb.ASSIGN)
    assert (told.by, told.data["from"], told.data["owner"]) == (boss, "李伟", "陈静")
    stints = list(customer.stints.order_by("started_at"))
    assert stints[0].ended_at == stints[1].started_at and stints[1].run == handover.run
    assert holdings(leaver, None) == []


def test_customers_in_the_pool_leave_their_receivables_and_promises_to_who_opened_it(leaver, boss):
    customer = CustomerFactory(owner=leaver)
    OrderFactory(customer=customer)
    promise = PromiseFactory(customer=customer)
    handover = opened(leaver, boss)
    handover_split.apply(handover, None, only_open=False, by=boss)
    carry_out(handover, by=boss)
    customer.refresh_from_db(), promise.refresh_from_db()
    assert (customer.owner, customer.pool.team, promise.owner) == (None, None, boss)
    items = by_kind(handover)
    assert items["customer"][0].status == "confirmed", "the pool says nothing"
    assert (items["receivable"][0].receiver, items["receivable"][0].status) == (boss, "moved")


def test_carried_out_twice_it_happens_once(leaver, boss, heir):
    customer = CustomerFactory(owner=leaver)
    handover = handed_over(leaver, heir, boss)
    carry_out(Handover.objects.get(pk=handover.pk), by=boss)
    assert customer.stints.count() == 2


def test_who_leaves_hands_over_everything_who_changes_post_what_was_chosen(leaver, boss, heir):
    first, second = CustomerFactory(owner=leaver), CustomerFactory(owner=leaver)
    handover = opened(leaver, boss)
    item = by_kind(handover)["customer"][0]
    handovers.choose(handover, [item], to=heir, by=boss)
    with pytest.raises(NotReady, match="1 thing"):
        carry_out(handover, by=boss)
    Handover.objects.filter(pk=handover.pk).update(why=Handover.Why.POST)
    carry_out(Handover.objects.get(pk=handover.pk), by=boss)
    owners = {customer.pk: customer.owner for customer in Customer.objects.filter(pk__in=(first.pk, second.pk))}
    assert owners.pop(item.source) == heir
    assert list(owners.values()) == [leaver]


def test_what_went_meanwhile_is_said_and_not_overwritten(leaver, boss, heir):
    kept, sold = CustomerFactory(owner=leaver), CustomerFactory(owner=leaver)
    OrderFactory(customer=sold)
    handover = opened(leaver, boss)
    all_to(handover, heir, boss)
    somebody = UserFactory(name="黄敏")
    sold.own(somebody, by=boss)
    sold.save()
    carry_out(handover, by=boss)
    assert Customer.objects.get(pk=sold.pk).owner == somebody
    assert Customer.objects.get(pk=kept.pk).owner == heir
    left = by_kind(handover, status="left")
    assert set(left) >= {"customer", "receivable"}


def test_nobody_gets_what_their_role_may_not_hold(leaver, boss, team):
    CustomerFactory(owner=leaver)
    handover = opened(leaver, boss)
    manager = UserFactory(manager=True, team=team)
    with pytest.raises(handovers.DoesNotFit):
        handovers.choose(handover, handover.items.all(), to=manager, by=boss)


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": Role.FINANCE}, {"team": None}])
def test_a_receiver_who_left_or_changed_post_since_gets_nothing(leaver, boss, heir, change):
    customer = CustomerFactory(owner=leaver)
    handover = opened(leaver, boss)
    all_to(handover, heir, boss)
    for name, value in change.items():
        setattr(heir, name, value)
    heir.save()
    with pytest.raises(NotReady, match="陈静"):
        carry_out(handover, by=User.objects.get(pk=boss.pk))
    assert Customer.objects.get(pk=customer.pk).owner == leaver


def test_more_in_hand_than_the_rules_allow_needs_a_reason(leaver, boss, heir):
    rules = PoolRules.current()
    rules.pk, rules.capacity = None, 1
    rules.save()
    CustomerFactory.create_batch(2, owner=leaver)
    handover = opened(leaver, boss)
    all_to(handover, heir, boss)
    assert handover_split.preview(handover, by=boss).is_over
    with pytest.raises(NotReady, match="2 customers in hand"):
        carry_out(handover, by=boss)
    carry_out(handover, override="只此一人", by=boss)
    assert Customer.objects.filter(owner=heir).count() == 2


def test_plans_go_to_who_may_draft_and_decisions_to_the_delegate(db):
    east = TeamFactory(name="华东")
    team = TeamFactory(name="杭州组", parent=east)
    director = UserFactory(director=True)
    manager = UserFactory(manager=True, team=east)
    other = UserFactory(manager=True, team=TeamFactory())
    author = UserFactory(supervisor=True, team=team)
    east.head = manager
    east.save()
    plan, own = submitted(PlanFactory(author=author)), PlanFactory(author=manager)
    reseating.reseat()
    assert list(plan.seats.values_list("person", flat=True)) == [manager.pk]
    handover = opened(manager, UserFactory(administrator=True))
    handover_split.apply(handover, None, only_open=False, by=handover.opened_by)
    handover_split.give_rest(handover, director, by=handover.opened_by)
    items = by_kind(handover)
    handovers.choose(handover, items["decision"], to=other, by=handover.opened_by)
    carry_out(handover, by=handover.opened_by)
    own.refresh_from_db(), east.refresh_from_db()
    assert (own.author, east.head) == (director, director)
    absence = Absence.objects.get(person=manager)
    assert absence.delegate == other
    assert manager.pk not in Seat.objects.filter(plan=plan).values_list("person", flat=True)
    undo(handover, by=handover.opened_by)
    own.refresh_from_db(), east.refresh_from_db()
    assert (own.author, east.head, Absence.objects.filter(person=manager).exists()) == (manager, manager, False)
    assert list(plan.seats.values_list("person", flat=True)) == [manager.pk]


def test_who_may_not_give_something_leaves_it_to_those_above(leaver, boss, heir, team):
    colleague = UserFactory(supervisor=True, team=team)
    plan = PlanFactory(author=colleague)
    handover = opened(colleague, boss)
    all_to(handover, heir, boss)
    assert handover_split.preview(handover, by=boss).above[0][0].code == "plan"
    carry_out(handover, by=boss)
    plan.refresh_from_db()
    assert (plan.author, by_kind(handover)["plan"][0].status) == (colleague, "left")


# Confirming


def test_the_commission_is_withheld_until_every_receiver_has_confirmed(leaver, boss, heir):
    CustomerFactory.create_batch(2, owner=leaver)
    handover = handed_over(leaver, heir, boss)
    assert taking_over.lacks(handover).is_withheld
    first, *_rest = handover.items.filter(receiver=heir, kind="customer")
    assert taking_over.confirm(handover, [first.pk], by=heir) == 1
    assert taking_over.confirm(handover, [first.pk], by=boss) == 0, "nobody confirms for another"
    taking_over.confirm(handover, None, by=heir)
    assert not taking_over.lacks(handover).is_withheld


def test_what_is_missing_is_supplied_by_the_leaver_and_confirmed_by_the_receiver(leaver, boss, heir):
    order = OrderFactory(customer=CustomerFactory(owner=leaver))
    handover = handed_over(leaver, heir, boss)
    taking_over.confirm(handover, None, by=heir)
    item = handover.items.get(kind="receivable", source=order.pk)
    with pytest.raises(PermissionDenied):
        taking_over.miss(item, note="没有对账单", by=leaver)
    taking_over.miss(item, note="没有对账单", by=heir)
    assert taking_over.lacks(handover).missing == 1
    with pytest.raises(PermissionDenied):
        taking_over.supply(item, text="已附", by=heir)
    taking_over.supply(item, text="已附", by=leaver)
    with pytest.raises(TooLate):
        taking_over.supply(item, text="再附", by=leaver)
    assert (item.status, taking_over.lacks(handover).is_withheld) == ("moved", True)
    taking_over.confirm(handover, [item.pk], by=heir)
    assert not taking_over.lacks(handover).is_withheld


# Undoing


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
