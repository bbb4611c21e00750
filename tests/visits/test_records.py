"""True records (policy 5.6): seen whole, corrected by the author within a day, later only added to."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.lib.moves import TooLate
from customers.models import Activity, Customer, PoolRules
from staff import calendar
from tests.factories import (
    CallbackFactory,
    CallLogFactory,
    ContactFactory,
    CustomerFactory,
    LogAdditionFactory,
    LogPictureFactory,
    PromiseFactory,
    UserFactory,
)
from visits import calls, records
from visits.models import Callback, CallLog, LogAddition, Purpose, ScriptVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(client):
    log = CallLogFactory(note="要三米皮带", satisfaction=4)
    client.force_login(log.by)
    return log


def fields(**changed):
    return {"outcome": "reached", "channel": "phone", "satisfaction": "4", "note": "要三米皮带", "seen": ""} | changed


def correct(client, log, **changed):
    return client.post(reverse("visits:correct", args=[log.pk]), fields(**changed))


def yesterday(log):
    CallLog.objects.filter(pk=log.pk).update(created_at=timezone.now() - dt.timedelta(hours=24, seconds=1))


# Seeing


def test_the_record_shows_everything_that_belongs_to_it(client, log):
    CallbackFactory(customer=log.customer, status="done", closed_at=timezone.now(), log=log, purpose=Purpose.REPAIR)
    PromiseFactory(customer=log.customer, log=log, text="周五送样品")
    LogAdditionFactory(log=log, text="又来电加急")
    picture = LogPictureFactory(log=log)
    log.script = ScriptVersion.objects.get(script__purpose="repair")
    log.contact = ContactFactory(customer=log.customer, name="赵工")
    log.save()
    body = client.get(log.get_absolute_url()).content.decode()
    shown = ["要三米皮带", "★★★★", "After a repair", "周五送样品", "又来电加急", "赵工", "赵工您好", log.by.name]
    assert [text for text in [*shown, reverse("visits:picture", args=[picture.pk])] if text not in body] == []


def test_in_the_pool_the_record_is_seen_but_nothing_that_was_said(client, log):
    LogAdditionFactory(log=log, text="又来电加急")
    PromiseFactory(customer=log.customer, log=log, text="周五送样品")
    correct(client, log, note="改正的话")
    log.contact = ContactFactory(customer=log.customer, name="赵工")
    log.save()
    log.customer.release(note="", by=log.by)
    response = client.get(log.get_absolute_url())
    assert response.status_code == 200
    body = response.content.decode()
    assert [text for text in ("要三米皮带", "又来电加急", "周五送样品", "改正的话", "赵工") if text in body] == []


def test_the_list_and_the_timeline_lead_to_the_record(client, log):
    link = f'href="{log.get_absolute_url()}"'
    assert link in client.get(reverse("visits:list")).content.decode()
    data = {"log": log.pk, "channel": "phone", "outcome": "reached", "next_on": None}
    Activity.objects.create(customer=log.customer, verb=Activity.Verb.LOG, by=log.by, data=data)
    assert link in client.get(log.customer.get_absolute_url()).content.decode()
    log.customer.release(note="", by=log.by)
    assert link not in client.get(log.customer.get_absolute_url()).content.decode()


def test_a_record_with_much_about_it_needs_no_more_queries(client, log):
    def number():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(log.get_absolute_url())
        return len(asked)

    def grow():
        CallbackFactory(customer=log.customer, status="done", closed_at=timezone.now(), log=log)
        PromiseFactory(customer=log.customer, log=log)
        LogAdditionFactory(log=log)
        LogPictureFactory(log=log)
        Activity.objects.create(
            customer=log.customer,
            by=UserFactory(),
            verb=Activity.Verb.CORRECT,
            data={"log": log.pk, "was": {"note": "x"}, "now": {"note": "y"}},
        )

    client.get(log.get_absolute_url())
    grow()
    one = number()
    grow()
    assert number() == one <= 12


# Correcting


def test_the_author_corrects_and_every_old_value_is_kept(client, log):
    contact = ContactFactory(customer=log.customer, name="赵工")
    changed = {"outcome": "refused", "channel": "visit", "satisfaction": "", "note": "不要了", "contact": contact.pk}
    assert correct(client, log, **changed).status_code == 302
    log.refresh_from_db()
    assert (log.outcome, log.channel, log.satisfaction, log.note) == ("refused", "visit", None, "不要了")
    assert (log.contact, bool(log.corrected_at)) == (contact, True)
    was = log.customer.activities.get(verb=Activity.Verb.CORRECT).data["was"]
    old = {"outcome": "reached", "channel": "phone", "satisfaction": 4, "note": "要三米皮带", "contact": None}
    assert was == old
    body = client.get(log.get_absolute_url()).content.decode()
    assert ">要三米皮带</del>" in body


@pytest.mark.parametrize("note", ["要三米皮带", "一行\n又一行", "一行\r\n又一行 "])
def test_sending_the_record_unchanged_corrects_nothing(client, log, note):
    log.note = note
    log.save()
    correct(client, log, note=note.replace("\r\n", "\n").replace("\n", "\r\n"))
    log.refresh_from_db()
    assert log.corrected_at is None
    assert not log.customer.activities.exists()


def test_a_day_after_writing_it_is_too_late_and_what_was_typed_is_offered_as_an_addition(client, log):
    yesterday(log)
    for response in (client.get(reverse("visits:correct", args=[log.pk])), correct(client, log, note="后来想起来")):
        assert response.status_code == 409
        assert reverse("visits:addition_add", args=[log.pk]) in response.content.decode()
    assert "后来想起来" in response.content.decode()
    log.refresh_from_db()
    assert log.note == "要三米皮带"


def test_the_verb_itself_refuses_late_corrections_and_other_people(log):
    data = {"outcome": "busy", "channel": "phone", "contact": None, "satisfaction": None, "note": ""}
    with pytest.raises(PermissionDenied):
        records.correct(log, seen="", by=UserFactory(administrator=True), **data)
    yesterday(log)
    with pytest.raises(TooLate):
        records.correct(log, seen="", by=log.by, **data)


def test_a_leader_sees_the_record_but_may_not_correct_it(client, log):
    client.force_login(UserFactory(director=True))
    assert client.get(log.get_absolute_url()).status_code == 200
    assert reverse("visits:correct", args=[log.pk]) not in client.get(log.get_absolute_url()).content.decode()
    assert correct(client, log, note="x").status_code == 403


def test_a_correction_in_another_window_is_not_overwritten_unawares(client, log):
    correct(client, log, note="第一次改")
    response = correct(client, log, note="第二次改")
    assert response.status_code == 409 and "第二次改" in response.content.decode()
    log.refresh_from_db()
    assert log.note == "第一次改"
    assert correct(client, log, note="第二次改", seen=records.stamp(log)).status_code == 302


def test_the_customer_went_to_the_pool_between_look_and_send(log):
    log.customer.release(note="", by=log.by)
    data = {"outcome": "busy", "channel": "phone", "contact": None, "satisfaction": None, "note": ""}
    with pytest.raises(TooLate, match="pool"):
        records.correct(log, seen="", by=log.by, **data)


@pytest.mark.parametrize(
    "wrong", [{"outcome": "sent"}, {"outcome": ""}, {"note": " "}, {"satisfaction": "6"}, {"channel": "owl"}]
)
def test_what_makes_no_sense_is_said_beside_the_field(client, log, wrong):
    response = correct(client, log, **wrong)
    assert response.status_code == 422
    assert set(response.context["form"].errors) == set(wrong)


def test_a_nonsense_stamp_is_another_window(client, log):
    assert correct(client, log, note="x", seen="2026-13-45").status_code == 409


# What the log had closed


def logged(customer, outcome="reached", **data):
    return calls.log(
        customer, token=uuid_of(customer), by=customer.owner, outcome=outcome, channel="phone", note="说了", **data
    )


def uuid_of(customer):
    return f"00000000-0000-0000-0000-{customer.pk:012d}"


@pytest.fixture
def spoken(client):
    """A log that reached somebody and closed a repair callback."""
    customer = CustomerFactory()
    client.force_login(customer.owner)
    repair = CallbackFactory(customer=customer, purpose=Purpose.REPAIR)
    log = logged(customer)
    repair.refresh_from_db()
    assert repair.status == "done" and repair.log == log
    return log


def test_nobody_was_reached_after_all_so_what_it_closed_is_due_again(client, spoken):
    correct(client, spoken, outcome="no_answer", note="说了", satisfaction="")
    repair = Callback.objects.get(customer=spoken.customer, purpose=Purpose.REPAIR)
    today = calendar.opens_on(timezone.localdate())
    assert (repair.status, repair.due_on, repair.closed_at, repair.log, repair.covers_until) == (
        ("open", today, None, None, None)
    )
    spoken.customer.refresh_from_db()
    assert spoken.customer.next_contact_on == today


def test_what_is_open_for_the_same_purpose_by_now_is_not_opened_twice(client, spoken):
    later = timezone.localdate() + dt.timedelta(days=30)
    CallbackFactory(customer=spoken.customer, purpose=Purpose.REPAIR, due_on=later)
    correct(client, spoken, outcome="busy", note="说了", satisfaction="")
    assert Callback.objects.open().filter(customer=spoken.customer, purpose=Purpose.REPAIR).count() == 1
    spoken.refresh_from_db()
    assert spoken.outcome == "busy"


@pytest.mark.parametrize(("before", "after"), [("reached", "refused"), ("reached", "reached")])
def test_other_corrections_leave_the_callbacks_alone(client, spoken, before, after):
    correct(client, spoken, outcome=after, note="别的话", satisfaction="")
    assert not Callback.objects.open().filter(customer=spoken.customer, purpose=Purpose.REPAIR).exists()


def test_somebody_was_reached_after_all_closes_nothing(client):
    customer = CustomerFactory()
    client.force_login(customer.owner)
    CallbackFactory(customer=customer, purpose=Purpose.REPAIR)
    log = logged(customer, outcome="no_answer")
    correct(client, log, outcome="reached", note="接了", satisfaction="")
    assert Callback.objects.open().filter(customer=customer, purpose=Purpose.REPAIR).exists()


# When the customer returns, where days without real contact count


@pytest.fixture
def talked(client):
    """A customer spoken with ten days ago, and its log of today; 30 days without a talk are too many."""
    PoolRules.objects.create(contact_days=30)
    today = timezone.localdate()
    customer = CustomerFactory(owned_since=today - dt.timedelta(days=40), last_sale_on=today - dt.timedelta(days=1))
    client.force_login(customer.owner)
    return customer


def talks(customer, on, outcome="reached"):
    CallLogFactory(customer=customer, by=customer.owner, on=on, outcome=outcome)
    Customer.objects.filter(pk=customer.pk).update(talked_on=on)


def test_nobody_was_reached_after_all_so_the_talk_before_counts_again(client, talked):
    before = timezone.localdate() - dt.timedelta(days=10)
    talks(talked, before)
    log = logged(talked)
    talked.refresh_from_db()
    assert (talked.talked_on, talked.returns_on) == (log.on, log.on + dt.timedelta(days=30))
    correct(client, log, outcome="busy", note="说了", satisfaction="")
    talked.refresh_from_db()
    assert (talked.talked_on, talked.returns_on) == (before, before + dt.timedelta(days=30))


def test_the_only_talk_that_was_none_leaves_none(client, talked):
    log = logged(talked)
    correct(client, log, outcome="wrong_number", note="说了", satisfaction="")
    talked.refresh_from_db()
    assert (talked.talked_on, talked.returns_on) == (None, talked.owned_since + dt.timedelta(days=30))


def test_somebody_was_reached_after_all_so_that_talk_counts(client, talked):
    talks(talked, timezone.localdate() - dt.timedelta(days=10))
    log = logged(talked, outcome="no_answer")
    correct(client, log, outcome="refused", note="说了", satisfaction="")
    talked.refresh_from_db()
    assert (talked.talked_on, talked.returns_on) == (log.on, log.on + dt.timedelta(days=30))


# Adding


def add(client, log, text="又来电加急"):
    return client.post(reverse("visits:addition_add", args=[log.pk]), {"text": text})


def test_an_addition_stays_with_the_record_and_on_the_timeline_for_good(client, log):
    yesterday(log)
    assert add(client, log).status_code == 302
    addition = LogAddition.objects.get()
    assert (addition.log, addition.by, addition.text) == (log, log.by, "又来电加急")
    activity = log.customer.activities.get(verb=Activity.Verb.ADD)
    assert (activity.note, activity.data) == ("又来电加急", {"log": log.pk})
    log.refresh_from_db()
    assert log.note == "要三米皮带"


def test_a_double_click_adds_once(client, log):
    add(client, log)
    add(client, log)
    assert LogAddition.objects.count() == log.customer.activities.count() == 1


def test_leaders_add_and_an_empty_addition_is_refused(client, log):
    client.force_login(UserFactory(director=True))
    assert add(client, log, text=" ").status_code == 422
    assert add(client, log).status_code == 302


def test_an_author_whose_customer_is_in_the_pool_may_still_add(client, log):
    log.customer.release(note="", by=log.by)
    assert add(client, log).status_code == 302
    client.force_login(UserFactory(director=True))
    assert add(client, log, text="x").status_code == 403
