"""How complaints come in is the administrator's to say, and changed limits count at once (policy 7.1, 7.9)."""

import pytest
from django.urls import reverse

from complaints.models import Desk, Mail, MailboxState, Target
from tests.factories import TicketFactory, UserFactory

pytestmark = pytest.mark.django_db
DESK = reverse("complaints:desk")


@pytest.fixture
def admin(client):
    user = UserFactory(administrator=True)
    client.force_login(user)
    return user


def limits(client, **changed):
    """Return what the page's form holds, with the changes."""
    page = client.get(DESK).context
    data = {"person": "", "reopen_days": 14}
    forms = page["targets"].forms
    data |= {"limits-TOTAL_FORMS": len(forms), "limits-INITIAL_FORMS": len(forms) - 1}
    for row in forms:
        data |= {field.html_name: field.value() or "" for field in row}
    return data | changed


def row_of(client, severity, grade=""):
    rows = client.get(DESK).context["targets"].forms
    return next(row.prefix for row in rows if (row.instance.severity, row.instance.grade) == (severity, grade))


def test_the_person_and_the_days_are_kept_as_one_row(client, admin):
    for days in (7, 9):
        assert client.post(DESK, limits(client, person=admin.pk, reopen_days=days)).url == DESK
    desk = Desk.objects.get()
    assert (desk.person, desk.reopen_days) == (admin, 9)


def test_a_changed_limit_is_counted_for_open_tickets_at_once(client, admin):
    ticket = TicketFactory()
    before = ticket.due_at
    row = row_of(client, "normal")
    response = client.post(DESK, limits(client, **{f"{row}-resolve": "80"}), follow=True)
    ticket.refresh_from_db()
    assert Target.objects.get(severity="normal", grade="").resolve == 80 * 60
    assert ticket.due_at > before
    assert "1" in str(next(iter(response.context["messages"])))


def test_unchanged_limits_stay_as_they_are(client, admin):
    before = list(Target.objects.order_by("pk").values())
    client.post(DESK, limits(client))
    assert list(Target.objects.order_by("pk").values()) == before


def test_a_grade_gets_a_limit_of_its_own_and_loses_it_again(client, admin):
    new = f"limits-{Target.objects.count()}"
    added = {f"{new}-severity": "high", f"{new}-grade": "A", f"{new}-first": "1.5", f"{new}-resolve": "20"}
    client.post(DESK, limits(client, **added))
    target = Target.objects.get(severity="high", grade="A")
    assert (target.first, target.resolve) == (90, 1200)
    client.post(DESK, limits(client, **{f"{row_of(client, 'high', 'A')}-DELETE": "on"}))
    assert not Target.objects.filter(severity="high", grade="A").exists()


def test_the_limit_for_any_grade_can_not_be_removed(client, admin):
    client.post(DESK, limits(client, **{f"{row_of(client, 'high')}-DELETE": "on"}))
    assert Target.objects.filter(severity="high", grade="").exists()


@pytest.mark.parametrize(("first", "resolve"), [("9", "8"), ("0", "8"), ("x", "8"), ("1", "99999")])
def test_limits_that_make_no_sense_are_refused(client, admin, first, resolve):
    row = row_of(client, "high")
    response = client.post(DESK, limits(client, **{f"{row}-first": first, f"{row}-resolve": resolve}))
    assert response.status_code == 422
    assert any(response.context["targets"].errors)


def test_the_state_of_the_mailbox_is_told(client, admin, settings):
    settings.MAILBOX_URL = "imaps://post%40firma.example:geheim@imap.firma.example/INBOX"
    MailboxState.objects.create(pk=1, error="timed out")
    Mail.objects.create(mail_id="<x@y>", outcome="aside", sender="zhang@example.cn", subject="坏的", error="boom")
    body = client.get(DESK).content.decode()
    assert [text for text in ("post@firma.example", "timed out", "坏的", "boom") if text not in body] == []
    assert "geheim" not in body
