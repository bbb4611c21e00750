"""Visits on site: planned within working time, over with real times, and what is to be called about then (5.2, 5.3)."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.models import Activity
from staff import calendar
from tests.factories import CustomerFactory, SiteVisitFactory, UserFactory
from visits import schedule, sites
from visits.models import Callback, SiteVisit

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def customer(client):
    customer = CustomerFactory()
    client.force_login(customer.owner)
    return customer


def typed(moment):
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"


def fields(**changed):
    day = calendar.opens_on(timezone.localdate() + dt.timedelta(days=5)).isoformat()
    times = {"planned_from": f"{day}T10:00", "planned_until": f"{day}T12:00"}
    return times | {"kind": "installation", "technician": "钱师傅", "task": "装三号机"} | changed


def add(client, customer, **changed):
    return client.post(reverse("visits:site_add", args=[customer.pk]), fields(**changed))


def move(client, visit, verb, **data):
    return client.post(reverse(f"visits:site_{verb}", args=[visit.pk]), data)


def real_times(begin, end, result="装好了，试机正常"):
    return {"started_at": typed(begin), "finished_at": typed(end), "result": result}


def a_weekend_day():
    day = timezone.localdate() + dt.timedelta(days=20)
    while calendar.closed_name(day) is None:
        day += dt.timedelta(days=1)
    return day


def told(customer):
    return [activity.data["did"] for activity in customer.activities.filter(verb=Activity.Verb.SITE).order_by("pk")]


def test_a_visit_is_planned_for_the_next_working_day_unless_said_otherwise(client, customer):
    form = client.get(reverse("visits:site_add", args=[customer.pk])).context["form"]
    begin = timezone.localtime(form["planned_from"].initial)
    assert begin.date() == calendar.opens_on(timezone.localdate() + dt.timedelta(days=1))
    assert client.post(reverse("visits:site_add", args=[customer.pk]), fields()).status_code == 302
    visit = SiteVisit.objects.get()
    assert (visit.status, visit.kind, visit.by) == ("planned", "installation", customer.owner)
    activity = customer.activities.get(verb=Activity.Verb.SITE)
    assert (activity.data["did"], activity.note) == ("plan", "装三号机")


def test_the_same_plan_sent_twice_is_one_visit(client, customer):
    assert [add(client, customer).status_code for _n in range(2)] == [302, 302]
    assert (SiteVisit.objects.count(), told(customer)) == (1, ["plan"])


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("planned_from", {"planned_from": "2020-01-06T10:00"}),
        ("planned_from", {"planned_from": "0001-01-01T00:00"}),
        ("planned_until", {"planned_until": "9999-12-31T23:59"}),
        ("planned_until", {"planned_until": typed(timezone.now() - HOUR)}),
        ("planned_until", {"planned_until": "tomorrow"}),
        ("technician", {"technician": " "}),
        ("technician", {"technician": "x" * 101}),
        ("kind", {"kind": "owl"}),
    ],
)
def test_a_plan_that_makes_no_sense_names_its_field(client, customer, field, wrong):
    response = add(client, customer, **wrong)
    assert (response.status_code, field in response.context["form"].errors) == (422, True)
    assert not SiteVisit.objects.exists()


def test_an_end_before_the_beginning_is_refused(client, customer):
    plan = fields()
    response = add(client, customer, planned_from=plan["planned_until"], planned_until=plan["planned_from"])
    assert "planned_until" in response.context["form"].errors


@pytest.mark.parametrize("clock", ["10:00", "03:00"])
def test_outside_working_time_it_must_be_meant_so(client, customer, clock):
    day = a_weekend_day() if clock == "10:00" else fields()["planned_from"][:10]
    times = {"planned_from": f"{day}T{clock}", "planned_until": f"{day}T11:00"}
    refused = add(client, customer, **times)
    assert (refused.status_code, next(iter(refused.context["form"].errors))) == (422, "planned_from")
    assert b'name="on_purpose"' in refused.content
    assert add(client, customer, **times, on_purpose="on").status_code == 302


def test_a_plan_that_is_changed_says_what_was_changed(client, customer):
    visit = SiteVisitFactory(customer=customer)
    data = fields(kind="repair", technician="孙师傅", task=visit.task)
    assert move(client, visit, "edit", **data).status_code == 302
    visit.refresh_from_db()
    assert visit.technician == "孙师傅"
    changed = customer.activities.get(verb=Activity.Verb.SITE).data["fields"]
    assert sorted(changed) == ["planned_from", "planned_until", "technician"]


def test_a_visit_under_way_can_be_handed_to_another_technician(client, customer):
    yesterday = timezone.now() - 24 * HOUR
    visit = SiteVisitFactory(customer=customer, planned_from=yesterday)
    as_it_was = {"planned_from": typed(visit.planned_from), "planned_until": typed(visit.planned_until)}
    SiteVisit.objects.update(planned_from=yesterday.replace(second=0, microsecond=0))
    SiteVisit.objects.update(planned_until=yesterday.replace(second=0, microsecond=0) + 2 * HOUR)
    data = {"kind": "repair", "technician": "孙师傅", "task": ""} | as_it_was
    assert move(client, visit, "edit", **data).status_code == 302


def finish(client, visit, begin, end):
    response = move(client, visit, "finish", **real_times(begin, end))
    assert response.status_code == 302
    visit.refresh_from_db()
    return {callback.purpose: callback for callback in Callback.objects.filter(customer=visit.customer).open()}


def first_working_day(after):
    return calendar.opens_on(timezone.localdate() + dt.timedelta(days=after))


def test_a_finished_installation_is_called_about_in_the_days_after(client, customer):
    now = timezone.now()
    visit = SiteVisitFactory(customer=customer, kind="installation", planned_from=now - HOUR)
    callback = finish(client, visit, now - HOUR, now)["installation"]
    assert first_working_day(1) <= callback.due_on <= first_working_day(7)
    assert callback.opens_on == timezone.localdate() + dt.timedelta(days=1)
    assert (visit.status, visit.result, visit.overran_at) == ("done", "装好了，试机正常", None)


def test_a_finished_repair_is_called_about_at_once_and_again_in_three_to_five_days(client, customer):
    now = timezone.now()
    visit = SiteVisitFactory(customer=customer, planned_from=now - HOUR)
    planned = finish(client, visit, now - HOUR, now)
    assert planned["repair"].due_on == first_working_day(0)
    assert first_working_day(3) <= planned["repair_holds"].due_on <= first_working_day(5)
    assert "repair_overrun" not in planned
    activity = customer.activities.get(verb=Activity.Verb.SITE)
    assert (activity.note, activity.data["overran"]) == ("装好了，试机正常", False)


def test_a_repair_that_ended_late_is_called_about_as_overrun(client, customer):
    now = timezone.now()
    visit = SiteVisitFactory(customer=customer, planned_from=now - 5 * HOUR)
    planned = finish(client, visit, now - 5 * HOUR, now)
    assert visit.overran_at == visit.planned_until
    assert planned["repair_overrun"].due_on == first_working_day(0)


def test_an_installation_that_ended_late_is_noted_and_asks_for_no_call_about_it(client, customer):
    now = timezone.now()
    visit = SiteVisitFactory(customer=customer, kind="installation", planned_from=now - 5 * HOUR)
    assert "repair_overrun" not in finish(client, visit, now - 5 * HOUR, now)
    assert visit.overran_at


def test_an_overrun_noticed_by_the_clock_goes_when_the_work_had_ended_in_time(client, customer):
    now = timezone.now()
    visit = SiteVisitFactory(customer=customer, planned_from=now - 5 * HOUR)
    schedule.notice_overruns()
    assert Callback.objects.open().filter(purpose="repair_overrun").exists()
    assert "repair_overrun" not in finish(client, visit, now - 5 * HOUR, now - 4 * HOUR)
    assert visit.overran_at is None


@pytest.mark.parametrize(
    ("field", "begin", "end"),
    [
        ("finished_at", 1, 2),
        ("finished_at", -1, 3),
        ("started_at", 3, 1),
        ("started_at", -24 * 800, -1),
    ],
)
def test_real_times_are_past_and_in_order(client, customer, field, begin, end):
    visit = SiteVisitFactory(customer=customer)
    now = timezone.now()
    response = move(client, visit, "finish", **real_times(now + begin * HOUR, now + end * HOUR, result="换了皮带"))
    assert (response.status_code, field in response.context["form"].errors) == (422, True)
    assert "换了皮带" in response.content.decode()
    assert not Callback.objects.filter(purpose="repair").exists()


def test_a_cancelled_visit_keeps_its_reason_and_asks_for_no_call(client, customer):
    visit = SiteVisitFactory(customer=customer)
    assert move(client, visit, "cancel", reason="").status_code == 422
    assert move(client, visit, "cancel", reason="客户停产").status_code == 302
    visit.refresh_from_db()
    assert (visit.status, visit.result) == ("cancelled", "客户停产")
    assert customer.activities.get(verb=Activity.Verb.SITE).note == "客户停产"
    schedule.plan(customers=[customer.pk])
    assert not Callback.objects.filter(purpose__startswith="repair").exists()


@pytest.mark.parametrize("verb", ["edit", "finish", "cancel"])
def test_after_its_end_a_visit_stays_as_it_is(client, customer, verb):
    now = timezone.now()
    visit = SiteVisitFactory(customer=customer)
    sites.finish(visit, started_at=now - HOUR, finished_at=now, result="好了", by=customer.owner)
    data = fields(reason="没去成") | real_times(now - 3 * HOUR, now - 2 * HOUR, result="没去成")
    response = move(client, visit, verb, **data)
    assert response.status_code == 409
    assert ("没去成" in response.content.decode()) or verb == "edit"
    visit.refresh_from_db()
    assert (visit.result, told(customer)) == ("好了", ["finish"])


@pytest.mark.parametrize("verb", ["edit", "finish", "cancel"])
def test_after_the_customer_went_to_the_pool_a_verb_says_so(client, customer, verb):
    visit = SiteVisitFactory(customer=customer)
    customer.release(note="", by=customer.owner)
    response = move(client, visit, verb, **fields(reason="x"), **real_times(timezone.now(), timezone.now()))
    assert (response.status_code, customer.name in response.content.decode()) == (409, True)
    assert told(customer) == []


def test_a_plan_for_a_customer_that_went_to_the_pool_meanwhile_keeps_its_text(client, customer, monkeypatch):
    stale = type(customer).objects.get(pk=customer.pk)
    customer.release(note="", by=customer.owner)
    monkeypatch.setattr("visits.views.sites.get_for_move", lambda *args: stale)
    response = add(client, customer)
    assert (response.status_code, "装三号机" in response.content.decode()) == (409, True)
    assert not SiteVisit.objects.exists()


def test_the_list_finds_by_state_kind_day_customer_and_technician(client, customer):
    late = SiteVisitFactory(customer=customer, planned_from=timezone.now() - 30 * 24 * HOUR, technician="周师傅")
    done = SiteVisitFactory(customer=customer, kind="inspection")
    sites.finish(done, started_at=timezone.now() - HOUR, finished_at=timezone.now(), result="好", by=customer.owner)
    SiteVisitFactory()

    def found(**query):
        return {visit.pk for visit in client.get(reverse("visits:sites"), query).context["page"].rows}

    assert found() == {late.pk}
    assert found(status="all") == {late.pk, done.pk}
    assert found(customer=customer.pk) == {late.pk, done.pk}
    assert found(status="all", kind="inspection") == {done.pk}
    assert found(status="all", q="周师傅") == {late.pk}
    assert found(status="all", q=customer.name) == {late.pk, done.pk}
    assert found(status="all", since=timezone.localdate().isoformat()) == {done.pk}


def test_in_the_pool_nobody_reads_who_came_and_what_was_done(client, customer):
    visit = SiteVisitFactory(customer=customer, technician="钱师傅", task="换密码锁")
    customer.release(note="", by=customer.owner)
    client.force_login(UserFactory(director=True))
    for path in (visit.get_absolute_url(), f"{reverse('visits:sites')}?status=all", customer.get_absolute_url()):
        page = client.get(path).content.decode()
        assert "钱师傅" not in page, path
        assert "换密码锁" not in page, path


def test_what_happened_on_site_reads_on_the_timeline(client, customer):
    visit = SiteVisitFactory(customer=customer, planned_from=timezone.now() - 5 * HOUR)
    finish(client, visit, timezone.now() - 5 * HOUR, timezone.now())
    line = client.get(customer.get_absolute_url()).context["page"].rows[0].line
    assert "finished" in line.title
    assert [text for text, _color in line.badges][-1] == "overran"
    assert line.detail == "钱师傅\n装好了，试机正常"
