"""Customers offered by one person to another (policy 4.6)."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from crm.lib.moves import TooLate
from customers.models import Activity, PoolRules, Stint, Transfer
from customers.ownership import owning, transferring
from staff.models import Notice
from tests.factories import CustomerFactory, TeamFactory, TransferFactory, UserFactory

pytestmark = pytest.mark.django_db
Status = Transfer.Status


def set_rules(**rules):
    current = PoolRules.current()
    PoolRules.objects.create(**{"claims_a_day": current.claims_a_day} | rules)


def test_whoever_accepts_owns_the_customer_from_today():
    customer, to = CustomerFactory(owned_since=timezone.localdate().replace(day=1)), UserFactory()
    sender = customer.owner
    [offer] = transferring.offer([customer], to=to, reason="换区域", by=sender)
    assert Notice.objects.get().person == to
    transferring.accept(offer, by=to)
    customer.refresh_from_db()
    assert (customer.owner, customer.owned_since) == (to, timezone.localdate())
    stint = customer.stints.get(ended_at=None)
    assert (stint.start_reason, stint.started_by) == (Stint.Reason.TRANSFERRED, to)
    offer.refresh_from_db()
    assert (offer.status, offer.answered_by) == (Status.ACCEPTED, to)
    assert set(Notice.objects.values_list("person", flat=True)) == {to.pk, sender.pk}
    given = customer.activities.get(verb=Activity.Verb.ASSIGN)
    assert (given.note, given.data["from"]) == ("换区域", str(sender))


def test_who_declines_says_why_and_the_owner_stays():
    offer = TransferFactory()
    transferring.decline(offer, note="忙不过来", by=offer.receiver)
    offer.customer.refresh_from_db()
    assert offer.customer.owner == offer.sender
    assert (offer.status, offer.note) == (Status.DECLINED, "忙不过来")
    assert Notice.objects.get().person == offer.sender
    assert offer.customer.activities.get().note == "忙不过来"


@pytest.mark.parametrize("answer", ["accept", "decline", "withdraw"])
def test_what_was_withdrawn_or_answered_is_not_answered_again(answer):
    offer = TransferFactory()
    stale = Transfer.objects.get(pk=offer.pk)
    transferring.withdraw(offer, by=offer.sender)
    verb = getattr(transferring, answer)
    by = offer.sender if answer == "withdraw" else offer.receiver
    with pytest.raises(TooLate, match="withdrawn"):
        verb(stale, by=by, **({"note": "x"} if answer == "decline" else {}))


def test_nobody_but_the_receiver_answers_and_nobody_but_the_sender_and_who_leads_them_withdraws():
    team = TeamFactory()
    offer = TransferFactory(customer__owner__team=team)
    for verb in (transferring.accept, transferring.withdraw):
        with pytest.raises(PermissionDenied):
            verb(offer, by=UserFactory(team=team))
    with pytest.raises(PermissionDenied):
        transferring.withdraw(offer, by=offer.receiver)
    transferring.withdraw(offer, by=UserFactory(supervisor=True, team=team))


def test_capacity_counts_when_the_receiver_accepts():
    offer = TransferFactory()
    set_rules(capacity=1)
    CustomerFactory(owner=offer.receiver)
    with pytest.raises(owning.Full):
        transferring.accept(offer, by=offer.receiver)
    offer.refresh_from_db()
    assert offer.status == Status.OFFERED


def test_who_has_as_many_as_one_may_hears_what_they_can_do_about_it(client):
    transfer = TransferFactory()
    CustomerFactory(owner=transfer.receiver)
    set_rules(capacity=1)
    client.force_login(transfer.receiver)
    refused = client.post(reverse("customers:offer_accept", args=[transfer.pk]))
    assert refused.status_code == 409
    assert "You have 1 customers in hand, as many as one may: release one first." in refused.content.decode()


def test_a_new_offer_takes_the_place_of_the_open_one():
    offer, to = TransferFactory(), UserFactory()
    transferring.offer([offer.customer], to=to, reason="另找", by=offer.sender)
    offer.refresh_from_db()
    assert offer.status == Status.WITHDRAWN
    assert Transfer.objects.offered().get().receiver == to


def test_a_release_withdraws_the_offer():
    offer = TransferFactory()
    offer.customer.release(note="x", by=offer.sender)
    with pytest.raises(TooLate):
        transferring.accept(offer, by=offer.receiver)
    offer.customer.refresh_from_db()
    assert offer.customer.owner is None


def test_only_who_owns_or_leads_offers_and_only_to_somebody_who_sells():
    customer = CustomerFactory()
    with pytest.raises(PermissionDenied):
        transferring.offer([customer], to=UserFactory(), reason="x", by=UserFactory())
    for to in (UserFactory(manager=True), UserFactory(inactive=True)):
        with pytest.raises(PermissionDenied):
            transferring.offer([customer], to=to, reason="x", by=customer.owner)
    with pytest.raises(TooLate):
        transferring.offer([customer], to=customer.owner, reason="x", by=UserFactory(director=True))
    assert not Transfer.objects.exists()


def test_the_receiver_sees_name_grade_and_turnover_and_the_page_only_after_accepting(client):
    offer = TransferFactory(customer__name="宁波远洋", customer__need="要两百扇门", customer__dealt=12345)
    client.force_login(offer.receiver)
    page = client.get("/offers/").content.decode()
    assert "宁波远洋" in page
    assert "12,345" in page
    assert offer.customer.get_absolute_url() not in page
    assert offer.customer.code not in page
    assert client.get(offer.customer.get_absolute_url()).status_code == 404
    done = client.post(reverse("customers:offer_accept", args=[offer.pk]))
    assert done["Location"] == offer.customer.get_absolute_url()
    assert client.get(done["Location"]).status_code == 200


def test_several_ticked_in_the_list_are_offered_at_once_but_none_of_somebody_else(client):
    rep, to = UserFactory(), UserFactory()
    mine, other = [CustomerFactory(owner=rep) for _n in range(2)], CustomerFactory()
    client.force_login(rep)
    chosen = {"chosen": [*(c.pk for c in mine), other.pk, "x", "9" * 40]}
    page = client.post(reverse("customers:offer_many"), chosen)
    assert page.status_code == 200
    assert other.name not in page.content.decode()
    assert "left out" in page.content.decode()
    client.post(reverse("customers:offer_many"), chosen | {"to": to.pk, "reason": "换区域"})
    assert {offer.customer for offer in Transfer.objects.offered()} == set(mine)
    assert Notice.objects.count() == 1


def test_nothing_ticked_leads_back_to_the_list(client):
    client.force_login(UserFactory(supervisor=True))
    for name in ("assign_many", "offer_many"):
        assert client.post(reverse(f"customers:{name}"))["Location"] == "/customers/"
    for name in ("claim_many", "move_many"):
        assert client.post(reverse(f"customers:{name}"))["Location"] == "/pool/"


def test_the_open_offer_stands_on_the_ownership_tab(client):
    offer = TransferFactory(reason="离客户近")
    client.force_login(offer.sender)
    address = f"{offer.customer.get_absolute_url()}?tab=ownership"
    page = client.get(address).content.decode()
    assert "离客户近" in page
    assert reverse("customers:offer_withdraw", args=[offer.pk]) in page
    client.post(reverse("customers:offer_withdraw", args=[offer.pk]))
    assert "离客户近" not in client.get(address).content.decode()


def test_todays_page_names_what_is_offered_to_me(client):
    offer = TransferFactory(customer__name="宁波远洋")
    client.force_login(offer.receiver)
    page = client.get("/today/").content.decode()
    assert "宁波远洋" in page
    assert 'href="/offers/"' in page
    transferring.decline(offer, note="x", by=offer.receiver)
    assert "宁波远洋" not in client.get("/today/").content.decode()
