"""New versions of the rules of the pool: what they change, from when, and the dates that follow (policy 4.8)."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from customers import night
from customers.models import Customer, OwnPeriods, PoolRules
from customers.ownership import applying, due, pool, rules
from customers.ownership.rules import Version
from jobs import tasks
from jobs.models import Run
from tests.factories import CustomerFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


@pytest.fixture
def admin():
    return UserFactory(administrator=True, name="孙工")


@pytest.fixture
def admin_client(client, admin):
    client.force_login(admin)
    return client


def typed(**changed):
    """Return what the form sends for the rules in force, but for what `changed` says."""
    newest = PoolRules.current()
    values = {name: getattr(newest, name) for name in rules.SETTINGS}
    values["remind_days"] = ", ".join(map(str, newest.remind_days))
    values = {name: "" if value is None else value for name, value in values.items()}
    return values | {"after": newest.pk, "count": 0, "note": ""} | changed


def save(by, own=(), **changed):
    newest = PoolRules.current()
    draft = PoolRules(**{name: getattr(newest, name) for name in rules.SETTINGS} | changed)
    return rules.save(draft, list(own), after=newest.pk, by=by)


def owned_for(days, **fields):
    return CustomerFactory(owned_since=TODAY() - dt.timedelta(days=days), **fields)


def returns_on(customer):
    return Customer.objects.values_list("returns_on", flat=True).get(pk=customer.pk)


# Saving


def test_a_saved_change_is_a_new_version_and_its_errand_moves_the_dates(admin_client, admin):
    customer = owned_for(40)
    before = PoolRules.current()
    response = admin_client.post(reverse("customers:rules_edit"), typed(no_deal_months=6, note="淡季"))
    assert response.status_code == 302
    newest = PoolRules.current()
    assert (newest.by, newest.note, newest.no_deal_months) == (admin, "淡季", 6)
    assert PoolRules.objects.get(pk=before.pk).no_deal_months == 2
    tasks.pick_up()
    assert returns_on(customer) == due.explain(customer).on != customer.returns_on
    run = Run.objects.get(job=applying.JOB)
    assert (run.status, run.by, run.done, run.total) == ("done", admin, 1, 1)


@pytest.mark.parametrize("change", [{"no_sale_months": 4}, {"contact_days": 60}, {"first_contact_days": 3}])
def test_a_change_of_a_period_gives_everybody_the_days_of_grace(admin, change):
    assert save(admin, **change).clocks_since == TODAY()


def test_an_own_period_is_a_change_of_a_period_too_and_other_settings_are_none(admin):
    save(admin, capacity=500)
    assert PoolRules.current().clocks_since is None
    save(admin, own=[OwnPeriods(grade="VIP", no_sale_months=6)])
    assert PoolRules.current().clocks_since == TODAY()
    PoolRules.objects.update(clocks_since=dt.date(2022, 1, 1))
    save(admin, own=[OwnPeriods(grade="VIP", no_sale_months=6)], claims_a_day=None)
    assert PoolRules.current().clocks_since == dt.date(2022, 1, 1)
    save(admin)
    assert PoolRules.current().clocks_since == TODAY()


def test_whoever_shortens_running_days_of_grace_gives_the_shorter_ones_from_today_on(admin):
    first = save(admin, no_deal_months=1)
    PoolRules.objects.filter(pk=first.pk).update(clocks_since=TODAY() - dt.timedelta(days=6))
    assert save(admin, no_deal_months=1, grace_days=3).clocks_since == TODAY()
    PoolRules.objects.filter(pk=PoolRules.current().pk).update(clocks_since=TODAY() - dt.timedelta(days=60))
    assert save(admin, no_deal_months=1, grace_days=1).clocks_since == TODAY() - dt.timedelta(days=60)


def test_saving_what_is_in_force_writes_no_version(admin_client):
    admin_client.post(reverse("customers:rules_edit"), typed())
    assert PoolRules.objects.count() == 1
    assert not Run.objects.exists()


def test_of_two_administrators_the_second_hears_of_the_first_and_keeps_their_text(admin_client, admin):
    mine = typed(no_sale_months=5, note="我的理由")
    save(UserFactory(administrator=True, name="第一人"), no_sale_months=4)
    response = admin_client.post(reverse("customers:rules_edit"), mine)
    body = response.content.decode()
    assert response.status_code == 409
    assert "第一人" in body
    assert "我的理由" in body
    assert PoolRules.current().no_sale_months == 4
    mine["after"] = response.context["form"]["after"].value()
    assert admin_client.post(reverse("customers:rules_edit"), mine).status_code == 302
    assert PoolRules.current().no_sale_months == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"no_deal_months": 0},
        {"no_sale_months": ""},
        {"brake_percent": 101},
        {"remind_days": "14, x"},
        {"remind_days": "0"},
        {"grace_days": 99999},
        {"count": 1, "whose-0": "grade-VIP"},
        {"count": 1, "whose-0": "team-99999", "no_deal_months-0": 3},
        {"count": 1, "whose-0": "grade-A", "no_deal_months-0": 61},
        {"count": 2, "whose-0": "grade-A", "no_deal_months-0": 3, "whose-1": "grade-A", "no_deal_months-1": 4},
    ],
)
def test_rules_that_make_no_sense_are_refused_with_what_was_typed(admin_client, wrong):
    response = admin_client.post(reverse("customers:rules_edit"), typed(note="因为", **wrong))
    assert response.status_code == 422
    assert "因为" in response.content.decode()
    assert PoolRules.objects.count() == 1


def test_rows_come_and_go_without_a_save_and_without_losing_what_was_typed(admin_client):
    team = TeamFactory(name="杭州组")
    url = reverse("customers:rules_edit")
    one = {"count": 1, "whose-0": f"team-{team.pk}", "no_deal_months-0": "4"}
    form = admin_client.post(url, typed(note="写到一半", do="add", **one)).context["form"]
    assert (form["count"].value(), form["whose-0"].value(), form["note"].value()) == (2, f"team-{team.pk}", "写到一半")
    two = one | {"count": 2, "whose-1": "grade-VIP", "contact_days-1": "30"}
    form = admin_client.post(url, typed(do="remove-0", **two)).context["form"]
    assert (form["count"].value(), form["whose-0"].value(), form["contact_days-0"].value()) == (1, "grade-VIP", "30")
    admin_client.post(url, typed(remind_days="1、7；14", **two))
    newest = Version.newest()
    assert [(row.grade, row.team, row.no_deal_months, row.contact_days) for row in newest.own] == [
        ("", team, 4, None),
        ("VIP", None, None, 30),
    ]
    assert newest.rules.remind_days == [14, 7, 1]


def test_the_list_of_versions_says_who_changed_what(client, admin):
    save(admin, own=[OwnPeriods(grade="VIP", no_sale_months=6)], capacity=300)
    client.force_login(UserFactory(supervisor=True, language="en"))
    response = client.get(reverse("customers:rules"))
    newest, first = response.context["page"].rows
    assert newest.by == admin
    assert [(change["old"], change["new"]) for change in newest.changes] == [
        ("none", "300"),
        ("none", "6 months without a sale"),
    ]
    assert not hasattr(first, "changes")


# The dates follow


def test_a_night_first_lets_the_dates_follow_the_newest_rules(admin):
    customer = owned_for(100)
    assert returns_on(customer) < TODAY()
    save(admin, no_deal_months=12)
    PoolRules.objects.update(brake_percent=100)
    night.run_due(until=TODAY())
    customer.refresh_from_db()
    assert customer.owner_id
    assert not applying.is_pending()


def test_a_return_begun_before_the_change_goes_on_by_the_new_rules(admin, monkeypatch):
    """Between two batches somebody saves a version: whoever is left falls by it, here not at all."""
    for days in (100, 101, 102):
        owned_for(days)
    monkeypatch.setattr(pool, "BATCH", 1)
    once = iter([lambda: save(admin, no_deal_months=12)])
    plain = pool._return_batch

    def batch(statement, params):
        went = plain(statement, params)
        next(once, lambda: None)()
        return went

    monkeypatch.setattr(pool, "_return_batch", batch)
    assert sum(pool.return_idle(on=TODAY()).values()) == 1
    assert Customer.objects.owned().count() == 2


def test_control_without_the_guard_stale_dates_take_them_all(admin, monkeypatch):
    monkeypatch.setattr(applying, "IS_PENDING", "false")
    for days in (100, 101, 102):
        owned_for(days)
    save(admin, no_deal_months=12)
    assert sum(pool.return_idle(on=TODAY()).values()) == 3


def test_dates_broken_off_on_their_way_go_on_where_they_are_wrong(admin, monkeypatch):
    customers = [owned_for(days) for days in (10, 20, 30)]
    monkeypatch.setattr(applying, "BATCH", 1)
    save(admin, no_deal_months=12)

    def break_off(seen):
        if seen == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        applying.catch_up(break_off)
    assert applying.is_pending()
    applying.catch_up()
    assert not applying.is_pending()
    assert all(returns_on(customer) == due.explain(customer).on for customer in customers)


def test_a_version_that_comes_while_the_one_before_is_applied_is_applied_too(admin, monkeypatch):
    customers = [owned_for(days) for days in (10, 20, 30)]
    monkeypatch.setattr(applying, "BATCH", 1)
    save(admin, no_deal_months=12)
    once = iter([lambda: save(admin, no_deal_months=24)])
    applying.catch_up(lambda seen: next(once, lambda: None)())
    newest = PoolRules.current()
    assert newest.no_deal_months == 24
    assert newest.applied_at
    assert all(returns_on(customer) == due.explain(customer).on for customer in customers)
