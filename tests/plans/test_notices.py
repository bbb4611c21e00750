"""Mails about plans: each written once, in the reader's language, and none lost when the mail server is away."""

from smtplib import SMTPDataError, SMTPRecipientsRefused

import pytest
from django.core import mail

from staff import notices
from staff.models import Notice
from tests.factories import PlanFactory, UserFactory, running, submitted
from tests.walls.racing import racers

pytestmark = pytest.mark.django_db


@pytest.fixture
def director():
    return UserFactory(director=True, email="wu@example.com", language="zh-hans")


def test_who_decides_next_is_told_and_the_author_once_it_is_approved(director):
    plan = running(PlanFactory(name="春节方案"))
    assert list(Notice.objects.order_by("id").values_list("person", flat=True)) == [director.pk, plan.author_id]
    assert notices.send() == 2 and notices.send() == 0
    assert [message.to for message in mail.outbox] == [["wu@example.com"], [plan.author.email]]
    assert "春节方案" in mail.outbox[0].subject


def test_who_left_or_has_no_address_gets_none_and_holds_nobody_up(director):
    UserFactory(director=True, email="")
    gone = UserFactory(director=True)
    submitted()
    gone.is_active = False
    gone.save()
    assert notices.send() == 2
    assert [message.to for message in mail.outbox] == [[director.email]]


def refusing(monkeypatch, error):
    """Let the mail server refuse the first mail with `error`."""
    errors, send = [error], notices.send_mail

    def send_mail(*args):
        if errors:
            raise errors.pop()
        return send(*args)

    monkeypatch.setattr(notices, "send_mail", send_mail)


def test_a_mail_that_cannot_be_sent_waits(director, monkeypatch):
    submitted()
    refusing(monkeypatch, SMTPDataError(451, "later"))
    assert notices.send() == 0 and Notice.objects.filter(sent_at=None).count() == 1
    assert notices.send() == 1 and len(mail.outbox) == 1


def test_somebody_whose_server_says_later_waits_and_holds_up_nobody(director, monkeypatch):
    submitted()
    submitted()
    refusing(monkeypatch, SMTPRecipientsRefused({director.email: (450, b"greylisted")}))
    assert notices.send() == 1 and Notice.objects.filter(sent_at=None).count() == 1
    assert notices.send() == 1 and len(mail.outbox) == 2


@pytest.mark.parametrize("error", [SMTPDataError(550, "no"), SMTPRecipientsRefused({})])
def test_one_that_will_never_be_taken_holds_up_nobody(director, monkeypatch, error):
    submitted()
    submitted()
    refusing(monkeypatch, error)
    assert notices.send() == 2 and len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_mail_once(director):
    for _n in range(6):
        submitted()
    with racers(2) as them:
        assert sum(them.run(notices.send, notices.send)) == 6
    assert len(mail.outbox) == 6
