"""Call lists: who is chosen, who calls, what one sees of it."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.lib.moves import TooLate
from customers import loans
from customers.models import Customer, Loan
from staff import calendar
from staff.models import User
from tests.factories import (
    CallbackFactory,
    CallLogFactory,
    CustomerFactory,
    PromiseFactory,
    TeamFactory,
    UserFactory,
)
from visits import calls, choosing, giving_back, lists
from visits.choosing import Criteria
from visits.models import Callback, CallList, CallLog, Purpose, SiteVisit

pytestmark = pytest.mark.django_db


def ago(days):
    return timezone.now() - dt.timedelta(days=days)


def day(days):
    return timezone.localdate() + dt.timedelta(days=days)


@pytest.fixture
def team():
    return TeamFactory(name="杭州组")


@pytest.fixture
def supervisor(team):
    return UserFactory(supervisor=True, team=team, name="王芳")


@pytest.fixture
def reps(team):
    return [UserFactory(team=team, name=name) for name in ("李伟", "陈静")]


def owned(rep, number=1, **fields):
    return [CustomerFactory(owner=rep, **fields) for _n in range(number)]


def chosen(user, way, seed="x", **criteria):
    return list(choosing.fitting(Criteria(way, **criteria), user=user, seed=seed))


def draw(by, people, *, way="random", among_all=False, token=None, due_on=None, **criteria):
    due_on = due_on or calendar.opens_on(day(10))
    token = token or uuid.uuid4()
    return lists.draw(
        Criteria(way, **criteria), name="春季", due_on=due_on, people=people, among_all=among_all, token=token, by=by
    )


# Who is chosen


def test_at_random_the_same_seed_draws_the_same_and_another_seed_others(supervisor, reps):
    owned(reps[0], 20)
    first = chosen(supervisor, "random", "a")
    assert first == chosen(supervisor, "random", "a")
    assert first != chosen(supervisor, "random", "b")
    assert len(first) == 20


def test_only_owned_customers_in_sight_are_chosen_and_by_grade_and_code(supervisor, reps):
    vip = CustomerFactory(owner=reps[0], grade="VIP", code="K001")
    other = CustomerFactory(owner=reps[1], grade="C", code="K0020")
    last = CustomerFactory(owner=reps[1], grade="C", code="L1")
    borrowed = CustomerFactory()
    loans.lend([(borrowed.pk, supervisor.pk)], until=day(3), reason="x", by=borrowed.owner)
    CustomerFactory(pooled=True)
    assert set(chosen(supervisor, "random")) == {vip, other, last}
    assert chosen(supervisor, "random", grade="VIP") == [vip]
    assert set(chosen(supervisor, "random", code_from="K")) == {vip, other}
    assert set(chosen(supervisor, "random", code_from="K001", code_to="K002")) == {vip, other}
    assert chosen(supervisor, "random", code_from="K002", code_to="L1", grade="C") in ([other, last], [last, other])


def test_unsatisfied_is_who_told_so_last_or_whose_sheet_says_so(supervisor, reps):
    grumpy, calmed, old, sheet = owned(reps[0], 4)
    CallLogFactory(customer=grumpy, satisfaction=5, at=ago(40), on=day(-40))
    CallLogFactory(customer=grumpy, satisfaction=1, at=ago(20), on=day(-20))
    CallLogFactory(customer=grumpy, satisfaction=None, at=ago(2), on=day(-2))
    CallLogFactory(customer=calmed, satisfaction=1, at=ago(20), on=day(-20))
    CallLogFactory(customer=calmed, satisfaction=4, at=ago(2), on=day(-2))
    CallLogFactory(customer=old, satisfaction=1, at=ago(400), on=day(-400))
    Customer.objects.filter(pk=sheet.pk).update(satisfaction=2)
    assert chosen(supervisor, "unsatisfied", months=6) == [grumpy, sheet]
    assert chosen(supervisor, "unsatisfied", months=24) == [grumpy, old, sheet]


def test_owed_is_a_late_promise_a_late_callback_or_work_run_over_longest_first(supervisor, reps):
    promise, callback, work, _kept, _later = owned(reps[0], 5)
    PromiseFactory(customer=promise, due_on=day(-9))
    PromiseFactory(customer=_later, due_on=day(0))
    CallbackFactory(customer=callback, due_on=day(-3))
    CallbackFactory(customer=_later, due_on=day(0))
    SiteVisit.objects.create(
        customer=work, kind="repair", planned_from=ago(6), planned_until=ago(5), technician="周师傅", by=supervisor
    )
    assert chosen(supervisor, "owed") == [promise, work, callback]


def test_rare_is_nobody_for_so_many_days(supervisor, reps):
    silent, spoken = owned(reps[0], 2)
    never = CustomerFactory(owner=reps[0], owned_since=day(-200))
    Customer.objects.filter(pk=silent.pk).update(last_contact_at=ago(91))
    Customer.objects.filter(pk=spoken.pk).update(last_contact_at=ago(89))
    assert chosen(supervisor, "rare", days=90) == [never, silent]


def test_against_its_rhythm_is_silence_twice_as_long_as_the_years_average(supervisor, reps):
    weekly, monthly, seldom = owned(reps[0], 3)
    for customer, gap, last in ((weekly, 7, 20), (monthly, 30, 20), (seldom, 7, 40)):
        for n in range(4 if customer is not seldom else 3):
            CallLogFactory(customer=customer, at=ago(last + n * gap), on=day(-last - n * gap))
        Customer.objects.filter(pk=customer.pk).update(last_contact_at=ago(last))
    assert chosen(supervisor, "rare", by_rhythm=True) == [weekly]


def test_who_is_to_be_called_for_a_list_is_not_chosen_again(supervisor, reps):
    owned(reps[0], 3)
    draw(supervisor, reps, number=2)
    assert len(chosen(supervisor, "random")) == 1
    Callback.objects.update(status="done", closed_at=timezone.now())
    assert len(chosen(supervisor, "random")) == 3


# Drawn and shared out


def test_owners_call_their_own_on_working_days_until_the_lists_date(supervisor, reps):
    owned(reps[0], 3)
    owned(reps[1], 2)
    made = draw(supervisor, reps)
    calls_ = list(made.callbacks.all())
    assert len(calls_) == 5
    assert {call.person for call in calls_} == {None}
    assert not Loan.objects.exists()
    days = {call.due_on for call in calls_}
    assert all(calendar.closed_name(one) is None and day(0) <= one <= made.due_on for one in days)
    for customer in Customer.objects.all():
        assert customer.next_contact_on == customer.callbacks.get().due_on
    assert lists.load(reps, by=made.due_on) == {reps[0].pk: 3, reps[1].pk: 2}


def test_whose_owner_is_not_chosen_goes_to_who_has_least_to_do_and_is_lent(supervisor, reps):
    absent = UserFactory(team=supervisor.team)
    owned(absent, 2)
    for customer in owned(reps[0], 3):
        CallbackFactory(customer=customer)
    Customer.objects.filter(owner=absent).update(grade="VIP")
    made = draw(supervisor, reps, grade="VIP")
    assert {call.person for call in made.callbacks.all()} == {reps[1]}
    assert set(Loan.objects.values_list("person", "until")) == {(reps[1].pk, made.due_on)}
    borrower = User.objects.get(pk=reps[1].pk)
    assert set(Customer.objects.visible_to(borrower).filter(grade="VIP")) == set(absent.customers.all())
    assert not absent.customers.filter(next_contact_on__isnull=False).exists(), "their owner has nothing to do there"


def test_among_all_the_load_is_levelled_and_lent(supervisor, reps):
    owned(reps[0], 6)
    draw(supervisor, reps, among_all=True)
    assert lists.load(reps, by=day(30)) == {reps[0].pk: 3, reps[1].pk: 3}
    assert Loan.objects.filter(person=reps[1]).count() == 3


def test_the_list_does_not_stand_on_a_day_that_is_taken(supervisor, reps):
    (customer,) = owned(reps[0])
    CallbackFactory(customer=customer, due_on=calendar.opens_on(day(0)))
    draw(supervisor, reps)
    assert len(set(customer.callbacks.values_list("due_on", flat=True))) == 2


def test_the_same_form_sent_twice_is_one_list_and_filled_in_otherwise_it_is_refused(supervisor, reps):
    owned(reps[0], 4)
    token = uuid.uuid4()
    assert draw(supervisor, reps, token=token, number=2) == draw(supervisor, reps, token=token, number=2)
    assert Callback.objects.count() == 2
    with pytest.raises(TooLate):
        draw(supervisor, reps, token=token, number=4)


def test_where_nobody_fits_there_is_no_list(supervisor, reps):
    with pytest.raises(lists.NobodyFits):
        draw(supervisor, reps)
    assert not CallList.objects.exists()


# What becomes of the calls


@pytest.fixture
def lent(supervisor, reps):
    """A call of 李伟's customer that 陈静 makes."""
    (customer,) = owned(reps[0])
    draw(supervisor, [reps[1]])
    return customer.callbacks.get()


def test_the_borrower_reaches_the_customer_and_the_list_is_done(lent, reps, supervisor):
    borrower = User.objects.get(pk=reps[1].pk)
    calls.log(lent.customer, token=uuid.uuid4(), by=borrower, outcome="reached", note="都好")
    lent.refresh_from_db()
    assert (lent.status, lent.closed_by) == ("done", borrower)
    giving_back.end_loans(on=day(0))
    assert Loan.objects.exists(), "the author may still correct the log"
    Callback.objects.update(closed_at=ago(2))
    giving_back.end_loans(on=day(0))
    assert not Loan.objects.exists()


def test_while_the_list_is_not_done_or_a_promise_is_open_the_loan_stays(supervisor, reps):
    owned(reps[0], 2)
    made = draw(supervisor, [reps[1]])
    first, _second = made.callbacks.all()
    Callback.objects.filter(pk=first.pk).update(status="done", closed_at=ago(3), closed_by=reps[1])
    assert giving_back.end_loans(on=day(0)) == 0
    promise = PromiseFactory(customer=first.customer, owner=reps[1], due_on=day(60))
    Callback.objects.update(status="done", closed_at=ago(3), closed_by=reps[1])
    assert giving_back.end_loans(on=day(0)) == 1
    assert (Loan.objects.get().customer, Loan.objects.get().until) == (first.customer, promise.due_on)


def test_what_was_not_called_in_time_goes_back_to_its_owner(lent, reps):
    giving_back.end_loans(on=Loan.objects.get().until)
    assert Callback.objects.get().person == reps[1]
    giving_back.end_loans(on=Loan.objects.get().until + dt.timedelta(days=1))
    assert not Loan.objects.exists()
    assert Callback.objects.get().person is None
    assert Customer.objects.get().next_contact_on == Callback.objects.order_by("due_on")[0].due_on


def test_a_call_given_to_somebody_else_is_lent_to_them_and_no_longer_to_the_first(client, lent, reps, supervisor):
    third = UserFactory(team=supervisor.team, name="赵磊")
    client.force_login(supervisor)
    give = reverse("visits:list_give", args=[lent.pk])
    assert client.post(give, {"to": third.pk}).status_code == 302
    assert list(Loan.objects.values_list("person", flat=True)) == [third.pk]
    assert client.post(give, {"to": reps[0].pk}).status_code == 302
    assert not Loan.objects.exists()
    lent.refresh_from_db()
    assert lent.person is None
    assert lent.customer.next_contact_on == lent.due_on


def test_a_closed_call_and_one_of_the_pool_can_not_be_given(client, lent, reps, supervisor):
    client.force_login(supervisor)
    give = reverse("visits:list_give", args=[lent.pk])
    Callback.objects.update(status="skipped", closed_at=timezone.now(), closed_by=reps[1])
    assert client.post(give, {"to": reps[0].pk}).status_code == 409
    Callback.objects.update(status="open", closed_at=None, closed_by=None)
    lent.customer.release(note="x", by=reps[0])
    assert client.post(give, {"to": reps[0].pk}).status_code in {403, 404, 409}
    assert not Loan.objects.exists()


# The pages


def fields(people, **changed):
    data = {"token": uuid.uuid4(), "way": "random", "number": 10, "due_on": calendar.opens_on(day(7)).isoformat()}
    return data | {"people": [person.pk for person in people], "months": 6, "days": 90} | changed


def test_a_leader_sees_the_count_the_first_rows_and_the_shares_before_drawing(client, supervisor, reps):
    customers = owned(reps[0], 3)
    client.force_login(supervisor)
    data = fields(reps, preview="1", number=2, among_all="1")
    page = client.post(reverse("visits:list_add"), data)
    assert not CallList.objects.exists()
    preview = page.context["preview"]
    assert (preview["number"], preview["drawn"]) == (3, 2)
    assert {share[2] for share in preview["shares"]} == {1}
    del data["preview"]
    assert client.post(reverse("visits:list_add"), data).status_code == 302
    drawn = set(CallList.objects.get().callbacks.values_list("customer", flat=True))
    assert drawn == {customer.pk for customer in preview["rows"]}, "what was shown is what is drawn"
    assert drawn < {customer.pk for customer in customers}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"due_on": "2020-01-06"}, "due_on"),
        ({"number": "0"}, "number"),
        ({"number": "501"}, "number"),
        ({"people": []}, "people"),
        ({"code_to": "B"}, "code_from"),
        ({"code_from": "B", "code_to": "A"}, "code_to"),
        ({"way": "unsatisfied", "months": ""}, "months"),
        ({"way": "rare", "days": "x"}, "days"),
    ],
)
def test_what_makes_no_list_is_said_beside_the_field(client, supervisor, reps, wrong, field):
    owned(reps[0])
    client.force_login(supervisor)
    page = client.post(reverse("visits:list_add"), fields(reps) | wrong)
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert not CallList.objects.exists()


def test_a_slip_in_what_another_way_asks_for_stops_nobody(client, supervisor, reps):
    owned(reps[0])
    client.force_login(supervisor)
    assert client.post(reverse("visits:list_add"), fields(reps, months="", days="x")).status_code == 302


def test_a_representative_sees_the_lists_that_give_them_calls_and_of_these_their_own(client, supervisor, reps):
    owned(reps[0], 2)
    owned(reps[1], 1)
    made = draw(supervisor, reps)
    stranger = UserFactory(team=supervisor.team)
    for person, number in ((reps[0], 2), (reps[1], 1), (supervisor, 3)):
        client.force_login(person)
        (shown,) = client.get(reverse("visits:lists")).context["page"].rows
        assert (shown.calls, shown.closed) == (number, 0)
        assert len(client.get(made.get_absolute_url()).context["page"].rows) == number
    client.force_login(stranger)
    assert list(client.get(reverse("visits:lists")).context["page"].rows) == []
    assert client.get(made.get_absolute_url()).status_code == 404


def test_progress_by_person(client, supervisor, reps):
    first, second, third = owned(reps[0], 3)
    made = draw(supervisor, reps, number=3)
    calls.log(first, token=uuid.uuid4(), by=reps[0], outcome="reached", note="好")
    calls.log(second, token=uuid.uuid4(), by=reps[0], outcome="refused")
    made.callbacks.filter(customer=third).update(due_on=day(-1))
    client.force_login(supervisor)
    page = client.get(made.get_absolute_url())
    (share,) = page.context["shares"]
    assert (share.person, share.given, share.done, share.reached, share.left, share.late) == (reps[0], 3, 2, 1, 1, 1)
    late = client.get(made.get_absolute_url(), {"state": "late", "person": reps[0].pk})
    assert [row.customer for row in late.context["page"].rows] == [third]


def test_as_many_questions_for_many_as_for_few(client, supervisor, reps, django_assert_max_num_queries):
    owned(reps[0], 6)
    made = draw(supervisor, reps, among_all=True)
    owned(reps[1], 2)
    draw(supervisor, reps)
    client.force_login(supervisor)
    for path in (reverse("visits:lists"), made.get_absolute_url()):
        with django_assert_max_num_queries(12):
            client.get(path)


def test_a_row_of_a_customer_out_of_sight_names_nobody(client, team, reps, supervisor):
    """The manager of two teams lends across them; the supervisor of the caller follows the call, not the customer."""
    far = UserFactory(team=TeamFactory(name="上海组"))
    manager = UserFactory(director=True)
    customer = CustomerFactory(owner=far, name="看不见的商行")
    made = draw(manager, [reps[0]])
    client.force_login(supervisor)
    page = client.get(made.get_absolute_url())
    assert [row.customer for row in page.context["page"].rows] == [customer]
    assert customer.name not in page.content.decode()
    assert page.context["shares"][0].given == 1
    client.force_login(reps[0])
    assert customer.name in client.get(made.get_absolute_url()).content.decode()


def test_a_list_shows_nothing_of_what_left_the_sight(client, supervisor, reps):
    (customer,) = owned(reps[0], 1, name="搬去广州的商行")
    made = draw(supervisor, reps)
    Customer.objects.filter(pk=customer.pk).update(owner=UserFactory())
    client.force_login(supervisor)
    for path in (reverse("visits:lists"), made.get_absolute_url()):
        page = client.get(path)
        assert page.status_code == 200
        assert customer.name not in page.content.decode()
    assert client.get(reverse("visits:list_give", args=[made.callbacks.get().pk])).status_code == 404


def test_outcomes_on_a_list_are_those_of_its_logs(client, supervisor, reps):
    (customer,) = owned(reps[0])
    made = draw(supervisor, reps)
    calls.log(customer, token=uuid.uuid4(), by=reps[0], outcome="reached", note="好")
    client.force_login(supervisor)
    assert CallLog.objects.get().get_absolute_url() in client.get(made.get_absolute_url()).content.decode()
    assert made.callbacks.get().purpose == Purpose.CALL_LIST
