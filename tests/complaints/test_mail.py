"""Mails in and out, through a real mail server: they become tickets once, thread, and never answer each other."""

from email.message import EmailMessage
from io import BytesIO

import pytest
from django.core import mail as django_mail
from django.db import OperationalError
from PIL import Image

from complaints import arriving, letters, mailbox, outbox, thread
from complaints.models import Mail, MailboxState, Message, Ticket
from tests.complaints import mailserver
from tests.factories import ContactFactory, CustomerFactory, UserFactory
from tests.walls.racing import racers

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def running_server():
    with mailserver.running() as server:
        yield server


@pytest.fixture
def server(running_server, settings):
    running_server.clear()
    settings.MAILBOX_URL, settings.MAILBOX_ADDRESS = running_server.url, ""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running_server.smtp.port
    settings.DEFAULT_FROM_EMAIL = "Evergreen <post@evergreen.example>"
    return running_server


@pytest.fixture
def boss(db):
    return UserFactory(administrator=True, name="吴总")


def jpeg():
    out = BytesIO()
    Image.new("RGB", (400, 300), "teal").save(out, "JPEG")
    return out.getvalue()


def answered(server, boss):
    """Return a ticket that came by mail, and the answer that its customer got."""
    server.send()
    mailbox.read()
    ticket = Ticket.objects.get()
    thread.answer(ticket, "两箱今天补发。", by=boss)
    outbox.send()
    return ticket, server.got["zhang@example.cn"][-1]


def test_a_mail_becomes_a_ticket_the_answer_threads_and_the_reply_lands_in_the_same_ticket(server, boss):
    owner = UserFactory()
    customer = CustomerFactory(owner=owner)
    ContactFactory(customer=customer, email="Zhang@Example.cn")
    asked = server.send("上一批货少了两箱。\n请补发。")
    assert mailbox.read() == 1
    ticket = Ticket.objects.get()
    assert (ticket.source, ticket.subject, ticket.customer, ticket.holder) == ("email", "少了两箱", customer, owner)
    assert (ticket.reporter, ticket.email, ticket.language) == ("张老板", "zhang@example.cn", "zh-hans")
    assert ticket.text == "上一批货少了两箱。\n请补发。"

    message = thread.answer(ticket, "两箱今天补发。", by=boss)
    assert outbox.send() == 1
    message.refresh_from_db()
    sent = server.got["zhang@example.cn"][0]
    assert (sent["In-Reply-To"], sent["References"], sent["Message-ID"]) == (asked, asked, message.mail_id)
    assert (sent["Reply-To"], sent["To"]) == (mailserver.BOX, "zhang@example.cn")
    assert sent["Subject"].startswith(f"Re: 少了两箱 [{ticket.number}-")
    assert "两箱今天补发。" in sent.get_content()
    assert "feedback" not in sent.as_string()
    assert "吴总" not in sent.as_string()
    assert message.sent_at
    assert outbox.send() == 0

    quoted = "\n".join(f"> {line}" for line in sent.get_content().splitlines())
    reply = f"收到，谢谢！\n\n在 2026年11月26日，Evergreen 写道：\n{quoted}"
    server.send(reply, subject=f"回复：{sent['Subject']}", In_Reply_To=sent["Message-ID"], References=asked)
    mailbox.read()
    assert Ticket.objects.count() == 1
    assert list(ticket.messages.values_list("way", "text")) == [("out", "两箱今天补发。"), ("in", "收到，谢谢！")]
    assert server.flags() == [{"\\Seen"}] * 2
    assert MailboxState.objects.get().error == ""


def test_a_mail_read_twice_is_taken_once(server):
    server.send()
    mailbox.read()
    server.unsee()
    mailbox.read()
    assert (Ticket.objects.count(), Mail.objects.count()) == (1, 1)
    assert server.flags() == [{"\\Seen"}]


def test_what_a_killed_worker_had_not_committed_is_taken_by_the_next(server, monkeypatch):
    """Nothing is marked as seen before it is committed."""
    server.send()

    def killed(*args, **kwargs):
        raise OperationalError("the server closed the connection")

    with monkeypatch.context() as patch:
        patch.setattr(arriving.receiving, "receive", killed)
        with pytest.raises(OperationalError):
            mailbox.read()
    assert (Ticket.objects.count(), Mail.objects.count(), server.flags()) == (0, 0, [set()])
    mailbox.read()
    assert (Ticket.objects.count(), server.flags()) == (1, [{"\\Seen"}])


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_the_same_mail_make_one_ticket():
    mail = EmailMessage()
    mail["From"], mail["Subject"], mail["Message-ID"] = "zhang@example.cn", "少了两箱", "<same@example.cn>"
    mail.set_content("少了")
    with racers(2) as both:
        both.run(*[lambda: arriving.arrive(mail.as_bytes(policy=mail.policy.clone(linesep="\r\n")))] * 2)
    assert (Ticket.objects.count(), Mail.objects.count()) == (1, 1)


def test_a_broken_mail_is_kept_aside_and_those_behind_it_are_read(server, monkeypatch):
    server.put(b"From: =?bogus?Q?=FF?= <x@example.cn>\r\nMessage-ID: <broken@example.cn>\r\nSubject: broken\r\n\r\nx")
    server.put(b"Message-ID: <nobody@example.cn>\r\nSubject: nobody\r\n\r\nx")
    server.put(b"\xff\xfe\x00 no mail at all")
    server.send()
    original = letters.read

    def read(raw, **kwargs):
        if b"broken@" in raw:
            raise RuntimeError("boom")
        return original(raw, **kwargs)

    monkeypatch.setattr(letters, "read", read)
    mailbox.read()
    assert Ticket.objects.get().email == "zhang@example.cn"
    aside = Mail.objects.filter(outcome="aside")
    assert aside.count() == 3
    assert all(mail.error for mail in aside)
    assert server.flags() == [{"\\Seen", "\\Flagged"}] * 3 + [{"\\Seen"}]
    assert mailbox.read() == 0


# Who gets into a thread


def test_a_number_alone_leads_nobody_into_a_foreign_thread(server, boss):
    ticket, sent = answered(server, boss)
    tagged = sent["Subject"]
    forged = tagged.replace(arriving.tag_of(ticket.number), "0123456789")
    for sender, subject in (("thief@example.com", tagged), ("zhang@example.cn", forged), ("a@b.cn", ticket.number)):
        server.send("让我看看", sender=sender, subject=subject)
    mailbox.read()
    assert ticket.messages.filter(way="in").count() == 0
    assert Ticket.objects.count() == 4, "each is a ticket of its own: nothing is lost"


def test_the_own_address_with_our_tag_is_in_the_thread_and_so_is_whoever_answers_our_mail(server, boss):
    ticket, sent = answered(server, boss)
    server.send("补充", subject=f"Re: {sent['Subject']}")
    server.send("我是他的同事", sender="wang@example.cn", subject="回复", In_Reply_To=sent["Message-ID"])
    mailbox.read()
    assert set(ticket.messages.filter(way="in").values_list("text", "address")) == {
        ("补充", "zhang@example.cn"),
        ("我是他的同事", "wang@example.cn"),
    }


def test_somebody_elses_mail_that_a_third_party_answers_is_no_key(server):
    first = server.send()
    server.send("抄送给我的", sender="third@example.com", In_Reply_To=first)
    server.send("还有一件事", In_Reply_To=first)
    mailbox.read()
    ticket = Ticket.objects.get(email="zhang@example.cn")
    assert [message.text for message in ticket.messages.all()] == ["还有一件事"]
    assert Ticket.objects.count() == 2


# What no person wrote


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List_Id": "<news.example.cn>"},
        {"sender": "MAILER-DAEMON@example.cn"},
        {"sender": "post@evergreen.example"},
        {"Return_Path": "<>"},
    ],
)
def test_automatic_mails_open_nothing_and_are_not_answered(server, boss, headers):
    ticket, sent = answered(server, boss)
    server.send("我正在休假", **{"In_Reply_To": sent["Message-ID"]} | headers)
    mailbox.read()
    assert (Ticket.objects.count(), ticket.messages.filter(way="in").count()) == (1, 0)
    assert Mail.objects.filter(outcome="automatic").count() == 1
    assert outbox.send() == 0


def test_a_bounce_is_shown_beside_the_answer_that_did_not_arrive(server, boss):
    ticket, sent = answered(server, boss)
    server.put(BOUNCE % sent["Message-ID"].encode())
    mailbox.read()
    assert "could not be delivered" in ticket.messages.get().error
    assert Ticket.objects.count() == 1


BOUNCE = (
    b"From: MAILER-DAEMON@example.cn\r\nMessage-ID: <dsn@example.cn>\r\nSubject: Undelivered\r\n"
    b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain\r\n\r\nsorry\r\n"
    b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nAction: failed\r\n"
    b"Status: 5.1.1\r\n"
    b"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: %s\r\nSubject: x\r\n--b--\r\n"
)


def test_a_program_that_does_not_say_so_is_stopped_at_its_limit(server, monkeypatch):
    monkeypatch.setattr(arriving.flood, "MAILS_PER_SENDER", 3)
    for n in range(5):
        server.send(f"告警 {n}", sender="robot@example.cn")
    server.send()
    mailbox.read()
    assert Ticket.objects.filter(email="robot@example.cn").count() == 3
    assert Ticket.objects.filter(email="zhang@example.cn").count() == 1
    assert Mail.objects.filter(outcome="aside").count() == 2


# What a mail carries


def test_pictures_and_pdfs_are_kept_and_the_rest_is_named(server):
    files = [
        ("箱子.jpg", "image/jpeg", jpeg()),
        ("单.pdf", "application/pdf", b"%PDF-1.7 demo"),
        ("表.docx", "application/octet-stream", b"PK"),
        ("evil.jpg", "image/jpeg", b"<script>"),
    ]
    server.send(files=files)
    mailbox.read()
    ticket = Ticket.objects.get()
    assert sorted(ticket.files.values_list("name", "kind")) == [
        ("单.pdf", "application/pdf"),
        ("箱子.jpg", "image/jpeg"),
    ]
    assert "表.docx, evil.jpg" in ticket.text


def test_a_mail_over_the_limit_is_a_ticket_without_its_attachments(server, monkeypatch):
    monkeypatch.setattr(mailbox, "LARGEST", 30_000)
    monkeypatch.setattr(mailbox, "PART", 4_000)
    server.send("太大的邮件", files=[("大.pdf", "application/pdf", b"%PDF-" + b"x" * 60_000)])
    mailbox.read()
    ticket = Ticket.objects.get()
    assert ticket.text.startswith("太大的邮件")
    assert "too large" in ticket.text
    assert not ticket.files.exists()


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("好的\n\nOn Mon, 23 Nov 2026 at 09:00, Evergreen <a@b.cn>\nwrote:\n> 旧", "好的"),
        ("好的\n\n------------------ 原始邮件 ------------------\n发件人: x\n旧", "好的"),
        ("好的\n> 旧\n> 旧", "好的"),
        ("> 旧\n\n写在下面的回答", "写在下面的回答"),
        ("于 2026年11月23日 周一 9:00写道：\n> 旧\n\n在下面回答", "在下面回答"),
        ("我在 5 > 3 的时候下单", "我在 5 > 3 的时候下单"),
        ("---------- Forwarded message ----------\n全部是转发的内容", "全部是转发的内容"),
    ],
)
def test_what_is_quoted_is_cut(text, new):
    assert letters.new_words(text) == new


def test_a_page_is_read_as_people_read_it():
    page = (
        "<html><head><title>x</title><style>p{color:red}</style></head><body><p>第一行<br>第二行</p>"
        "<script>alert(1)</script><blockquote>旧的<p>更旧</p></blockquote>&lt;b&gt;</body></html>"
    )
    assert letters.new_words(letters.text_of_page(page)).split() == ["第一行", "第二行", "<b>"]
    assert letters.new_words(letters.text_of_page("<div>好的</div><blockquote>旧<br>旧</blockquote>")) == "好的"


def test_chinese_of_old_mail_programs_is_read():
    """They say gb2312 and mean gb18030."""
    head = (
        "Subject: =?gb2312?B?yNnbpw==?=\r\nFrom: zhang@example.cn\r\nContent-Type: text/plain; charset=gb2312\r\n\r\n"
    )
    letter = letters.read(head.encode() + "镕基㛃".encode("gb18030"))
    assert letter.text == "镕基㛃"


def test_hostile_text_takes_no_time():
    letters.new_words(("@" * 399 + "\n") * 20_000)
    letters.text_of_page("<div>" * 50_000)


# Out


def test_what_is_refused_for_good_shows_on_the_ticket_and_holds_up_nobody(server, boss):
    ticket, _sent = answered(server, boss)
    server.refused.add("gone@example.cn")
    Message.objects.create(ticket=ticket, way="out", text="一", address="gone@example.cn", by=boss)
    Message.objects.create(ticket=ticket, way="out", text="二", address="zhang@example.cn", by=boss)
    assert outbox.send() == 1
    assert "550" in Message.objects.get(text="一").error
    assert len(server.got["zhang@example.cn"]) == 2


def test_what_can_not_be_sent_now_waits_and_is_the_same_mail_later(server, boss):
    ticket, _sent = answered(server, boss)
    server.is_busy = True
    message = thread.answer(ticket, "再试", by=boss)
    assert outbox.send() == 0
    message.refresh_from_db()
    assert (message.sent_at, message.error) == (None, "")
    waiting = message.mail_id
    server.is_busy = False
    assert outbox.send() == 1
    assert server.got["zhang@example.cn"][-1]["Message-ID"] == waiting


def test_without_a_server_everything_waits(server, boss, settings):
    ticket, _sent = answered(server, boss)
    thread.answer(ticket, "等着", by=boss)
    settings.EMAIL_PORT = mailserver.free_port()
    assert outbox.send() == 0
    settings.MAILBOX_URL = f"imap://x:y@127.0.0.1:{mailserver.free_port()}/INBOX"
    assert mailbox.read() == 0
    assert "Refused" in MailboxState.objects.get().error


def test_a_wrong_password_is_told_without_telling_it(server, settings):
    settings.MAILBOX_URL = server.url.replace("s3", "wrong")
    mailbox.read()
    state = MailboxState.objects.get()
    assert state.error
    assert "wrong" not in state.error


def test_without_a_mailbox_nothing_is_asked(settings):
    settings.MAILBOX_URL = ""
    assert mailbox.read() == 0
    assert not MailboxState.objects.exists()


def test_an_answer_is_sent_by_mail_in_the_customers_language_only_when_they_gave_an_address(db, boss):
    for email in ("", "zhang@example.cn"):
        ticket = arriving.receiving.receive(Ticket(subject="x\ny", text="x", email=email, language="en"))[0]
        thread.answer(ticket, "ok", by=boss)
    assert outbox.send() == 1
    assert "Your number" in django_mail.outbox[0].body
    assert "\n" not in django_mail.outbox[0].subject
