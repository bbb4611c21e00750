import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from crm.lib.dates import start_of
from customers.importing import CustomerImport
from customers.models import Activity, Contact, Customer, Stint
from tests.factories import ContactFactory, CustomerFactory, UserFactory
from tests.imports import command, fields_refused, take

HEADER = "code,name,owner,owned_since,source"
NOTHING = {"created": 0, "updated": 0, "errors": []}


@pytest.fixture
def admin(db):
    return UserFactory(administrator=True, username="admin")


@pytest.fixture
def rep(db):
    return UserFactory(username="rep01", name="李伟")


def test_an_owner_since_a_day_in_the_past_has_stint_due_date_and_activity(admin, rep):
    report = take(CustomerImport(admin), HEADER, "C1,杭州丝绸,rep01,2021年11月30日,exhibition")
    assert report == {"read": 1, "created": 1, "updated": 0, "unchanged": 0, "errors": []}
    customer = Customer.objects.get(code="C1")
    assert (customer.owner, customer.owned_since, customer.returns_on) == (
        rep,
        dt.date(2021, 11, 30),
        dt.date(2022, 1, 30),
    )
    assert (customer.source, customer.grade, customer.created_by, customer.version) == ("exhibition", "C", admin, 1)
    assert customer.pinyin == "hangzhousichou hzsc"
    stint = customer.stints.get()
    assert (stint.owner, stint.started_at, stint.start_reason) == (rep, start_of(dt.date(2021, 11, 30)), "imported")
    activity = customer.activities.get()
    assert (activity.verb, activity.by, activity.data) == ("create", admin, {"import": True})


def test_without_an_owner_it_goes_to_the_pool(admin):
    take(CustomerImport(admin), HEADER, "C1,杭州丝绸,,,")
    customer = Customer.objects.get()
    assert (customer.owner, customer.stint_reason, customer.status) == (None, "imported", "pool")
    assert not Stint.objects.owned().exists()


def test_the_same_file_again_changes_nothing(admin, rep):
    lines = f"{HEADER},contact,phone,headcount", "C1,杭州丝绸,rep01,2021-01-01,web,王芳,139,120", "C2,宁波远洋,,,,,,"
    take(CustomerImport(admin), *lines)
    before = _rows()
    report = take(CustomerImport(admin), *lines)
    assert report == {"read": 2, "unchanged": 2} | NOTHING
    assert _rows() == before


def _rows():
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM customers_customer c ORDER BY id")
        rows = cursor.fetchall()
    return rows, list(Contact.objects.values()), list(Stint.objects.values()), Activity.objects.count()


def test_a_known_customer_takes_what_the_line_fills_in_and_keeps_the_rest(admin, rep):
    customer = CustomerFactory(code="C1", name="旧名", industry="trade", address="西湖路1号", owner=rep)
    other = UserFactory(username="rep02")
    report = take(CustomerImport(admin), "客户编号,客户名称,负责人,行业,地址", f"C1,新名,{other.username},health,")
    assert (report["updated"], report["errors"]) == (1, [])
    version = customer.version
    customer.refresh_from_db()
    assert (customer.name, customer.industry, customer.address) == ("新名", "health", "西湖路1号")
    assert (customer.owner, customer.pinyin, customer.version) == (rep, "xinming xm", version + 1)
    edit = customer.activities.get(verb="edit")
    assert (edit.by, edit.data) == (admin, {"import": True, "fields": ["name", "industry"]})


def test_every_fault_of_a_line_is_told_and_good_lines_stay(admin, rep):
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    report = take(
        CustomerImport(admin),
        f"{HEADER},email,headcount,satisfaction,phone",
        "C1,,nobody,31.12.2020,moon,not-an-address,many,9,139",
        f"C2,好客户,rep01,{tomorrow},,,,,",
        "C3,好客户,rep01,2021-01-01,web,,,,",
        "C3,两次,rep01,2021-01-01,web,,,,",
        ",无号,,,,,,,",
        "C4," + "长" * 201 + ",,,,,,,",
        "C" * 33 + ",太长,,,,,,,",
        "C5,有\x01字,,,,,,,",
    )
    assert report["created"] == 1
    assert fields_refused(report) == [
        (2, "name"), (2, "source"), (2, "headcount"), (2, "satisfaction"), (2, "email"), (2, "contact"),
        (2, "owned_since"), (2, "owner"), (3, "owned_since"), (5, "code"), (6, "code"), (7, "name"), (8, "code"),
        (9, "name"),
    ]  # fmt: skip
    assert list(Customer.objects.values_list("code", flat=True)) == ["C3"]


@pytest.mark.parametrize("word", ["first inquiry", "First Inquiry", " first  inquiry"])
def test_a_choice_is_known_by_code_or_label(admin, word):
    take(CustomerImport(admin), HEADER, f"C1,杭州丝绸,,,{word}")
    assert Customer.objects.get().source == "first inquiry"


def test_contacts_come_along_and_are_kept_apart_by_name(admin, rep):
    customer = CustomerFactory(code="C1", owner=rep)
    main = ContactFactory(customer=customer, name="王芳", phone="1", email="", is_main=True)
    header = "code,name,联系人,职位,电话"
    take(CustomerImport(admin), header, f"C1,{customer.name},王芳,经理,2")
    main.refresh_from_db()
    assert (main.phone, main.position) == ("2", "经理")
    take(CustomerImport(admin), header, f"C1,{customer.name},李强,,3")
    assert list(customer.contacts.values_list("name", "phone", "is_main")) == [
        ("王芳", "2", True),
        ("李强", "3", False),
    ]
    take(CustomerImport(admin), header, f"C1,{customer.name},,,4")
    main.refresh_from_db()
    assert main.phone == "4"
    take(CustomerImport(admin), header, "C2,新客户,张三,,5")
    assert Contact.objects.get(customer__code="C2").is_main


TAKEN = "This code can't be used: it is taken."


@pytest.mark.parametrize("relation", ["other", "pool"])
def test_a_customer_out_of_reach_looks_like_any_code_that_is_taken(world, relation):
    customer = world.customers[relation]
    supervisor = world.people["supervisor"]
    report = take(CustomerImport(supervisor), "code,name", f"{customer.code},改名")
    assert report["errors"] == [{"line": 2, "field": "code", "message": TAKEN}]
    customer.refresh_from_db()
    assert customer.name != "改名"


def test_the_pool_is_open_to_the_administrator(world):
    customer = world.customers["pool"]
    assert take(CustomerImport(world.people["administrator"]), "code,name", f"{customer.code},改名")["updated"] == 1


@pytest.mark.parametrize(("username", "is_taken"), [("colleague", True), ("guangzhou", False), ("finance", False)])
def test_customers_are_given_only_to_people_in_sight_who_sell(world, username, is_taken):
    supervisor = world.people["supervisor"]
    report = take(CustomerImport(supervisor), HEADER, f"C1,新客户,{username},,")
    assert report["created"] == is_taken


def test_nobody_deactivated_is_given_a_customer(admin):
    UserFactory(username="gone", inactive=True)
    assert fields_refused(take(CustomerImport(admin), HEADER, "C1,新客户,gone,,")) == [(2, "owner")]


def test_poor_payment_flags_the_customer(admin, rep):
    take(CustomerImport(admin), "code,name,owner,payment", "C1,新客户,rep01,poor")
    assert Customer.objects.get().is_flagged


@pytest.mark.django_db(transaction=True)
def test_the_command_says_by_its_status_how_it_went(tmp_path):
    UserFactory(username="admin", administrator=True)
    UserFactory(username="rep01")
    file = tmp_path / "customers.csv"
    file.write_text(f"{HEADER}\nC1,杭州丝绸,rep01,2021-01-01,web\n")
    done = {"read": 1, "created": 1, "updated": 0, "unchanged": 0, "errors": []}
    assert command("import_customers", file, "--by", "admin")[:2] == (0, done)
    file.write_text(f"{HEADER}\nC2,,rep01,2021-01-01,web\n")
    status, report, _noise = command("import_customers", file, "--by", "admin")
    assert (status, fields_refused(report)) == (1, [(2, "name")])
    for by in ("nobody", "rep01"):
        status, report, _noise = command("import_customers", file, "--by", by)
        assert (status, list(report)) == (2, ["error"])
        assert by in report["error"] or "员工" in report["error"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("words", [["import_customers", "file.csv"], ["regrade", "--on", "yesterday"]])
def test_a_command_called_wrongly_says_so_as_json_too(words):
    status, report, _noise = command(*words)
    assert (status, list(report)) == (2, ["error"])
