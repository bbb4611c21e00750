import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer
from reports import today as work
from tests.factories import CallLogFactory, ContactFactory, CustomerFactory, UserFactory, customer_for

pytestmark = pytest.mark.django_db
URL = "/today/"


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
    Customer.objects.filter(pk=customer.pk).update(next_contact_on=ago(days_ago))
    return customer


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
    Customer.objects.filter(pk=customer.pk).update(returns_on=ago(-2))
    [line] = work.queue(rep).lines
    assert [reason.section for reason in line.reasons] == [work.LATE, work.LEAVING]


def test_the_reason_says_since_when_and_by_which_rule(rep):
    new = leaving(rep, 3)
    old = CustomerFactory(owner=rep, owned_since=ago(80), last_sale_on=ago(80))
    reasons = {line.customer.pk: line.first.text for line in work.queue(rep).lines}
    assert reasons[new.pk].endswith("(2-month rule); a first order keeps it")
    assert f"No sale since {work.short(ago(80))} (3-month rule)" in reasons[old.pk]


def test_the_last_note_stands_with_the_contact_that_is_due(rep):
    customer = due(rep, 2)
    CallLogFactory(customer=customer, by=rep, note="旧的话", at=timezone.now() - dt.timedelta(days=9))
    CallLogFactory(customer=customer, by=rep, note="问交货期", at=timezone.now() - dt.timedelta(days=4))
    assert "问交货期" in work.queue(rep).lines[0].first.text


def test_only_own_customers_are_work_also_for_a_supervisor(world):
    supervisor = world.people["supervisor"]
    for relation in ("own", "team", "other", "pool"):
        customer = customer_for(world, "supervisor", relation)
        if customer.owner:
            Customer.objects.filter(pk=customer.pk).update(next_contact_on=ago(1))
    assert names(work.queue(supervisor)) == [customer_for(world, "supervisor", "own").name]


def test_who_was_spoken_with_today_counts_as_done_and_leaves_the_queue(rep):
    customer = leaving(rep, 3)
    CallLogFactory(customer=customer, by=rep)
    CallLogFactory(customer=customer, by=rep)
    Customer.objects.filter(pk=customer.pk).update(last_contact_at=timezone.now())
    queue = work.queue(rep)
    assert (queue.lines, queue.done, queue.total) == ([], 1, 1)


def test_after_a_customer_comes_the_one_below_and_after_the_last_the_one_above(rep):
    first, second, third = due(rep, 3), due(rep, 2), due(rep, 1)
    queue = work.queue(rep)
    assert queue.after(first.pk).customer == second
    assert queue.after(third.pk).customer == second
    assert queue.after(0).customer == first


def test_at_most_two_hundred_lines_are_shown_and_the_page_says_so(site, rep):
    since, later = ago(1), ago(-60)
    Customer.objects.bulk_create(
        Customer(code=f"Q{n}", name=f"第{n}厂", owner=rep, owned_since=since, returns_on=later, next_contact_on=since)
        for n in range(work.MOST + 5)
    )
    queue = work.queue(rep)
    assert (len(queue.lines), queue.is_capped) == (work.MOST, True)
    assert "the first 200 to do" in site.get(URL).content.decode()


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


@pytest.mark.parametrize("rows", [1, 3, 20])
@pytest.mark.parametrize("role", ["representative", "supervisor"])
def test_twelve_queries_whatever_the_rows(client, django_assert_max_num_queries, rows, role):
    seller = UserFactory(role=role)
    client.force_login(seller)
    for n in range(rows):
        due(seller, n)
        leaving(seller, n + 1)
    with django_assert_max_num_queries(12):
        client.get(URL)
