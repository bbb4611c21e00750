"""The report on ownership (policy 4): every figure, its rows, and whose they are; who owned what on a date."""

import datetime as dt
import io
from itertools import product

import pytest
import time_machine
from django.urls import reverse
from python_calamine import CalamineWorkbook

from crm.lib.dates import start_of
from customers.models import Activity, Customer, PoolRules, Stint
from customers.ownership import claiming, owning, pool
from customers.ownership.past import Past
from reports import ownership_pictures, ownership_sql
from reports.owned import Owned
from reports.ownership import TALKS, Report
from reports.scope import Period, Scope
from tests.factories import CallLogFactory, CustomerFactory, OrderFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 6, 15)


def at(day, hour=10):
    return start_of(dt.date.fromisoformat(day)) + dt.timedelta(hours=hour)


@pytest.fixture
def company():
    """Half a year of a customer that goes to and fro, one claimed and sold to, one silent, one elsewhere."""
    PoolRules.objects.update(cooldown_days=0)
    team, south = TeamFactory(name="杭州组"), TeamFactory(name="华南")

    class Company:
        boss = UserFactory(name="王芳", supervisor=True, team=team)
        director = UserFactory(name="吴总", director=True)
        one, two = UserFactory(name="李伟", team=team), UserFactory(name="陈静", team=team)
        far = UserFactory(name="黄敏", team=south)

    def claimed(customer, by):
        customer.refresh_from_db()
        claiming.claim(customer, by=by)

    with time_machine.travel(at("2026-01-05"), tick=False):
        to_and_fro = Company.to_and_fro = CustomerFactory(name="来回门业", owner=Company.one)
        Company.sold = CustomerFactory(name="成交门业", pooled=True)
        Company.silent = CustomerFactory(name="沉默门业", owner=Company.two)
        Company.elsewhere = CustomerFactory(name="华南门业", owner=Company.far)
    for day, by in (("2026-02-01", Company.one), ("2026-03-01", Company.two), ("2026-04-01", Company.one)):
        with time_machine.travel(at(day), tick=False):
            to_and_fro.refresh_from_db()
            if to_and_fro.owner_id:
                to_and_fro.release(note="", by=to_and_fro.owner)
        with time_machine.travel(at(day, 12), tick=False):
            claimed(to_and_fro, by)
    with time_machine.travel(at("2026-03-10"), tick=False):
        claimed(Company.sold, Company.one)
    CallLogFactory(customer=Company.sold, by=Company.one, at=at("2026-03-12"), on=dt.date(2026, 3, 12))
    OrderFactory(customer=Company.sold, salesperson=Company.one, paid=True, ordered_on=dt.date(2026, 3, 20))
    with time_machine.travel(at("2026-05-02", 2), tick=False):
        Customer.objects.owned().exclude(pk=to_and_fro.pk).update(returns_on=dt.date(2026, 9, 1))
        Customer.objects.filter(pk=to_and_fro.pk).update(returns_on=dt.date(2026, 5, 1))
        pool.return_idle(on=dt.date(2026, 5, 2))
    with time_machine.travel(at("2026-05-04"), tick=False):
        owning.assign([to_and_fro], to=Company.two, by=Company.boss)
    with time_machine.travel(at("2026-06-15"), tick=False):
        yield Company


@pytest.fixture
def report(company):
    return Report(Scope(company.boss), Period("2026-01", "2026-06"))


def test_moves_are_counted_by_month_and_reason(report):
    months = {month.month: month for month in report.period.months}
    assert report.moved("in", reason="released") == 3
    assert report.moved("in", month=months[5]) == report.moved("in", reason="no_deal") >= 1
    assert report.moved("out", month=months[3]) == 2
    assert report.moved("out", reason="claimed") == 4
    assert report.moved("out", reason="assigned") == 1  # out of the pool, by hand


def test_what_was_assigned_from_hand_to_hand_came_not_out_of_the_pool(company, report):
    owning.assign([company.silent], to=company.one, by=company.boss)
    assert report.moved("out", reason="assigned") == 1  # the one before


def test_claims_are_followed_to_the_first_talk_and_the_paid_order(report):
    claims = report.claims
    assert (claims.claims, claims.three, claims.none, claims.paid) == (4, 1, 3, 1)
    assert claims.days == pytest.approx(2, abs=0.01)
    assert claims.days_to_paid == 10
    assert report.conversion == 25


def test_who_comes_back_and_who_takes_turns_is_seen(report):
    assert (report.bounced, report.in_turn) == (1, 1)


def test_held_against_spoken_with(company, report):
    held = {row.person.name: (row.held, row.talked) for row in report.held}
    assert held["陈静"] == (2, 0)
    Customer.objects.filter(pk=company.silent.pk).update(talked_on=TODAY - dt.timedelta(days=3))
    again = Report(report.scope, report.period)
    assert {row.person.name: row.percent for row in again.held}["陈静"] == 50


def test_each_figure_has_as_many_rows_as_it_counts(company, client, report):
    links = ownership_pictures.Links(report)
    wanted = {links.claims: 4, links.paid: 1, links.bounced: 1, links.in_turn: 1}
    wanted |= {links.talk + key: getattr(report.claims, key) for key in TALKS}
    wanted |= {links.silent + str(row.person.pk): row.silent for row in report.held}
    for way, month in product(("in", "out"), report.period.months):
        wanted[links.rows(way, month=f"{month:%Y-%m}")] = report.moved(way, month=month)
    for part, way in zip(ownership_pictures.reasons(report), ("in", "out"), strict=True):
        wanted |= {row["url"]: row["sum"] for row in part["rows"]}
        wanted[part["url"]] = report.moved(way)
    ages = ownership_pictures.ages(report)["series"][0]
    wanted |= dict(zip(ages["urls"], ages["values"], strict=True))
    client.force_login(company.boss)
    assert {url: len(client.get(url).context["rows"].lines) for url in wanted} == wanted


def test_of_very_many_claims_the_latest_are_followed_and_it_says_so(company, client, monkeypatch):
    monkeypatch.setattr(ownership_sql, "MOST_CLAIMS", 1)
    client.force_login(company.boss)
    body = client.get(reverse("reports:ownership"), {"since": "2026-01", "until": "2026-06"}).content.decode()
    assert "Only the latest 2 are followed, since 2026-03-10" in body


def test_a_team_and_a_period_narrow_it_and_sight_is_never_passed(company):
    period = Period("2026-01", "2026-06")
    everywhere, south = Report(Scope(company.director), period), company.far.team
    assert len(everywhere.held) == 3
    assert [row.person for row in Report(Scope(company.director, str(south.pk)), period).held] == [company.far]
    stranger = Scope(company.boss, str(south.pk))
    assert stranger.team is None
    assert company.far.pk not in stranger.people
    assert Report(Scope(company.boss), Period("2026-05", "2026-06")).claims.claims == 0


def test_a_period_is_bounded():
    with time_machine.travel(at("2026-06-15")):
        assert len(Period("1999-01", "2099-01").months) == 24
        assert len(Period("x", "").months) == 6


def test_rows_out_of_sight_by_now_are_not_named(company, client):
    owning.assign([company.silent], to=company.far, by=company.director)
    company.to_and_fro.refresh_from_db()
    owning.assign([company.to_and_fro], to=company.far, by=company.director)
    client.force_login(company.boss)
    address = f"{reverse('reports:ownership_rows')}?what=in&since=2026-01&until=2026-06"
    body = client.get(address).content.decode()
    assert "now with people out of your sight" in body
    assert "来回门业" not in body


# On a date


def test_who_owned_what_on_a_date_by_person(company):
    def numbers(day):
        teams = Owned(Scope(company.boss), dt.date.fromisoformat(day)).by_team()
        return {person.name: number for team in teams for person, number in team["rows"]}

    assert numbers("2026-01-04") == {}
    assert numbers("2026-01-05") == {"李伟": 1, "陈静": 1}
    assert numbers("2026-03-31") == {"李伟": 1, "陈静": 2}
    assert numbers("2026-06-15") == {"李伟": 1, "陈静": 2}


def test_the_spreadsheet_holds_the_same_rows_safely_and_names_nobody_out_of_sight(company, client):
    Customer.objects.filter(pk=company.silent.pk).update(name="=cmd|' /C calc'!A0")
    owning.assign([company.sold], to=company.far, by=company.director)
    client.force_login(company.boss)
    address = reverse("reports:owned_export")
    lines = b"".join(client.get(address, {"on": "2026-04-15"}).streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + 3
    text = "\n".join(lines)
    assert "\"'=cmd" in text
    assert "成交门业" not in text
    assert "out of your sight" in text
    file = b"".join(client.get(address, {"on": "2026-04-15", "kind": "xlsx"}).streaming_content)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_index(0).to_python()
    assert len(rows) == 4
    assert {row[2] for row in rows[1:]} == {"李伟", "陈静"}


def test_the_customers_page_says_whose_it_was_why_and_by_which_rules(company, client):
    PoolRules.objects.create(no_deal_months=1, note="短一点")
    client.force_login(company.boss)
    page = f"{company.to_and_fro.get_absolute_url()}?tab=ownership&on="
    body = client.get(f"{page}2026-03-15").content.decode().split('id="on-date"')[1]
    assert "陈静" in body
    assert "claimed from the pool" in body
    part = client.get(f"{page}2026-03-01", headers={"HX-Request": "true", "HX-Target": "on-date"}).content.decode()
    assert "李伟" in part
    assert "and then" in part
    assert "<!doctype" not in part.lower()
    assert "not in the archive yet" in client.get(f"{page}2025-12-31").content.decode()


def test_the_past_knows_the_rules_of_then_and_the_last_sale(company):
    first = PoolRules.objects.get()
    PoolRules.objects.filter(pk=first.pk).update(since=at("2026-01-01"))
    newer = PoolRules.objects.create(no_deal_months=1)
    PoolRules.objects.filter(pk=newer.pk).update(since=at("2026-04-01"))
    past = {day: Past(company.sold, dt.date.fromisoformat(day)) for day in ("2025-12-01", "2026-03-19", "2026-04-01")}
    assert [one.rules for one in past.values()] == [first, first, newer]
    assert past["2025-12-01"].is_before_rules
    data = {"order": "SO-1", "amount": "10.00", "paid_on": "2026-03-20"}
    Activity.objects.create(customer=company.sold, verb=Activity.Verb.PAY, data=data)
    assert past["2026-03-19"].last_sale_on is None
    assert past["2026-04-01"].last_sale_on == dt.date(2026, 3, 20)
    Activity.objects.create(customer=company.sold, verb=Activity.Verb.PAY, data=data | {"reversed": True})
    assert Past(company.sold, dt.date(2026, 4, 1)).last_sale_on is None


def test_the_stints_of_a_day_are_all_told(company):
    stints = Past(company.to_and_fro, dt.date(2026, 3, 1)).stints
    assert [stint.owner and stint.owner.name for stint in stints] == ["李伟", None, "陈静"]
    assert all(isinstance(stint, Stint) for stint in stints)
