"""python -m bench.complaints_public [N]: the public form under load, over HTTP, beside the bare page.

A gunicorn of two workers, as `make run` has, is asked by CLIENTS connections at once. The bare page (a signed-in GET)
and submissions of the form take turns of SLICE seconds, so that drift of the machine hits both alike; each gets
`--seconds` in all. Half of those who write are customers of the archive, recognised by their phone, half are unknown.
The submissions have to come at no less than LEAST of the bare page's rate, and every one that was answered has to be
there afterwards, once. How fast one worker then places them (recognised, given to their owners) is told as well.
"""

import argparse
import itertools
import os
import socket
import subprocess
import sys
import threading
import time
import uuid
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlencode

import django

from bench import database
from bench.__main__ import _prepare, say

LEAST = 0.5
CLIENTS, SLICE = 4, 10
MANY = str(10**9)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers", nargs="?", type=int, default=100_000, metavar="N", help="customers (100000)")
    parser.add_argument("--seconds", type=int, default=60, help="how long each of both is asked (60)")
    parser.add_argument("--known", type=float, default=0.5, help="share of those who are recognised (0.5)")
    options = parser.parse_args()
    with database.services():
        kept = database.use(options.customers, fresh=False)
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "FEEDBACK_PER_HOUR": MANY,
            "FEEDBACK_PER_ADDRESS": MANY,
        }
        django.setup()
        _prepare(options.customers, kept=kept)
        with _server() as port:
            return _measure(port, options)


@contextmanager
def _server():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "crm.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    server = subprocess.Popen([*command, "--log-level", "error", "--no-control-socket"])
    try:
        for _n in range(200):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _measure(port, options):
    from complaints import intake
    from complaints.models import Ticket  # models are there only now

    before = Ticket.objects.count()
    bare, form = Load(port, *_bare()), Load(port, *_form(options.known))
    for load in (bare, form):
        load.run(2, warm=True)
    for turn in range(-(-options.seconds // SLICE)):
        say(f"turn {turn + 1}")
        bare.run(SLICE)
        form.run(SLICE)
    answered = form.answered + form.warm
    lost = answered - (Ticket.objects.count() - before)
    begun = time.perf_counter()
    placed = intake.place_waiting()
    placing = time.perf_counter() - begun
    ratio = form.rate / bare.rate
    failed = bare.failed + form.failed
    print(f"bare page    {bare.rate:8.1f} /s  ({bare.answered} in {bare.seconds:.0f} s)")
    print(f"public form  {form.rate:8.1f} /s  ({form.answered} in {form.seconds:.0f} s)")
    print(f"placing      {placed / placing:8.1f} /s  ({placed} in {placing:.0f} s, one worker)")
    print(f"ratio {ratio:.2f} (at least {LEAST}); lost {lost}, failed {failed}")
    return 0 if ratio >= LEAST and not lost and not failed else 1


class Load:
    """Requests that several connections send at once, each the next of `requests` when the last is answered."""

    def __init__(self, port, expected, requests):
        self.port, self.expected, self.requests = port, expected, requests
        self.lock = threading.Lock()
        self.answered = self.warm = self.failed = 0
        self.seconds = 0.0

    @property
    def rate(self) -> float:
        return self.answered / self.seconds

    def run(self, seconds, *, warm=False):
        begun = time.perf_counter()
        counts = [[0, 0] for _n in range(CLIENTS)]
        threads = [threading.Thread(target=self._ask, args=(begun + seconds, count)) for count in counts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        answered = sum(count[0] for count in counts)
        self.failed += sum(count[1] for count in counts)
        if warm:
            self.warm += answered
        else:
            self.answered += answered
            self.seconds += time.perf_counter() - begun

    def _ask(self, until, count):
        while time.perf_counter() < until:
            with self.lock:
                method, path, body, headers = next(self.requests)
            connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
            connection.request(method, path, body, headers)
            status = connection.getresponse().status
            connection.close()
            count[status != self.expected] += 1


def _bare():
    from django.test import Client

    from bench.pages import people
    from staff.roles import Role

    client = Client()
    client.force_login(people()[Role.DIRECTOR])
    cookie = {"Cookie": f"sessionid={client.cookies['sessionid'].value}"}
    return 200, itertools.repeat(("GET", "/bench/bare/", None, cookie))


def _form(known):
    from complaints import receiving, stamps
    from customers.models import Contact

    phones = itertools.cycle(Contact.objects.exclude(phone="").order_by("pk").values_list("phone", flat=True)[:5000])
    csrf = "b" * 32
    headers = {"Cookie": f"csrftoken={csrf}", "Content-Type": "application/x-www-form-urlencoded"}

    def requests():
        for n in itertools.count():
            is_known = n % 100 < known * 100
            stamp = stamps.Stamp(uuid.uuid4(), receiving.new_key(), time.time() - 60)
            data = {
                "csrfmiddlewaretoken": csrf,
                "stamp": str(stamp),
                "kind": "complaint",
                "text": "上一批货少了两箱，请尽快补发。发货单写的是十箱，仓库只点到八箱。",
                "demand": "补发两箱",
                "product": "真丝面料",
                "reporter": "张老板",
                "phone": next(phones) if is_known else f"99{n:09d}",
                "email": "" if is_known else f"somebody{n}@example.cn",
            }
            yield "POST", "/feedback/", urlencode(data), headers

    return 302, requests()


if __name__ == "__main__":
    sys.exit(main())
