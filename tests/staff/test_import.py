import pytest

from staff.importing import StaffImport
from staff.models import Team, User
from tests.factories import CustomerFactory, TeamFactory, UserFactory
from tests.imports import command, fields_refused, take

HEADER = "username,name,role,team,email"


@pytest.mark.django_db
def test_people_and_the_teams_above_them_are_made():
    report = take(
        StaffImport(),
        HEADER,
        "li,李伟,销售代表,总公司/华东/杭州组,li@example.com",
        "wang,王芳,主管,总公司／华东／杭州组,",
    )
    assert report == {"read": 2, "created": 2, "updated": 0, "unchanged": 0, "errors": []}
    li = User.objects.get(username="li")
    assert (li.name, li.role, li.email, li.team.path) == (
        "李伟",
        "representative",
        "li@example.com",
        "总公司/华东/杭州组",
    )
    assert li.team.lineage == [*li.team.parent.lineage, li.team_id]
    assert Team.objects.count() == 3
    assert li.team.head.username == "wang"
    assert not li.has_usable_password()


@pytest.mark.django_db
def test_the_same_file_again_changes_nothing():
    lines = HEADER, "li,李伟,representative,总公司/杭州组,", "zhou,周强,manager,总公司,zhou@example.com"
    take(StaffImport(), *lines)
    assert take(StaffImport(), *lines) == {"read": 2, "created": 0, "updated": 0, "unchanged": 2, "errors": []}


@pytest.mark.django_db
def test_a_known_person_moves_and_keeps_password_and_blank_cells():
    person = UserFactory(username="li", email="li@example.com")
    report = take(StaffImport(), HEADER, "li,李伟,supervisor,总公司/上海组,")
    assert report["updated"] == 1
    password, person = person.password, User.objects.get(username="li")
    assert (person.role, person.team.path, person.email) == ("supervisor", "总公司/上海组", "li@example.com")
    assert person.password == password


@pytest.mark.django_db
def test_the_highest_fitting_role_heads_a_team_that_has_no_head():
    kept = UserFactory(supervisor=True)
    headed = TeamFactory(name="有主组", head=kept)
    take(
        StaffImport(),
        HEADER,
        "s,S,supervisor,总公司,",
        "d,D,director,总公司,",
        "a,A,administrator,总公司,",
        "m,M,manager,有主组,",
    )
    assert Team.objects.get(path="总公司").head.username == "d"
    headed.refresh_from_db()
    assert headed.head == kept


@pytest.mark.django_db
def test_every_fault_of_a_line_is_told_and_good_lines_stay():
    report = take(
        StaffImport(),
        HEADER,
        "a b,,boss,/,nobody",
        "ok,好人,finance,总公司,",
        "ok,两次,finance,总公司,",
        "x,X,manager," + "长" * 101 + ",",
    )
    assert report["created"] == 1
    assert fields_refused(report) == [
        (2, "name"), (2, "username"), (2, "role"), (2, "team"), (2, "email"), (4, "username"), (5, "team"),
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_the_command_says_by_its_status_how_it_went(tmp_path):
    file = tmp_path / "staff.csv"
    file.write_text("username,name,role,team\nli,李伟,representative,总公司\n")
    assert command("import_staff", file)[:2] == (
        0,
        {"read": 1, "created": 1, "updated": 0, "unchanged": 0, "errors": []},
    )
    file.write_text("username,name,role,team\nli,李伟,boss,总公司\n")
    status, report, _noise = command("import_staff", file)
    assert (status, fields_refused(report)) == (1, [(2, "role")])
    status, report, _noise = command("import_staff", tmp_path / "absent.csv")
    assert (status, list(report)) == (2, ["error"])
    file.write_text("username,name\nli,李伟\n")
    status, report, _noise = command("import_staff", file)
    assert status == 2
    assert "role" in report["error"]


@pytest.mark.django_db(transaction=True)
def test_without_a_database_the_command_could_not_start(tmp_path, monkeypatch):
    file = tmp_path / "staff.csv"
    file.write_text("username,name,role,team\nli,李伟,representative,总公司\n")
    monkeypatch.setenv("DATABASE_URL", "postgres://nobody:x@127.0.0.1:1/none")
    status, report, _noise = command("import_staff", file)
    assert (status, list(report)) == (2, ["error"])


@pytest.mark.django_db
def test_nobody_loses_a_sellers_role_while_customers_are_theirs():
    rep = CustomerFactory(owner__username="li").owner
    report = take(StaffImport(), HEADER, "li,李伟,finance,总公司,")
    assert fields_refused(report) == [(2, "role")]
    rep.refresh_from_db()
    assert rep.role == "representative"
