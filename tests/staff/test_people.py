import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import Client
from django.urls import reverse

from crm.lib.moves import TooLate
from staff import people
from staff.models import User
from staff.people import create_first_administrator
from staff.roles import Role
from tests.factories import PASSWORD, CustomerFactory, TeamFactory, UserFactory
from tests.staff.test_sign_in import sign_in
from tests.walls.racing import open_transaction, racers, wait_until_somebody_waits_for_a_lock

LIST = reverse("staff:person_list")
ADD = reverse("staff:person_add")


def edit_page(person):
    return reverse("staff:person_edit", args=[person.pk])


def typed(person, **changes):
    """What the form of `person` sends back, with `changes`; None leaves a field out."""
    fields = {name: getattr(person, name) for name in ("name", "username", "email", "role")}
    fields |= {"team": person.team_id or "", "is_active": "on" if person.is_active else None} | changes
    return {name: value for name, value in fields.items() if value is not None}


def edit(client, person, **changes):
    return client.post(edit_page(person), typed(person, **changes))


def new(**changes):
    fields = {
        "name": "陈静",
        "username": "chen",
        "email": "chen@example.com",
        "role": "representative",
        "is_active": "on",
    }
    return fields | {"password1": PASSWORD, "password2": PASSWORD} | changes


# List


def test_the_list_shows_everybody_with_role_and_team(as_boss, alice):
    page = as_boss.get(LIST).content.decode()
    assert all(text in page for text in ("李伟", "alice", "sales representative", "杭州组", "孙工"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "伟"}, {"alice"}),
        ({"q": "ALI"}, {"alice"}),
        ({"role": "administrator"}, {"boss"}),
        ({"active": "no"}, {"gone"}),
        ({"active": "yes"}, {"alice", "boss"}),
        ({"q": "nobody at all"}, set()),
        ({"role": "emperor"}, {"alice", "boss", "gone"}),
    ],
)
def test_the_list_is_searched_and_filtered(as_boss, alice, query, found):
    UserFactory(username="gone", name="前人", inactive=True)
    assert {person.username for person in as_boss.get(LIST, query).context["page"].rows} == found


def test_a_team_filter_takes_in_the_teams_below(as_boss, alice, team):
    below = UserFactory(username="below", team=TeamFactory(parent=team))
    rows = as_boss.get(LIST, {"team": team.pk}).context["page"].rows
    assert set(rows) == {alice, below}


def test_the_list_is_paged(as_boss):
    UserFactory.create_batch(60)
    first = as_boss.get(LIST).context["page"]
    second = as_boss.get(LIST, {"after": first.next}).context["page"]
    assert len(first.rows) == 50
    assert len(second.rows) == 11


def test_the_list_costs_the_same_queries_for_one_row_and_three(as_boss, alice, team, django_assert_num_queries):
    with django_assert_num_queries(6):  # session, person, teams to filter by, rows, count, what waits for a decision
        as_boss.get(LIST, {"q": "alice"})
    for name in ("alice2", "alice3"):
        UserFactory(username=name, team=team)
    with django_assert_num_queries(6):
        as_boss.get(LIST, {"q": "alice"})


def test_a_fragment_equals_the_same_part_of_the_page(as_boss, alice):
    whole = as_boss.get(LIST, {"q": "alice"}).content.decode()
    part = as_boss.get(LIST, {"q": "alice"}, headers={"hx-request": "true"}).content.decode()
    assert part.strip().startswith('<div id="rows">')
    assert part.strip() in whole


@pytest.mark.parametrize("name", ["person_list", "person_add", "team_list", "team_add"])
def test_only_administrators_administer(client, anybody_else, name):
    client.force_login(anybody_else)
    assert client.get(reverse(f"staff:{name}")).status_code == 403


def test_nobody_else_adds_or_edits_even_oneself(client, anybody_else):
    client.force_login(anybody_else)
    assert client.post(ADD, new()).status_code == 403
    assert edit(client, anybody_else, role="administrator").status_code == 403
    assert client.get(reverse("staff:person_edit", args=[0])).status_code == 403
    assert not User.objects.filter(role="administrator").exists()
    assert not User.objects.filter(username="chen").exists()


# Add


def test_a_new_person_can_sign_in(as_boss, team):
    assert as_boss.post(ADD, new(team=team.pk)).status_code == 302
    person = User.objects.get(username="chen")
    assert (person.name, person.team, person.role) == ("陈静", team, Role.REPRESENTATIVE)
    assert sign_in(Client(), "chen").status_code == 302


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "no spaces"}, "username"),
        ({"username": "ALICE"}, "username"),
        ({"name": ""}, "name"),
        ({"email": "no address"}, "email"),
        ({"role": "emperor"}, "role"),
        ({"team": "0"}, "team"),
        ({"password2": "another"}, "password2"),
        ({"password1": "chen", "password2": "chen"}, "password2"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_the_rest_is_kept(as_boss, alice, changes, field):
    response = as_boss.post(ADD, new(**changes))
    assert list(response.context["form"].errors) == [field]
    assert ("陈静" in response.content.decode()) == (field != "name")
    assert PASSWORD not in response.content.decode()
    assert User.objects.count() == 2


def test_fields_that_are_not_on_the_form_have_no_effect(as_boss, alice):
    others = {
        "is_superuser": "on",
        "is_staff": "on",
        "language": "zh-hans",
        "password": "x",
        "id": "4711",
        "pk": "4711",
    }
    as_boss.post(ADD, new(**others))
    person = User.objects.get(username="chen")
    assert person.pk != 4711
    assert person.language == ""
    assert person.check_password(PASSWORD)
    edit(as_boss, alice, **others, last_login="2001-01-01", created_at="2001-01-01")
    after = User.objects.get(pk=alice.pk)
    assert (after.language, after.password, after.last_login, after.created_at) == (
        "",
        alice.password,
        None,
        alice.created_at,
    )


# Edit


def test_an_administrator_edits_a_person(as_boss, alice):
    team = TeamFactory(name="上海组")
    assert (
        edit(as_boss, alice, name="李小伟", role="supervisor", team=team.pk, email="li@example.com").status_code == 302
    )
    alice.refresh_from_db()
    assert (alice.name, alice.role, alice.team, alice.email) == ("李小伟", "supervisor", team, "li@example.com")


def test_a_person_who_is_not_there_is_not_found(as_boss):
    assert as_boss.get(reverse("staff:person_edit", args=[0])).status_code == 404
    assert as_boss.post(reverse("staff:person_edit", args=[0]), new()).status_code == 404
    assert as_boss.get(reverse("staff:person_password", args=[0])).status_code == 404


def test_a_deactivated_person_can_come_back(as_boss, alice):
    assert edit(as_boss, alice, is_active=None).status_code == 302
    alice.refresh_from_db()
    assert not alice.is_active
    assert edit(as_boss, alice, is_active="on").status_code == 302
    alice.refresh_from_db()
    assert alice.is_active


@pytest.mark.parametrize(("changes", "field"), [({"is_active": None}, "is_active"), ({"role": "manager"}, "role")])
def test_nobody_dismisses_or_demotes_themself(as_boss, boss, second, changes, field):
    response = edit(as_boss, boss, **changes)
    assert "ask another administrator" in str(response.context["form"].errors[field])
    boss.refresh_from_db()
    assert (boss.is_active, boss.role) == (True, Role.ADMINISTRATOR)


def test_administrators_may_dismiss_one_another_while_one_remains(as_boss, second):
    assert edit(as_boss, second, is_active=None).status_code == 302
    second.refresh_from_db()
    assert not second.is_active


def test_the_last_administrator_stays_whoever_asks(boss):
    reasons = list(people.objections(boss, role=Role.MANAGER, is_active=True, by=None))
    assert [field for field, _text in reasons] == ["role"]
    assert "last administrator" in reasons[0][1]


@pytest.mark.parametrize(
    ("changes", "field"), [({"is_active": None}, "is_active"), ({"role": "finance"}, "role")], ids=["leaving", "moving"]
)
def test_whoever_owns_customers_hands_them_over_first(as_boss, alice, changes, field):
    CustomerFactory.create_batch(2, owner=alice)
    response = edit(as_boss, alice, **changes)
    assert "李伟 still holds 2 customers: hand it over first." in str(response.context["form"].errors[field])
    alice.refresh_from_db()
    assert (alice.is_active, alice.role) == (True, Role.REPRESENTATIVE)


def test_a_seller_with_customers_may_become_another_kind_of_seller(as_boss, alice):
    CustomerFactory(owner=alice)
    assert edit(as_boss, alice, role="supervisor").status_code == 302


def test_who_left_with_customers_before_can_still_be_edited(as_boss, alice):
    CustomerFactory(owner=alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    alice.refresh_from_db()
    assert edit(as_boss, alice, name="李伟（离职）").status_code == 302


@pytest.mark.parametrize(
    ("changes", "field"), [({"is_active": None}, "is_active"), ({"role": "representative"}, "role")]
)
def test_the_head_of_a_team_leaves_it_to_another_first(as_boss, team, changes, field):
    head = UserFactory(supervisor=True, name="王芳", team=team)
    team.head = head
    team.save()
    response = edit(as_boss, head, **changes)
    assert "王芳 is the head of 杭州组: choose another head there first." in str(response.context["form"].errors[field])


def test_a_refused_change_keeps_what_was_typed_and_the_heading_keeps_the_name(as_boss, alice):
    page = edit(as_boss, alice, name="新名字", username="").content.decode()
    assert 'value="新名字"' in page
    assert "<title>李伟" in page.replace("\n", "").replace("  ", "")


def test_whoever_is_no_longer_an_administrator_changes_nothing(boss, alice, second):
    User.objects.filter(pk=boss.pk).update(role=Role.MANAGER)
    with pytest.raises(PermissionDenied), transaction.atomic():
        people.lock(alice.pk, by=boss)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_dismiss_each_other_leave_one(monkeypatch):
    pair = [UserFactory(username=name, administrator=True) for name in ("boss", "second")]
    clients = [Client(), Client()]
    for client, person in zip(clients, pair, strict=True):
        client.force_login(person)
    with racers(2) as them:
        for _ in range(10):
            User.objects.update(is_active=True)
            answers = them.run(
                lambda: edit(clients[0], pair[1], is_active=None).status_code,
                lambda: edit(clients[1], pair[0], is_active=None).status_code,
            )
            assert User.objects.active().count() == 1, answers


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_both_administrators_go(monkeypatch):
    pair = [UserFactory(username=name, administrator=True) for name in ("boss", "second")]
    client = Client()
    client.force_login(pair[0])
    monkeypatch.setattr(people, "lock", lambda pk, by: User.objects.get(pk=pk))

    def dismiss_first():
        assert not list(people.objections(pair[0], role=pair[0].role, is_active=False, by=pair[1]))
        User.objects.filter(pk=pair[0].pk).update(is_active=False)

    with open_transaction(dismiss_first):
        assert edit(client, pair[1], is_active=None).status_code == 302
    assert not User.objects.active().exists()


# The first person


def test_the_first_administrator_is_made_once(db):
    person = create_first_administrator(username="boss", name="孙工", password=PASSWORD)
    assert (person.role, person.is_active, person.check_password(PASSWORD)) == (Role.ADMINISTRATOR, True, True)
    with pytest.raises(TooLate):
        create_first_administrator(username="another", name="钱工", password=PASSWORD)


def test_an_administrator_who_was_dismissed_counts_too(db):
    UserFactory(administrator=True, inactive=True)
    with pytest.raises(TooLate):
        create_first_administrator(username="boss", name="孙工", password=PASSWORD)


def test_an_administrator_from_a_file_takes_up_the_own_account(db):
    imported = UserFactory(username="sun", name="孙敏", administrator=True)
    imported.set_unusable_password()
    imported.save()
    person = create_first_administrator(username="sun", name="孙工", password=PASSWORD)
    assert (person.pk, person.name, person.check_password(PASSWORD)) == (imported.pk, "孙工", True)
    assert User.objects.count() == 1


def make_first(name):
    return create_first_administrator(username=name, name=name, password=PASSWORD)


@pytest.mark.django_db(transaction=True)
def test_two_who_begin_at_once_make_one_first_administrator():
    with racers(5) as them:
        results = them.run(*[lambda n=n: make_first(f"boss{n}") for n in range(5)])
    assert [type(result) for result in results].count(User) == 1
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_two_would_be_first(monkeypatch):
    monkeypatch.setattr(people, "FIRST_PERSON_LOCK", 1)
    with open_transaction(lambda: make_first("one")):
        monkeypatch.setattr(people, "FIRST_PERSON_LOCK", 2)
        make_first("two")
    assert User.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_username_taken_at_the_same_moment_is_said_in_the_form():
    client = Client()
    client.force_login(UserFactory(username="boss", administrator=True))
    with racers(1) as them, open_transaction(lambda: UserFactory(username="chen")):
        answer = them.pool.submit(client.post, ADD, new())
        wait_until_somebody_waits_for_a_lock()
    # The other transaction has committed by now.
    assert "at the same moment" in answer.result(10).content.decode()
