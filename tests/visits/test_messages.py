"""Quick messages: written, sent once at a time that is right, logged as contact; what failed says so (policy 5.10)."""

import datetime as dt
import threading
import uuid

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from customers.models import Activity, Customer
from customers.ownership import claiming
from tests.factories import ContactFactory, CustomerFactory, MessageFactory, UserFactory
from tests.walls.racing import process, racers, wait_until_alone
from visits import channels, mailing, messages, quiet
from visits.models import CallLog, Message, TextTemplate
from visits.wording import fill

pytestmark = pytest.mark.django_db
SHANGHAI = dt.timezone(dt.timedelta(hours=8))
HERE = "tests.visits.test_messages"


@pytest.fixture
def always_open(monkeypatch):
    """As if people worked day and night, so that a test does not depend on when it runs."""
    monkeypatch.setattr(quiet, "rests_until", lambda contact, hours, now: None)


@pytest.fixture
def contact(client):
    contact = ContactFactory(name="王经理", phone="139 0571 0001", email="wang@example.cn")
    client.force_login(contact.customer.owner)
    return contact


def words(**changed):
    return {"token": str(uuid.uuid4()), "subject": "中秋问候", "text": "祝您节日快乐"} | changed


def post(client, contact, channel="email", **changed):
    path = reverse("visits:message_add", args=[contact.customer_id])
    return client.post(path, words(to=f"{contact.pk}:{channel}", **changed))


# Writing one


@pytest.mark.usefixtures("always_open")
def test_a_message_is_sent_and_logged_as_contact(client, contact, django_capture_on_commit_callbacks, monkeypatch):
    rung = []
    monkeypatch.setattr(messages, "ring", lambda: rung.append(Message.objects.get().status))
    with django_capture_on_commit_callbacks(execute=True):
        assert post(client, contact).status_code == 302
    assert rung == ["waiting"]
    assert messages.send_due() == 1
    message, log = Message.objects.get(), CallLog.objects.get()
    assert (message.status, message.log, message.sent_at) == ("sent", log, log.at)
    assert (log.outcome, log.channel, log.contact, log.by) == ("sent", "email", contact, contact.customer.owner)
    assert log.note == "中秋问候\n祝您节日快乐"
    contact.customer.refresh_from_db()
    assert contact.customer.last_contact_at == log.at
    assert contact.customer.activities.get(verb=Activity.Verb.LOG).note == log.note
    assert [(sent.to, sent.subject, sent.body) for sent in mail.outbox] == [
        (["wang@example.cn"], "中秋问候", "祝您节日快乐")
    ]
    assert (mail.outbox[0].reply_to, messages.send_due()) == ([contact.customer.owner.email], 0)


@pytest.mark.usefixtures("always_open")
def test_a_double_click_is_one_message(client, contact):
    token = str(uuid.uuid4())
    assert [post(client, contact, token=token).status_code for _n in range(2)] == [302, 302]
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("subject", {"subject": "  "}),
        ("text", {"text": " "}),
        ("text", {"text": "x" * 1001}),
        ("text", {"text": "您好{customer.owner.password}"}),
        ("token", {"token": "x"}),
        ("to", {"to": "1:owl"}),
        ("to", {"to": ""}),
    ],
)
def test_what_makes_no_sense_names_its_field_and_loses_nothing(client, contact, field, wrong):
    path = reverse("visits:message_add", args=[contact.customer_id])
    response = client.post(path, words(to=f"{contact.pk}:email") | wrong)
    assert (response.status_code, field in response.context["form"].errors) == (422, True)
    assert not Message.objects.exists()


def test_nobody_writes_to_another_customers_contact(client, contact):
    stranger = ContactFactory()
    path = reverse("visits:message_add", args=[contact.customer_id])
    assert client.post(path, words(to=f"{stranger.pk}:email")).status_code == 422
    assert not Message.objects.exists()


def test_only_a_contact_with_an_address_for_the_channel_is_offered(client, contact):
    ContactFactory(customer=contact.customer, name="前台", phone="0571 8888 0001", email="")
    ContactFactory(customer=contact.customer, name="李总", phone="", email="", wechat="li88")
    form = client.get(reverse("visits:message_add", args=[contact.customer_id])).context["form"]
    offered = [(to.name, channel) for to, channel, _words in form.ways.values()]
    assert offered == [("王经理", "email"), ("王经理", "message"), ("李总", "wechat")]


def test_a_template_comes_with_the_names_filled_in(client, contact):
    template = TextTemplate.objects.create(kind="greeting", title="节日", text="{contact}您好，{customer}的{me}敬上")
    path = reverse("visits:message_add", args=[contact.customer_id])
    other = ContactFactory(customer=contact.customer, name="李总")
    form = client.get(path, {"template": template.pk}).context["form"]
    owner = contact.customer.owner
    assert form["text"].value() == f"王经理您好，{contact.customer}的{owner}敬上"
    form = client.get(path, {"template": template.pk, "to": f"{other.pk}:email"}).context["form"]
    assert form["text"].value().startswith("李总您好")


def test_names_are_filled_in_and_nothing_else_is_understood():
    text = "{customer} {me} {contact} {customer.owner} {0} {{me}} %(me)s {{ me }} {me!r}"
    filled = fill(text, customer="{me}", contact="{{customer}}", me="<b>我</b>")
    assert filled == "{me} <b>我</b> {{customer}} {customer.owner} {0} {<b>我</b>} %(me)s {{ me }} {me!r}"


def test_hostile_words_are_shown_as_words_and_make_no_header(client, contact, always_open):
    post(client, contact, subject="新品\r\nBcc: all@example.com", text="<script>alert(1)</script>")
    messages.send_due()
    assert mail.outbox[0].subject == "新品 Bcc: all@example.com"
    assert mail.outbox[0].recipients() == ["wang@example.cn"]
    page = client.get(reverse("visits:messages")).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


# When it goes out


@pytest.mark.parametrize(
    ("now", "quiet", "expected"),
    [
        ("2025-09-24 10:00", None, "2025-09-24 10:00"),
        ("2025-09-24 12:10", None, "2025-09-24 13:30"),
        ("2025-09-24 07:00", None, "2025-09-24 09:00"),
        ("2025-09-30 18:00", None, "2025-10-09 09:00"),
        ("2025-09-28 15:00", None, "2025-09-28 15:00"),  # a Sunday worked instead of a holiday
        ("2025-09-24 09:30", ("09:00", "11:00"), "2025-09-24 11:00"),
        ("2025-09-24 12:10", ("13:00", "14:00"), "2025-09-24 14:00"),
        ("2025-09-24 17:00", ("16:00", "10:00"), "2025-09-25 10:00"),
        ("2025-09-24 10:00", ("09:00", "18:00"), "2025-09-24 18:00"),
    ],
)
def test_a_message_waits_for_working_hours_and_the_contacts_own(client, contact, now, quiet, expected):
    if quiet:
        contact.quiet_from, contact.quiet_until = map(dt.time.fromisoformat, quiet)
        contact.save()
    with time_machine.travel(at(now), tick=False):
        post(client, contact)
        message = Message.objects.get()
        assert timezone.localtime(message.send_after).strftime("%Y-%m-%d %H:%M") == expected
        assert messages.send_due() == (now == expected)


def at(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_a_message_that_was_held_up_until_the_evening_waits_for_the_morning():
    with time_machine.travel(at("2025-09-24 16:00"), tick=False):
        message = MessageFactory()
    with time_machine.travel(at("2025-09-24 23:00"), tick=False):
        assert messages.send_due() == 0
    message.refresh_from_db()
    assert (message.status, message.send_after) == ("waiting", at("2025-09-25 09:00"))


# What fails


class Refusing:
    is_trial = False

    def send(self, message):
        raise channels.NotSent("550 no such mailbox")


class Broken:
    is_trial = False

    def send(self, message):
        if "坏" in message.text:
            raise KeyError(message.text)


@pytest.mark.usefixtures("always_open")
def test_a_channel_that_refuses_is_tried_three_times_and_then_shown(client, contact, settings):
    settings.MESSAGE_CHANNELS = {"email": f"{HERE}.Refusing"}
    message = MessageFactory(contact=contact)
    for tries in (1, 2, 3):
        assert messages.send_due() == 0
        message.refresh_from_db()
        assert (message.tries, message.error) == (tries, "550 no such mailbox")
        Message.objects.update(send_after=timezone.now())
    assert message.status == "failed"
    assert not CallLog.objects.exists()
    assert "550 no such mailbox" in client.get(reverse("visits:messages"), {"status": "failed"}).content.decode()
    assert client.post(reverse("visits:message_retry", args=[message.pk])).status_code == 302
    assert client.post(reverse("visits:message_retry", args=[message.pk])).status_code == 409
    settings.MESSAGE_CHANNELS = {"email": "visits.channels.Email"}
    assert messages.send_due() == 1
    assert contact.customer.activities.filter(verb=Activity.Verb.MESSAGE).count() == 1


@pytest.mark.usefixtures("always_open")
def test_a_fault_of_a_gateway_does_not_keep_the_others_waiting(settings):
    settings.MESSAGE_CHANNELS = {"email": f"{HERE}.Broken"}
    bad, good = MessageFactory(text="坏"), MessageFactory(text="好")
    assert messages.send_due() == 1
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.status, bad.error, good.status) == ("waiting", "KeyError", "sent")


@pytest.mark.usefixtures("always_open")
def test_a_channel_that_is_switched_off_is_not_offered_and_sends_nothing(client, contact, settings):
    settings.MESSAGE_CHANNELS = {"email": "", "message": "visits.channels.Console"}
    form = client.get(reverse("visits:message_add", args=[contact.customer_id])).context["form"]
    assert [channel for _to, channel, _words in form.ways.values()] == ["message"]
    MessageFactory(contact=contact)
    assert messages.send_due() == 0
    assert Message.objects.get().error


@pytest.mark.usefixtures("always_open")
@pytest.mark.parametrize("fate", ["pool", "other owner", "writer left", "contact removed"])
def test_what_changed_meanwhile_stops_a_message(contact, fate):
    message = MessageFactory(contact=contact)
    owner = contact.customer.owner
    if fate == "contact removed":
        contact.remove(by=owner)
    elif fate == "writer left":
        type(owner).objects.filter(pk=owner.pk).update(is_active=False)
    else:
        contact.customer.release(note="", by=owner)
    if fate == "other owner":
        claiming.claim(Customer.objects.get(pk=contact.customer_id), by=UserFactory())
    assert messages.send_due() == 0
    message.refresh_from_db()
    assert (message.status, message.tries, mail.outbox) == ("failed", 0, [])
    assert message.error_text.endswith("nothing was sent.")
    assert not CallLog.objects.exists()


def test_a_message_to_a_customer_in_the_pool_is_masked_and_cant_be_sent_again(client, contact):
    message = MessageFactory(contact=contact, status="failed", text="密语")
    contact.customer.release(note="", by=contact.customer.owner)
    page = client.get(reverse("visits:messages")).content.decode()
    assert contact.customer.name in page
    assert [text for text in ("密语", contact.email, contact.name) if text in page] == []
    assert client.post(reverse("visits:message_retry", args=[message.pk])).status_code == 403


# To many


@pytest.fixture
def seller(client):
    seller = UserFactory()
    client.force_login(seller)
    return seller


def to_many(client, **changed):
    return client.post(reverse("visits:messages_add"), words(channel="email", text="{contact}您好") | changed)


def test_nothing_goes_out_before_somebody_has_seen_to_whom(client, seller):
    for name in ("甲", "乙"):
        ContactFactory(customer=CustomerFactory(owner=seller), name=name)
    bare = CustomerFactory(owner=seller, name="无邮箱公司")
    ContactFactory(customer=bare, email="")
    ContactFactory()
    page = to_many(client)
    assert (page.status_code, Message.objects.count()) == (200, 0)
    assert len(page.context["mailing"].recipients) == 2
    assert page.context["mailing"].left_out == [bare]
    assert "无邮箱公司" in page.content.decode()
    assert "甲您好" in page.content.decode()
    token = str(uuid.uuid4())
    for _n in range(2):
        assert to_many(client, token=token, seen=2).status_code == 302
    assert set(Message.objects.values_list("text", flat=True)) == {"甲您好", "乙您好"}
    assert Message.objects.count() == 2


def test_a_customer_who_came_meanwhile_is_shown_first(client, seller):
    for _n in range(2):
        ContactFactory(customer=CustomerFactory(owner=seller))
    page = to_many(client, seen=1)
    assert (page.context["has_changed"], Message.objects.count()) == (True, 0)


def test_grade_and_intention_narrow_it(client, seller):
    wanted = ContactFactory(customer=CustomerFactory(owner=seller, grade="A", intention="B"))
    for fields in ({"grade": "A"}, {"intention": "B"}):
        ContactFactory(customer=CustomerFactory(owner=seller, **fields))
    assert to_many(client, grade="A", intention="B", seen=1).status_code == 302
    assert Message.objects.get().contact == wanted


def test_another_text_to_start_from_keeps_whom_it_goes_to(client):
    client.force_login(UserFactory(role="director"))
    rep = UserFactory()
    template = TextTemplate.objects.filter(kind="greeting").first()
    asked = {"template": template.pk, "owner": rep.pk, "grade": "A", "intention": "B"}
    page = client.get(reverse("visits:messages_add"), asked)
    form = page.context["form"]
    assert [str(form[name].value()) for name in ("owner", "grade", "intention")] == [str(rep.pk), "A", "B"]
    assert form["text"].value() == template.text
    assert f'<option value="{rep.pk}" selected' in page.content.decode()


def test_more_than_the_most_are_refused(client, seller, monkeypatch):
    monkeypatch.setattr(mailing, "MOST", 2)
    for _n in range(3):
        ContactFactory(customer=CustomerFactory(owner=seller))
    for seen in ("", 3):
        assert to_many(client, seen=seen).status_code == 422
    assert not Message.objects.exists()


def test_a_representative_reaches_nobody_elses_customers(client, seller):
    other = ContactFactory().customer.owner
    response = to_many(client, owner=other.pk, seen=1)
    assert (response.status_code, Message.objects.count()) == (422, 0)


def test_a_leader_writes_to_the_customers_of_somebody_in_sight_only(client, world):
    client.force_login(world.people["supervisor"])
    assert to_many(client, owner=world.colleagues.other.pk, seen=1).status_code == 422
    assert to_many(client, owner=world.colleagues.team.pk, seen=1).status_code == 302
    message = Message.objects.filter(status="waiting").get()
    assert (message.customer, message.by) == (world.customers["team"], world.people["supervisor"])


# Exactly once, with real connections

SENT = []
TWO = threading.Barrier(2)


class Noting:
    is_trial = False

    def send(self, message):
        SENT.append(message.key)


def send_with_two(settings, number):
    settings.MESSAGE_CHANNELS = {"email": f"{HERE}.Noting"}
    SENT.clear()
    made = [MessageFactory().key for _n in range(number)]
    with racers(2) as them:
        outcomes = them.run(messages.send_due, messages.send_due)
    return made, outcomes


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("always_open")
def test_two_workers_send_each_message_once(settings):
    made, outcomes = send_with_two(settings, 12)
    assert sorted(SENT) == sorted(made)
    assert (sum(outcomes), CallLog.objects.count()) == (12, 12)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("always_open")
def test_control_without_the_claim_both_send_the_same_message_and_still_log_it_once(settings, monkeypatch):
    def claim():
        message = Message.objects.due().for_list().first()
        if message:
            TWO.wait(10)
        return message

    monkeypatch.setattr(messages, "claim", claim)
    made, _outcomes = send_with_two(settings, 1)
    assert made * 2 == SENT
    assert CallLog.objects.count() == 1


DYING = """
from visits import channels, messages, quiet
quiet.rests_until = lambda contact, hours, now: None
channels.Email.send = lambda self, message: (print("handed over"), input())
messages.send_due()
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("always_open")
def test_after_a_worker_was_killed_the_message_is_sent_again_and_logged_once(settings):
    settings.MESSAGE_CHANNELS = {"email": f"{HERE}.Noting"}
    SENT.clear()
    message = MessageFactory()
    worker = process(DYING)
    assert worker.stdout.readline() == "handed over\n"
    assert messages.send_due() == 0, "it is in the other worker's hands"
    worker.kill()
    worker.wait()
    wait_until_alone()
    assert messages.send_due() == 1
    assert ([message.key], CallLog.objects.count()) == (SENT, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("always_open")
def test_two_clicks_at_once_are_one_message():
    contact, token = ContactFactory(), uuid.uuid4()
    customer = contact.customer

    def click():
        messages.write([(customer, contact)], channel="email", text="好", token=token, by=customer.owner)

    with racers(2) as them:
        assert them.run(click, click) == [None, None]
    assert Message.objects.count() == 1
