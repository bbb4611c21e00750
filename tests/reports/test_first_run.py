import pytest
from django.contrib.auth.hashers import make_password
from django.core.management import CommandError, call_command

from customers.models import Customer
from reports import setup
from staff.models import User
from tests.factories import CustomerFactory, OrderFactory, UserFactory

pytestmark = pytest.mark.django_db
FIRST = {"name": "孙工", "username": "sun", "password": "Silk-road-1877", "again": "Silk-road-1877"}


def test_while_nobody_exists_the_home_page_explains_the_link_and_does_not_tell_it(client):
    page = client.get("/")
    assert page.status_code == 200
    assert "setup_link" in page.content.decode()
    assert setup.path() not in page.content.decode()


def test_once_an_administrator_exists_home_leads_to_the_sign_in_page(client):
    UserFactory(administrator=True)
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer.url.startswith("/login/")


def test_the_link_makes_the_administrator_signs_in_and_shows_the_first_steps(client):
    answer = client.post(setup.path(), FIRST, follow=True)
    user = User.objects.get()
    assert (user.role, user.username) == ("administrator", "sun")
    assert answer.context["user"] == user
    assert "First steps" in answer.content.decode()


def test_people_from_a_file_leave_the_link_open_and_their_administrator_may_take_it(client):
    imported = UserFactory(username="sun", administrator=True)
    User.objects.update(password=make_password(None))
    assert client.post(setup.path(), FIRST).status_code == 302
    imported.refresh_from_db()
    assert imported.check_password(FIRST["password"])
    assert User.objects.count() == 1


def test_a_username_that_is_somebody_elses_is_refused(client):
    UserFactory(username="sun")
    assert client.post(setup.path(), FIRST).status_code == 422
    assert User.objects.get().role == "representative"


def test_the_link_is_gone_once_an_administrator_exists(client):
    UserFactory(administrator=True)
    assert client.get(setup.path()).status_code == 404
    assert client.post(setup.path(), FIRST).status_code == 404
    assert User.objects.count() == 1


@pytest.mark.parametrize("key", ["x", "0" * 40, "常青"])
def test_a_wrong_key_is_no_page(client, key):
    assert client.get(f"/welcome/{key}/").status_code == 404
    assert client.post(f"/welcome/{key}/", FIRST).status_code == 404
    assert not User.objects.exists()


def test_another_secret_makes_another_link(settings):
    path = setup.path()
    settings.SECRET_KEY = "another"
    assert setup.path() != path


@pytest.mark.parametrize("change", [{"again": "x"}, {"password": "12345678", "again": "12345678"}, {"username": ""}])
def test_a_mistake_keeps_the_form_and_makes_nobody(client, change):
    answer = client.post(setup.path(), FIRST | change)
    assert answer.status_code == 422
    assert "孙工" in answer.content.decode()
    assert not User.objects.exists()


def test_the_command_prints_the_path_only_while_it_is_one(capsys):
    call_command("setup_link")
    assert capsys.readouterr().out.strip() == setup.path()
    UserFactory(administrator=True)
    with pytest.raises(CommandError):
        call_command("setup_link")


@pytest.mark.parametrize(
    ("role", "place"),
    [
        ("representative", "/today/"),
        ("supervisor", "/today/"),
        ("manager", "/dashboard/"),
        ("director", "/dashboard/"),
        ("administrator", "/dashboard/"),
        ("finance", "/orders/?status=open"),
    ],
)
def test_home_is_where_the_roles_day_begins(client, role, place):
    client.force_login(UserFactory(role=role))
    assert client.get("/").url == place


def test_the_steps_are_ticked_as_they_are_done(client):
    client.force_login(UserFactory(role="administrator"))
    steps = {step.title: step for step in client.get("/dashboard/").context["steps"]}
    assert not any(step.is_done for step in steps.values())
    assert steps["Add teams"].is_next
    CustomerFactory()
    steps = {step.title: step for step in client.get("/dashboard/").context["steps"]}
    assert steps["Import customers"].is_done
    assert steps["Add people"].is_done
    OrderFactory()
    assert "steps" not in client.get("/dashboard/").context


def test_without_customers_the_others_get_a_friendly_page(client):
    client.force_login(UserFactory(role="director"))
    page = client.get("/dashboard/").content.decode()
    assert "No customers yet" in page
    assert "First steps" not in page
    assert not Customer.objects.exists()
