"""A return is undone for what nobody has claimed since: the ownership goes on (policy 4)."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils.translation import override

from customers import night
from customers.models import Activity, Customer, Hold, Loan, Pool, PoolRules, Stint, Transfer
from customers.ownership import claiming, locking, nights, pool, transferring, undoing
from customers.ownership.due import explain
from jobs import tasks
from jobs.models import Run
from staff.models import User
from tests.customers.returned import TODAY, due, returned_run
from tests.factories import (
    CustomerFactory,
    ExtensionFactory,
    LoanFactory,
    SheetFactory,
    TeamFactory,
    TransferFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def undo(client, run):
    return client.post(reverse("customers:night_undo", args=[run.pk]))


def test_what_a_night_returned_goes_back_with_its_clock_and_stays_for_the_days_of_grace(manager_client, manager):
    run, [customer] = returned_run()
    assert undo(manager_client, run).status_code == 302
    tasks.pick_up()
    before, (owner, since) = customer, (customer.owner, customer.owned_since)
    customer = Customer.objects.get(pk=before.pk)
    until = TODAY() + dt.timedelta(days=7)
    assert (customer.owner, customer.owned_since, customer.stint_reason) == (owner, since, Stint.Reason.UNDONE)
    assert (customer.kept_until, customer.returns_on) == (until, until + dt.timedelta(days=1))
    assert customer.returns_rule == before.returns_rule
    assert locking.of(customer).get().by == manager
    told = customer.activities.get(verb=Activity.Verb.ASSIGN)
    assert (told.by, told.data["reason"], told.data["owner"]) == (manager, "undone", owner.name)
    stints = list(customer.stints.order_by("id"))
    assert [stint.owner for stint in stints] == [owner, None, owner]
    assert [a.ended_at for a in stints[:-1]] == [b.started_at for b in stints[1:]]


def test_a_claim_whose_return_was_undone_still_owes_its_first_contact(manager):
    PoolRules.objects.update(first_contact_days=3)
    claimed, [bought] = CustomerFactory(owned_since=TODAY() - dt.timedelta(days=4), stint_reason="claimed"), due()
    for _time in range(2):
        night.return_by_hand(TODAY(), confirm=True)
        undoing.ask(Run.objects.get(job=nights.BY_HAND), by=manager)
        tasks.pick_up()
        Hold.objects.all().delete()
        Customer.objects.update(kept_until=None)
        for customer, reason, rule in ((claimed, "claim_back", "no_first"), (bought, "undone", "no_deal")):
            customer.refresh_from_db()
            assert (customer.stint_reason, customer.returns_rule, explain(customer).clock.rule) == (reason, rule, rule)


@pytest.mark.parametrize(("language", "words"), [("en", "return undone"), ("zh-hans", "撤销回收")])
def test_why_it_is_locked_reads_in_the_readers_language(client, manager, language, words):
    run, [customer] = returned_run()
    with override("zh-hant"):
        undoing.ask(run, by=manager)
        tasks.pick_up()
    User.objects.update(language=language)
    client.force_login(customer.owner)
    page = client.get(customer.get_absolute_url()).content.decode()
    assert f"“{words}”" in page
    assert words in client.get(reverse("customers:release", args=[customer.pk])).content.decode()


def test_undone_once_there_is_nothing_left_to_undo(manager_client):
    run, _two = returned_run(2)
    assert [undo(manager_client, run).status_code for _click in range(2)] == [302, 409]
    tasks.pick_up()
    assert undo(manager_client, run).status_code == 409
    assert Run.objects.filter(job=undoing.JOB).count() == 1
    assert Activity.objects.filter(verb=Activity.Verb.ASSIGN).count() == 2
    assert undoing.facts(run) == undoing.Facts(returned=2, free=0, orphaned=0, claimed=0, undone=2)


def test_an_undo_that_was_broken_off_goes_on(manager, monkeypatch):
    monkeypatch.setattr(undoing, "BATCH", 1)
    run, _three = returned_run(3)
    errand = undoing.ask(run, by=manager)
    plain, calls = undoing._give_back, []

    def break_off(*args):
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return plain(*args)

    monkeypatch.setattr(undoing, "_give_back", break_off)
    with pytest.raises(KeyboardInterrupt):
        tasks.pick_up()
    assert Customer.objects.owned().count() == 2
    monkeypatch.setattr(undoing, "_give_back", plain)
    tasks.pick_up()
    errand.refresh_from_db()
    assert (errand.status, errand.counts["back"], errand.total) == ("done", 3, 3)
    assert Activity.objects.filter(verb=Activity.Verb.ASSIGN).count() == 3


def test_only_what_still_lies_there_from_that_return_goes_back(manager):
    """Claimed, claimed and released, moved to another pool, its owner left or sells no more: all those stay."""
    gone, bookkeeper = UserFactory(), UserFactory()
    run, [claimed, released, moved, free] = returned_run(4)
    run_of_leavers = [*due(1, owner=gone), *due(1, owner=bookkeeper)]
    pool.return_idle(on=TODAY(), run=run)
    claimer = UserFactory()
    for customer in (claimed, released):
        claiming.claim(Customer.objects.get(pk=customer.pk), by=claimer)
    Customer.objects.get(pk=released.pk).release(note="不合适", by=claimer)
    target = Pool.objects.create(name="杭州公海", team=TeamFactory())
    Customer.objects.get(pk=moved.pk).move_to(target, note="", by=UserFactory(administrator=True))
    gone.is_active, bookkeeper.role = False, "finance"
    gone.save()
    bookkeeper.save()
    found = undoing.facts(run)
    assert found == undoing.Facts(returned=6, free=1, orphaned=2, claimed=1, undone=0)
    assert found.elsewhere == 2
    undoing.ask(run, by=manager)
    tasks.pick_up()
    owners = dict(Customer.objects.values_list("pk", "owner"))
    assert owners[free.pk] == free.owner_id
    assert owners[claimed.pk] == claimer.pk
    stay = [owners[customer.pk] for customer in (released, moved, *run_of_leavers)]
    assert stay == [None] * 4


def test_undone_twice_the_ownership_still_counts_from_its_first_day(manager):
    run, [customer] = returned_run()
    undoing.ask(run, by=manager)
    tasks.pick_up()
    locking.unlock(Customer.objects.get(pk=customer.pk), by=UserFactory(director=True))
    tomorrow = TODAY() + dt.timedelta(days=1)
    assert night.run_due(until=tomorrow) == [tomorrow]
    assert Customer.objects.pooled().count() == 1
    undoing.ask(Run.objects.get(business_date=tomorrow), by=manager)
    tasks.pick_up()
    now = Customer.objects.get(pk=customer.pk)
    assert (now.owner, now.owned_since) == (customer.owner, customer.owned_since)


def test_undone_the_extensions_and_sheets_of_the_ownership_go_on(manager):
    [customer] = due()
    ExtensionFactory(customer=customer, status="granted")
    asked = ExtensionFactory(customer=customer)
    sheet = SheetFactory(customer=customer)
    PoolRules.objects.update(brake_percent=100)
    night.run_due(until=TODAY())
    asked.refresh_from_db()
    assert asked.status == "lapsed"
    undoing.ask(Run.objects.get(job=night.JOB), by=manager)
    tasks.pick_up()
    now = customer.stints.get(ended_at=None)
    assert now.owner_id == sheet.written_by_id
    assert sorted(now.extensions.values_list("status", flat=True)) == ["asked", "granted"]
    sheet.refresh_from_db()
    assert sheet.stint == now


def test_undone_a_customer_is_offered_and_lent_again_to_those_who_still_work_here(manager):
    """An offer that its sender took back before stays so, and so does the loan of whom somebody claimed meanwhile."""
    customer, other, claimed = due(3)
    gone = UserFactory()
    old = TransferFactory(customer=customer)
    transferring.withdraw(old, by=customer.owner)
    offer, to_gone = TransferFactory(customer=customer), TransferFactory(customer=other, receiver=gone)
    lent, _over = LoanFactory(customer=customer), LoanFactory(customer=customer, until=TODAY() - dt.timedelta(days=1))
    LoanFactory(customer=claimed)
    PoolRules.objects.update(brake_percent=100)
    night.run_due(until=TODAY())
    claiming.claim(Customer.objects.get(pk=claimed.pk), by=UserFactory())
    gone.is_active = False
    gone.save()
    assert not Loan.objects.exists() and not Transfer.objects.offered().exists()
    undoing.ask(Run.objects.get(job=night.JOB), by=manager)
    tasks.pick_up()
    assert list(Transfer.objects.offered().values_list("pk", "answered_at")) == [(offer.pk, None)]
    assert Transfer.objects.get(pk=to_gone.pk).status == "withdrawn"
    [loan] = Loan.objects.all()
    assert (loan.customer, loan.person, loan.until, loan.reason) == (customer, lent.person, lent.until, lent.reason)
    transferring.accept(offer, by=offer.receiver)


def test_undone_twice_the_offer_of_before_is_open_still(manager):
    [customer] = due()
    offer = TransferFactory(customer=customer)
    for day in (TODAY(), TODAY() + dt.timedelta(days=1)):
        PoolRules.objects.update(brake_percent=100)
        night.run_due(until=day)
        undoing.ask(Run.objects.get(job=night.JOB, business_date=day), by=manager)
        tasks.pick_up()
        assert Transfer.objects.offered().get() == offer
        locking.unlock(Customer.objects.get(pk=customer.pk), by=UserFactory(director=True))


def test_a_return_by_hand_is_undone_like_a_night(manager_client):
    [customer] = due()
    night.return_by_hand(TODAY(), confirm=True)
    assert undo(manager_client, Run.objects.get(job=nights.BY_HAND)).status_code == 302
    tasks.pick_up()
    assert Customer.objects.get(pk=customer.pk).owner == customer.owner


def test_the_page_names_people_in_sight_only(client, manager):
    own = UserFactory(name="自己人", team=TeamFactory(parent=manager.team))
    run, _customers = returned_run(1)
    due(2, owner=own)
    pool.return_idle(on=TODAY(), run=run)
    manager.team.head = manager
    manager.team.save()
    client.force_login(manager)
    page = client.get(reverse("customers:night", args=[run.pk]), headers={"Accept-Language": "en"}).context
    assert page["people"][0] == (own.pk, "自己人", 2)
    assert [number for _pk, _name, number in page["people"]] == [2, 1]
