"""Editing the rules of the schedule, with a preview of the calls that a draft makes (policy 1.5, 5.2, 5.5)."""

import datetime as dt

import pytest
from django.urls import reverse

from customers.models import Customer
from tests.factories import CustomerFactory, OrderFactory, UserFactory
from tests.visits.days import at, log, opened
from tests.walls.racing import racers
from visits import load, rules, schedule
from visits.forms import CadenceForm, RuleForm
from visits.models import Cadence, Callback, CallbackRule

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 3, 2)  # a Monday


@pytest.fixture(autouse=True)
def today():
    with at(TODAY):
        yield


@pytest.fixture
def admin(client):
    user = UserFactory(administrator=True, name="孙工")
    client.force_login(user)
    return user


@pytest.fixture
def customer(db):
    """Its purchase of 2 January has its first callback on 6 May."""
    customer = CustomerFactory(owned_since=dt.date(2025, 6, 2), owner__name="李伟")
    OrderFactory(customer=customer, paid=True, ordered_on=dt.date(2026, 1, 6))
    schedule.plan()
    return customer


def rule(code="purchase_half"):
    return CallbackRule.objects.get(code=code)


def sent(row, **changed):
    """What the form of a rule or cadence sends."""
    names = (
        ("intention", "grade", "days") if isinstance(row, Cadence) else ("name", "event", "earliest", "latest", "unit")
    )
    data = {name: getattr(row, name) for name in (*names, "channel")} | {"seen": rules.stamp(row), "is_active": "on"}
    data |= {"name": "半年回访"} if data.get("name") == "" and row.pk else {}
    return {name: value for name, value in (data | changed).items() if value is not None}


def edit(client, row, **changed):
    name = "visits:cadence_edit" if isinstance(row, Cadence) else "visits:rule_edit"
    return client.post(reverse(name, args=[row.pk]), sent(row, **changed))


def preview(client, row, **changed):
    return edit(client, row, preview="1", **changed).context["preview"]


# Reading


def test_everybody_who_calls_reads_the_rules_in_words(client):
    client.force_login(UserFactory())
    page = client.get(reverse("visits:rules"))
    windows = {row.code: row.window for row in page.context["rules"]}
    assert windows["purchase_half"] == "4–6 months after"
    assert (windows["complaint"], windows["repair_holds"]) == ("at once", "3–5 days after")
    shortest = page.context["cadences"][0]
    assert (shortest.audience, shortest.every) == ("intention A: wants to buy soon", "at least every 7 days")
    assert reverse("visits:rule_add") not in page.content.decode()


# Preview


def test_the_preview_counts_each_persons_calls_now_and_with_the_draft_and_writes_nothing(client, admin, customer):
    before = list(Callback.objects.values())
    found = preview(client, rule(), earliest=3, latest=3)  # 6 April: in week 6 of 8
    assert [(line.name, line.sums) for line in found.lines] == [("李伟", (0, 1))]
    assert found.weeks[5] == (6, 0, 1)
    assert found.total.per_week == (0, 1 / 8)
    assert list(Callback.objects.values()) == before
    assert rule().earliest == 4


def test_the_preview_of_a_rule_out_of_use_takes_its_calls_away(client, admin, customer):
    with at(dt.date(2026, 4, 1)):
        client.force_login(admin)
        assert preview(client, rule()).total.sums == (1, 1)
        assert preview(client, rule(), is_active=None).total.sums == (1, 0)


def test_what_somebody_planned_stays_in_the_preview_whatever_the_draft(client, admin, customer):
    Callback.objects.filter(purpose="purchase_half").update(due_on=dt.date(2026, 3, 9), made_by=customer.owner)
    assert preview(client, rule(), is_active=None).total.sums == (1, 1)


def test_the_preview_of_a_new_rule_counts_what_has_happened_already(client, admin, customer):
    data = sent(CallbackRule(name="三月回访", event="purchase", earliest=70, latest=80), preview="1")
    found = client.post(reverse("visits:rule_add"), data).context["preview"]
    assert found.total.sums == (0, 1)
    assert not CallbackRule.objects.filter(name="三月回访").exists()


def test_the_preview_of_a_cadence_counts_regular_contact_through_the_weeks(client, admin, customer):
    Customer.objects.update(intention="A")
    schedule.plan()
    cadence = Cadence.objects.get(intention="A")
    found = preview(client, cadence, days=14)
    assert found.total.sums == (8, 4)
    assert [pair[1:] for pair in found.weeks] == [(1, 1), (1, 0)] * 4
    assert preview(client, cadence, is_active=None).total.sums == (8, 0)


def test_a_follow_up_that_somebody_planned_comes_first_and_the_cadence_goes_on_from_there(client, admin, customer):
    Customer.objects.update(intention="A")
    log(customer, next_on=dt.date(2026, 4, 6))  # week 6
    assert preview(client, Cadence.objects.get(intention="A"), days=14).weeks[5:] == [(6, 1, 1), (7, 1, 0), (8, 1, 1)]


def test_what_the_preview_says_of_a_rule_is_what_saving_does(client, admin, customer):
    said = preview(client, rule(), earliest=3, latest=3).total.sums[1]
    edit(client, rule(), earliest=3, latest=3)
    schedule.plan()
    assert Callback.objects.open().filter(due_on__lt=TODAY + dt.timedelta(weeks=8)).count() == said


# Saving


def test_a_changed_window_plans_anew_what_nobody_touched(client, admin, customer):
    touched = CustomerFactory(owned_since=dt.date(2025, 6, 2))
    OrderFactory(customer=touched, paid=True, ordered_on=dt.date(2026, 1, 6))
    schedule.plan()
    Callback.objects.filter(customer=touched, purpose="purchase_half").update(made_by=touched.owner)
    assert edit(client, rule(), earliest=5, latest=6).status_code == 302
    assert [c.due_on for c in opened(customer, "purchase_half")] == [dt.date(2026, 6, 8)]
    assert [c.due_on for c in opened(touched, "purchase_half")] == [dt.date(2026, 5, 6)]
    customer.refresh_from_db()
    assert customer.next_contact_on == dt.date(2026, 6, 8)
    assert (rule().edited_by, rule().earliest) == (admin, 5)


def test_callbacks_of_a_rule_out_of_use_go_away_late_ones_too(client, admin, customer):
    with at(dt.date(2026, 5, 20)):
        client.force_login(admin)
        assert edit(client, rule(), is_active=None).status_code == 302
        assert opened(customer, "purchase_half") == []
        schedule.plan()
        assert opened(customer, "purchase_half") == []


def test_a_rule_of_ones_own_is_named_and_followed(client, admin, customer):
    url = reverse("visits:rule_add")
    data = sent(CallbackRule(event="purchase", earliest=70, latest=80))
    assert client.post(url, data).status_code == 422
    assert client.post(url, data | {"name": "三月回访"}).status_code == 302
    own = CallbackRule.objects.get(name="三月回访")
    assert own.code == f"rule-{own.pk}"
    schedule.plan()
    assert [c.title for c in opened(customer, own.code)] == ["三月回访"]


def test_the_event_of_a_rule_of_the_policy_stays(client, admin):
    edit(client, rule(), event="complaint")
    assert rule().event == "purchase"


def test_a_changed_cadence_plans_the_follow_ups_of_its_customers_anew(client, admin):
    theirs, others = (
        CustomerFactory(owned_since=TODAY, intention=intention, owner=UserFactory()) for intention in ("A", "B")
    )
    schedule.plan()
    edit(client, Cadence.objects.get(intention="A"), days=10)
    assert [c.due_on for c in opened(theirs, "follow_up")] == [dt.date(2026, 3, 12)]
    assert [c.due_on for c in opened(others, "follow_up")] == [dt.date(2026, 3, 16)]
    edit(client, Cadence.objects.get(intention="A"), days=10, is_active=None)
    assert opened(theirs, "follow_up") == []


# Bad input, two at once


@pytest.mark.parametrize(
    ("changed", "field", "text"),
    [
        ({"earliest": 7}, "latest", "The window ends before it begins: choose 7 or more."),
        ({"latest": 25}, "latest", "At most 24 months."),
        ({"unit": "days", "latest": 731}, "latest", "At most 730 days."),
        ({"unit": "days", "earliest": 99999, "latest": 99999}, "earliest", "At most 730 days."),
        ({"earliest": -1}, "earliest", "Ensure this value is greater than or equal to 0."),
        ({"unit": "moons"}, "unit", None),
        ({"channel": "owl"}, "channel", None),
    ],
)
def test_a_window_that_makes_no_sense_is_said_beside_the_field(client, admin, changed, field, text):
    for extra in ({}, {"preview": "1"}):
        response = edit(client, rule(), **changed, **extra)
        errors = response.context["form"].errors
        assert response.status_code == 422
        assert (errors[field] == [text]) if text else errors[field]
        assert "preview" not in response.context
    assert rule().edited_by is None


def test_a_name_that_tells_another_window_has_to_change_with_it(client, admin):
    changed = {"name": "", "earliest": 3}
    assert list(edit(client, rule(), **changed).context["form"].errors) == ["name"]
    assert preview(client, rule(), **changed)
    assert edit(client, rule(), name="").status_code == 302
    assert edit(client, rule("repair_holds"), name="", latest=7).status_code == 302


@pytest.mark.parametrize("changed", [{"days": 0}, {"days": 367}, {"intention": "B"}, {"grade": "Z"}])
def test_a_cadence_that_makes_no_sense_is_refused(client, admin, changed):
    assert edit(client, Cadence.objects.get(intention="A"), **changed).status_code == 422


def test_who_edits_what_somebody_has_edited_meanwhile_hears_it_and_can_go_over_it(client, admin):
    stale = sent(rule(), earliest=5)
    edit(client, rule(), earliest=2)
    url = reverse("visits:rule_edit", args=[rule().pk])
    response = client.post(url, stale)
    assert response.status_code == 409
    assert "孙工 has edited this meanwhile." in response.content.decode()
    assert response.context["form"]["earliest"].value() == "5"
    assert rule().earliest == 2
    assert client.post(url, stale | {"seen": response.context["form"]["seen"].value()}).status_code == 302
    assert rule().earliest == 5


def checked(form_class, row, **changed):
    """Return a form that is valid as things are."""
    form = form_class(sent(row, **changed), instance=row)
    assert form.is_valid(), form.errors
    return form


def keep(form, keep_it):
    return keep_it(form, seen=form.cleaned_data["seen"], by=None)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_a_rule_at_once_the_second_hears_of_the_first():
    with racers(2) as them:
        both = [checked(RuleForm, rule(), earliest=earliest) for earliest in (2, 3)]
        outcomes = them.run(*[lambda form=form: keep(form, rules.keep_rule) for form in both])
    assert sorted(map(str, outcomes)) == ["0", "— has edited this meanwhile."]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_add_the_same_cadence_at_once_the_second_hears_of_the_first():
    with racers(2) as them:
        both = [checked(CadenceForm, Cadence(intention="C", grade="VIP", days=5)) for _n in range(2)]
        outcomes = them.run(*[lambda form=form: keep(form, rules.keep_cadence) for form in both])
    assert sorted(map(str, outcomes)) == ["0", "Somebody has added a cadence for these customers meanwhile."]
    assert Cadence.objects.filter(intention="C", grade="VIP").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_rule_is_saved_while_people_log_and_the_night_plans(customer):
    with racers(3) as them:
        for number in range(8):
            work = [
                lambda n=number: keep(checked(RuleForm, rule(), latest=6 + n % 2), rules.keep_rule),
                lambda: log(customer, next_on=TODAY + dt.timedelta(days=7)),
                schedule.plan,
            ]
            assert [fault for fault in them.run(*work) if isinstance(fault, Exception)] == []
    assert opened(customer, "purchase_half")


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_a_preview(customer):
    """A call is saved while the preview is in the middle of its trial."""
    whole = load._preview

    def meanwhile(*parts):
        them.run(lambda: log(customer, next_on=dt.date(2026, 3, 9)))
        return whole(*parts)

    with racers(1) as them, pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, "_preview", meanwhile)
        draft = rule()
        draft.is_active = False
        load.of_rule(draft)
    assert opened(customer, "follow_up")
