"""Disputes (policy 1.7, 4.1, 4.2): who raises, who decides, what each sees, and one effect."""

import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from crm.lib.moves import TooLate
from customers.models import Activity, Dispute, Inquiry, Stint
from customers.ownership import disputes, inquiring, owning
from customers.ownership.inquiring import Asker
from staff import changes
from staff.models import Notice
from tests.factories import ContactFactory, CustomerFactory, DisputeFactory, OrderFactory, TeamFactory, UserFactory
from tests.walls.racing import racers

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    east = TeamFactory(name="华东")
    hangzhou, shanghai = TeamFactory(name="杭州组", parent=east), TeamFactory(name="上海组", parent=east)

    class Company:
        director = UserFactory(name="吴总", director=True)
        manager = UserFactory(name="周强", manager=True, team=east)
        boss = UserFactory(name="王芳", supervisor=True, team=hangzhou)
        claimant = UserFactory(name="李伟", team=hangzhou)
        owner = UserFactory(name="陈静", team=hangzhou)
        stranger = UserFactory(name="赵磊", team=shanghai)

    return Company


def raise_one(owner, claimant, name="苏州门业", reason="是我先接的电话"):
    customer = CustomerFactory(name=name, owner=owner)
    ContactFactory(customer=customer, phone="13905718842", name="钱老板")
    inquiry = inquiring.take(Inquiry(channel="phone", text="要报价"), asker=Asker(name), owner=claimant, by=claimant)
    return disputes.dispute(inquiry, reason=reason, by=claimant)


def page(client, user, dispute):
    client.force_login(user)
    return client.get(reverse("customers:dispute", args=[dispute.pk]))


def test_the_nearest_above_both_is_asked(company):
    assert raise_one(company.owner, company.claimant).asked == [company.boss.pk]
    assert raise_one(company.stranger, company.claimant, "二号").asked == [company.manager.pk]
    far = UserFactory(team=TeamFactory(name="华南"))
    assert raise_one(far, company.claimant, "三号").asked == [company.director.pk]
    assert raise_one(company.claimant, company.boss, "四号").asked == [company.manager.pk]  # nobody decides their own
    assert Notice.objects.filter(person=company.manager, subject__contains="please decide").count() == 2


def test_a_change_of_the_company_asks_others(company):
    dispute = raise_one(company.owner, company.claimant)
    company.boss.is_active = False
    company.boss.save()
    changes.company_changed()
    dispute.refresh_from_db()
    assert dispute.asked == [company.manager.pk]


def test_the_evidence_is_what_was_known_when_it_arose(company):
    dispute = raise_one(company.owner, company.claimant)
    dispute.refresh_from_db()
    [inquiry] = dispute.evidence["inquiries"]
    assert (inquiry["person"], inquiry["channel"], inquiry["first"]) == (company.claimant.pk, "phone", False)
    [stint] = dispute.evidence["stints"]
    assert (stint["person"], stint["began"], stint["until"]) == (company.owner.pk, "created", None)
    disputes.decide(dispute, winner=company.claimant, note="先接电话", by=company.boss)
    dispute.refresh_from_db()
    assert dispute.evidence["stints"] == [stint]


def test_a_decision_gives_the_customer_with_its_reason_and_tells_both(company):
    dispute = raise_one(company.owner, company.claimant)
    disputes.decide(dispute, winner=company.claimant, note="先接电话", by=company.boss)
    stint = Stint.objects.get(customer=dispute.customer, ended_at=None)
    assert (stint.owner, stint.start_reason, stint.started_by) == (company.claimant, "decided", company.boss)
    told = Notice.objects.filter(subject__contains="A dispute was decided").values_list("person__name", flat=True)
    assert set(told) == {"陈静", "李伟"}
    assert dispute.customer.activities.filter(verb=Activity.Verb.DISPUTE).count() == 2


def test_decided_for_the_owner_nothing_moves(company):
    dispute = raise_one(company.owner, company.claimant)
    disputes.decide(dispute, winner=company.owner, note="早有来往", by=company.boss)
    assert dispute.customer.stints.count() == 1
    dispute.customer.refresh_from_db()
    assert dispute.customer.owner == company.owner


def test_what_has_gone_to_a_third_person_stays_there(company):
    dispute = raise_one(company.owner, company.claimant)
    owning.give([dispute.customer_id], to=company.stranger, by=company.manager)
    disputes.decide(dispute, winner=company.claimant, note="先接电话", by=company.manager)
    dispute.customer.refresh_from_db()
    assert dispute.customer.owner == company.stranger
    assert dispute.winner == company.claimant


@pytest.mark.parametrize("who", ["claimant", "owner", "stranger"])
def test_whoever_takes_part_or_leads_not_both_does_not_decide(company, who):
    dispute = raise_one(company.owner, company.claimant)
    with pytest.raises(PermissionDenied):
        disputes.decide(dispute, winner=company.claimant, note="x", by=getattr(company, who))


def test_a_supervisor_who_takes_part_does_not_decide(company):
    dispute = raise_one(company.claimant, company.boss)
    with pytest.raises(PermissionDenied):
        disputes.decide(dispute, winner=company.boss, note="x", by=company.boss)


def test_only_one_of_the_two_can_win(company):
    dispute = raise_one(company.owner, company.claimant)
    with pytest.raises(PermissionDenied):
        disputes.decide(dispute, winner=company.stranger, note="x", by=company.boss)


def test_said_twice_it_is_one_dispute_and_a_pooled_or_own_customer_has_none(company):
    first = raise_one(company.owner, company.claimant)
    inquiry = Inquiry.objects.get(by=company.claimant)
    assert disputes.dispute(inquiry, reason="再说一次", by=company.claimant) == first
    first.customer.release(note="", by=company.owner)
    with pytest.raises(TooLate, match="pool"):
        disputes.dispute(inquiry, reason="x", by=company.claimant)


def test_an_inquiry_leads_to_the_dispute_that_was_raised_of_it_until_that_is_decided(company, client):
    dispute = raise_one(company.owner, company.claimant)
    inquiry = dispute.customer.inquiries.get()
    address, again = (
        reverse("customers:dispute", args=[dispute.pk]),
        reverse("customers:dispute_add", args=[inquiry.pk]),
    )
    client.force_login(company.claimant)
    body = client.get(reverse("customers:inquiry", args=[inquiry.pk])).content.decode()
    assert address in body and again not in body
    disputes.decide(dispute, winner=company.owner, note="x", by=company.boss)
    body = client.get(reverse("customers:inquiry", args=[inquiry.pk])).content.decode()
    assert address not in body and again in body


def test_nobody_raises_one_by_a_colleagues_inquiry(company, client):
    inquiry = raise_one(company.owner, company.claimant).customer.inquiries.get()
    client.force_login(company.owner)
    assert client.get(reverse("customers:dispute_add", args=[inquiry.pk])).status_code == 404
    client.force_login(company.boss)
    assert client.get(reverse("customers:dispute_add", args=[inquiry.pk])).status_code == 403


def test_the_claimant_sees_the_claim_and_their_own_evidence_only(company, client):
    dispute = raise_one(company.owner, company.claimant)
    body = page(client, company.claimant, dispute).content.decode()
    assert "是我先接的电话" in body
    for hidden in ("陈静", "苏州门业", "13905718842", "钱老板", dispute.customer.code):
        assert hidden not in body
    assert page(client, company.stranger, dispute).status_code == 404


def test_owner_and_decider_see_both_sides(company, client):
    dispute = raise_one(company.owner, company.claimant)
    for person in (company.owner, company.boss):
        body = page(client, person, dispute).content.decode()
        assert "苏州门业" in body
        assert "陈静" in body
        assert "Inquiries taken" in body
        assert ("decide_winner" in body) == (person == company.boss)


def test_a_decision_on_the_page_is_shown_to_both_with_its_reason(company, client):
    dispute = raise_one(company.owner, company.claimant)
    client.force_login(company.boss)
    address = reverse("customers:dispute_decide", args=[dispute.pk])
    assert client.post(address, {"winner": company.claimant.pk}).status_code == 422
    client.post(address, {"winner": company.claimant.pk, "note": "电话在先"})
    for person in (company.owner, company.claimant):
        assert "电话在先" in page(client, person, dispute).content.decode()
    client.force_login(company.boss)
    assert client.post(address, {"winner": company.owner.pk, "note": "改主意"}).status_code == 409


def test_the_first_order_of_anothers_customer_asks_with_evidence(company):
    customer = CustomerFactory(owner=company.owner)
    OrderFactory(customer=customer, salesperson=company.claimant, paid=True)
    dispute = Dispute.objects.get()
    assert (dispute.kind, dispute.owner, dispute.claimant) == ("first_order", company.owner, company.claimant)
    assert dispute.asked == [company.boss.pk]
    assert dispute.evidence["order"]
    assert len(dispute.evidence["stints"]) == 1
    assert Notice.objects.filter(person=company.boss).exists()


# Two decide at once

REAL = pytest.mark.django_db(transaction=True)


def decide_both(dispute, people, by):
    copies = [Dispute.objects.get(pk=dispute.pk) for _person in people]
    pairs = list(zip(copies, people, strict=True))
    with racers(2) as them:
        return them.run(*[lambda d=d, p=p: disputes.decide(d, winner=p, note=p.name, by=by) for d, p in pairs])


@REAL
def test_of_two_decisions_at_once_one_counts(company):
    for _n in range(5):
        dispute = DisputeFactory(customer__owner=company.owner, claimant=company.claimant)
        outcomes = decide_both(dispute, [company.claimant, company.owner], company.boss)
        assert sorted(type(one).__name__ for one in outcomes) == ["NoneType", "TooLate"]
        dispute.refresh_from_db()
        dispute.customer.refresh_from_db()
        assert dispute.customer.owner == dispute.winner
        assert dispute.customer.activities.filter(verb=Activity.Verb.DISPUTE).count() == 1


@REAL
def test_control_without_holding_the_rows_both_count(company, monkeypatch):
    both = threading.Barrier(2)

    def read(dispute, winner):
        dispute.refresh_from_db()
        both.wait(10)
        return dispute.customer

    monkeypatch.setattr(disputes, "_hold", read)
    dispute = DisputeFactory(customer__owner=company.owner, claimant=company.claimant)
    assert decide_both(dispute, [company.owner, company.owner], company.boss) == [None, None]
    assert dispute.customer.activities.filter(verb=Activity.Verb.DISPUTE).count() == 2
