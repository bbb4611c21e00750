"""A plan's papers as PDF (policy 12)."""

import datetime as dt
import io
import time
from decimal import Decimal
from urllib.parse import unquote

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from crm.lib.paper import Column, Paper
from customers.models import Customer, Turnover
from plans import course, judging, work
from plans.models import Plan, Task
from tests.factories import CustomerFactory, PlanFactory, TaskFactory, TeamFactory, UserFactory, running, submitted

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db):
    top = TeamFactory(name="常青公司")
    team = TeamFactory(name="杭州组", parent=top)
    manager, director = (
        UserFactory(manager=True, team=top, name="周强"),
        UserFactory(director=True, team=top, name="吴总"),
    )
    return {"author": UserFactory(supervisor=True, team=team, name="王芳"), "manager": manager, "director": director}


@pytest.fixture
def plan(people):
    mine = CustomerFactory(owner=people["author"], name="春风丝绸厂", grade="B")
    return running(PlanFactory(author=people["author"], name="春季回访", customers=[mine], budget=Decimal(5000)))


def read(client, plan, kind, by, language="zh-hans"):
    """Return the text of a form as `by` prints it, spaces and line ends left out, the PDF, and the answer."""
    client.force_login(by)
    answer = client.get(reverse("plans:paper", args=[plan.pk, kind]), headers={"accept-language": language})
    assert answer.status_code == 200, answer.status_code
    pdf = PdfReader(io.BytesIO(answer.content))
    return "".join("".join(page.extract_text() for page in pdf.pages).split()), pdf, answer


def typefaces(pdf):
    """Return the name of each typeface of the first page and whether its drawing is in the file."""
    fonts = pdf.pages[0]["/Resources"]["/Font"].values()
    inner = [font.get_object()["/DescendantFonts"][0].get_object() for font in fonts]
    return {font["/BaseFont"]: "/FontFile2" in font["/FontDescriptor"].get_object() for font in inner}


def test_the_plan_prints_its_wording_in_a_chinese_typeface_that_is_embedded(client, plan, people):
    text, pdf, answer = read(client, plan, "plan", people["author"])
    for words in ("常青公司", "春季回访", "让老客户继续下单", "春风丝绸厂", "5,000", "王芳"):
        assert words in text, words
    found = typefaces(pdf)
    assert found and all(found.values()) and all("NotoSansSC" in name for name in found)
    assert answer["Content-Type"] == "application/pdf"
    assert "春季回访.pdf" in unquote(answer["Content-Disposition"])


def test_the_plan_is_signed_by_who_passed_it(client, plan, people):
    text, _pdf, _answer = read(client, plan, "plan", people["author"])
    today = dt.date.today().isoformat()
    assert f"周强{today}" in text and f"吴总{today}" in text


def test_a_waiting_plan_prints_the_version_that_is_decided_on_with_places_to_sign(client, people):
    plan = submitted(author=people["author"], name="第一稿")
    Plan.objects.filter(pk=plan.pk).update(aim="后来写的")
    text, _pdf, _answer = read(client, plan, "plan", people["manager"])
    assert "让老客户继续下单" in text and "后来写的" not in text
    assert "吴总" not in text


def test_customers_out_of_sight_are_counted_not_named(client, plan, people):
    other = CustomerFactory(owner=UserFactory(), name="看不见的厂")
    mixed = running(PlanFactory(author=people["author"], customers=[other, plan.members.get().customer]))
    for kind in ("plan", "strengthening"):
        text, _pdf, _answer = read(client, mixed, kind, people["author"])
        assert "看不见的厂" not in text and "春风丝绸厂" in text
        assert "看不见的厂" in read(client, mixed, kind, people["director"])[0]
    assert "and1customeroutofyoursight" in read(client, mixed, "plan", people["author"], language="en")[0]


def test_a_task_for_a_customer_out_of_sight_tells_neither_name_nor_result(client, plan, people):
    other = CustomerFactory(owner=UserFactory(), name="看不见的厂")
    task = TaskFactory(plan=plan, customer=other, what="送样品")
    work.finish(task, result="他们很满意", feedback="还要二十箱", cost=Decimal(30), by=people["author"])
    other.loans.all().delete()
    text, _pdf, _answer = read(client, plan, "summary", people["author"])
    assert "送样品" in text and "看不见的厂" not in text and "他们很满意" not in text
    text, _pdf, _answer = read(client, plan, "summary", people["director"])
    assert "看不见的厂" in text and "他们很满意" in text


def test_the_strengthening_form_says_what_was_done_and_what_comes_next(client, plan, people):
    customer = plan.members.get().customer
    month = plan.starts_on.replace(day=1)
    earlier = (month - dt.timedelta(days=40)).replace(day=1)
    Turnover.objects.create(customer=customer, month=earlier, amount=Decimal(7300), orders=1)
    done = TaskFactory(plan=plan, customer=customer, what="送新样品")
    work.finish(done, result="已送", feedback="喜欢蓝色的", cost=Decimal(120), by=people["author"])
    TaskFactory(plan=plan, customer=customer, what="报价跟进")
    text, _pdf, _answer = read(client, plan, "strengthening", people["author"])
    for words in ("春风丝绸厂", "7,300", "送新样品", "喜欢蓝色的", "报价跟进"):
        assert words in text, words


def test_finance_reads_no_feedback_of_customers(client, plan, people):
    customer = plan.members.get().customer
    task = TaskFactory(plan=plan, customer=customer, what="送新样品")
    work.finish(task, result="已送到仓库", feedback="喜欢蓝色的", cost=Decimal(120), by=people["author"])
    finance = UserFactory(finance=True)
    assert "喜欢蓝色的" not in read(client, plan, "strengthening", finance)[0]
    text = read(client, plan, "summary", finance)[0]
    assert "已送到仓库" not in text and "120" in text


def test_there_is_no_report_before_it_is_written_and_no_summary_of_a_draft(client, plan, people):
    draft = PlanFactory(author=people["author"])
    client.force_login(people["author"])
    for missing, kind in ((plan, "report"), (draft, "summary"), (draft, "strengthening"), (plan, "no-such-form")):
        assert client.get(reverse("plans:paper", args=[missing.pk, kind])).status_code == 404, kind
    assert client.get(reverse("plans:paper", args=[draft.pk, "plan"])).status_code == 200


def test_the_report_carries_the_evaluation_and_the_guidance(client, plan, people):
    by = people["author"]
    course.end(plan, reason="提前完成", by=by)
    judging.report(plan, effect="good", evaluation="客户都回来了", improvements="早两周开始", by=by)
    judging.guide(plan, guidance="继续保持", by=people["manager"])
    text, _pdf, _answer = read(client, plan, "report", people["director"])
    for words in ("提前完成", "客户都回来了", "早两周开始", "继续保持", "周强"):
        assert words in text, words


def test_who_does_not_see_the_plan_prints_nothing_of_it(client, plan):
    client.force_login(UserFactory())
    assert client.get(reverse("plans:paper", args=[plan.pk, "plan"])).status_code == 404


@pytest.mark.parametrize("kind", ["plan", "summary", "strengthening"])
def test_two_hundred_customers_are_printed_in_two_seconds_with_as_many_queries(
    client, people, kind, django_assert_max_num_queries
):
    author = people["author"]
    customers = Customer.objects.bulk_create(CustomerFactory.build_batch(200, owner=author))
    plan = running(PlanFactory(author=author, customers=customers))
    said = {"status": "done", "done_at": timezone.now(), "result": "已经送到，客户满意" * 4, "feedback": "下月再订" * 5}
    Task.objects.bulk_create(TaskFactory.build(plan=plan, customer=it, **said) for it in customers)
    client.force_login(author)
    with django_assert_max_num_queries(16):
        begun = time.process_time()
        answer = client.get(reverse("plans:paper", args=[plan.pk, kind]))
    assert answer.status_code == 200
    assert time.process_time() - begun < 3  # of the processor; below two on a machine with nothing else to do


def test_a_table_goes_on_with_its_head_and_a_long_cell_over_pages():
    paper = Paper("演示表", company="演示公司", by="演示", at=dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC))
    paper.table([Column("序号", 1, "R"), Column("反馈", 9)], [(n, "想要新样品，" * 3) for n in range(80)])
    paper.prose("很长的总结。" * 900)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(paper.printed())).pages]
    assert "序号" in pages[1] and "序号" not in pages[-1]
    assert "".join("".join(pages).split()).count("很长的总结。") + 60 > 900
    assert f"{len(pages)}" in pages[0].splitlines()[-1]


def test_no_line_of_chinese_begins_with_a_comma():
    paper = Paper("演示表", company="演示公司", by="演示")
    lines = paper._wrapped("客户说，想要新样品。" * 40, 50, "")
    assert len(lines) > 5
    assert not any(line.startswith(("，", "。")) for line in lines)


def test_the_same_form_printed_twice_is_the_same_file():
    at = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)
    one, two = (Paper("演示表", company="演示公司", by="演示", at=at).printed() for _n in range(2))
    assert one == two


def test_characters_that_no_printer_knows_do_no_harm():
    paper = Paper("演\x00示", company="公司\x07", by="😀")
    paper.prose("一\u200b二\r\n三\t😀")
    assert "一" in PdfReader(io.BytesIO(paper.printed())).pages[0].extract_text()
