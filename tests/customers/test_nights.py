"""Nights for people: the list, a stopped one that somebody lets go, and undoing a return (policy 4)."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from crm.lib.dates import start_of
from customers import night
from customers.models import Activity, Customer, Hold, Loan, Pool, PoolRules, Stint, Transfer
from customers.ownership import claiming, locking, nights, pool, pools, transferring, undoing
from customers.ownership.due import explain
from jobs import tasks
from jobs.models import Run
from staff.models import User
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
TODAY = timezone.localdate


@pytest.fixture
def manager():
    return UserFactory(manager=True, name="周强", team=TeamFactory())


@pytest.fixture
def manager_client(client, manager):
    client.force_login(manager)
    return client


def due(number=1, **fields):
    """Return customers that are due today."""
    since = TODAY() - dt.timedelta(days=100)
    return [CustomerFactory(owned_since=since, **fields) for _n in range(number)]


def stopped(number=3):
    due(number)
    night.run_due(until=TODAY())
    return Run.objects.get(job=night.JOB)


def let_go(client, run):
    return client.post(reverse("customers:night_let_go", args=[run.pk]))


def undo(client, run):
    return client.post(reverse("customers:night_undo", args=[run.pk]))


def returned_run(number=1, **fields):
    """Return the run of a night that returned so many, and the customers."""
    customers = due(number, **fields)
    PoolRules.objects.update(brake_percent=100)
    night.run_due(until=TODAY())
    return Run.objects.get(job=night.JOB), customers


# A stopped night


def test_a_stopped_night_waits_and_whoever_may_lets_it_go(manager_client, manager):
    run = stopped()
    assert nights.waiting() == run
    page = manager_client.get(reverse("customers:night", args=[run.pk])).context
    assert page["waits"]
    assert page["people"] == []  # a manager of another team hears how many, not whose
    assert let_go(manager_client, run).status_code == 302
    assert Customer.objects.pooled().count() == 0
    tasks.pick_up()
    assert Customer.objects.pooled().count() == 3
    assert nights.waiting() is None
    assert Run.objects.get(job=nights.BY_HAND).by == manager
    assert "周强" in manager_client.get(reverse("customers:night", args=[run.pk])).content.decode()


def test_who_was_kept_since_a_night_stopped_is_not_counted_among_others(client):
    run = stopped()
    client.force_login(UserFactory(director=True))
    kept = Customer.objects.first()
    locking.lock(kept, until=TODAY() + dt.timedelta(days=9), reason="大会后再谈", by=UserFactory(administrator=True))
    page = client.get(reverse("customers:night", args=[run.pk])).context
    assert [number for _pk, _name, number in page["people"]] == [1, 1]


def test_letting_go_twice_is_one_errand_and_late_once_it_is_done(manager_client):
    run = stopped()
    assert [let_go(manager_client, run).status_code for _click in range(2)] == [302, 302]
    assert Run.objects.filter(job=nights.JOB).count() == 1
    tasks.pick_up()
    assert let_go(manager_client, run).status_code == 409


def test_a_later_night_takes_the_place_of_a_stopped_one(manager_client):
    run = stopped()
    PoolRules.objects.update(brake_percent=100)
    night.run_due(until=TODAY() + dt.timedelta(days=1))
    assert nights.waiting() is None
    assert let_go(manager_client, run).status_code == 409


def test_what_was_returned_by_hand_no_longer_waits():
    stopped()
    night.return_by_hand(TODAY(), confirm=True)
    assert nights.waiting() is None


def test_a_supervisor_sees_the_night_on_today_and_does_not_decide(client):
    run = stopped()
    client.force_login(UserFactory(supervisor=True, team=TeamFactory()))
    assert reverse("customers:night", args=[run.pk]) in client.get(reverse("reports:today")).content.decode()
    assert let_go(client, run).status_code == 403


def test_managers_have_a_badge_and_a_line_on_their_first_page(manager_client):
    address = reverse("customers:nights")
    assert [line["badge"] for line in pool_lines(manager_client, address)] == [""]
    run = stopped()
    assert [line["badge"] for line in pool_lines(manager_client, address)] == ["1"]
    assert (
        reverse("customers:night", args=[run.pk]) in manager_client.get(reverse("reports:dashboard")).content.decode()
    )


def pool_lines(client, address):
    lines = client.get(address).context["navigation"]
    return [line for line in lines if line["url"] == reverse("customers:pool")]


def test_the_list_says_what_each_night_did(manager_client):
    returned_run(2)
    [run] = manager_client.get(reverse("customers:nights")).context["page"].rows
    assert (run.number, run.counts["changed"], run.counts["reminded"], run.waits) == (2, 0, 0, False)


def test_returns_by_hand_of_one_date_count_together(manager_client):
    due(2)
    night.return_by_hand(TODAY(), confirm=True)
    due(1)
    night.return_by_hand(TODAY(), confirm=True)
    [run] = manager_client.get(reverse("customers:nights")).context["page"].rows
    assert (run.by_hand, run.number) == (True, 3)


# Undoing


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


# Pools


@pytest.fixture
def admin_client(client):
    client.force_login(UserFactory(administrator=True, language="en"))
    return client


def test_a_pool_of_a_team_takes_what_its_people_lose_and_its_members_are_said(admin_client):
    team = TeamFactory(name="杭州组")
    below = UserFactory(team=TeamFactory(parent=team))
    assert admin_client.post(reverse("customers:pool_add"), {"name": "杭州公海", "team": team.pk}).status_code == 302
    due(2, owner=below)
    pool.return_idle(on=TODAY())
    found = admin_client.get(reverse("customers:pools")).context["pools"]
    assert [(one.name, one.number, one.members) for one in found] == [("公海", 0, 1), ("杭州公海", 2, 1)]


def test_all_customers_of_a_pool_move_into_another_and_stints_say_so(admin_client):
    team_pool = Pool.objects.create(name="杭州公海", team=TeamFactory())
    earlier = start_of(TODAY() - dt.timedelta(days=5))
    customers = [CustomerFactory(pooled=True, pooled_at=earlier) for _n in range(3)]
    company = customers[0].pool
    for _click in range(2):
        admin_client.post(reverse("customers:pool_move", args=[company.pk]), {"target": team_pool.pk})
    assert Run.objects.filter(job=pools.JOB).count() == 1
    tasks.pick_up()
    for customer in customers:
        new, old = customer.stints.all()
        assert (new.pool, new.start_reason, old.pool, old.ended_at) == (team_pool, "moved", company, new.started_at)
        assert old.started_at == earlier < new.started_at
        assert customer.activities.get().data["pool"] == "杭州公海"


def test_an_empty_pool_is_closed_and_its_name_and_team_are_free_again(admin_client):
    team = TeamFactory()
    mine = UserFactory(team=team)
    first = Pool.objects.create(name="杭州公海", team=team)
    [customer] = due(owner=mine)
    pool.return_idle(on=TODAY())
    close = reverse("customers:pool_close", args=[first.pk])
    assert admin_client.post(close).status_code == 409
    claiming.claim(Customer.objects.get(pk=customer.pk), by=UserFactory(team=team))
    assert admin_client.post(close).status_code == 302
    assert list(Pool.objects.values_list("name", flat=True)) == ["公海"]
    assert customer.stints.get(pool__isnull=False).pool.name == "杭州公海"
    due(owner=mine)
    pool.return_idle(on=TODAY())
    assert Customer.objects.pooled().get().pool.name == "公海"
    assert admin_client.post(reverse("customers:pool_add"), {"name": "杭州公海", "team": team.pk}).status_code == 302


def test_the_companys_pool_stays(admin_client):
    assert admin_client.post(reverse("customers:pool_close", args=[Pool.objects.get().pk])).status_code == 409
    assert Pool.objects.exists()
