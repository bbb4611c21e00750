"""Timing through the real stack in one process: no network, a signed-in session, every middleware, DEBUG off."""

import random
import statistics
import time
from collections.abc import Callable
from urllib.parse import urlencode

from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from bench.pages import Page
from crm.lib.copying import whole_tables
from crm.lib.dates import add_months, first_of_month
from customers import grading
from visits import schedule
from visits.schedule_sql import EVERYBODY, NEXT_DATES

# How a browser sends a form that takes no files.
URLENCODED = "application/x-www-form-urlencoded"
# One in so many customers: what the bare UPDATE writes that the night is compared with.
BARE_PART = 20
BARE_UPDATE = "UPDATE customers_customer SET dealt = dealt + 1 WHERE id %% %s = 0"
NIGHT_ROUNDS = 3


class Browser:
    """One signed-in client per role."""

    def __init__(self, who):
        self.clients = {role: Client(headers={"accept-language": "zh-hans"}) for role in who}
        for role, client in self.clients.items():
            client.force_login(who[role])

    def read(self, role, url) -> str:
        return self.clients[role].get(url).content.decode()

    def ask(self, page: Page, turn: int = 0):
        """Send the request of `page` once; raise when it was not answered as it should be."""
        client = self.clients[page.role]
        client.cookies.pop("messages", None)  # what the verb before has said was read on the page that it led to
        headers = {"HX-Request": "true"} if page.fragment or page.is_verb else {}
        if page.is_verb:
            url, data = page.posts[turn]
            sent = (data,) if page.has_files else (urlencode(data), URLENCODED)
            response = client.post(url, *sent, headers=headers)
        else:
            response = client.get(page.url, headers=headers)
        location = response.headers.get("Location", "")
        if response.status_code >= 300 and (not page.goes_on or location != page.goes_on):
            raise RuntimeError(f"{page.name} as {page.role}: {response.status_code} {location}")
        return response


def measure(browser: Browser, pages: list[Page], rounds: int, say: Callable[[str], None]) -> None:
    """Ask every page once to warm up and to count its queries, then all of them in turn, `rounds` times over.

    Drift of the machine so hits all pages alike; each round has another order, so that none always follows a slow one.
    A verb takes another row each round, and ends when they are used up.
    """
    for page in pages:
        if not page.is_verb:
            browser.ask(page)
        page.queries = _queries(browser, page)
    for turn in range(1, rounds + 1):
        say(f"round {turn} of {rounds}")
        for page in random.Random(turn).sample(pages, len(pages)):
            if page.is_verb and turn >= len(page.posts):
                continue
            begun = time.perf_counter()
            browser.ask(page, turn)
            page.times.append(1000 * (time.perf_counter() - begun))


def _queries(browser, page):
    asked = []

    def note(execute, sql, params, many, context):
        if not sql.startswith("PREPARE"):  # once per connection, as settings are asked for once
            asked.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        browser.ask(page)
    return len(asked)


def median(times: list[float]) -> float:
    return statistics.median(times) if times else 0.0


def p95(times: list[float]) -> float:
    return sorted(times)[max(0, -(-len(times) * 95 // 100) - 1)] if times else 0.0


def night(say: Callable[[str], None]) -> list[dict]:
    """Time the night's statements beside bare ones that write as much, each rolled back.

    Regrading stands beside a bare UPDATE of every twentieth customer, the schedule beside its own statements without
    order of locks, parting of days and owners of promises.
    """
    today = timezone.localdate()
    next_month = add_months(first_of_month(today), 1)
    return [
        *_compared(
            say,
            {
                f"bare UPDATE of 1 in {BARE_PART}": _bare_update,
                "regrade, nothing changed": lambda: grading.regrade(on=today),
                "regrade, a new month": lambda: grading.regrade(on=next_month),
            },
        ),
        *_compared(
            say,
            {
                "bare SQL of the schedule, nothing new": lambda: _bare_plan(today),
                "schedule, nothing new": lambda: schedule.plan(on=today),
            },
        ),
        *_compared(
            say,
            {
                f"bare SQL of it, 1 in {BARE_PART} missing": lambda: _bare_plan(today),
                f"schedule, 1 in {BARE_PART} missing": lambda: schedule.plan(on=today),
            },
            before=_forget_callbacks,
        ),
    ]


def _compared(say, works: dict[str, Callable[[], int]], *, before: Callable[[], None] | None = None) -> list[dict]:
    """Time each work NIGHT_ROUNDS times in turn, each rolled back; the first is what the others are compared with.

    `before` prepares the ground in the same transaction and is not timed.
    """
    seconds, rows = {name: [] for name in works}, {}
    for turn in range(NIGHT_ROUNDS):
        for name, work in works.items():
            say(f"night {turn + 1} of {NIGHT_ROUNDS}: {name}")
            with connection.cursor() as cursor:
                cursor.execute("VACUUM customers_customer, visits_callback")
            rows[name], took = _rolled_back(work, before)
            seconds[name].append(took)
    bare = min(next(iter(seconds.values())))
    return [
        {"name": name, "seconds": round(min(took), 3), "rows": rows[name], "ratio_to_bare": round(min(took) / bare, 2)}
        for name, took in seconds.items()
    ]


def _forget_callbacks():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM visits_callback WHERE status = 'open' AND id %% %s = 0", [BARE_PART])


def _bare_plan(on):
    """Insert what is missing and write the next dates, as the schedule's statements say it."""
    with connection.cursor() as cursor:
        whole_tables(cursor)
        made = schedule.insert_missing(cursor, EVERYBODY, schedule.plan_params(on, None))
        cursor.execute(NEXT_DATES.format(only=EVERYBODY))
        return len(made)


def _bare_update():
    with connection.cursor() as cursor:
        cursor.execute(BARE_UPDATE, [BARE_PART])
        return cursor.rowcount


def _rolled_back(work, before):
    with transaction.atomic():
        if before:
            before()
        begun = time.perf_counter()
        result = work()
        took = time.perf_counter() - begun
        transaction.set_rollback(True)
    return result, took
