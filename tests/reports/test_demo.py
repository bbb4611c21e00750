import datetime as dt
from itertools import pairwise

import pytest
from django.core.management import call_command
from django.db.models import F, Max, Q, Sum
from django.utils import timezone

from complaints.models import Case, Countermeasure, Step, Ticket
from crm.lib.dates import add_months
from customers import night
from customers.grading import RANKS, by_grade, period, regrade
from customers.models import Contact, Customer, Stint, Turnover
from customers.ownership.due import explain
from plans.models import Decision, Plan, PlanEvent, Task
from reports import demo
from reports import today as work
from reports.dashboard import Dashboard
from sales.models import Order, SalesMonth
from staff import calendar
from staff.models import Notice, User
from staff.roles import Role
from tests.factories import UserFactory
from tests.reports import demo_ownership
from visits.models import Callback, CallLog, Message, MonthlyComment, Promise, SpotCheck


@pytest.fixture
def filled(db):
    assert demo.fill()


def of(username):
    return User.objects.get(username=username)


def test_there_is_an_account_for_each_role_and_its_password_works(filled, client):
    assert {role for role, _name in demo.ACCOUNTS} == set(Role.values)
    for role, username in demo.ACCOUNTS:
        assert of(username).role == role
        assert client.login(username=username, password=demo.PASSWORD)


@pytest.mark.django_db
def test_where_anybody_exists_nothing_is_touched(capsys):
    UserFactory()
    call_command("demo")
    assert (User.objects.count(), Customer.objects.count()) == (1, 0)


def everything_is_plainly_made_up():
    assert not Customer.objects.exclude(name__startswith="演示").exists()
    assert not User.objects.exclude(name__startswith="演示").exists()
    assert not Contact.objects.exclude(phone__startswith="138 0000 ", email__endswith="@example.com").exists()


def every_grade_and_every_way_into_the_pool_occurs():
    assert all(by_grade(Customer.objects.all())[grade] for grade in RANKS)
    reasons = set(Customer.objects.pooled().values_list("stint_reason", flat=True))
    assert reasons == {"no_deal", "no_sale", "released", "problem", "moved"}
    assert Order.objects.unpaid().count() >= 5


def returns_on_follows_from_owner_and_last_sale():
    for customer in Customer.objects.owned().select_related("owner__team"):
        assert customer.returns_on == explain(customer).on
    paid = Q(orders__status="paid", orders__amount__gt=0)
    with_sale = Customer.objects.annotate(latest=Max("orders__paid_on", filter=paid))
    assert not with_sale.exclude(last_sale_on=F("latest")).exclude(last_sale_on=None, latest=None).exists()


def dealt_and_grade_are_what_the_nights_would_say():
    first, last = period(timezone.localdate())
    for customer in Customer.objects.all():
        paid = customer.orders.filter(paid_on__gte=first, paid_on__lt=add_months(last, 1))
        assert customer.dealt == (paid.aggregate(sum=Sum("amount"))["sum"] or 0)
    assert regrade(on=timezone.localdate()) == 0


def the_monthly_sums_are_those_of_the_orders():
    paid = Order.objects.filter(status="paid").aggregate(sum=Sum("amount"))["sum"]
    assert Turnover.objects.aggregate(sum=Sum("amount"))["sum"] == paid
    assert SalesMonth.objects.aggregate(sum=Sum("amount"))["sum"] == paid


def stints_tell_the_same_as_the_customers():
    for customer in Customer.objects.prefetch_related("stints"):
        stints = sorted(customer.stints.all(), key=lambda stint: stint.started_at)
        assert all(a.ended_at == b.started_at for a, b in pairwise(stints))
        newest = stints[-1]
        if customer.owner_id:
            assert (newest.owner_id, newest.ended_at) == (customer.owner_id, None)
            # What was given back after a night was owned all along.
            began = stints[-3] if customer.stint_reason == "undone" else newest
            assert began.owner == customer.owner
            assert timezone.localdate(began.started_at) == customer.owned_since
        else:
            assert (newest.owner, newest.started_at, newest.start_reason, newest.ended_at) == (
                None,
                customer.pooled_at,
                customer.stint_reason,
                None,
            )


def contact_dates_are_those_of_the_last_log():
    for customer in Customer.objects.owned():
        last = customer.logs.order_by("-at").first()
        assert customer.last_contact_at == (last.at if last else None)
        own = customer.callbacks.open().filter(Q(person=None) | Q(person=customer.owner))
        first = own.order_by("due_on").first()
        assert customer.next_contact_on == (first.due_on if first else None)


def nothing_happened_in_the_future_and_nobody_was_kept_longer_than_the_rules_allow():
    now, today = timezone.now(), timezone.localdate()
    assert not CallLog.objects.filter(Q(at__gt=now) | Q(on__gt=today)).exists()
    assert not Order.objects.filter(Q(paid_on__gt=today) | Q(ordered_on__gt=today)).exists()
    assert not Stint.objects.filter(Q(started_at__gt=now) | Q(ended_at__gt=now)).exists()
    for customer in Customer.objects.owned().filter(last_sale_on__gt=F("owned_since")):
        sales = customer.orders.filter(paid_on__gte=customer.owned_since).order_by("paid_on")
        days = [customer.owned_since, *sales.values_list("paid_on", flat=True)]
        assert all(b < add_months(a, 3) for a, b in pairwise(days)), customer


def every_state_of_a_plan_occurs_and_its_money_is_that_of_its_tasks():
    assert set(Plan.objects.values_list("status", flat=True)) >= {
        "draft", "submitted", "returned", "running", "amendment_submitted", "paused", "ended", "reported", "closed",
    }  # fmt: skip
    for plan in Plan.objects.all():
        assert plan.spent == (plan.tasks.filter(status="done").aggregate(sum=Sum("cost"))["sum"] or 0)
        assert plan.budget == sum(line.amount for line in plan.lines.all())
    assert Plan.objects.exclude(name__startswith="演示").count() == 0
    assert Task.objects.filter(status="open", due_on__lt=timezone.localdate()).exists()


def what_was_decided_is_as_old_as_the_plans_say_and_nobody_gets_a_mail():
    days = [(timezone.now() - at).days for at in Decision.objects.values_list("at", flat=True)]
    assert max(days) > 100
    for plan in Plan.objects.exclude(approved_at=None):
        assert plan.approved_at == plan.decisions.filter(verb="pass", version=plan.versions.last()).last().at
    assert not PlanEvent.objects.filter(at__gt=timezone.now()).exists()
    assert not Notice.objects.filter(sent_at=None).exists()


def every_state_of_a_ticket_occurs_plainly_made_up_and_nothing_happened_in_the_future():
    now = timezone.now()
    assert set(Ticket.objects.values_list("status", flat=True)) == set(Ticket.Status.values)
    assert not Ticket.objects.exclude(subject__startswith="演示", text__startswith="演示").exists()
    assert not Case.objects.exclude(title__startswith="演示").exists()
    assert not Step.objects.filter(at__gt=now).exists()
    assert Ticket.objects.open().filter(due_at__lt=now, level__gt=0).exists()
    assert Ticket.objects.open().filter(stopped_at__isnull=False).exists()
    assert Ticket.objects.open().filter(reopened=1).exists() and Ticket.objects.filter(kind="suggestion").count() > 1
    assert Ticket.objects.open().filter(holder=None).exists()
    assert Case.objects.count() >= 2 and Countermeasure.objects.filter(done_at=None).exists()
    for ticket in Ticket.objects.all():
        moments = [step.at for step in ticket.steps.order_by("id")]
        assert moments == sorted(moments) and moments[0] == ticket.received_at, ticket
        assert ticket.closed_at in {None, moments[-1]} or ticket.actions.filter(kind="consequence").exists(), ticket


CHECKS = (
    *demo_ownership.CHECKS,
    every_state_of_a_ticket_occurs_plainly_made_up_and_nothing_happened_in_the_future,
    every_state_of_a_plan_occurs_and_its_money_is_that_of_its_tasks,
    what_was_decided_is_as_old_as_the_plans_say_and_nobody_gets_a_mail,
    everything_is_plainly_made_up,
    every_grade_and_every_way_into_the_pool_occurs,
    returns_on_follows_from_owner_and_last_sale,
    dealt_and_grade_are_what_the_nights_would_say,
    the_monthly_sums_are_those_of_the_orders,
    stints_tell_the_same_as_the_customers,
    contact_dates_are_those_of_the_last_log,
    nothing_happened_in_the_future_and_nobody_was_kept_longer_than_the_rules_allow,
)


def test_every_derived_column_is_what_the_verbs_would_have_left(filled):
    """One filled system for all checks: filling takes longer than checking."""
    for check in CHECKS:
        check()


def test_every_page_has_something_to_show_and_the_first_night_takes_nobody(filled):
    queue = work.queue(of("rep"))
    assert queue.late
    assert queue.done
    sections = {reason.section for line in queue.lines for reason in line.reasons}
    # On a day off nothing is planned for today.
    assert sections | {work.TODAY} == {work.LATE, work.TODAY, work.LEAVING}
    assert work.TODAY in sections or not calendar.announced(timezone.localdate())[0]
    board = Dashboard(of("director"))
    # On the first of a month nobody has paid in it yet.
    assert all(board.dealt_in(month) for month in board.months if month != timezone.localdate())
    assert sum(board.moved("out", month) > 0 for month in board.months) >= 8
    assert sum(board.moved("in", month) > 0 for month in board.months) >= 8
    assert board.calls_today
    assert board.returning
    pooled = Customer.objects.pooled().count()
    assert night.run_due(until=timezone.localdate()) == [timezone.localdate()]
    assert Customer.objects.pooled().count() == pooled


def test_leaders_find_lists_half_called_records_half_checked_and_promises_in_every_state(filled):
    supervisor, rep = of("supervisor"), of("rep")
    calls = Callback.objects.filter(call_list__by=supervisor)
    assert {call.status for call in calls} == {"open", "done"}
    assert calls.filter(person__isnull=False).exists()
    checks = SpotCheck.objects.visible_to(supervisor)
    assert set(checks.values_list("agrees", flat=True)) == {True, False, None}
    assert set(Message.objects.visible_to(rep).values_list("status", flat=True)) == {"sent", "failed"}
    promises = Promise.objects.visible_to(rep)
    assert promises.kept().exists()
    assert promises.open().filter(renegotiated=1).exists()
    texts = [*calls.values_list("call_list__name", flat=True), *MonthlyComment.objects.values_list("text", flat=True)]
    assert all(text.startswith("演示") for text in texts)


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["2026-03-31", "2028-02-29"])
def test_it_holds_on_any_day_of_the_year(monkeypatch, day):
    now = dt.datetime.fromisoformat(f"{day}T00:05:00+08:00")
    monkeypatch.setattr(timezone, "now", lambda: now)
    assert demo.fill()
    assert not Customer.objects.due_to_return(by=timezone.localdate()).exists()
    assert not CallLog.objects.filter(at__gt=now).exists()
    monkeypatch.undo()
    # The clock that was set back for the plans goes on by itself.
    assert abs(timezone.now() - Decision().at) < dt.timedelta(seconds=9)
