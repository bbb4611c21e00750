"""A file sent in on a page: kept, rung for, worked off once, taken up again after a crash."""

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils.translation import get_language

from crm.lib import importing
from crm.lib.locks import try_lock
from customers.importing import CustomerImport
from customers.models import Activity, Customer
from jobs import bell, imports, tasks
from jobs.models import Run
from sales.importing import OrderImport
from tests.factories import CustomerFactory, UserFactory

FILE = "code,name\n" + "".join(f"C{n},客户{n}\n" for n in range(1, 6)) + "C6,\n"
JOB = CustomerImport.job


@pytest.fixture
def admin(db):
    return UserFactory(administrator=True, language="en")


def ask(by, text=FILE, job=JOB):
    return imports.ask(imports.KINDS[job], name="customers.csv", content=text.encode(), by=by)


def test_a_waiting_run_is_found_without_redis_and_done_once(admin):
    run = ask(admin)
    tasks.pick_up()
    run.refresh_from_db()
    assert (run.status, run.attempts, run.done, run.percent) == ("done", 1, 6, 100)
    counts = {name: run.counts[name] for name in ("read", "created", "updated", "unchanged", "refused")}
    assert counts == {"read": 6, "created": 5, "updated": 0, "unchanged": 0, "refused": 1}
    error = run.errors.get()
    assert (error.line, error.field, error.cells) == (7, "name", ["C6", ""])
    assert bytes(run.upload.content) == b""
    tasks.pick_up()
    tasks.work_off(JOB)
    run.refresh_from_db()
    assert run.attempts == 1


def test_redis_down_keeps_the_file(admin, settings, django_capture_on_commit_callbacks, monkeypatch):
    monkeypatch.setattr(bell.current_app, "send_task", _refuse)
    with django_capture_on_commit_callbacks(execute=True):
        run = ask(admin)
    assert Run.objects.get(pk=run.pk).status == "waiting"


def _refuse(*args):
    raise bell.BrokerError("nobody there")


def test_the_doorbell_rings_after_the_commit_only(admin, django_capture_on_commit_callbacks, monkeypatch):
    rung = []
    monkeypatch.setattr(bell.current_app, "send_task", lambda *args: rung.append(args))
    with django_capture_on_commit_callbacks(execute=True):
        ask(admin)
        assert rung == []
    assert rung == [("jobs.tasks.work_off", [JOB])]


def test_a_run_left_behind_goes_on_where_it_stopped(admin, monkeypatch):
    """As after a crash: two chunks are committed, the third never comes."""
    monkeypatch.setattr(importing, "CHUNK", 2)
    run = ask(admin)
    take, taken = CustomerImport.take, []

    def take_two(self, lines, report):
        if len(taken) == 2:
            raise SystemExit
        taken.append(len(lines))
        take(self, lines, report)

    monkeypatch.setattr(CustomerImport, "take", take_two)
    with pytest.raises(SystemExit):
        tasks.work_off(JOB)
    run.refresh_from_db()
    assert (run.status, run.done, run.counts["created"], Customer.objects.count()) == ("running", 4, 4, 4)
    monkeypatch.setattr(CustomerImport, "take", take)
    tasks.pick_up()
    run.refresh_from_db()
    assert (run.status, run.attempts, run.counts["created"], run.counts["unchanged"]) == ("done", 2, 5, 0)
    assert Activity.objects.filter(verb="create").count() == 5
    assert run.errors.count() == 1


def test_after_three_broken_attempts_it_has_failed(admin, monkeypatch):
    run = ask(admin)
    monkeypatch.setattr(CustomerImport, "take", lambda *args: 1 / 0)
    for _n in range(imports.MAX_ATTEMPTS):
        with pytest.raises(ZeroDivisionError):
            tasks.work_off(JOB)
    tasks.pick_up()
    run.refresh_from_db()
    assert run.status == "failed"
    assert "3 times" in run.error


@pytest.mark.parametrize(("field", "value"), [("is_active", False), ("role", "representative")])
def test_who_lost_the_right_meanwhile_imports_nothing(admin, field, value):
    run = ask(admin)
    setattr(admin, field, value)
    admin.save()
    tasks.pick_up()
    run.refresh_from_db()
    assert run.status == "failed"
    assert not Customer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_run_that_somebody_works_on_is_left_alone():
    """With real connections: the lock is the other worker's; without it the control takes the run."""
    run = ask(UserFactory(administrator=True))
    held, done = threading.Event(), threading.Event()
    other = threading.Thread(target=_hold, args=(held, done))
    other.start()
    held.wait(10)
    tasks.work_off(JOB)
    run.refresh_from_db()
    assert (run.status, run.attempts) == ("waiting", 0)
    done.set()
    other.join()
    tasks.work_off(JOB)
    run.refresh_from_db()
    assert (run.status, run.attempts) == ("done", 1)


def _hold(held, done):
    with try_lock(JOB) as mine:
        assert mine
        held.set()
        done.wait(30)
    connection.close()


# Pages


def upload(client, url, text=FILE, name="customers.csv"):
    return client.post(url, {"file": SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())})


def test_a_file_sent_in_becomes_a_run_of_ones_own(client, admin):
    client.force_login(admin)
    response = upload(client, reverse("customers:import"))
    run = Run.objects.get()
    assert response.headers["Location"] == run.get_absolute_url()
    assert (run.job, run.by, run.status, run.upload.name) == (JOB, admin, "waiting", "customers.csv")
    assert b'hx-trigger="load delay:1s"' in client.get(run.get_absolute_url()).content


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("customers.exe", FILE),
        ("customers.csv", "name,owner\nx,y\n"),
        ("customers.xlsx", b"PK\x03\x04 no workbook"),
        ("customers.csv", b""),
    ],
)
def test_what_is_wrong_with_the_file_is_said_at_once(client, admin, name, text):
    client.force_login(admin)
    response = upload(client, reverse("customers:import"), text, name)
    assert response.status_code == 422
    assert b"alert-danger" in response.content
    assert not Run.objects.exists()


def test_a_file_too_large_is_refused(client, admin, settings):
    settings.UPLOAD_MAX_BYTES = 10
    client.force_login(admin)
    assert upload(client, reverse("customers:import")).status_code == 422


def test_the_page_counts_and_the_download_names_line_and_cure(client, admin):
    run = ask(admin, "code,name,address\nC1,,=cmd\nC2,好\n")
    tasks.pick_up()
    client.force_login(admin)
    page = client.get(run.get_absolute_url()).content.decode()
    assert "hx-trigger" not in page.split('id="progress"')[1].split(">")[0]
    assert "Write the customer&#x27;s name." in page
    response = client.get(reverse("jobs:errors", args=[run.pk]))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert "attachment" in response.headers["Content-Disposition"]
    lines = text.splitlines()
    assert lines[0] == '"code","name","address","line","what to do"'
    assert lines[1] == '"C1","","\'=cmd","2","name: Write the customer\'s name."'
    assert len(lines) == 2


def test_the_mended_download_is_imported_as_it_is(client, admin):
    run = ask(admin, "code,name,address\nC1,,=cmd\n")
    tasks.pick_up()
    client.force_login(admin)
    text = b"".join(client.get(reverse("jobs:errors", args=[run.pk])).streaming_content).decode("utf-8-sig")
    ask(admin, text.replace('"C1",""', '"C1","好了"'))
    tasks.pick_up()
    assert Customer.objects.values_list("name", "address").get() == ("好了", "=cmd")


def test_the_fragment_is_the_same_part_of_the_page(client, admin):
    run = ask(admin)
    tasks.pick_up()
    client.force_login(admin)
    fragment = client.get(run.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()
    assert fragment.strip() in client.get(run.get_absolute_url()).content.decode()


def test_the_runs_of_others_are_not_there(client, admin):
    run = ask(admin)
    client.force_login(UserFactory(manager=True))
    assert client.get(run.get_absolute_url()).status_code == 404
    assert client.get(reverse("jobs:errors", args=[run.pk])).status_code == 404
    assert "customers.csv" not in client.get(reverse("jobs:list")).content.decode()


def test_messages_speak_the_language_of_who_asked(admin):
    admin.language = "zh-hans"
    admin.save()
    seen = []
    kind = imports.KINDS[JOB]

    class Spy(CustomerImport):
        def take(self, lines, report):
            seen.append(get_language())
            super().take(lines, report)

    imports.KINDS[JOB] = imports.Kind(Spy, kind.title, kind.view, kind.may)
    try:
        ask(admin)
        tasks.pick_up()
    finally:
        imports.KINDS[JOB] = kind
    assert seen == ["zh-hans"]


def test_the_list_asks_the_same_few_questions_for_any_number_of_runs(client, admin, django_assert_max_num_queries):
    client.force_login(admin)
    counted = []
    for number in (1, 3):
        while Run.objects.count() < number:
            ask(admin)
        with django_assert_max_num_queries(8) as asked:
            client.get(reverse("jobs:list"))
        counted.append(len(asked))
    assert counted[0] == counted[1]


def test_orders_come_in_the_same_way(client, admin):
    CustomerFactory(code="C1")
    client.force_login(admin)
    upload(client, reverse("sales:import"), "number,customer,date,amount\nO1,C1,2021-01-01,5\n", "orders.csv")
    tasks.pick_up()
    run = Run.objects.get()
    assert (run.job, run.counts["created"]) == (OrderImport.job, 1)
