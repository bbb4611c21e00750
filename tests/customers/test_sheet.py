"""The clearing sheet before a customer goes (policy 4.7), the list of who goes, and locks."""

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from crm.lib.dates import start_of
from crm.lib.moves import TooLate
from customers.models import Activity, ClearingSheet, Customer, PoolRules
from customers.ownership import claiming, clearing, leaving, locking, pool
from staff.models import Absence, Notice
from tests.customers.test_extension import goes_in
from tests.factories import CustomerFactory, ExtensionFactory, SheetFactory, TeamFactory, UserFactory
from tests.walls.test_queries import queries

pytestmark = pytest.mark.django_db
WORDS = {"situation": "还在比价", "contacts": "找王经理", "progress": "报过一次价"}


@pytest.fixture(autouse=True)
def rules_anew():
    cache.clear()


@pytest.fixture
def people():
    team = TeamFactory(name="杭州组")
    rep, supervisor = UserFactory(name="李伟", team=team), UserFactory(name="王芳", team=team, supervisor=True)
    return rep, supervisor


def today():
    return timezone.localdate()


def seen(customer):
    return clearing.version(ClearingSheet.objects.filter(customer=customer, stint__ended_at=None).first())


def test_a_sheet_that_is_sent_back_and_written_anew_waits_for_a_look_again_with_the_newest_text(people):
    rep, supervisor = people
    customer = goes_in(5, rep)
    clearing.write(customer, WORDS, seen="", by=rep)
    clearing.send_back(customer, note="找谁谈？", seen=seen(customer), by=supervisor)
    assert [notice.person for notice in Notice.objects.all()] == [rep]
    sheet = clearing.write(customer, WORDS | {"contacts": "找采购李主任"}, seen=seen(customer), by=rep)
    assert (sheet.status, sheet.contacts, sheet.note) == ("written", "找采购李主任", "找谁谈？")
    assert Notice.objects.latest("id").person == supervisor
    clearing.pass_sheet(customer, seen=seen(customer), by=supervisor)
    sheet = ClearingSheet.objects.get()
    assert (sheet.status, sheet.judged_by) == ("clear", supervisor)
    did = customer.activities.filter(verb=Activity.Verb.SHEET).order_by("id").values_list("data__did", flat=True)
    assert list(did) == ["written", "sent_back", "written", "clear"]


def test_two_windows_lose_no_text(people, client):
    rep, _supervisor = people
    customer = goes_in(5, rep)
    client.force_login(rep)
    page = reverse("customers:sheet", args=[customer.pk])
    first = dict(client.get(page).context["form"].initial)
    assert client.post(page, first | WORDS).status_code == 302
    late = client.post(page, first | WORDS | {"progress": "另一个窗口"})
    assert late.status_code == 409
    body = late.content.decode()
    assert "另一个窗口" in body and "报过一次价" in body
    assert ClearingSheet.objects.get().progress == "报过一次价"
    again = {"seen": re.search(r'name="seen" value="([^"]+)"', body)[1]}
    assert client.post(page, again | WORDS | {"progress": "另一个窗口"}).status_code == 302
    assert ClearingSheet.objects.get().progress == "另一个窗口"


def test_a_sheet_that_was_written_anew_meanwhile_is_not_judged_unread(people):
    rep, supervisor = people
    customer = goes_in(5, rep)
    clearing.write(customer, WORDS, seen="", by=rep)
    read = seen(customer)
    clearing.write(customer, WORDS, seen=read, by=rep)
    for judge in (
        lambda: clearing.pass_sheet(customer, seen=read, by=supervisor),
        lambda: clearing.send_back(customer, note="?", seen=read, by=supervisor),
    ):
        with pytest.raises(TooLate):
            judge()


def test_the_owner_alone_writes_and_who_leads_them_alone_judges(people):
    rep, supervisor = people
    customer = goes_in(5, rep)
    with pytest.raises(PermissionDenied):
        clearing.write(customer, WORDS, seen="", by=supervisor)
    clearing.write(customer, WORDS, seen="", by=rep)
    for person in (rep, UserFactory(supervisor=True, team=TeamFactory()), UserFactory(finance=True)):
        with pytest.raises(PermissionDenied):
            clearing.pass_sheet(customer, seen=seen(customer), by=person)


def test_the_next_claimer_reads_the_whole_sheet_until_they_spoke_with_the_customer(people, client):
    rep, _supervisor = people
    customer, claimer = goes_in(0, rep), UserFactory(team=rep.team)
    clearing.write(customer, WORDS, seen="", by=rep)
    pool.return_idle(on=customer.returns_on)
    client.force_login(claimer)
    assert "找王经理" not in client.get(customer.get_absolute_url()).content.decode()
    customer.refresh_from_db()
    claiming.claim(customer, by=claimer)
    body = client.get(customer.get_absolute_url()).content.decode()
    assert all(text in body for text in WORDS.values())
    Customer.objects.filter(pk=customer.pk).update(talked_on=today())
    assert "找王经理" not in client.get(customer.get_absolute_url()).content.decode()
    assert "找王经理" in client.get(customer.get_absolute_url(), {"tab": "ownership"}).content.decode()
    assert clearing.state(None, customer.returns_on or today(), 14) == "missing"


# The list


def rows_of(client, **query):
    return [customer.pk for customer in client.get("/customers/leaving/", query).context["page"].rows]


def test_the_list_is_in_the_order_in_which_they_go_and_knows_missing_unclear_and_asked(people, client):
    rep, supervisor = people
    missing, back, written, later = goes_in(6, rep), goes_in(2, rep), goes_in(1, rep), goes_in(20, rep)
    foreign = CustomerFactory()
    SheetFactory(customer=back, status="sent_back", judged_by=supervisor, note="找谁？")
    SheetFactory(customer=written)
    ExtensionFactory(customer=missing)
    client.force_login(supervisor)
    assert rows_of(client) == [written.pk, back.pk, missing.pk]
    assert rows_of(client, days=30) == [written.pk, back.pk, missing.pk, later.pk]
    assert rows_of(client, days=400) == [written.pk, back.pk, missing.pk, later.pk]
    assert rows_of(client, sheet="missing", days=30) == [missing.pk]
    assert rows_of(client, sheet="sent_back") == [back.pk]
    assert rows_of(client, sheet="written") == [written.pk]
    assert rows_of(client, extension="asked") == [missing.pk]
    people = client.get("/customers/leaving/").context["people"]
    assert [tuple(person)[1:] for person in people] == [("李伟", 3, 1, 1, 1, 1)]
    assert foreign.pk not in rows_of(client, days=400)


def test_the_list_shows_those_that_go_by_one_rule(people, client):
    rep, _supervisor = people
    never, sold = (
        goes_in(6, rep),
        CustomerFactory(
            owner=rep, owned_since=today() - dt.timedelta(days=90), last_sale_on=today() - dt.timedelta(days=89)
        ),
    )
    client.force_login(rep)
    assert set(rows_of(client)) == {never.pk, sold.pk}
    assert rows_of(client, rule=never.returns_rule) == [never.pk]
    assert rows_of(client, rule="no_sale") == [sold.pk]


def test_a_sheet_from_before_the_date_was_moved_far_is_missing_again(people, client):
    rep, _supervisor = people
    customer = goes_in(5, rep)
    sheet = SheetFactory(customer=customer)
    edge = timezone.make_aware(dt.datetime.combine(customer.returns_on - dt.timedelta(days=28), dt.time(0, 30)))
    client.force_login(rep)
    for moment, found in ((edge, []), (edge - dt.timedelta(hours=1), [customer.pk])):
        ClearingSheet.objects.filter(pk=sheet.pk).update(written_at=moment)
        assert rows_of(client, sheet="missing") == found
        assert leaving.by_person([rep.pk], until=customer.returns_on, days=14)[0].missing == len(found)
        sheet.refresh_from_db()
        assert clearing.state(sheet, customer.returns_on, 14) == ("old" if found else "written")


def test_the_list_asks_the_same_few_questions_for_any_number_of_owners(people, client):
    rep, supervisor = people
    client.force_login(supervisor)

    def fill():
        owner = UserFactory(team=rep.team)
        Absence.objects.create(person=owner, since=today(), until=today(), by=owner)
        ExtensionFactory(customer=goes_in(3, owner))
        SheetFactory(customer=goes_in(3, owner))

    fill()
    queries(client, "/customers/leaving/")
    one = [len(queries(client, path)) for path in ("/customers/leaving/", "/extensions/")]
    fill()
    fill()
    three = [len(queries(client, path)) for path in ("/customers/leaving/", "/extensions/")]
    assert three == one and max(one) <= 12


def badge(client):
    found = {str(item["title"]): item["badge"] for item in client.get("/customers/").context["navigation"]}
    return found["Leaving soon"]


def test_the_badge_counts_what_waits_for_ones_decision(people, client):
    rep, supervisor = people
    manager = UserFactory(manager=True, team=rep.team)
    asked, read, back = goes_in(3, rep), goes_in(3, rep), goes_in(3, rep)
    ExtensionFactory(customer=asked)
    ExtensionFactory(customer=goes_in(3, supervisor))
    SheetFactory(customer=read)
    SheetFactory(customer=asked, status="clear", judged_by=supervisor)
    SheetFactory(customer=back, status="sent_back", judged_by=supervisor)
    SheetFactory(customer=goes_in(40, rep))
    ExtensionFactory()
    for person, number in ((rep, "1"), (supervisor, "2"), (manager, "2"), (UserFactory(director=True), "3")):
        client.force_login(person)
        assert badge(client) == number, person.role


def test_today_says_whose_sheet_came_back_and_whose_is_missing_three_days_before(people, client):
    rep, supervisor = people
    back, soon, later = goes_in(9, rep), goes_in(3, rep), goes_in(4, rep)
    SheetFactory(customer=back, status="sent_back", judged_by=supervisor)
    client.force_login(rep)
    lines = {line.customer.pk: line for line in client.get("/today/").context["queue"].lines}
    assert {pk for pk, line in lines.items() if line.wants_sheet} == {back.pk, soon.pk}
    assert later.pk in lines
    assert reverse("customers:sheet", args=[back.pk]) in client.get("/today/", {"customer": back.pk}).content.decode()


def test_from_which_day_a_sheet_counts_is_the_same_day_in_company_time_for_the_badge_and_today(people, client):
    rep, supervisor = people
    customer = goes_in(3, rep)
    sheet = SheetFactory(customer=customer, status="sent_back", judged_by=supervisor)
    midnight = start_of(clearing.counts_from(customer.returns_on, 14))
    client.force_login(rep)
    for written, number, text in (
        (midnight + dt.timedelta(minutes=30), "1", "came back"),
        (midnight - dt.timedelta(minutes=30), "", "before it goes"),
    ):
        ClearingSheet.objects.filter(pk=sheet.pk).update(written_at=written)
        assert badge(client) == number
        [line] = client.get("/today/").context["queue"].lines
        assert [text in reason.text for reason in line.reasons if reason.icon == "clipboard-text"] == [True]


# Locks


def test_a_lock_keeps_the_customer_until_its_day_is_over_and_is_lifted_again(people):
    rep, supervisor = people
    manager, customer = UserFactory(manager=True, team=rep.team), goes_in(5, rep)
    was, until = customer.returns_on, customer.returns_on + dt.timedelta(days=40)
    locking.lock(customer, until=until, reason="总部大客户", by=manager)
    customer.refresh_from_db()
    assert customer.returns_on == until + dt.timedelta(days=1)
    locking.lock(customer, until=until + dt.timedelta(days=9), reason="再等等", by=UserFactory(director=True))
    assert customer.holds.get().until == until + dt.timedelta(days=9)
    for person in (rep, supervisor):
        with pytest.raises(PermissionDenied):
            locking.unlock(customer, by=person)
    locking.unlock(customer, by=manager)
    customer.refresh_from_db()
    assert customer.returns_on == was
    with pytest.raises(TooLate):
        locking.unlock(customer, by=manager)
    assert customer.activities.filter(verb=Activity.Verb.LOCK).count() == 3


def test_a_lock_lasts_a_year_at_most_and_needs_an_owner(people, client):
    rep, _supervisor = people
    customer, director = goes_in(5, rep), UserFactory(director=True)
    client.force_login(director)
    page = reverse("customers:lock", args=[customer.pk])
    for days, status in ((-1, 422), (366, 422), (365, 302)):
        day = today() + dt.timedelta(days=days)
        assert client.post(page, {"until": day.isoformat(), "reason": "x"}).status_code == status
    locking.unlock(customer, by=director)
    customer.release(note="", by=rep)
    with pytest.raises(TooLate):
        locking.lock(customer, until=today(), reason="x", by=director)


def test_supervisors_do_not_lock_nor_managers_their_own(people):
    rep, supervisor = people
    manager = UserFactory(manager=True, team=rep.team)
    for person, owner in ((supervisor, rep), (manager, manager), (rep, rep)):
        with pytest.raises(PermissionDenied):
            locking.lock(CustomerFactory(owner=owner), until=today(), reason="x", by=person)


def test_what_colleagues_wrote_of_it_is_not_read_in_the_pool(people, client):
    rep, _supervisor = people
    customer, director = goes_in(5, rep), UserFactory(director=True)
    locking.lock(customer, until=today(), reason="13805710001", by=director)
    locking.unlock(customer, by=director)
    customer.release(note="", by=rep)
    client.force_login(UserFactory())
    assert "13805710001" not in client.get(customer.get_absolute_url()).content.decode()


def test_the_rules_say_when_a_sheet_is_asked_for(people, client):
    rep, _supervisor = people
    customer = goes_in(5, rep)
    PoolRules.objects.create(sheet_days=4)
    cache.clear()
    client.force_login(rep)
    assert rows_of(client) == [] and rows_of(client, days=5) == [customer.pk]
    assert rows_of(client, days=5, sheet="missing") == []
