"""The pages of handovers: prepared, carried out, confirmed, printed; the line of Today; who leaves."""

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer, Handover
from customers.ownership import handovers
from customers.ownership.handing_over import kinds
from customers.ownership.handover_work import carry_out
from reports import today
from tests.customers.handing import handed_over
from tests.factories import CustomerFactory, OrderFactory, PromiseFactory, UserFactory

pytestmark = pytest.mark.django_db


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


def page(handover, name="handover"):
    return reverse(f"customers:{name}", args=[handover.pk])


def test_opened_split_and_carried_out_by_its_pages(boss, leaver, heir):
    first, second = CustomerFactory.create_batch(2, owner=leaver)
    client = signed_in(boss)
    response = client.post(reverse("customers:handover_add"), {"leaver": leaver.pk, "why": "leaving", "note": "x"})
    handover = Handover.objects.get()
    assert response.url == page(handover)
    waits = client.get(page(handover, "handover_carry_out")).content.decode()
    assert "2 things have no receiver yet: choose one for each." in waits and "?state=open" in waits
    late = client.post(page(handover, "handover_carry_out"), {})
    assert late.status_code == 422
    assert "no receiver yet" in late.content.decode()
    even = {"way": "number", "people": [heir.pk, boss.pk]}
    assert client.post(page(handover, "handover_split"), even).status_code == 302
    assert set(handover.items.filter(kind="customer").values_list("receiver", flat=True)) == {heir.pk, boss.pk}
    client.post(f"{page(handover)}?kind=customer", {"whole": "1", "to": heir.pk, "to_person": "1"})
    assert client.post(page(handover, "handover_carry_out"), {}).status_code == 302
    assert client.post(page(handover, "handover_carry_out"), {}).status_code == 302, "a second click"
    assert set(Customer.objects.filter(owner=heir)) == {first, second}


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"way": "one"}, "to"),
        ({"way": "number"}, "people"),
        ({"way": "area", "area_0": "heir"}, "text_0"),
        ({"way": "nonsense"}, "way"),
    ],
)
def test_a_rule_that_says_too_little_is_an_error_beside_its_field(boss, leaver, heir, data, field):
    handover = handovers.open_for(leaver, why="leaving", by=boss)
    data = {name: heir.pk if value == "heir" else value for name, value in data.items()}
    response = signed_in(boss).post(page(handover, "handover_split"), data)
    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])


def test_by_grade_and_by_area_through_the_form(boss, leaver, heir):
    good, far, rest = (CustomerFactory(owner=leaver, address=address) for address in ("", "上海市", ""))
    Customer.objects.filter(pk=good.pk).update(grade="VIP")
    handover = handovers.open_for(leaver, why="leaving", by=boss)
    client = signed_in(boss)
    client.post(page(handover, "handover_split"), {"way": "grade", "grade_VIP": heir.pk})
    client.post(page(handover, "handover_split"), {"way": "area", "text_0": "上海", "area_0": boss.pk})
    client.post(page(handover, "handover_split"), {"way": "pool", "only_open": "on"})
    found = {item.source: (item.receiver, item.to_home) for item in handover.items.filter(kind="customer")}
    assert found == {good.pk: (heir, False), far.pk: (boss, False), rest.pk: (None, True)}


def test_the_receiver_finds_it_on_today_and_confirms_it(boss, leaver, heir):
    CustomerFactory.create_batch(2, owner=leaver)
    handover = handed_over(leaver, heir, boss)
    line = next(line for line in today.lines(heir) if line.customer.name == "Handed over to you by 李伟")
    assert line.shown[1] == page(handover)
    client = signed_in(heir)
    waiting = handover.items.filter(receiver=heir).count()
    assert f"Confirm all {waiting} things" in client.get(page(handover)).content.decode()
    client.post(page(handover, "handover_confirm"), {"all": "1"})
    assert "no commission is withheld" in client.get(page(handover)).content.decode()
    assert all(line.customer.name != "Handed over to you by 李伟" for line in today.lines(heir))


def test_the_leaver_reads_what_is_missing_alone(boss, leaver, heir):
    customer = CustomerFactory(owner=leaver, name="别人的了")
    order = OrderFactory(customer=customer)
    handover = handed_over(leaver, heir, boss)
    item = handover.items.get(kind="receivable", source=order.pk)
    signed_in(heir).post(reverse("customers:handover_missing", args=[item.pk]), {"note": "没有对账单"})
    client = signed_in(leaver)
    assert [row.item for row in client.get(page(handover)).context["rows"]] == [item]
    assert "没有对账单" in client.get(page(handover)).content.decode()
    client.post(reverse("customers:handover_supply", args=[item.pk]), {"text": "已交"})
    assert client.get(page(handover)).context["rows"] == []


def test_a_draft_is_nobodys_but_the_leaders(boss, leaver, heir):
    handover = handovers.open_for(leaver, why="leaving", by=boss)
    for person in (leaver, heir, UserFactory(finance=True)):
        assert signed_in(person).get(page(handover)).status_code == 404
    assert signed_in(boss).get(page(handover)).status_code == 200


def test_what_was_not_handed_over_is_shown_to_whoever_asks_for_it(boss, leaver, heir):
    gone, stays = CustomerFactory(owner=leaver, name="甲厂"), CustomerFactory(owner=leaver, name="乙厂")
    handover = handovers.open_for(leaver, why=Handover.Why.POST, by=boss)
    handovers.choose(handover, handover.items.filter(source=gone.pk), to=heir, by=boss)
    carry_out(handover, by=boss)
    client = signed_in(boss)
    all_of_it = client.get(page(handover))
    assert [row.text for row in all_of_it.context["rows"]] == [f"{gone.code} {gone}"]
    assert [(kind.code, number) for kind, number in all_of_it.context["numbers"]] == [("customer", 1)]
    left = client.get(f"{page(handover)}?state=left").context["rows"]
    assert [row.text for row in left] == [f"{stays.code} {stays}"]


def test_finance_sees_money_and_whether_the_commission_is_withheld(boss, leaver, heir):
    customer = CustomerFactory(owner=leaver)
    OrderFactory(customer=customer)
    PromiseFactory(customer=customer, text="秘密")
    handover = handed_over(leaver, heir, boss)
    body = signed_in(UserFactory(finance=True)).get(page(handover)).content.decode()
    assert "Commission withheld" in body
    assert "秘密" not in body


@pytest.mark.parametrize("person", ["boss", "heir"])
def test_the_list_is_printed_before_and_after(boss, leaver, heir, person):
    OrderFactory(customer=CustomerFactory(owner=leaver))
    draft = handovers.open_for(leaver, why="leaving", by=boss)
    assert signed_in(boss).get(page(draft, "handover_paper")).content.startswith(b"%PDF")
    handovers.drop(draft, by=boss)
    handover = handed_over(leaver, heir, boss)
    response = signed_in({"boss": boss, "heir": heir}[person]).get(page(handover, "handover_paper"))
    assert response.headers["Content-Type"] == "application/pdf"


def test_who_still_holds_something_is_not_deactivated_before_it_is_handed_over(boss, leaver, heir):
    PromiseFactory(customer=CustomerFactory(owner=leaver))
    administrator = UserFactory(administrator=True)
    client = signed_in(administrator)
    address = reverse("staff:person_edit", args=[leaver.pk])
    form = {"name": "李伟", "username": leaver.username, "role": leaver.role, "team": leaver.team_id}
    refused = client.post(address, form)
    assert "李伟 still holds 1 customer, 1 open promise: hand it over first." in refused.content.decode()
    assert f"{reverse('customers:handover_add')}?leaver={leaver.pk}" in refused.content.decode()
    handed_over(leaver, heir, administrator)
    assert client.post(address, form).status_code == 302
    leaver.refresh_from_db()
    assert not leaver.is_active


@pytest.mark.parametrize("number", [1, 3])
def test_the_pages_need_the_same_queries_whatever_is_handed_over(boss, leaver, heir, number, count_queries):
    for _n in range(number):
        OrderFactory(customer=CustomerFactory(owner=leaver))
    draft = handovers.open_for(leaver, why="leaving", by=boss)
    client = signed_in(boss)
    client.get(page(draft))
    assert count_queries(client, page(draft)) <= 17


@pytest.fixture
def count_queries(django_assert_max_num_queries):
    def count(client, path):
        with django_assert_max_num_queries(40) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    return count


def test_every_kind_of_thing_has_its_words():
    for kind in kinds():
        assert kind.numbered(2) and str(kind.title) and kind.icon, kind.code


def test_the_list_says_whose_commission_is_withheld(boss, leaver, heir):
    CustomerFactory(owner=leaver)
    handover = handed_over(leaver, heir, boss)
    client, address = signed_in(boss), reverse("customers:handovers")
    [row] = client.get(address, {"view": "open"}).context["page"].rows
    assert (row, row.things, row.moved, row.missing) == (handover, 1, 1, 0)
    signed_in(heir).post(page(handover, "handover_confirm"), {"all": "1"})
    assert client.get(address, {"view": "open"}).context["page"].rows == []
    assert len(client.get(address).context["page"].rows) == 1
