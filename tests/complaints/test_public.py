"""The public form and the private link: people get through, robots don't, and nobody reads what is not theirs."""

import re
import time
import uuid
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from complaints import intake, receiving, stamps, steps, thread
from complaints.models import Desk, File, Message, Ticket
from staff.models import Notice
from tests.complaints.link import answered_ticket, private_ticket
from tests.factories import ContactFactory, CustomerFactory, UserFactory
from tests.walls.racing import racers
from visits.models import ServiceEvent

pytestmark = pytest.mark.django_db
FORM, RECEIVED = reverse("complaints:public"), reverse("complaints:received")
LIMIT = 10  # FEEDBACK_PER_ADDRESS
WORDS = {
    "kind": "complaint",
    "text": "上一批货少了两箱，请尽快补发。\n发货单写的是十箱。",
    "demand": "补发两箱",
    "product": "真丝面料",
    "reporter": "钱塘布行 张老板",
    "phone": "13905718842",
}


def stamp(age=30.0):
    return str(stamps.Stamp(uuid.uuid4(), receiving.new_key(), time.time() - age))


def send(client, fields=WORDS, *, files=(), address="203.0.113.5", **more):
    data = {"stamp": stamp(), "website": "", "files": list(files), **fields, **more}
    return client.post(FORM, data, REMOTE_ADDR=address)


def jpeg():
    out = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "JPEG", exif=Image.Exif())
    return SimpleUploadedFile("箱子.jpg", out.getvalue(), "image/jpeg")


def pdf(name="发货单.pdf"):
    return SimpleUploadedFile(name, b"%PDF-1.7\n%demo\n", "application/pdf")


def link_on(page) -> str:
    return re.search(r'value="http://testserver(/feedback/[\w-]+/)"', page.content.decode())[1]


@pytest.mark.parametrize(("language", "html"), [("en", "en"), ("zh-hans", "zh-hans"), ("zh-hant", "zh-hant")])
def test_a_customer_gets_a_number_and_a_private_link_in_their_language(client, language, html):
    client.post(reverse("staff:language"), {"language": language, "next": FORM})
    page = client.get(FORM)
    assert f'<html lang="{html}">' in page.content.decode()
    response = send(client, stamp=page.context["form"].initial["stamp"])
    assert response.status_code == 422  # sent within the same second
    form = response.context["form"]
    assert form["text"].value() == WORDS["text"]
    response = send(client)
    assert (response.status_code, response.url) == (302, RECEIVED)
    ticket = Ticket.objects.get()
    page = client.get(RECEIVED)
    assert ticket.number in page.content.decode()
    assert (ticket.source, ticket.language, ticket.subject) == ("form", language, "上一批货少了两箱，请尽快补发")
    link = client.get(link_on(page))
    assert link.status_code == 200
    assert WORDS["text"].splitlines()[1] in link.content.decode()
    assert link_on(page).split("/")[2] not in str(Ticket.objects.values().get()), "the key itself is stored nowhere"


def test_the_link_is_shown_only_to_whoever_sent_the_form(client):
    send(client)
    assert "/feedback/" in client.get(RECEIVED).content.decode()
    assert Ticket.objects.get().number not in Client().get(RECEIVED).content.decode()


def placed() -> Ticket:
    """Return the newest ticket, after the task that the form rings for has run."""
    intake.place_waiting()
    return Ticket.objects.latest("pk")


def known(owner):
    customer = CustomerFactory(owner=owner)
    ContactFactory(customer=customer, phone="139 0571 8842")
    return customer


def test_a_known_phone_is_recognised_and_its_owner_hears_of_it(client):
    owner = UserFactory(email="owner@evergreen.example")
    customer = known(owner)
    send(client)
    ticket = placed()
    assert (ticket.customer, ticket.holder, ticket.received_by) == (customer, owner, None)
    assert ticket.due_at
    assert ticket.number in Notice.objects.get(person=owner).subject
    assert customer.holds.get().source == ticket.pk
    assert [step.verb for step in ticket.steps.all()] == ["receive"]
    assert intake.place_waiting() == 0


def test_it_is_somebodys_before_it_is_placed_and_whoever_takes_it_meanwhile_keeps_it(client):
    Desk.objects.create(person=UserFactory(), reopen_days=14)
    customer, quick = known(UserFactory()), UserFactory(administrator=True)
    send(client)
    ticket = Ticket.objects.get()
    assert ticket.holder == Desk.current().person
    steps.take(ticket, by=quick)
    ticket = placed()
    assert (ticket.holder, ticket.customer) == (quick, customer)


@pytest.mark.django_db(transaction=True)
def test_two_workers_place_each_ticket_once():
    customer = known(UserFactory())
    for _n in range(4):
        send(Client())
    with racers(2) as both:
        done = both.run(intake.place_waiting, intake.place_waiting)
    assert sum(done) == 4
    assert ServiceEvent.objects.filter(customer=customer).count() == 4


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_worker_was_placing_is_placed_by_the_next(monkeypatch):
    customer = known(UserFactory())
    send(Client())

    def killed(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(receiving, "_tell_holder", killed)
        with pytest.raises(KeyboardInterrupt):
            intake.place_waiting()
    assert not Ticket.objects.get().customer
    assert placed().customer == customer
    assert ServiceEvent.objects.count() == 1


def test_what_nobody_was_asked_for_goes_to_the_desk_unless_its_person_has_left(client):
    Desk.objects.create(person=UserFactory(), reopen_days=14)
    send(client)
    assert placed().holder == Desk.current().person
    UserFactory._meta.model.objects.update(is_active=False)
    send(client)
    assert Ticket.objects.latest("pk").holder is None
    assert placed().holder is None


@pytest.mark.parametrize("missing", ["text", "reporter", "phone"])
def test_what_is_missing_is_named_and_what_was_typed_stays(client, missing):
    response = send(client, WORDS | {missing: ""})
    assert response.status_code == 422
    assert missing in response.context["form"].errors
    kept = {name: text for name, text in WORDS.items() if name != missing}
    assert all(response.context["form"][name].value() == text for name, text in kept.items())
    assert not Ticket.objects.exists()


def test_an_address_by_mail_alone_is_enough(client):
    assert send(client, WORDS | {"phone": "", "email": "zhang@example.cn"}).status_code == 302


def test_pictures_and_pdfs_are_kept_clean_and_everything_else_is_refused(client):
    response = send(client, files=[jpeg(), pdf()])
    assert response.status_code == 302
    kept = {file.name: file for file in Ticket.objects.get().files.all()}
    assert {name: file.kind for name, file in kept.items()} == {
        "箱子.jpg": "image/jpeg",
        "发货单.pdf": "application/pdf",
    }
    assert all(file.is_public for file in kept.values())
    lie = SimpleUploadedFile("发票.pdf", b"<script>alert(1)</script>", "application/pdf")
    for files in ([lie], [pdf()] * 4):
        refused = send(client, files=files)
        assert refused.status_code == 422
        assert refused.context["files"].errors["files"]
        assert refused.context["form"]["text"].value() == WORDS["text"]
    assert Ticket.objects.count() == 1


def test_a_file_over_the_limit_is_refused_by_its_name(client):
    large = SimpleUploadedFile("大图.pdf", b"%PDF-" + b"x" * 10 * 1024 * 1024, "application/pdf")
    assert "大图.pdf" in str(send(client, files=[large]).context["files"].errors["files"])


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_are_one_ticket_and_lead_to_the_same_link():
    same = stamp()
    clients = [Client(), Client()]
    with racers(2) as both:
        answers = both.run(*[lambda c=client: send(c, stamp=same, files=[pdf()]) for client in clients])
    assert [answer.status_code for answer in answers] == [302, 302]
    links = {link_on(client.get(RECEIVED)) for client in clients}
    assert (Ticket.objects.count(), File.objects.count(), len(links)) == (1, 1, 1)


# Robots


def test_a_flood_of_robots_writes_nothing_beyond_the_limit_and_a_person_elsewhere_gets_through(client):
    for n in range(100):
        assert send(client, website="https://spam.example", address=f"198.51.100.{n}").status_code == 422
        assert send(client, stamp=stamp(age=0.5), address=f"198.51.100.{n}").status_code == 422
        assert send(client, stamp="x" * n, address=f"198.51.100.{n}").status_code == 422
    assert not Ticket.objects.exists()
    refused = [send(client).status_code for _n in range(200)].count(429)
    assert (Ticket.objects.count(), refused) == (LIMIT, 200 - LIMIT)
    # What one address sends is not held against the others.
    assert send(Client(), address="203.0.113.77").status_code == 302


def test_many_addresses_together_are_held_off_too(client, settings):
    settings.FEEDBACK_PER_HOUR = 20
    statuses = [send(client, address=f"2001:db8:{n:x}::1").status_code for n in range(60)]
    assert (statuses.count(302), statuses.count(429), Ticket.objects.count()) == (20, 40, 20)


def test_whoever_is_held_off_is_told_how_long_and_keeps_the_text(client):
    for _n in range(LIMIT):
        send(client)
    response = send(client)
    assert response.status_code == 429
    assert 3500 < int(response.headers["Retry-After"]) <= 3600
    assert "60" in str(response.context["refusal"])
    assert WORDS["text"] in response.content.decode()


@pytest.mark.parametrize("fields", [{"website": "x"}, {"stamp": ""}])
def test_a_person_taken_for_a_robot_presses_again_and_is_taken(client, fields):
    form = send(client, **fields).context["form"]
    assert form["website"].value() == ""
    seen = stamps.read(form["stamp"].value())
    later = str(stamps.Stamp(seen.token, seen.key, seen.made_at - 5))
    assert send(client, stamp=later).status_code == 302


def test_whoever_was_quick_presses_the_same_form_again_later(client):
    quick = stamps.read(stamp(age=1))
    again = send(client, stamp=str(quick)).context["form"]["stamp"].value()
    assert stamps.read(again) == quick


def test_a_page_open_since_yesterday_comes_back_fresh_and_is_still_the_same_ticket(client):
    old = stamp(age=2 * 24 * 3600)
    again = send(client, stamp=old).context["form"]["stamp"].value()
    assert send(client, stamp=again).status_code == 302
    assert Ticket.objects.get().token == stamps.read(old).token


def test_a_stamp_can_not_be_made_or_changed(client):
    made = stamp()
    for forged in (made[:-1] + ("A" if made[-1] != "A" else "B"), made.split(":")[0], "é", "::", made[1:]):
        assert stamps.read(forged) is None


# The private link


def test_the_link_shows_the_customers_words_and_ours_and_nothing_else(client):
    """Names of staff, notes, causes, costs, consequences and other customers are marked, and looked for."""
    key, marks, shown = answered_ticket()
    body = client.get(reverse("complaints:link", args=[key])).content.decode()
    assert [mark for mark in marks if mark in body] == []
    assert [text for text in shown if text not in body] == []


def test_the_link_is_kept_out_of_caches_search_machines_and_foreign_logs(client):
    _ticket, key = private_ticket()
    for path in (reverse("complaints:link", args=[key]), RECEIVED):
        headers = client.get(path).headers
        assert "no-store" in headers["Cache-Control"]
        assert headers["Referrer-Policy"] == "same-origin"
        assert "noindex" in headers["X-Robots-Tag"]


def test_the_key_is_masked_in_the_logs():
    from crm.logs import masked

    _ticket, key = private_ticket()
    for name, args in (("link", [key]), ("link_satisfied", [key]), ("link_file", [key, 1])):
        assert key not in masked(reverse(f"complaints:{name}", args=args))


@pytest.mark.parametrize("key", ["x", "x" * 32, "0" * 500])
def test_a_wrong_key_finds_nothing(client, key):
    for name, args in (("link", [key]), ("link_satisfied", [key])):
        assert client.post(reverse(f"complaints:{name}", args=args), {}).status_code == 404
    assert client.get(reverse("complaints:link_file", args=[key, 1])).status_code == 404


def test_only_files_meant_for_the_customer_are_sent(client):
    ticket, key = private_ticket()
    other, _key = private_ticket()
    own, hidden, foreign = (
        File.objects.create(ticket=it, name=name, kind="application/pdf", content=b"%PDF-", is_public=public)
        for it, name, public in ((ticket, "a.pdf", True), (ticket, "b.pdf", False), (other, "c.pdf", True))
    )
    found = {pk: client.get(reverse("complaints:link_file", args=[key, pk])) for pk in (own.pk, hidden.pk, foreign.pk)}
    assert [response.status_code for response in found.values()] == [200, 404, 404]
    headers = found[own.pk].headers
    assert headers["Content-Disposition"].startswith("attachment")
    assert "no-store" in headers["Cache-Control"]


def test_the_customer_adds_words_and_files_once(client):
    ticket, key = private_ticket()
    path = reverse("complaints:link", args=[key])
    token = uuid.uuid4()
    for _n in range(2):
        assert client.post(path, {"text": "照片见附件", "token": token, "files": [jpeg()]}).url == path
    message = Message.objects.get()
    assert (message.ticket, message.way, message.files.count()) == (ticket, "in", 1)
    assert client.post(path, {"text": " ", "token": uuid.uuid4()}).status_code == 422


def test_what_is_added_is_held_off_when_it_floods(client):
    _ticket, key = private_ticket()
    path = reverse("complaints:link", args=[key])
    statuses = [client.post(path, {"text": "催", "token": uuid.uuid4()}).status_code for _n in range(40)]
    assert (statuses.count(302), statuses.count(429), Message.objects.count()) == (30, 10, 30)


def test_the_customer_says_what_is_missing_and_then_that_they_are_satisfied(client):
    ticket, key = private_ticket(status="calling")
    path = reverse("complaints:link_satisfied", args=[key])
    assert client.post(path, {"outcome": "unsatisfied"}).status_code == 422
    client.post(path, {"outcome": "unsatisfied", "note": "还少一箱"})
    ticket.refresh_from_db()
    assert (ticket.status, ticket.rounds) == ("investigating", 1)
    assert client.post(path, {"outcome": "satisfied", "satisfaction": "5"}).status_code == 302
    ticket.refresh_from_db()
    assert ticket.status == "investigating", "nobody has settled it yet"
    Ticket.objects.filter(pk=ticket.pk).update(status="calling")
    assert client.post(path, {"outcome": "satisfied"}).status_code == 422
    client.post(path, {"outcome": "satisfied", "satisfaction": "4", "note": "谢谢"})
    ticket.refresh_from_db()
    assert (ticket.status, ticket.satisfaction) == ("closed", 4)
    assert "★★★★" in client.get(reverse("complaints:link", args=[key])).content.decode()


@pytest.mark.parametrize("outcome", ["not_reached", "", "closed"])
def test_a_customer_says_yes_or_no_and_nothing_else(client, outcome):
    _ticket, key = private_ticket(status="calling")
    answer = client.post(reverse("complaints:link_satisfied", args=[key]), {"outcome": outcome, "satisfaction": "5"})
    assert answer.status_code == 422


def test_writing_opens_a_closed_ticket_again_and_later_a_new_one_behind_the_same_link(client):
    ticket, key = private_ticket(status="closed", days=3)
    path = reverse("complaints:link", args=[key])
    client.post(path, {"text": "又坏了", "token": uuid.uuid4()})
    ticket.refresh_from_db()
    assert (ticket.status, ticket.reopened) == ("investigating", 1)

    ticket, key = private_ticket(status="closed", days=30)
    path = reverse("complaints:link", args=[key])
    page = client.post(path, {"text": "一个月后又坏了", "token": uuid.uuid4()}, follow=True)
    again = ticket.repeated_by.get()
    assert again.number in page.content.decode()
    assert "一个月后又坏了" in page.content.decode()
    client.post(path, {"text": "补充", "token": uuid.uuid4()})
    assert again.messages.count() == 2, "what is written next belongs to the new one"


def test_the_link_of_one_customer_never_leads_to_what_colleagues_linked_to_it(client):
    ticket, key = private_ticket(status="closed", days=30)
    foreign, _key = private_ticket(repeats=ticket, reporter="别人", text="别人的事")
    assert "别人的事" not in client.get(reverse("complaints:link", args=[key])).content.decode()
    assert foreign.repeats == ticket


def test_our_answer_stands_on_the_link_without_who_wrote_it(client):
    ticket, key = private_ticket()
    colleague = UserFactory(administrator=True, name="吴内部")
    thread.answer(ticket, "两箱今天补发。", by=colleague)
    body = client.get(reverse("complaints:link", args=[key])).content.decode()
    assert "两箱今天补发。" in body
    assert "吴内部" not in body
