import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from complaints import doing
from complaints.models import Action, Ticket
from customers.models import Customer
from plans import course
from plans import work as plan_work
from reports import today as work
from tests.factories import (
    CallbackFactory,
    CallLogFactory,
    ContactFactory,
    CustomerFactory,
    PromiseFactory,
    TaskFactory,
    TicketFactory,
    UserFactory,
    customer_for,
    running,
)
from visits import schedule
from visits.models import Callback, CallLog

pytestmark = pytest.mark.django_db
URL = "/today/"
# Of the queue 4, of the customer beside it 8, of the person, the sidebar and the coverage 4.
MOST_QUERIES = 20  # two of them, the rules of the pool, are remembered elsewhere


@pytest.fixture
def rep():
    return UserFactory(name="李伟")


@pytest.fixture
def site(client, rep):
    client.force_login(rep)
    return client


def ago(days):
    return timezone.localdate() - dt.timedelta(days=days)


def due(rep, days_ago, **fields):
    customer = CustomerFactory(owner=rep, **fields)
    plan(customer, ago(days_ago))
    return customer


def plan(customer, day, **fields):
    callback = CallbackFactory(customer=customer, due_on=day, **fields)
    schedule.write_next_dates([customer.pk])
    return callback


def leaving(rep, in_days):
    customer = CustomerFactory(owner=rep)
    Customer.objects.filter(pk=customer.pk).update(returns_on=ago(-in_days))
    return customer


def names(queue):
    return [line.customer.name for line in queue.lines]


def test_the_queue_goes_from_late_over_today_to_those_who_leave(rep):
    soon, late, today = leaving(rep, 9), due(rep, 3), due(rep, 0)
    later, earlier = due(rep, -1), due(rep, 8)
    queue = work.queue(rep)
    assert names(queue) == [customer.name for customer in (earlier, late, today, soon)]
    assert later.name not in names(queue)
    assert (queue.late, queue.total, queue.leaving_in_a_week) == (2, 4, 0)


def test_a_customer_with_two_reasons_stands_once_where_the_more_urgent_puts_it(rep):
    customer = due(rep, 1)
    Customer.objects.filter(pk=customer.pk).update(returns_on=ago(-5))
    [line] = work.queue(rep).lines
    assert [reason.section for reason in line.reasons] == [work.LATE, work.LEAVING]
    assert line.words(line.reasons[1]).startswith(f"leaves you {work.short(line.reasons[1].day)} · No deal since")


def test_the_reason_says_since_when_and_by_which_rule(rep):
    new = leaving(rep, 5)
    old = CustomerFactory(owner=rep, owned_since=ago(80), last_sale_on=ago(80))
    reasons = {line.customer.pk: line.first.text for line in work.queue(rep).lines}
    assert reasons[new.pk].endswith("(2-month rule); an order, or an approved extension, moves it")
    assert f"No sale since {ago(80)} (3-month rule)" in reasons[old.pk]


def test_the_last_note_stands_with_the_contact_that_is_due(rep):
    customer = due(rep, 2)
    CallLogFactory(customer=customer, by=rep, note="旧的话", at=timezone.now() - dt.timedelta(days=9))
    CallLogFactory(customer=customer, by=rep, note="问交货期", at=timezone.now() - dt.timedelta(days=4))
    [line] = work.queue(rep).lines
    assert "问交货期" in line.words(line.first)


def test_what_we_wrote_does_not_stand_for_what_they_said(rep):
    customer = due(rep, 2)
    CallLogFactory(customer=customer, by=rep, note="问交货期", at=timezone.now() - dt.timedelta(days=4))
    CallLogFactory(customer=customer, by=rep, note="中秋快乐", outcome="sent", channel="email")
    [line] = work.queue(rep).lines
    assert line.customer.note == "问交货期"


def test_of_one_day_a_complaint_comes_first_and_then_the_better_customer(rep):
    small, large, complaining = due(rep, 1), due(rep, 1, grade="VIP"), CustomerFactory(owner=rep)
    plan(complaining, ago(1), purpose="complaint")
    assert names(work.queue(rep)) == [complaining.name, large.name, small.name]


def test_only_own_customers_are_work_also_for_a_supervisor(world):
    supervisor = world.people["supervisor"]
    for relation in ("own", "team", "other", "pool"):
        customer = customer_for(world, "supervisor", relation)
        if customer.owner:
            plan(customer, ago(1), purpose="by_hand")
    # what is asked of them has lines of its own, which open no customer
    lines = [line.customer for line in work.queue(supervisor).lines if line.customer.pk > 0]
    assert [customer.name for customer in lines] == [customer_for(world, "supervisor", "own").name]


def test_who_was_spoken_with_today_counts_as_done_and_leaves_the_queue(rep):
    customer = leaving(rep, 5)
    CallLogFactory(customer=customer, by=rep)
    CallLogFactory(customer=customer, by=rep)
    Customer.objects.filter(pk=customer.pk).update(last_contact_at=timezone.now())
    queue = work.queue(rep)
    assert (queue.lines, queue.done, queue.total) == ([], 1, 1)


def test_after_a_customer_comes_the_one_below_and_after_the_last_the_one_above(rep):
    first, second, third = due(rep, 3), due(rep, 2), due(rep, 1)
    queue = work.queue(rep)
    assert queue.after(first.pk).customer.pk == second.pk
    assert queue.after(third.pk).customer.pk == second.pk
    assert queue.after(0).customer.pk == first.pk


def test_at_most_fifty_lines_are_shown_and_the_page_says_so(site, rep):
    since, later = ago(1), ago(-60)
    made = Customer.objects.bulk_create(
        Customer(code=f"Q{n}", name=f"第{n}厂", owner=rep, owned_since=since, returns_on=later, next_contact_on=since)
        for n in range(work.MOST + 5)
    )
    Callback.objects.bulk_create(CallbackFactory.build(customer=customer, due_on=since) for customer in made)
    queue = work.queue(rep)
    assert (len(queue.lines), queue.is_capped) == (work.MOST, True)
    assert "the first 50 to do" in site.get(URL).content.decode()


def test_the_page_opens_the_first_and_on_request_another(site, rep):
    first, second = due(rep, 2), due(rep, 1)
    assert site.get(URL).context["customer"] == first
    assert site.get(URL, {"customer": second.pk}).context["customer"] == second


@pytest.mark.parametrize("asked", ["999999999", "x", "-1", "9" * 40, ""])
def test_a_customer_that_is_not_ones_own_opens_the_first_instead(site, rep, asked):
    first, strange = due(rep, 2), CustomerFactory()
    assert site.get(URL, {"customer": asked}).context["customer"] == first
    assert site.get(URL, {"customer": strange.pk}).context["customer"] == first


def test_the_main_contact_can_be_dialled(site, rep):
    ContactFactory(customer=due(rep, 0), name="王经理", phone="138 0571 8842", is_main=True)
    page = site.get(URL).content.decode()
    assert 'href="tel:13805718842"' in page
    assert "王经理 138 0571 8842" in page


def test_the_fragment_is_the_same_part_of_the_page(site, rep):
    due(rep, 2)
    page = site.get(URL).content.decode()
    fragment = site.get(URL, headers={"HX-Request": "true"}).content.decode()
    assert '<div id="work">' in fragment
    assert "<html" not in fragment
    assert fragment.count("list-group-item-action") == page.count("list-group-item-action") == 1


def test_logging_a_call_clears_the_line(site, rep):
    customer = due(rep, 2)
    form = site.get(URL).context["form"]
    data = {"token": form.initial["token"], "outcome": "no_answer", "channel": "phone", "next_in": "3"}
    answer = site.post(reverse("visits:add", args=[customer.pk]), data, headers={"HX-Request": "true"})
    assert "logged" in answer.headers["HX-Trigger"]
    queue = site.get(URL).context["queue"]
    assert (queue.lines, queue.done) == ([], 1)


def test_nothing_due_says_what_to_do(site):
    page = site.get(URL).content.decode()
    assert "Nothing is due" in page
    assert reverse("customers:pool") in page


@pytest.mark.parametrize("role", ["manager", "director", "finance", "administrator"])
def test_who_sells_nothing_has_no_today(client, role):
    client.force_login(UserFactory(role=role))
    assert client.get(URL).status_code == 403


def test_other_rooms_add_their_reasons_with_one_call(rep, monkeypatch):
    monkeypatch.setattr(work, "PROVIDERS", [*work.PROVIDERS])
    customer = CustomerFactory(owner=rep)
    work.provide(lambda user, today: [(customer, work.Reason(work.TODAY, today, "tool", "Does the repair hold?"))])
    assert work.queue(rep).lines[0].first.text == "Does the repair hold?"


def test_what_one_promised_stands_there_until_it_is_kept(rep):
    promise = PromiseFactory(owner=rep, customer=CustomerFactory(owner=rep), due_on=ago(2))
    PromiseFactory(owner=rep, customer=CustomerFactory(owner=rep), due_on=ago(-1))
    [line] = work.queue(rep).lines
    assert (line.section, line.first.text) == (work.LATE, f"You promised: {promise.text}")
    promise.keep(note="", by=rep)
    assert work.queue(rep).lines == []


def test_what_stands_beside_the_queue_says_who_promised_and_is_read_at_once(site, rep):
    customer = due(rep, 1, need="要三米皮带", payment="poor", intention="A")
    PromiseFactory(customer=customer, owner=UserFactory(name="王芳"), text="报价单")
    with CaptureQueriesContext(connection) as asked:
        text = site.get(URL).content.decode()
    assert all(word in text for word in ("王芳", "报价单", "要三米皮带", "payment not good"))
    assert sum('FROM "customers_customer"' in query["sql"] for query in asked) == 1


def test_a_promise_to_a_customer_that_went_to_the_pool_stays_and_leads_to_the_promises(site, rep):
    customer = CustomerFactory(owner=rep)
    PromiseFactory(owner=rep, customer=customer)
    customer.release(note="", by=rep)
    page = site.get(URL)
    assert names(page.context["queue"]) == [customer.name]
    assert page.context["customer"] is None
    assert f'href="{reverse("visits:promises")}"' in page.content.decode()


def test_a_call_given_to_somebody_is_theirs_and_no_longer_the_owners(rep):
    colleague, customer = UserFactory(), CustomerFactory(owner=rep)
    plan(customer, ago(0), person=colleague, purpose="call_list")
    assert work.queue(rep).lines == []
    assert names(work.queue(colleague)) == [customer.name]


def test_who_wants_quiet_comes_after_those_who_can_be_called(rep):
    with time_machine.travel(dt.datetime(2026, 11, 25, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))):
        quiet, awake = due(rep, 5), due(rep, 1)
        ContactFactory(customer=quiet, is_main=True, quiet_from=dt.time(9, 30), quiet_until=dt.time(14, 30))
        queue = work.queue(rep)
    assert names(queue) == [awake.name, quiet.name]
    assert (queue.lines[1].section, queue.lines[1].how_far) == (work.RESTING, "quiet until 14:30")


@pytest.mark.parametrize(("hour", "says"), [(10, ""), (12, "quiet until 13:30"), (20, "quiet until tomorrow 09:00")])
def test_the_page_says_when_the_company_rests(rep, hour, says):
    with time_machine.travel(dt.datetime(2026, 11, 25, hour, 5, tzinfo=ZoneInfo("Asia/Shanghai"))):
        assert work.queue(rep).rest.text == says


def test_a_refused_save_and_a_contact_that_met_nobody_lose_no_callback(site, rep):
    customer = due(rep, 2)
    data = {
        "token": site.get(URL).context["form"].initial["token"],
        "outcome": "busy",
        "channel": "phone",
        "next_in": "0",
    }
    site.post(reverse("visits:add", args=[customer.pk]), data)
    callback = customer.callbacks.get()
    assert (callback.status, callback.tries) == ("open", 1)
    assert callback.due_on > timezone.localdate()
    assert CallLog.objects.count() == 1


@pytest.mark.parametrize("role", ["representative", "supervisor"])
def test_twenty_rows_need_no_more_queries_than_one(client, role):
    seller = UserFactory(role=role)
    client.force_login(seller)

    def asked():
        # In the afternoon nobody wants quiet: the first line is one that opens.
        afternoon = timezone.localtime().replace(hour=15)
        with time_machine.travel(afternoon), CaptureQueriesContext(connection) as queries:
            client.get(URL)
        return sum(not query["sql"].startswith("PREPARE") for query in queries)  # once per connection

    add_a_line_of_each_kind(seller)
    one = asked()
    for _n in range(6):
        add_a_line_of_each_kind(seller)
    assert asked() == one <= MOST_QUERIES


def add_a_line_of_each_kind(seller):
    customer = due(seller, 3)
    ContactFactory(customer=customer, is_main=True, quiet_from=dt.time(9, 30), quiet_until=dt.time(14, 30))
    leaving(seller, 4)
    PromiseFactory(owner=seller, customer=customer)
    plan(CustomerFactory(), ago(1), person=seller, purpose="call_list")
    CallLogFactory(customer=customer)


# Tasks of maintenance plans


def test_a_task_stands_with_its_customer_and_leads_to_its_page(client, rep):
    customer = CustomerFactory(owner=rep)
    plan = running(customers=[customer], author=UserFactory(supervisor=True), name="春节方案")
    task = TaskFactory(plan=plan, customer=customer, person=rep, what="送新年台历", due_on=timezone.localdate())
    client.force_login(rep)
    page = client.get("/today/").content.decode()
    assert f"line-{customer.pk}" in page and "送新年台历 · 春节方案" in page
    assert f'href="{task.get_absolute_url()}"' in page


def test_a_task_for_no_customer_or_one_in_the_pool_is_a_line_of_its_own(client, rep):
    pooled = CustomerFactory(pooled=True)
    plan = running(customers=[pooled], author=UserFactory(supervisor=True))
    for customer, what in ((None, "预订会场"), (pooled, "寄样品")):
        TaskFactory(
            plan=plan, customer=customer, person=rep, what=what, due_on=timezone.localdate() - dt.timedelta(days=2)
        )
    client.force_login(rep)
    page = client.get("/today/").content.decode()
    for task in plan.tasks.all():
        assert f'href="{task.get_absolute_url()}"' in page
    assert "预订会场" in page and pooled.name in page


def test_tasks_of_a_paused_plan_rest_and_those_done_today_count(client, rep):
    plan = running(author=UserFactory(supervisor=True))
    done, resting = (TaskFactory(plan=plan, person=rep, due_on=timezone.localdate()) for _n in range(2))
    plan_work.finish(done, result="已办", feedback="", cost=0, by=rep)
    course.pause(plan, reason="年终盘点", by=plan.author)
    client.force_login(rep)
    page = client.get("/today/").content.decode()
    assert resting.what not in page
    assert work.queue(rep).done == 1


# Complaints


def test_a_complaint_due_today_or_late_and_what_is_to_be_done_for_one_lead_to_its_page(client, rep):
    now = timezone.now()
    mine, later, others = (
        TicketFactory(received_by=one, subject="漏水", severity="low") for one in (rep, rep, UserFactory())
    )
    Ticket.objects.exclude(pk=later.pk).update(first_due_at=now - dt.timedelta(days=2))
    Ticket.objects.filter(pk=later.pk).update(
        first_due_at=now + dt.timedelta(days=3), due_at=now + dt.timedelta(days=9)
    )
    for days in (0, -3):
        Action.objects.create(ticket=others, text=f"补发{days}", person=rep, due_on=ago(days), by=rep)
    queue = work.queue(rep)
    found = {line.customer.url: line for line in queue.lines if line.customer.url}
    assert set(found) == {mine.get_absolute_url(), others.get_absolute_url()}
    late, to_do = found[mine.get_absolute_url()], found[others.get_absolute_url()]
    assert (late.section, late.first.text) == (work.LATE, f"{mine.number} · to be judged")
    assert (to_do.section, [one.text for one in to_do.reasons]) == (work.TODAY, [f"{others.number} · 补发0"])
    client.force_login(rep)
    assert f'href="{mine.get_absolute_url()}"' in client.get(URL).content.decode()


def test_a_complaint_that_waits_for_its_customer_or_is_done_rests(rep):
    ticket = TicketFactory(received_by=rep)
    Ticket.objects.update(first_due_at=None, due_at=None, stopped_at=timezone.now(), left=5)
    action = Action.objects.create(ticket=ticket, text="补发", person=rep, due_on=ago(1), by=rep)
    doing.finish(action, result="好了", by=rep)
    assert not [line for line in work.queue(rep).lines if line.customer.pk < 0]
