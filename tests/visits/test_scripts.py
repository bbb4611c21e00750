"""The words of a call (policy 5.7): which are shown, how they change, which version a log keeps."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.lib.moves import TooLate
from tests.factories import CallLogFactory, ContactFactory, CustomerFactory, UserFactory
from visits import scripts, wording
from visits.models import CallbackRule, Purpose, Script, ScriptVersion, TextTemplate

pytestmark = pytest.mark.django_db

WORDS = {"first_call": "", "later_call": "{contact}您好", "closing_satisfied": "再见", "closing_unsatisfied": ""}


@pytest.fixture
def leader(client):
    person = UserFactory(supervisor=True, name="王芳")
    client.force_login(person)
    return person


def test_every_purpose_comes_with_a_script_whose_places_have_names():
    versions = ScriptVersion.objects.select_related("script")
    assert {version.script.purpose for version in versions} == {"", *Purpose.values}
    texts = [getattr(version, name) for version in versions for name in scripts.TEXTS]
    texts += TextTemplate.objects.values_list("text", flat=True)
    assert [text for text in texts if wording.unknown_places(text)] == []


def test_a_script_is_filled_with_the_names_in_one_query():
    customer = CustomerFactory(name="{me}的公司")
    contact = ContactFactory(customer=customer, name="王{customer}")
    scripts.write("complaint", texts=WORDS | {"later_call": "{contact}/{customer}/{me}"}, seen=1, by=customer.owner)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        shown = scripts.for_callback(customer, contact, "complaint", customer.owner)
    assert len(asked) == 1
    assert shown.opening == f"王{{customer}}/{{me}}的公司/{customer.owner.name}"
    assert (shown.version.script.purpose, shown.version.number) == ("complaint", 2)


def test_a_customer_never_contacted_hears_the_first_opening_and_later_the_other():
    customer, by = CustomerFactory(), UserFactory()
    scripts.write("repair", texts=WORDS | {"first_call": "初次", "later_call": "再次"}, seen=1, by=by)
    assert scripts.for_callback(customer, None, "repair", by).opening == "初次"
    customer.last_contact_at = CallLogFactory(customer=customer).at
    assert scripts.for_callback(customer, None, "repair", by).opening == "再次"


def test_a_purpose_without_a_script_uses_the_one_for_any_call_and_none_at_all_shows_none():
    customer = CustomerFactory()
    assert scripts.for_callback(customer, None, "own_rule", customer.owner).version.script.purpose == ""
    Script.objects.all().delete()
    assert scripts.for_callback(customer, None, "repair", customer.owner) is None


def test_an_administrators_own_rule_has_a_script_of_its_own(client, leader):
    CallbackRule.objects.create(code="spring", name="春季回访", event="purchase", earliest=1, latest=2)
    assert "春季回访" in client.get(reverse("visits:scripts")).content.decode()
    client.post(reverse("visits:script_edit", args=["spring"]), WORDS | {"seen": 0})
    assert ScriptVersion.objects.get(script__purpose="spring").number == 1


def edit(client, purpose="repair", **changed):
    return client.post(reverse("visits:script_edit", args=[purpose]), WORDS | {"seen": 1} | changed)


def test_saving_makes_a_version_and_the_old_one_stays_with_the_logs_that_used_it(client, leader):
    old = ScriptVersion.objects.get(script__purpose="repair")
    log = CallLogFactory(customer__owner=leader, script=old)
    assert edit(client).status_code == 302
    new = ScriptVersion.objects.filter(script__purpose="repair").first()
    assert (new.number, new.by, new.later_call) == (2, leader, "{contact}您好")
    log.refresh_from_db()
    assert log.script == old
    body = client.get(log.get_absolute_url()).content.decode()
    assert old.closing_satisfied in body


def test_saving_without_a_change_makes_no_version(client, leader):
    old = ScriptVersion.objects.get(script__purpose="repair")
    edit(client, **{name: getattr(old, name) for name in scripts.TEXTS})
    assert ScriptVersion.objects.filter(script__purpose="repair").count() == 1


def test_of_two_editors_the_second_hears_of_the_first_and_loses_nothing(client, leader):
    scripts.write("repair", texts=WORDS | {"later_call": "别人的"}, seen=1, by=UserFactory(name="周强"))
    response = edit(client, later_call="我的话")
    body = response.content.decode()
    assert response.status_code == 409
    assert "周强" in body and "别人的" in body and "我的话" in body
    assert edit(client, later_call="我的话", seen=response.context["form"]["seen"].value()).status_code == 302
    assert scripts.history("repair")[0].later_call == "我的话"
    assert len(scripts.history("repair")) == 3


def test_the_verb_refuses_a_stale_version_too():
    by = UserFactory()
    scripts.write("repair", texts=WORDS, seen=1, by=by)
    with pytest.raises(TooLate, match="2"):
        scripts.write("repair", texts=WORDS | {"later_call": "旧稿"}, seen=1, by=by)


@pytest.mark.parametrize("place", ["{kunde}", "｛customer｝", "{}", "{ me }", "{customer.owner}", "{0}"])
def test_an_unknown_place_is_an_error_that_names_the_known_ones(client, leader, place):
    response = edit(client, closing_satisfied=f"谢谢{place}")
    assert response.status_code == 422
    (error,) = response.context["form"].errors["closing_satisfied"]
    assert place in error and all(known in error for known in ("{customer}", "{contact}", "{me}"))
    assert len(scripts.history("repair")) == 1


def test_an_example_is_drawn_while_writing_and_nothing_is_saved(client, leader):
    path = reverse("visits:script_edit", args=["repair"])
    data = WORDS | {"later_call": "{contact}，我是{me}", "preview": "1"}
    response = client.post(path, data, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert "我是王芳" in response.content.decode() and "<html" not in response.content.decode()
    assert len(scripts.history("repair")) == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_purpose_that_nobody_calls_for_has_no_script(client, leader, method):
    assert getattr(client, method)(reverse("visits:script_edit", args=["nonsense"])).status_code == 404


def test_representatives_read_scripts_but_find_no_way_to_edit_them(client):
    client.force_login(UserFactory())
    body = client.get(reverse("visits:scripts")).content.decode()
    assert "/edit/" not in body and reverse("visits:text_add") not in body


def text(client, url, **changed):
    return client.post(
        url, {"kind": "note", "title": "要样品", "text": "要{customer}样品", "is_active": "on"} | changed
    )


def test_a_text_is_added_and_taken_out_of_use(client, leader):
    TextTemplate.objects.all().delete()
    assert text(client, reverse("visits:text_add")).status_code == 302
    made = TextTemplate.objects.get()
    assert (made.edited_by, made.is_active) == (leader, True)
    text(client, reverse("visits:text_edit", args=[made.pk]), is_active="", seen=scripts.stamp(made))
    made.refresh_from_db()
    assert not made.is_active


def test_a_text_that_somebody_else_changed_meanwhile_is_not_overwritten_unawares(client, leader):
    made = TextTemplate.objects.first()
    seen = scripts.stamp(made)
    made.text = "别人改的"
    made.save()
    response = text(client, reverse("visits:text_edit", args=[made.pk]), text="我改的", seen=seen)
    assert response.status_code == 409
    assert "别人改的" in response.content.decode() and "我改的" in response.content.decode()
    made.refresh_from_db()
    assert made.text == "别人改的"
    seen = response.context["form"]["seen"].value()
    assert text(client, reverse("visits:text_edit", args=[made.pk]), text="我改的", seen=seen).status_code == 302


def test_a_text_with_an_unknown_place_is_refused(client, leader):
    assert text(client, reverse("visits:text_add"), text="{name}").status_code == 422
