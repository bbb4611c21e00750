"""What the demo data must show of ownership and the pool, checked with the rest of it (`test_demo`)."""

import datetime as dt
from itertools import chain

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from customers.models import (
    Activity,
    ClearingSheet,
    Customer,
    Dispute,
    Extension,
    Handover,
    Hold,
    Inquiry,
    PoolRules,
    Stint,
    Transfer,
)  # fmt: skip
from customers.ownership import applying, leaving, nights, undoing
from customers.ownership.handover_undo import undone_until
from jobs.models import Run
from staff.models import User
from visits.models import CallLog


def _of(username):
    return User.objects.get(username=username)


def every_state_of_what_owners_ask_for_occurs_and_holds_follow_from_it():
    today = timezone.localdate()
    assert set(Extension.objects.values_list("status", flat=True)) == {"asked", "granted", "refused"}
    kept = set(Hold.objects.exclude(until=None).values_list("customer", "until"))
    assert kept == set(Customer.objects.exclude(kept_until=None).values_list("pk", "kept_until"))
    assert {kind for _pk, kind in Hold.objects.exclude(until=None).values_list("pk", "kind")} == {"extension", "lock"}
    granted = Extension.objects.get(status="granted")
    assert Hold.objects.get(kind="extension").since == granted.decided_at < timezone.now() - dt.timedelta(days=1)
    soon = today + dt.timedelta(days=14)
    going = leaving.going(_of("manager")).filter(returns_on__lte=soon)
    for status in ("written", "sent_back", "clear"):
        assert leaving.with_sheet(going, status, days=14).exists(), status
    assert leaving.without_sheet(going, until=soon, days=14).exists()
    assert ClearingSheet.objects.filter(stint__end_reason="no_deal").exists()


def every_state_of_offers_inquiries_and_disputes_occurs():
    assert set(Transfer.objects.values_list("status", flat=True)) == set(Transfer.Status.values)
    assert Transfer.objects.offered().filter(receiver=_of("rep")).exists()
    assert Inquiry.objects.filter(is_first=False).exclude(by=F("customer__owner")).exists()
    assert Dispute.objects.open().exists() and not Dispute.objects.filter(asked=[]).exists()
    decided = Dispute.objects.exclude(decided_at=None)
    assert {one.winner_id == one.claimant_id for one in decided} == {True, False}


def one_handover_is_prepared_and_one_can_still_be_undone():
    draft, done = Handover.objects.order_by("status").reverse()
    assert (draft.status, done.status) == ("draft", "done")
    assert undone_until(done) > timezone.now() + dt.timedelta(days=1)
    assert set(done.items.values_list("status", flat=True)) >= {"moved", "confirmed", "missing"}
    chosen = draft.items.planned().resolved()
    assert chosen.exclude(goes_to=None).exists() and chosen.filter(goes_to=None, goes_home=False).exists()


def pools_and_nights_show_what_can_become_of_them():
    mine = Customer.objects.pooled().filter(pool__team=_of("rep").team)
    assert mine.count() > 5 and Customer.objects.pooled().filter(pool__team=None).count() > 5
    problem = Customer.objects.pooled().filter(stint_reason="problem")
    assert problem.exists() and not problem.filter(pool_note="").exists()
    stopped = Run.objects.get(counts__stopped__due__gt=0)
    assert nights.by_hand_after(stopped) and nights.waiting() is None
    facts = undoing.facts(Run.objects.get(pk=Run.objects.get(job="undo").counts["run"]))
    assert (facts.undone, facts.claimed, facts.free) == (3, 1, 0)
    assert not Run.objects.exclude(status="done").exists()
    assert PoolRules.objects.count() == 3 and not applying.is_pending()


def nobody_logged_what_was_not_theirs_then_and_no_verb_is_from_tomorrow():
    now = timezone.now()
    assert not Activity.objects.filter(at__gt=now).exists()
    theirs = Stint.objects.filter(Q(ended_at=None) | Q(ended_at__gte=OuterRef("at")), started_at__lte=OuterRef("at"))
    theirs = theirs.filter(customer=OuterRef("customer"), owner=OuterRef("by"))
    assert not CallLog.objects.exclude(Exists(theirs)).exists()
    rules = dict(PoolRules.objects.values_list("pk", "since"))
    assert all(rules[pk] <= at for pk, at in Stint.objects.values_list("rules", "started_at"))


def what_people_wrote_is_plainly_made_up():
    written = {
        ClearingSheet: "situation contacts progress note",
        Dispute: "reason note",
        Extension: "reason note",
        Handover: "note",
        Inquiry: "text",
        PoolRules: "note",
        Transfer: "reason note",
    }
    for model, names in written.items():
        words = chain.from_iterable(model.objects.values_list(*names.split()))
        assert all(text.startswith("演示") for text in words if text), model
    assert not Hold.objects.exclude(until=None).exclude(reason__startswith="演示").exists()


CHECKS = (
    every_state_of_what_owners_ask_for_occurs_and_holds_follow_from_it,
    every_state_of_offers_inquiries_and_disputes_occurs,
    one_handover_is_prepared_and_one_can_still_be_undone,
    pools_and_nights_show_what_can_become_of_them,
    nobody_logged_what_was_not_theirs_then_and_no_verb_is_from_tomorrow,
    what_people_wrote_is_plainly_made_up,
)
