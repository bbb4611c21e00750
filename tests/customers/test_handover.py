"""Handovers (policy 4.6): what somebody holds is listed, chosen for, carried out in one go, confirmed."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from complaints.models import Step
from crm.lib.moves import TooLate
from customers.models import Activity, Customer, Handover, PoolRules, Stint, Transfer
from customers.ownership import (
    handover_split,
    handovers,
    taking_over,
)
from customers.ownership.handing_over import holdings
from customers.ownership.handover_undo import undo
from customers.ownership.handover_work import NotReady, carry_out
from plans import reseating
from plans.models import Seat
from staff.models import Absence, User
from staff.roles import Role
from tests.customers.handing import all_to, by_kind, handed_over, opened
from tests.factories import (
    AbsenceFactory,
    CallbackFactory,
    CustomerFactory,
    MeasureFactory,
    MessageFactory,
    OrderFactory,
    PlanFactory,
    PromiseFactory,
    TaskFactory,
    TeamFactory,
    TicketFactory,
    UserFactory,
    running,
    submitted,
)
from visits.models import Message

pytestmark = pytest.mark.django_db


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
