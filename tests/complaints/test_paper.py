"""投诉处理单 as PDF (policy 7, 12)."""

import io
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from complaints import steps
from complaints.models import Action, Solution
from tests.factories import CustomerFactory, TeamFactory, TicketFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db):
    top = TeamFactory(name="常青公司")
    team = TeamFactory(name="杭州组", parent=top)
    rep, worker = UserFactory(team=team, name="李伟"), UserFactory(team=team, name="陈静")
    return {"rep": rep, "worker": worker, "supervisor": UserFactory(supervisor=True, team=team, name="王芳")}


@pytest.fixture
def ticket(people):
    """A complaint that went the whole way to the first callback, which said no."""
    rep, worker, supervisor = people["rep"], people["worker"], people["supervisor"]
    customer = CustomerFactory(owner=rep, name="春风丝绸厂", grade="A")
    ticket = TicketFactory(received_by=rep, customer=customer, subject="少发两箱", demand="明天补发")
    steps.judge(ticket, is_justified=True, is_reasonable=True, answer="", by=rep)
    steps.assign(ticket, department="warehouse", person=worker, promised_on=timezone.localdate(), by=rep)
    steps.investigate(ticket, cause="quantity", found="装车没有清点", expectation="补发并道歉", by=worker)
    chosen = steps.propose(ticket, Solution(text="补发两箱", cost=120, benefit="两天到货"), by=worker)
    steps.propose(ticket, Solution(text="退款", cost=800, benefit="立刻"), by=worker)
    steps.put_forward(ticket, by=worker)
    steps.choose(ticket, chosen, direction="随货附致歉信", by=supervisor)
    steps.agree(ticket, note="电话里同意", by=rep)
    done = {"by": rep, "due_on": timezone.localdate(), "done_at": timezone.now(), "ticket": ticket}
    Action.objects.create(text="补发两箱货", person=worker, result="已签收", **done)
    Action.objects.create(kind="consequence", text="扣绩效五分", person=worker, **done)
    steps.act(ticket, note="全部办妥", by=rep)
    steps.call_back(ticket, outcome="unsatisfied", note="还少一箱", by=rep)
    return ticket


def read(client, ticket, by, language="zh-hans"):
    """Return the text of the form as `by` prints it, spaces and line ends left out, and the answer."""
    client.force_login(by)
    answer = client.get(reverse("complaints:paper", args=[ticket.pk]), headers={"accept-language": language})
    assert answer.status_code == 200, answer.status_code
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return "".join("".join(page.extract_text() for page in pages).split()), answer


def test_the_form_tells_the_whole_way(client, ticket, people):
    text, answer = read(client, ticket, people["supervisor"])
    for words in (
        "常青公司", "少发两箱", ticket.number, "春风丝绸厂", "明天补发", "装车没有清点", "补发并道歉", "补发两箱",
        "退款", "800",
        "随货附致歉信", "电话里同意", "全部办妥", "补发两箱货", "已签收", "还少一箱", "陈静", "王芳", "李伟",
    ):  # fmt: skip
        assert words in text, words
    assert answer["Content-Type"] == "application/pdf"
    assert f"{ticket.number}.pdf" in unquote(answer["Content-Disposition"])
    assert "no-store" in answer["Cache-Control"]


def test_consequences_are_printed_for_leaders_only(client, ticket, people):
    assert "扣绩效五分" in read(client, ticket, people["supervisor"])[0]
    for name in ("rep", "worker"):
        assert "扣绩效五分" not in read(client, ticket, people[name])[0], name


def test_a_customer_out_of_sight_is_not_named(client, ticket, people):
    assert "春风丝绸厂" in read(client, ticket, people["rep"])[0]
    text = read(client, ticket, people["worker"], language="en")[0]
    assert "春风丝绸厂" not in text and "outofyoursight" in text


def test_a_new_ticket_prints_with_places_to_sign(client, people):
    ticket = TicketFactory(received_by=people["rep"], customer=None, kind="suggestion", subject="包装改小")
    text = read(client, ticket, people["rep"], language="en")[0]
    assert "包装改小" in text and "Suggestionform" in text and "Investigation" not in text


def test_whoever_does_not_see_it_prints_nothing(client, ticket):
    for by in (UserFactory(), UserFactory(finance=True)):
        client.force_login(by)
        assert client.get(reverse("complaints:paper", args=[ticket.pk])).status_code == 404


def test_more_rows_need_no_more_queries(client, ticket, people):
    client.force_login(people["supervisor"])

    def asked():
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("complaints:paper", args=[ticket.pk]))
        return len(captured)

    asked()
    before = asked()
    for n in range(3):
        done = {"person": people["rep"], "by": people["rep"], "due_on": timezone.localdate()}
        Action.objects.create(ticket=ticket, text=f"第{n}件", **done)
        Solution.objects.create(ticket=ticket, round=n + 5, text="再补", benefit="快", by=people["rep"])
    assert asked() == before
    assert before <= 14
