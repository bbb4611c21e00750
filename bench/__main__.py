"""python -m bench [N]: fill a scratch database with N customers and time the pages on it."""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import django
from django.core.management import call_command

from bench import database


def main() -> int:
    options = _options()
    with database.services():
        kept = database.use(options.customers, fresh=options.fresh)
        os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
        django.setup()
        _prepare(options.customers, kept=kept)
        return _run(options)


def _options():
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("customers", nargs="?", type=int, default=100_000, metavar="N", help="customers (100000)")
    parser.add_argument("--rounds", type=int, default=40, help="how often each page is asked (40)")
    parser.add_argument("--only", default="", metavar="TEXT", help="measure only pages with TEXT in their name")
    parser.add_argument("--fresh", action="store_true", help="fill the database again")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a page is over its budget")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE too")
    return parser.parse_args()


def _prepare(size, *, kept):
    """Migrate and fill, unless a database filled in the same way is there already."""
    from bench.fill import fill  # models are there only now

    call_command("migrate", verbosity=0)
    if kept:
        say(f"{size:,} customers are there from an earlier run (--fresh fills again)")
        return
    begun = time.perf_counter()
    fill(size, lambda step: say(f"{time.perf_counter() - begun:6.1f} s  {step}"))
    database.write_mark(size)
    say(f"{time.perf_counter() - begun:6.1f} s  filled with {size:,} customers")


def _run(options):
    from bench import clock, pages, plan_pages, report, returning, ticket_pages  # models are there only now

    who = pages.people()
    browser = clock.Browser(who)
    rounds = options.rounds + 1
    measured = [*pages.pages(who, browser.read), *plan_pages.pages(who), *ticket_pages.pages(who)]
    measured += [*pages.verbs(who, rounds), *plan_pages.verbs(who, rounds)]
    measured = pages.compared() + [page for page in measured if options.only in page.name]
    clock.measure(browser, measured, options.rounds, say)
    rows = report.figures(measured)
    report.print_pages(rows)
    nights = [] if options.only else [*clock.night(say), *returning.night(say)]
    if options.only == "return":
        nights = returning.night(say)
        busy = [*pages.compared(), *[page for page in pages.pages(who, browser.read) if page.name in returning.BUSY]]
        returning.pages_beside(browser, busy, options.rounds, say)
        report.print_pages(report.figures(busy))
    if nights:
        report.print_night(nights)
    if options.json:
        result = {"customers": options.customers, "rounds": options.rounds, "pages": rows, "night": nights}
        options.json.write_text(json.dumps(result, ensure_ascii=False, indent=1))
    return 1 if options.strict and report.is_over(rows) else 0


def say(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
