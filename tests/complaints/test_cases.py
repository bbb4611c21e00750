"""The case library: no personal data gets in, words find it again, also Chinese ones (policy 1.8, 7.8)."""

import pytest
from django.urls import reverse
from django.utils import timezone

from complaints import anonymous, cases
from complaints.models import Action, Case, Solution, Step, Ticket
from crm.lib.moves import TooLate
from tests.factories import (
    CaseFactory,
    ContactFactory,
    CustomerFactory,
    OrderFactory,
    TeamFactory,
    TicketFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
WORDS = {"title": "少发货", "kind": "complaint", "situation": "一批货少了两箱。", "solution": "第二天补发。"}


@pytest.fixture
def rep(db):
    return UserFactory(name="李伟明", team=TeamFactory())


@pytest.fixture
def ticket(rep):
    customer = CustomerFactory(owner=rep, name="春风丝绸有限公司", code="K0000471")
    ContactFactory(customer=customer, name="王建国", phone="139 0571 8842", email="wang@chunfeng.cn")
    OrderFactory(customer=customer, number="SO-77123")
    ticket = TicketFactory(received_by=rep, customer=customer, reporter="王建国", subject="春风丝绸少了两箱")
    Ticket.objects.filter(pk=ticket.pk).update(
        status="closed", closed_at=timezone.now(), due_at=None, first_due_at=None, cause="quantity", product="M8 螺栓"
    )
    ticket.refresh_from_db()
    return ticket


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("请打 13905718842", ["13905718842"]),
        ("请打 139-0571-8842。", ["139-0571-8842"]),
        ("座机 (0571) 8790 1234", ["0571) 8790 1234"]),
        ("写到 wang@chunfeng.cn 即可", ["wang@chunfeng.cn"]),
        ("春风丝绸有限公司的货", ["春风丝绸有限公司"]),
        ("春风丝绸有限公司，即春风丝绸", ["春风丝绸有限公司", "春风丝绸"]),
        ("春风丝绸的货", ["春风丝绸"]),
        ("王建国说", ["王建国"]),
        ("王经理和李总都在", ["王经理", "李总"]),
        ("同事李伟明漏装", ["李伟明"]),
        ("订单 SO-77123 少货", ["SO-77123"]),
        ("客户 k0000471", ["K0000471"]),
    ],
)
def test_what_tells_who_it_was_is_found(ticket, text, words):
    assert anonymous.found(text, ticket) == words
    hidden = anonymous.hidden(text, ticket)
    assert anonymous.found(hidden, ticket) == []
    assert anonymous.HIDDEN in hidden


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05 到货，少了 2 箱，共 1,200.50 元",
        "汇总经理会议的结果，提高总价",
        "M8 螺栓 200 件，规格 12.5 × 30",
        "在 2026年1月5日 12:30 装车",
    ],
)
def test_days_amounts_and_common_words_are_not(ticket, text):
    assert anonymous.found(text, ticket) == []


def test_without_a_ticket_colleagues_phones_and_mails_are_still_found(rep):
    assert anonymous.found("李伟明 a.b@c.cn 13905718842", None) == ["13905718842", "a.b@c.cn", "李伟明"]


def test_a_latin_name_is_found_as_a_whole_word_only(ticket):
    UserFactory(name="Ann")
    assert anonymous.found("ANN said so", ticket) == ["Ann"]
    assert anonymous.found("annoyed by the channel", ticket) == []


def test_the_draft_tells_what_happened_and_what_was_done_without_names(ticket, rep):
    Ticket.objects.filter(pk=ticket.pk).update(text="王建国来电 13905718842：少了两箱。")
    ticket.refresh_from_db()
    Step.objects.create(ticket=ticket, verb="investigate", note="李伟明没有清点", by=rep)
    Solution.objects.create(ticket=ticket, text="补发两箱", cost=1, benefit="快", by=rep, chosen_at=timezone.now())
    done = {"person": rep, "by": rep, "due_on": timezone.localdate(), "done_at": timezone.now()}
    Action.objects.create(ticket=ticket, text="补发", result="王经理已签收", **done)
    Action.objects.create(ticket=ticket, kind="consequence", text="扣奖金", **done)
    case = cases.draft(ticket)
    assert case.title == "×××少了两箱"
    assert case.situation == "×××来电 ×××：少了两箱。\n\n×××没有清点"
    assert case.solution == "补发两箱\n补发: ×××已签收"
    assert (case.cause, case.product) == ("quantity", "M8 螺栓")


def test_a_case_that_tells_who_it_was_is_refused_with_the_words(client, ticket, rep):
    client.force_login(rep)
    page = reverse("complaints:case_add", args=[ticket.pk])
    assert "×××少了两箱" in client.get(page).content.decode()
    said = WORDS | {"situation": "王建国来电：少了两箱。", "lesson": "找李伟明"}
    response = client.post(page, said)
    assert response.status_code == 422
    errors = response.context["form"].errors
    assert "“王建国”" in errors["situation"][0] and "“李伟明”" in errors["lesson"][0] and "solution" not in errors
    assert not Case.objects.exists()
    assert client.post(page, WORDS).status_code == 302
    case = Case.objects.get()
    assert (case.ticket, case.by) == (ticket, rep)
    # Once it is written, the same address leads to it.
    assert client.get(page)["Location"] == case.get_absolute_url()


def test_it_is_checked_again_when_it_is_edited(client, ticket, rep):
    case = CaseFactory(ticket=ticket, by=rep)
    client.force_login(rep)
    page = reverse("complaints:case_edit", args=[case.pk])
    seen = WORDS | {"version": cases.version_of(case)}
    assert client.post(page, seen | {"title": "春风丝绸少货"}).status_code == 422
    assert client.post(page, seen | {"title": "少货"}).status_code == 302
    case.refresh_from_db()
    assert case.title == "少货"


def test_of_two_who_edit_a_case_at_once_the_later_is_told_and_keeps_what_they_typed(client, ticket, rep):
    case = CaseFactory(ticket=ticket, by=rep)
    client.force_login(rep)
    page = reverse("complaints:case_edit", args=[case.pk])
    seen = WORDS | {"version": client.get(page).context["form"].initial["version"]}
    assert client.post(page, seen | {"lesson": "两人清点"}).status_code == 302
    late = client.post(page, seen | {"lesson": "先称重"})
    body = late.content.decode()
    assert late.status_code == 409 and "Somebody has changed this case" in body
    assert "先称重" in body and "两人清点" in body
    case.refresh_from_db()
    assert case.lesson == "两人清点"
    again = seen | {"lesson": "先称重，两人清点", "version": late.context["form"].data["version"]}
    assert client.post(page, again).status_code == 302
    case.refresh_from_db()
    assert case.lesson == "先称重，两人清点"


def test_a_ticket_leads_to_its_case_and_offers_to_write_one_only_where_none_is(client, ticket, rep):
    client.force_login(rep)
    write = reverse("complaints:case_add", args=[ticket.pk])
    assert write in client.get(ticket.get_absolute_url()).content.decode()
    case = CaseFactory(ticket=ticket)
    body = client.get(ticket.get_absolute_url()).content.decode()
    assert write not in body and case.get_absolute_url() in body


def test_there_is_one_case_of_a_ticket_and_none_of_an_open_one(client, ticket, rep):
    CaseFactory(ticket=ticket)
    with pytest.raises(TooLate):
        cases.add(CaseFactory.build(ticket=ticket, by=rep), by=rep)
    open_one = TicketFactory(received_by=rep)
    client.force_login(rep)
    assert client.get(reverse("complaints:case_add", args=[open_one.pk])).status_code == 409
    client.force_login(UserFactory())
    assert client.get(reverse("complaints:case_add", args=[ticket.pk])).status_code == 404


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ({"q": "送货"}, {"送货少了一箱", "送货晚到"}),
        ({"q": "少了一"}, {"送货少了一箱"}),
        ({"q": "bolt"}, {"Bolts M8 broken"}),
        ({"cause": "delivery"}, {"送货晚到"}),
        ({"department": "warehouse", "q": "送货"}, {"送货少了一箱"}),
        ({"product": "螺栓"}, {"Bolts M8 broken"}),
        ({"kind": "suggestion"}, set()),
        ({}, {"送货少了一箱", "送货晚到", "Bolts M8 broken"}),
    ],
)
def test_cases_are_found_by_words_cause_department_and_product(client, words, titles):
    by = UserFactory()
    CaseFactory(title="送货少了一箱", department="warehouse", by=by)
    CaseFactory(title="送货晚到", cause="delivery", by=by)
    CaseFactory(title="Bolts M8 broken", product="M8 螺栓", by=by)
    client.force_login(by)
    found = client.get(reverse("complaints:cases"), words).context["page"].rows
    assert {case.title for case in found} == titles


def test_the_ticket_of_a_case_is_named_only_to_whoever_sees_it(client, ticket, rep):
    case = CaseFactory(ticket=ticket, by=rep)
    for by, is_named in ((rep, True), (UserFactory(), False)):
        client.force_login(by)
        assert (ticket.number in client.get(case.get_absolute_url()).content.decode()) is is_named
    client.force_login(UserFactory(finance=True))
    assert client.get(case.get_absolute_url()).status_code == 403
