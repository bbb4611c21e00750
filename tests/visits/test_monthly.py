"""The monthly plan against what was done."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.lib.dates import first_of_month
from tests.factories import CallbackFactory, CallLogFactory, CustomerFactory, PromiseFactory, TeamFactory, UserFactory
from visits import calls
from visits.models import Callback, MonthlyComment
from visits.monthly import Plan
from visits.months import Month

pytestmark = pytest.mark.django_db
MONTH = Month(dt.date(2026, 3, 1))


@pytest.fixture
def team():
    return TeamFactory(name="杭州组")


@pytest.fixture
def supervisor(team):
    return UserFactory(supervisor=True, team=team, name="王芳")


@pytest.fixture
def rep(team):
    return UserFactory(team=team, name="李伟")


def planned(rep, on=MONTH.first, **fields):
    fields = {"due_on": on, "first_due_on": on, "opens_on": on} | fields
    return CallbackFactory(customer=CustomerFactory(owner=rep), **fields)


def close(callback, by, status="done", outcome="reached"):
    log = (
        CallLogFactory(customer=callback.customer, by=by, outcome=outcome, on=dt.date(2026, 3, 5)) if outcome else None
    )
    Callback.objects.filter(pk=callback.pk).update(status=status, closed_at=timezone.now(), closed_by=by, log=log)


def figures(user, person, month=MONTH):
    return dict(Plan(user, month).rows)[person]


def test_planned_done_reached_skipped_and_late_add_up(supervisor, rep):
    colleague = UserFactory(team=supervisor.team)
    close(planned(rep), rep)
    close(planned(rep), rep, outcome="refused")
    close(planned(rep), rep, status="skipped", outcome=None)
    planned(rep)
    planned(rep, due_on=timezone.localdate() + dt.timedelta(days=3))
    planned(rep, person=colleague)
    close(planned(rep), colleague)
    planned(rep, on=dt.date(2026, 2, 28))
    planned(rep, on=dt.date(2026, 4, 1))
    PromiseFactory(customer=CustomerFactory(owner=rep), due_on=dt.date(2026, 3, 31))
    one = figures(supervisor, rep)
    assert (one.planned, one.done, one.reached, one.skipped, one.left, one.late) == (5, 2, 1, 1, 2, 1)
    assert (one.promises, one.contacts, one.percent) == (1, 2, 40)
    other = figures(supervisor, colleague)
    assert (other.planned, other.done, other.reached, other.late) == (2, 1, 1, 1)
    whole = Plan(supervisor, MONTH).total
    assert (whole.planned, whole.done, whole.contacts) == (7, 3, 3)


def test_what_was_moved_stays_in_the_month_it_was_planned_for(supervisor, rep):
    planned(rep, due_on=dt.date(2026, 4, 20))
    assert figures(supervisor, rep).planned == 1


def test_a_logged_call_counts_in_its_month(rep):
    callback = planned(rep, on=timezone.localdate())
    calls.log(callback.customer, token=uuid.uuid4(), by=rep, outcome="reached", note="好")
    month = Month(first_of_month(timezone.localdate()))
    one = figures(rep, rep, month)
    assert (one.planned, one.done, one.reached, one.percent) == (1, 1, 1, 100)


def test_one_open_of_many_keeps_it_from_a_hundred(supervisor, rep):
    Callback.objects.all().delete()
    planned(rep)
    for _n in range(3):
        close(planned(rep), rep)
    assert figures(supervisor, rep).percent == 75


def test_a_representative_sees_their_own_month_only(client, supervisor, rep):
    colleague = UserFactory(team=supervisor.team, name="陈静")
    planned(colleague, reason="看不见")
    MonthlyComment.objects.create(month=MONTH.first, person=colleague, text="给陈静的话", by=supervisor)
    MonthlyComment.objects.create(month=MONTH.first, person=rep, text="给李伟的话", by=supervisor)
    MonthlyComment.objects.create(month=MONTH.first, team=supervisor.team, text="给全组的话", by=supervisor)
    client.force_login(rep)
    page = client.get(reverse("visits:month"), {"month": "2026-03"})
    body = page.content.decode()
    assert [person for person, _row in page.context["plan"].rows] == [rep]
    assert "给李伟的话" in body
    assert "陈静" not in body
    assert "全组" not in body
    assert page.context["form"] is None


def test_what_is_unresolved_is_listed_the_most_tried_first(client, supervisor, rep):
    once, thrice = planned(rep, tries=1), planned(rep, tries=3)
    planned(UserFactory(), tries=9)
    promise = PromiseFactory(customer=once.customer, due_on=dt.date(2026, 3, 9))
    client.force_login(supervisor)
    page = client.get(reverse("visits:month"), {"month": "2026-03"})
    assert page.context["callbacks"] == [thrice, once]
    assert page.context["promises"] == [promise]


def test_as_many_questions_for_many_as_for_few(client, supervisor, django_assert_max_num_queries):
    for n in range(5):
        colleague = UserFactory(team=supervisor.team, name=f"同事{n}")
        callback = planned(colleague)
        PromiseFactory(customer=callback.customer, due_on=dt.date(2026, 3, 9))
        close(planned(colleague), colleague)
        MonthlyComment.objects.create(month=MONTH.first, person=colleague, text="好", by=supervisor)
    client.force_login(supervisor)
    with django_assert_max_num_queries(18):
        client.get(reverse("visits:month"), {"month": "2026-03"})


def comment(client, **changed):
    return client.post(reverse("visits:comment_add"), {"month": "2026-03", "text": "多打电话"} | changed)


def test_a_leader_comments_on_a_person_or_a_team_once(client, supervisor, rep):
    client.force_login(supervisor)
    for _again in range(2):
        assert comment(client, person=rep.pk).status_code == 302
    assert comment(client, team=supervisor.team.pk).status_code == 302
    said = list(MonthlyComment.objects.values_list("month", "person", "team", "by"))
    assert said == [
        (MONTH.first, rep.pk, None, supervisor.pk),
        (MONTH.first, None, supervisor.team_id, supervisor.pk),
    ]
    assert "多打电话" in client.get(reverse("visits:month"), {"month": "2026-03"}).content.decode()


def test_a_comment_names_one_and_nobody_out_of_sight(client, supervisor, rep):
    client.force_login(supervisor)
    stranger = UserFactory(team=TeamFactory())
    wrong = [{}, {"person": rep.pk, "team": supervisor.team.pk}, {"person": stranger.pk}, {"team": stranger.team.pk}]
    for fields in [*wrong, {"person": rep.pk, "text": " "}]:
        page = comment(client, **fields)
        assert page.status_code == 422
        assert str(page.context["month"]) == "2026-03"
    assert not MonthlyComment.objects.exists()
    client.force_login(rep)
    assert comment(client, person=rep.pk).status_code == 403


def test_the_table_goes_to_a_spreadsheet_and_names_are_no_formulas(client, supervisor, team):
    rep = UserFactory(team=team, name="=1+1")
    close(planned(rep), rep)
    client.force_login(supervisor)
    response = client.get(reverse("visits:month_export"), {"month": "2026-03"})
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1] == '"2026-03","杭州组","\'=1+1","1","1","1","0","0","0","0","1"'
    assert "callbacks-2026-03.csv" in response.headers["Content-Disposition"]
