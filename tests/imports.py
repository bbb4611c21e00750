"""Taking a file in a test: in this process, or by the command as a process of its own on the test's database."""

import json
import os
import subprocess
import sys
from urllib.parse import urlsplit

from django.db import connection

from crm.lib import importing, spreadsheets
from tests.crm.processes import ROOT, environment


def take(importer, *lines):
    """Import a CSV of these lines, the header first; the report as the command prints it."""
    table = importing.match(spreadsheets.read("\n".join(lines).encode()), importer.columns)
    return importing.run(importer, table).as_dict()


def command(*words, **values):
    """Run a command on the database of a test with real commits: (status, what --json printed, standard error)."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    here = environment(DATABASE_URL=url, SECRET_KEY="command-test", **values)
    done = subprocess.run(
        [sys.executable, "manage.py", *map(str, words), "--json"],
        cwd=ROOT,
        env=here,
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert len(lines) <= 1, done.stdout
    return done.returncode, json.loads(lines[0]) if lines else None, done.stderr


def fields_refused(report):
    return [(error["line"], error["field"]) for error in report["errors"]]
