"""Rules and undone returns against whoever writes at the same moment, with real connections and their controls."""

import datetime as dt
import threading

import pytest
from django.utils import timezone

from crm.lib.dates import add_months
from crm.lib.moves import TooLate
from customers.models import Customer, PoolRules, Stint
from customers.ownership import applying, claiming, due, pool, rules, undoing
from jobs.models import Run
from tests.factories import CustomerFactory, OrderFactory, UserFactory
from tests.walls.racing import open_transaction, racers, wait_until_somebody_waits_for_a_lock

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = timezone.localdate


def new_rules(by, **changed):
    newest = PoolRules.current()
    draft = PoolRules(**{name: getattr(newest, name) for name in rules.SETTINGS} | changed)
    return rules.save(draft, [], after=newest.pk, by=by)


def apply_while_an_order_is_confirmed():
    """Return the customer whose order was confirmed, but not yet committed, when its date was about to be written."""
    order = OrderFactory(customer=CustomerFactory(owned_since=TODAY() - dt.timedelta(days=40)))
    finance = UserFactory(finance=True)
    new_rules(UserFactory(administrator=True), no_deal_months=6, no_sale_months=6)
    with racers(1) as them:
        with open_transaction(lambda: order.confirm(on=TODAY(), by=finance)):
            waiting = them.pool.submit(due.write, customers=[order.customer_id])
            wait_until_somebody_waits_for_a_lock()
        waiting.result(20)
    return Customer.objects.get(pk=order.customer_id)


def test_an_order_confirmed_while_dates_are_written_keeps_its_date():
    customer = apply_while_an_order_is_confirmed()
    assert (customer.returns_on, customer.returns_rule) == (add_months(TODAY(), 6), "no_sale")


def test_control_judged_before_it_is_held_the_date_is_the_one_without_the_order(monkeypatch):
    monkeypatch.setattr(due, "HOLD", "SELECT %(customers)s::bigint[] WHERE {which} IS NULL".replace("{which}", "1"))
    customer = apply_while_an_order_is_confirmed()
    assert customer.returns_rule == "no_deal"


def change_while_somebody_creates():
    """Apply new rules while a customer that was judged by the old ones is not committed yet; return it."""
    owner, admin = UserFactory(), UserFactory(administrator=True)
    with racers(1) as them:
        with open_transaction(lambda: CustomerFactory(owner=owner, owned_since=TODAY() - dt.timedelta(days=40))):
            new_rules(admin, no_deal_months=6)
            waiting = them.pool.submit(applying.catch_up)
            threading.Event().wait(0.3)
        waiting.result(20)
    return Customer.objects.get()


def test_whoever_was_judged_by_the_old_rules_and_committed_late_is_gone_over_too():
    customer = change_while_somebody_creates()
    assert customer.returns_on == due.explain(customer).on


def test_control_without_waiting_for_writers_a_late_one_keeps_its_old_date(monkeypatch):
    monkeypatch.setattr(applying, "let_writers_finish", lambda: None)
    customer = change_while_somebody_creates()
    assert customer.returns_on != due.explain(customer).on


def test_of_two_who_save_at_once_one_hears_of_the_other():
    admin, newest = UserFactory(administrator=True), PoolRules.current()
    values = {name: getattr(newest, name) for name in rules.SETTINGS}
    with racers(2) as them:
        for months in range(4, 24, 2):
            after = PoolRules.current().pk
            drafts = [PoolRules(**values | {"no_sale_months": months + n}) for n in range(2)]
            outcomes = them.run(*[lambda d=d, a=after: rules.save(d, [], after=a, by=admin) for d in drafts])
            assert sorted(type(outcome) for outcome in outcomes if isinstance(outcome, Exception)) == [TooLate]
    assert PoolRules.objects.count() == 11


def test_control_without_the_row_lock_both_save(monkeypatch):
    admin, newest = UserFactory(administrator=True), PoolRules.current()
    values = {name: getattr(newest, name) for name in rules.SETTINGS}
    both_have_looked, plain = threading.Barrier(2), rules.Version.newest

    def newest_version():
        found = plain()
        both_have_looked.wait(10)
        return found

    monkeypatch.setattr(rules.Version, "newest", newest_version)
    monkeypatch.setattr(rules, "list", lambda rows: [], raising=False)
    with racers(2) as them:
        drafts = [PoolRules(**values | {"no_sale_months": 7 + n}) for n in range(2)]
        outcomes = them.run(*[lambda d=d: rules.save(d, [], after=newest.pk, by=admin) for d in drafts])
    assert all(isinstance(outcome, PoolRules) for outcome in outcomes)


# An undo and a claim at the same moment


def returned(number):
    since = TODAY() - dt.timedelta(days=100)
    customers = [CustomerFactory(owned_since=since) for _n in range(number)]
    run = Run.objects.create(job="return_idle", business_date=TODAY(), status="done", finished_at=timezone.now())
    pool.return_idle(on=TODAY(), run=run)
    return run, customers


def undo(run, by):
    errand = Run.objects.create(job=undoing.JOB, by=by, counts={"run": run.pk})
    return undoing.undo(run, by=by, errand=errand)


def test_of_an_undo_and_a_claim_exactly_one_has_the_customer():
    manager, claimers = UserFactory(manager=True), [UserFactory() for _n in range(3)]
    run, customers = returned(45)
    take = [customers[n::3] for n in range(3)]

    def claim_all(person, mine):
        taken = []
        for customer in mine:
            try:
                claiming.claim(Customer.objects.get(pk=customer.pk), by=person)
            except TooLate:
                continue
            taken.append(customer.pk)
        return taken

    PoolRules.objects.update(claims_a_day=None)
    undoing_in_small_batches = undoing.BATCH
    undoing.BATCH = 2
    try:
        with racers(4) as them:
            calls = [lambda p=p, m=m: claim_all(p, m) for p, m in zip(claimers, take, strict=True)]
            back, *taken = them.run(lambda: undo(run, manager), *calls)
    finally:
        undoing.BATCH = undoing_in_small_batches
    assert back + sum(map(len, taken)) == 45
    for person, pks in zip(claimers, taken, strict=True):
        assert set(person.customers.values_list("pk", flat=True)) == set(pks)
    for customer in customers:
        stints = list(customer.stints.order_by("id"))
        assert [a.ended_at for a in stints[:-1]] == [b.started_at for b in stints[1:]]
        assert len(stints) == 3


def claim_while_undone(monkeypatch=None):
    """Return the customer that was claimed, but not yet committed, when its return was undone."""
    run, [customer] = returned(1)
    manager, claimer = UserFactory(manager=True), UserFactory(name="认领人")
    with racers(1) as them:
        with open_transaction(lambda: claiming.claim(Customer.objects.get(pk=customer.pk), by=claimer)):
            waiting = them.pool.submit(undo, run, manager)
            wait_until_somebody_waits_for_a_lock()
        waiting.result(20)
    return Customer.objects.select_related("owner").get()


def test_whoever_claimed_before_the_undo_keeps_the_customer():
    customer = claim_while_undone()
    assert (customer.owner.name, customer.stint_reason) == ("认领人", Stint.Reason.CLAIMED)


def test_control_without_the_look_at_the_held_row_the_undo_takes_it_away(monkeypatch):
    monkeypatch.setattr(
        undoing, "HOLD_CUSTOMERS", "SELECT c.id FROM customers_customer c WHERE c.id = ANY(%(some)s) AND %(run)s > 0"
    )
    monkeypatch.setattr(undoing, "GIVE_BACK", undoing.GIVE_BACK.replace("s.ended_at IS NULL AND", ""))
    assert claim_while_undone().stint_reason == Stint.Reason.UNDONE
