"""The work at hand: queue, board, mentions (policy 1.7, 1.8, 7)."""

import datetime as dt
import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from complaints import clocks, steps, thread
from complaints.board import COLUMNS
from complaints.left import Clock
from complaints.models import Action, Ticket
from tests.factories import CustomerFactory, LoanFactory, TeamFactory, TicketFactory, UserFactory

pytestmark = pytest.mark.django_db
MOST = 10  # queries; a search has two more, for customers and their contacts


@pytest.fixture
def people(db):
    team, other = TeamFactory(name="杭州组"), TeamFactory(name="上海组")
    rep, colleague = UserFactory(team=team, name="李伟"), UserFactory(team=team, name="陈静")
    return {
        "rep": rep,
        "colleague": colleague,
        "supervisor": UserFactory(supervisor=True, team=team, name="王芳"),
        "director": UserFactory(director=True),
        "stranger": UserFactory(team=other, name="赵磊"),
    }


def shown(client, by, view="complaints:queue", **words):
    """Return the subjects that the page shows to `by`, in its order."""
    client.force_login(by)
    response = client.get(reverse(view), words)
    assert response.status_code == 200
    if view == "complaints:board":
        return [card.subject for column in response.context["columns"] for card in column.cards]
    return [ticket.subject for ticket in response.context["page"].rows]


def due(ticket, hours):
    Ticket.objects.filter(pk=ticket.pk).update(due_at=timezone.now() + dt.timedelta(hours=hours))


def close(ticket):
    Ticket.objects.filter(pk=ticket.pk).update(
        status="closed", closed_at=timezone.now(), due_at=None, first_due_at=None
    )


def test_what_is_due_first_stands_first_and_what_waits_for_the_customer_last(client, people):
    rep = people["rep"]
    for subject, hours in (("后", 40), ("先", -1), ("中", 3)):
        due(TicketFactory(received_by=rep, subject=subject), hours)
    clocks.stop(TicketFactory(received_by=rep, subject="等"), reason="等照片", by=rep)
    assert shown(client, rep) == ["先", "中", "后", "等"]
    body = client.get(reverse("complaints:queue")).content.decode()
    assert "waits for the customer" in body
    assert body.count("due-late") == 1


def test_my_queue_is_what_i_look_after_and_am_responsible_for(client, people):
    rep, colleague = people["rep"], people["colleague"]
    mine = TicketFactory(received_by=colleague, subject="由我负责")
    Ticket.objects.filter(pk=mine.pk).update(responsible=rep)
    TicketFactory(received_by=rep, subject="我受理的")
    TicketFactory(received_by=colleague, subject="同事的")
    close(TicketFactory(received_by=rep, subject="结束的"))
    assert set(shown(client, rep)) == {"由我负责", "我受理的"}
    assert set(shown(client, rep, tab="closed")) == {"结束的"}
    assert set(shown(client, people["supervisor"], tab="open")) == {"由我负责", "我受理的", "同事的"}


def test_whoever_is_tied_to_a_ticket_sees_it_by_each_tie_alone(client, people):
    """By the customer, an action, a note: for one person and for a leader, who ask in different words."""
    rep, stranger = people["rep"], people["stranger"]
    TicketFactory(received_by=stranger, customer=CustomerFactory(owner=rep), subject="我的客户")
    acted = TicketFactory(received_by=stranger, subject="我的任务")
    Action.objects.create(ticket=acted, text="补发", person=rep, by=stranger, due_on=timezone.localdate())
    noted = TicketFactory(received_by=stranger, subject="点名")
    thread.note(noted, "请看", people=[rep], by=stranger)
    TicketFactory(received_by=stranger, subject="无关")
    assert set(shown(client, rep, tab="all")) == {"我的客户", "我的任务", "点名"}
    assert set(shown(client, people["supervisor"], tab="all")) == {"我的客户", "我的任务", "点名"}
    assert shown(client, rep, view="complaints:board") and len(shown(client, people["director"], tab="all")) == 4


def test_leaders_see_what_nobody_took_and_what_they_review_but_not_their_own(client, people):
    supervisor = people["supervisor"]
    nobodys = TicketFactory(subject="没人接")
    Ticket.objects.filter(pk=nobodys.pk).update(holder=None)
    for by, subject in ((people["rep"], "待选"), (supervisor, "自己的")):
        ticket = TicketFactory(received_by=by, subject=subject)
        Ticket.objects.filter(pk=ticket.pk).update(status="choosing")
    assert shown(client, supervisor, tab="unassigned") == ["没人接"]
    assert shown(client, supervisor, tab="review") == ["待选"]
    # A tab that one does not have is the first one.
    assert shown(client, people["rep"], tab="review") == ["待选"]
    assert shown(client, people["rep"], tab="unassigned") == ["待选"]


def test_each_filter_narrows(client, people):
    rep, director = people["rep"], people["director"]
    customer = CustomerFactory(owner=rep, name="春风丝绸厂", grade="A")
    fields = {"customer": customer, "kind": "suggestion", "severity": "high", "product": "M8", "cause": "quality"}
    found = TicketFactory(received_by=rep, subject="找得到", department="quality", **fields)
    Ticket.objects.filter(pk=found.pk).update(rounds=1, responsible=rep, satisfaction=4)
    due(found, -2)
    old = TicketFactory(received_by=rep, subject="别的", customer=None)
    Ticket.objects.filter(pk=old.pk).update(received_at=timezone.now() - dt.timedelta(days=9), first_due_at=None)
    today = timezone.localdate().isoformat()
    words = {
        "kind": "suggestion", "severity": "high", "product": "M8", "cause": "quality", "department": "quality",
        "customer": customer.pk, "grade": "A", "clock": "late", "again": "round", "responsible": rep.pk, "since": today,
        "satisfaction": 4,
    }  # fmt: skip
    for word, value in words.items():
        assert shown(client, director, tab="all", **{word: value}) == ["找得到"], word
    yesterday = (timezone.localdate() - dt.timedelta(days=1)).isoformat()
    for word, value in {"until": yesterday, "cause": "none", "department": "none", "grade": "none"}.items():
        assert shown(client, director, tab="all", **{word: value}) == ["别的"], word
    body = client.get(reverse("complaints:queue"), {"tab": "all", "customer": customer.pk}).content.decode()
    assert "春风丝绸厂" in body


@pytest.mark.parametrize("text", ["少发", "两箱货", "李四", "春风", "{number}", "{place}"])
def test_the_search_finds_number_subject_and_who(client, people, text):
    rep = people["rep"]
    customer = CustomerFactory(owner=rep, name="春风丝绸厂")
    ticket = TicketFactory(received_by=rep, subject="少发两箱货", reporter="李四", customer=customer)
    TicketFactory(received_by=rep, subject="发票抬头开错")
    words = text.format(number=ticket.number, place=int(ticket.number.partition("-")[2]))
    assert shown(client, rep, tab="all", q=words) == ["少发两箱货"]


def test_a_customer_out_of_sight_is_neither_named_nor_found_nor_filtered_by(client, people):
    rep, stranger = people["rep"], people["stranger"]
    hidden = CustomerFactory(owner=stranger, name="秘密工厂", grade="VIP")
    ticket = TicketFactory(received_by=stranger, customer=hidden, subject="少两箱")
    Ticket.objects.filter(pk=ticket.pk).update(responsible=rep)
    assert shown(client, rep) == ["少两箱"]
    for words in ({"q": "秘密"}, {"grade": "VIP"}):
        assert shown(client, rep, **words) == []
    assert shown(client, rep, customer=hidden.pk, tab="all") in ([], ["少两箱"])
    for view in ("complaints:queue", "complaints:board"):
        assert "秘密工厂" not in client.get(reverse(view)).content.decode()
    LoanFactory(customer=hidden, person=rep)
    assert "秘密工厂" in client.get(reverse("complaints:queue")).content.decode()


def test_the_board_has_a_column_for_each_step_and_leads_to_the_rest(client, people, monkeypatch):
    monkeypatch.setattr("complaints.board.MOST", 2)
    for n in range(3):
        due(TicketFactory(received_by=people["rep"], subject=f"第{n}"), 5 - n)
    close(TicketFactory(received_by=people["rep"]))
    client.force_login(people["supervisor"])
    response = client.get(reverse("complaints:board"))
    judging, *others = response.context["columns"]
    assert ([card.subject for card in judging.cards], judging.number) == (["第2", "第1"], "2+")
    assert {column.number for column in others} == {"0"}
    assert "tab=open&amp;state=judging" in response.content.decode()
    assert shown(client, people["supervisor"], tab="open", state="judging") == ["第2", "第1", "第0"]


def test_every_open_state_has_its_column():
    states = [state for _title, states in COLUMNS.values() for state in states]
    assert sorted(states) == sorted(Ticket.OPEN)


def test_a_note_that_names_me_waits_until_i_have_seen_it(client, people):
    rep, colleague = people["rep"], people["colleague"]
    ticket = TicketFactory(received_by=colleague, subject="点名")
    for text in ("请看出库单", "还有一件"):
        thread.note(ticket, text, people=[rep], by=colleague)
    client.force_login(rep)
    page = reverse("complaints:mentions")
    first, second = client.get(page).context["page"].rows
    client.post(page, {"mention": first.pk})
    assert client.get(page).context["page"].rows == [second]
    client.force_login(colleague)
    client.post(page, {"mention": second.pk})
    client.post(page)
    client.force_login(rep)
    assert client.get(page).context["page"].rows == [second]
    client.post(page)
    assert not client.get(page).context["page"].rows
    assert len(client.get(page, {"which": "all"}).context["page"].rows) == 2


@pytest.mark.parametrize("who", ["rep", "supervisor", "director"])
def test_three_rows_need_no_more_queries_than_one_and_at_most_ten(client, people, who):
    client.force_login(people[who])
    pages = ["complaints:queue", "complaints:board", "complaints:mentions", "complaints:cases", "complaints:learn"]

    def asked():
        counts = {}
        for page in [*map(reverse, pages), f"{reverse('complaints:queue')}?tab=all&q=少了"]:
            with CaptureQueriesContext(connection) as captured:
                client.get(page)
            counts[page] = len(captured)
        return counts

    def add():
        ticket = TicketFactory(received_by=people["stranger"])
        Ticket.objects.filter(pk=ticket.pk).update(responsible=people["rep"])
        thread.note(ticket, "看", people=[people[who]], by=people["stranger"])
        TicketFactory(received_by=people["rep"])

    add()
    asked()
    one = asked()
    add()
    add()
    assert asked() == one
    assert {page: number for page, number in one.items() if number > MOST + 2 * ("q=" in page)} == {}


def test_taken_over_it_leaves_the_other_queue(client, people):
    ticket = TicketFactory(received_by=people["rep"], subject="转手")
    steps.take(ticket, by=people["colleague"])
    assert shown(client, people["rep"]) == []
    assert shown(client, people["colleague"]) == ["转手"]


def test_the_clock_counts_working_time_as_the_walk_over_its_spans_does():
    clock, chance = Clock(), random.Random(5)
    for _n in range(60):
        begin = timezone.now() + dt.timedelta(minutes=chance.randrange(-90_000, 90_000))
        end = begin + dt.timedelta(minutes=chance.randrange(0, 30_000))
        assert clock.worked(begin, end) == pytest.approx(clock.time.elapsed(begin, end).total_seconds(), abs=0.01)
