"""The page of a ticket: one next thing with its form, nothing typed is lost, nothing seen that may not be."""

import datetime as dt
import io
import re

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from complaints import clocks, doing, linking, steps, thread
from complaints.forms import BY_VERB
from complaints.left import Clock
from complaints.models import Action, Case, Ticket
from customers.models import Customer
from staff import calendar
from staff.models import Notice
from tests.access.cells import signed_in
from tests.factories import CustomerFactory, LoanFactory, TeamFactory, TicketFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return TeamFactory()


@pytest.fixture
def rep(team):
    return UserFactory(team=team, name="李伟")


@pytest.fixture
def boss(team):
    return UserFactory(supervisor=True, team=team, name="王芳")


@pytest.fixture
def ticket(rep, boss):
    return TicketFactory(received_by=rep)


def soon():
    return calendar.opens_on(timezone.localdate() + dt.timedelta(days=1)).isoformat()


def step(user, ticket, verb, **data):
    """Send the form of `verb` as `user`; return the answer."""
    return signed_in(user).post(reverse("complaints:step", args=[ticket.pk, verb]), data)


def page(user, ticket):
    return signed_in(user).get(ticket.get_absolute_url()).content.decode()


def blue(body):
    """Return the texts of the page's blue buttons."""
    body = body.partition("<main")[2].partition("</main>")[0]
    found = re.findall(r'<(?:button|a)[^>]*class="btn btn-primary"[^>]*>(.*?)</(?:button|a)>', body, flags=re.S)
    return [re.sub(r"<kbd>.*?</kbd>|<[^>]+>", "", text).strip() for text in found]


def test_the_whole_way_by_the_forms_of_the_page(ticket, rep, boss):
    assert blue(page(rep, ticket)) == ["Judge it"]
    way = [
        (rep, "judge", {"is_justified": "yes", "is_reasonable": "no"}, "Name them"),
        (rep, "assign", {"department": "warehouse", "person": rep.pk, "promised_on": soon()}, "Investigation is done"),
        (rep, "investigate", {"cause": "quantity", "found": "漏装", "expectation": "补发"}, "Add the solution"),
        (rep, "propose", {"text": "补发两箱", "benefit": "两天到货", "cost": "120"}, "Put before a leader"),
        (rep, "propose", {"text": "全部退款", "benefit": "全额", "cost": "5000"}, "Put before a leader"),
        (rep, "put_forward", {}, None),
    ]
    for user, verb, data, then in way:
        assert step(user, ticket, verb, **data).status_code == 302, verb
        assert blue(page(user, ticket)) == ([then] if then else []), verb
    assert "Waits for 王芳" in page(rep, ticket) and blue(page(boss, ticket)) == ["Choose this one"]
    cheap = ticket.solutions.get(cost=120)
    step(boss, ticket, "choose", solution=cheap.pk, direction="今天发出")
    assert blue(page(rep, ticket)) == ["The customer agrees"]
    step(rep, ticket, "agree", note="同意")
    step(rep, ticket, "action", kind="compensation", text="赠券", person=rep.pk, due_on=soon(), cost="50")
    early = step(rep, ticket, "act", note="都做了")
    assert early.status_code == 422 and "not done yet" in early.content.decode() and "都做了" in early.content.decode()
    done = reverse("complaints:action_done", args=[ticket.actions.get().pk])
    assert signed_in(rep).post(done, {"result": ""}).status_code == 422
    assert signed_in(rep).post(done, {"result": "已寄出"}).status_code == 302
    step(rep, ticket, "act", note="都做了")
    assert step(rep, ticket, "call_back", outcome="unsatisfied").status_code == 422
    step(rep, ticket, "call_back", outcome="unsatisfied", satisfaction="2", note="还少一箱")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.rounds, ticket.satisfaction) == ("investigating", 1, 2)
    history = page(rep, ticket)
    for text in ("已寄出", "补发两箱", "今天发出", "came back 1 time"):
        assert text in history


def test_the_short_way_of_a_suggestion_has_an_answer_and_a_review(rep, boss):
    ticket = TicketFactory(received_by=rep, kind="suggestion", subject="建议周六营业")
    assert step(rep, ticket, "judge", is_justified="yes", is_reasonable="yes").status_code == 422
    step(rep, ticket, "judge", is_justified="yes", is_reasonable="yes", answer="谢谢，下月起周六营业")
    body = page(boss, ticket)
    assert "谢谢，下月起周六营业" in body and blue(body) == ["Approve the answer"]
    step(boss, ticket, "review")
    step(rep, ticket, "call_back", outcome="satisfied", satisfaction="5")
    ticket.refresh_from_db()
    assert ticket.status == "closed"
    assert re.findall(r'class="station (\w+)"', page(rep, ticket)) == ["done"] * 5


def test_what_comes_too_late_keeps_what_was_typed(ticket, rep, boss):
    step(boss, ticket, "judge", is_justified="yes", is_reasonable="yes")
    late = step(rep, ticket, "judge", is_justified="no", is_reasonable="no", answer="证据不足，抱歉")
    body = late.content.decode()
    assert late.status_code == 409 and "证据不足，抱歉" in body and "Your text is still here" in body
    assert step(rep, ticket, "nonsense").status_code == 404


def test_each_verb_is_refused_to_whoever_may_not_and_hidden_from_whoever_does_not_see(ticket, rep, boss):
    named, stranger = UserFactory(), UserFactory()
    thread.note(ticket, "请看", people=[named], by=rep)
    for verb in BY_VERB:
        assert step(stranger, ticket, verb).status_code == 404, verb
        if BY_VERB[verb].needs() not in {"take", "note"}:
            assert step(named, ticket, verb).status_code == 403, verb
    assert step(named, ticket, "note", text="看过了").status_code == 302
    assert step(named, ticket, "take").status_code == 302
    ticket.refresh_from_db()
    assert ticket.holder == named


def test_the_clock_is_shown_stops_with_a_reason_and_follows_the_severity(ticket, rep):
    before = ticket.due_at
    step(rep, ticket, "severity", severity="critical")
    ticket.refresh_from_db()
    assert ticket.due_at < before
    step(rep, ticket, "stop", reason="等客户寄照片")
    ticket.refresh_from_db()
    body = page(rep, ticket)
    assert ticket.due_at is None and "等客户寄照片" in body and "Let the clock go on" in body
    step(rep, ticket, "resume")
    ticket.refresh_from_db()
    assert ticket.due_at and "stop the clock" in page(rep, ticket)


def test_time_left_is_working_time_in_words_and_colour(rep):
    monday = timezone.make_aware(dt.datetime(2026, 3, 2, 10))
    with time_machine.travel(monday, tick=False):
        ticket = TicketFactory(received_by=rep, received_at=monday, severity="normal")
        left = Clock().resolution(ticket)
        assert (left.color, left.minutes) == ("green", 2400) and left.text.startswith("5 d")
    with time_machine.travel(ticket.due_at - dt.timedelta(minutes=30), tick=False):
        assert (Clock().resolution(ticket).text, Clock().resolution(ticket).color) == ("30 min left", "orange")
    with time_machine.travel(ticket.due_at + dt.timedelta(days=3), tick=False):
        assert Clock().resolution(ticket).color == Clock().first_answer(ticket).color == "red"


def test_a_late_ticket_offers_no_day_to_promise_that_is_over(ticket, rep):
    with time_machine.travel(timezone.now() + dt.timedelta(days=60)):
        offered = BY_VERB["assign"](ticket=ticket, user=rep).fields["promised_on"].initial
        assert offered == calendar.opens_on(timezone.localdate())


def test_of_many_words_and_steps_the_older_are_folded_but_there(ticket, rep):
    for n in range(12):
        thread.note(ticket, f"第{n}句", by=rep)
    body = page(rep, ticket)
    assert "6 earlier words" in body
    assert all(f"第{n}句" in body for n in range(12))


def test_words_go_to_the_customer_or_stay_among_colleagues(ticket, rep, boss):
    pdf = SimpleUploadedFile("说明.pdf", b"%PDF-1.7")
    step(rep, ticket, "answer", text="我们正在查", files=[pdf])
    step(rep, ticket, "note", text="仓库漏装", people=[boss.pk])
    step(rep, ticket, "hear", text="客户说明天要用")
    ticket.refresh_from_db()
    assert ticket.answered_at and [word.way for word in ticket.messages.all()] == ["out", "note", "in"]
    assert [file.is_public for file in ticket.files.all()] == [True]
    assert Notice.objects.filter(person=boss).count() == 1
    body = page(rep, ticket)
    assert "@王芳" in body and "客户说明天要用" in body
    file = reverse("complaints:file", args=[ticket.files.get().pk])
    answer = signed_in(rep).get(file)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_list_in_which_nothing_fits_has_one_blue_button(rep):
    for name in ("queue", "board"):
        body = signed_in(rep).get(reverse(f"complaints:{name}"), {"q": "没有这样的"}).content.decode()
        assert blue(body) == ["Receive a complaint"], name


def test_a_form_in_the_dialog_stays_there_until_it_is_in_order(ticket, rep):
    client, address = signed_in(rep), reverse("complaints:step", args=[ticket.pk, "answer"])
    htmx = {"HX-Request": "true"}
    dialog = client.get(address, headers=htmx).content.decode()
    assert "<!doctype" not in dialog and ticket.number in dialog and rep.name in dialog  # a text to start from
    wrong = client.post(address, {"text": ""}, headers=htmx)
    assert wrong.status_code == 422 and "<!doctype" not in wrong.content.decode()
    assert client.post(address, {"text": ""}).content.decode().lstrip().startswith("<!doctype")
    done = client.post(address, {"text": "在查"}, headers=htmx)
    assert done.headers["HX-Redirect"] == ticket.get_absolute_url()


def test_consequences_are_seen_by_leaders_only_and_not_by_whoever_is_responsible(ticket, rep, boss):
    chief = UserFactory(director=True)
    fields = {"kind": "consequence", "text": "扣绩效两百", "due_on": soon()}
    assert step(rep, ticket, "action", person=chief.pk, **fields).status_code == 422
    assert step(boss, ticket, "action", person=rep.pk, **fields).status_code == 422
    assert step(boss, ticket, "action", person=boss.pk, **fields).status_code == 302
    assert "扣绩效两百" in page(boss, ticket) and "扣绩效两百" not in page(rep, ticket)
    done = reverse("complaints:action_done", args=[ticket.actions.get().pk])
    assert signed_in(rep).post(done, {"result": "x"}).status_code == 404
    Ticket.objects.filter(pk=ticket.pk).update(responsible=boss)
    assert "扣绩效两百" not in page(boss, ticket) and "扣绩效两百" in page(chief, ticket)


def test_an_action_is_done_by_its_person_once(ticket, rep):
    doer = UserFactory()
    action = doing.add(ticket, Action(text="补发", person=doer, due_on=timezone.localdate()), by=rep)
    assert Notice.objects.filter(person=doer).exists()
    done = reverse("complaints:action_done", args=[action.pk])
    assert signed_in(doer).post(done, {"result": "发了"}).status_code == 302
    late = signed_in(doer).post(done, {"result": "又发了"})
    assert late.status_code == 409 and "又发了" in late.content.decode()
    action.refresh_from_db()
    assert (action.result, action.done_by) == ("发了", doer)


def test_one_cause_has_one_parent_and_nothing_goes_round_in_circles(rep):
    first, second, third = (TicketFactory(received_by=rep, subject=f"漏水{n}") for n in range(3))
    link = lambda one, other, how="parent": step(rep, one, "link", how=how, other=other.pk)  # noqa: E731
    assert link(second, first).status_code == 302
    assert link(third, second).status_code == 302
    third.refresh_from_db()
    assert third.parent == first and {"漏水1", "漏水2"} <= set(re.findall(r"漏水\d", page(rep, first)))
    assert link(first, third).status_code == 422
    assert link(second, second).status_code == 422
    assert link(second, third, "repeats").status_code == 302
    assert link(third, second, "repeats").status_code == 422
    found = linking.candidates(first, third.number[-6:], user=rep)
    assert found == [third] and linking.candidates(first, third.number, user=UserFactory()) == []


def test_an_unknown_customer_is_found_and_named_and_out_of_sight_is_not_named(ticket, rep):
    Ticket.objects.filter(pk=ticket.pk).update(customer=None)
    mine, other = CustomerFactory(name="杭州丝绸商行", owner=rep), CustomerFactory(name="宁波丝绸")
    match = reverse("complaints:match", args=[ticket.pk])
    found = signed_in(rep).get(match, {"q": "丝绸"}).content.decode()
    assert mine.name in found and other.name not in found
    assert signed_in(rep).post(match, {"customer": other.pk}).status_code == 422
    assert signed_in(rep).post(match, {"customer": mine.pk}).status_code == 302
    assert mine.name in page(rep, ticket) and mine.holds.exists()
    Ticket.objects.filter(pk=ticket.pk).update(customer=other)
    assert other.name not in page(rep, ticket)
    LoanFactory(customer=other, person=rep)
    assert other.name in page(rep, ticket)


def test_of_the_tickets_tied_to_it_only_those_in_sight_are_named(ticket, rep):
    stranger = UserFactory(team=TeamFactory())
    hidden = TicketFactory(received_by=stranger, customer=CustomerFactory(owner=stranger), subject="别组的漏水")
    Ticket.objects.filter(pk=hidden.pk).update(parent=ticket, repeats=ticket)
    assert hidden.subject not in page(rep, ticket)
    assert page(UserFactory(director=True), ticket).count(hidden.subject) == 2
    Ticket.objects.filter(pk=ticket.pk).update(parent=hidden, repeats=hidden)
    assert hidden.subject not in page(rep, ticket)


def test_cases_like_it_are_offered_while_it_is_open(ticket, rep):
    Case.objects.create(title="少了两箱货", situation="x", solution="先补发再查", by=rep)
    assert "先补发再查" in page(rep, ticket)


def test_after_tries_on_three_days_a_leader_may_close_it(ticket, rep, boss):
    steps.judge(ticket, is_justified=False, is_reasonable=False, answer="不属实", by=rep)
    steps.review(ticket, note="", by=boss)
    start = timezone.now()
    for day in range(3):
        with time_machine.travel(start + dt.timedelta(days=day)):
            assert "Close it unreached" not in page(boss, ticket)
            assert step(boss, ticket, "give_up", note="x").status_code == 422
            step(rep, ticket, "call_back", outcome="not_reached", satisfaction="5")
    assert not ticket.tries.exclude(satisfaction=None).exists()
    with time_machine.travel(start + dt.timedelta(days=2)):
        assert "Close it unreached" in page(boss, ticket) and "Close it unreached" not in page(rep, ticket)
        assert step(boss, ticket, "give_up", note="停机").status_code == 302


def test_the_page_needs_as_many_queries_for_much_as_for_little(ticket, rep, boss):
    client = signed_in(boss)

    def number():
        client.get(ticket.get_absolute_url())
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(ticket.get_absolute_url())
        return len(asked)

    steps.judge(ticket, is_justified=True, is_reasonable=True, answer="", by=rep)
    thread.note(ticket, "一", people=[boss], by=rep)
    doing.add(ticket, Action(text="补发", person=rep, due_on=timezone.localdate()), by=rep)
    TicketFactory(received_by=rep, customer=ticket.customer, parent=ticket)
    few = number()
    for n in range(3):
        thread.note(ticket, f"再{n}", people=[boss, rep], by=rep)
        doing.add(ticket, Action(text="补发", person=boss, due_on=timezone.localdate()), by=rep)
        TicketFactory(received_by=UserFactory(team=rep.team), customer=ticket.customer, parent=ticket)
        clocks.stop(ticket, reason="等", by=rep)
        clocks.resume(ticket, by=rep)
    assert number() == few <= 11


def test_how_to_reach_who_complained_is_masked_once_it_is_settled_and_the_customer_lies_in_the_pool(ticket, rep, boss):
    Ticket.objects.filter(pk=ticket.pk).update(status="closed", closed_at=timezone.now(), email="wang@example.com")
    ticket.customer.holds.all().delete()
    told = signed_in(rep).get(reverse("complaints:paper", args=[ticket.pk])).content
    assert "13905718842" in page(rep, ticket) and "wang@example.com" in page(rep, ticket)
    Customer.objects.get(pk=ticket.customer_id).release(note="不做了", by=boss)
    for reader in (rep, boss):
        assert "13905718842" not in page(reader, ticket) and "wang@example.com" not in page(reader, ticket)
    masked = signed_in(rep).get(reverse("complaints:paper", args=[ticket.pk])).content
    assert "13905718842" in printed(told) and "13905718842" not in printed(masked)


def printed(content):
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
