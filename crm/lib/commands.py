"""Commands for scripts and schedulers: one JSON object on standard output, everything else on standard error.

Exit status 0 done, 1 done with line errors, 2 could not start.
"""

import datetime as dt
import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils.translation import gettext as _

from crm.lib import importing, spreadsheets
from crm.lib.looks import listed

COULD_NOT_START = 2
# Characters of the progress bar.
BAR = 40


def iso_date(text: str) -> dt.date:
    """Read YYYY-MM-DD; for argparse, which turns the ValueError into exit status 2."""
    return dt.date.fromisoformat(text)


class JsonCommand(BaseCommand):
    """A command that reports a dict: as JSON with --json, as lines of text without.

    `work` raises CouldNotStart for what the caller has to mend first. System checks are left to `check`.
    """

    requires_system_checks = []

    def create_parser(self, prog_name, subcommand, **kwargs):
        """Return the parser; with --json a word out of place is told as any other reason not to start."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        if self._called_from_command_line and "--json" in sys.argv:
            parser.error = lambda message: self.refuse(CouldNotStart(message), as_json=True)
        return parser

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")

    def handle(self, *args, **options):
        try:
            report = self.work(**options)
        except (CommandError, OperationalError) as error:
            self.refuse(error, as_json=options["json"])
        self.print_report(report, as_json=options["json"])
        if report.get("errors"):
            sys.exit(1)

    def work(self, **options) -> dict:
        raise NotImplementedError

    def refuse(self, error, *, as_json):
        message = _("The database does not answer: %s") % error if isinstance(error, OperationalError) else str(error)
        if not as_json:
            raise CommandError(message, returncode=COULD_NOT_START) from error
        self.stdout.write(json.dumps({"error": message.strip()}, ensure_ascii=False))
        sys.exit(COULD_NOT_START)

    def print_report(self, report, *, as_json):
        if as_json:
            self.stdout.write(json.dumps(report, ensure_ascii=False, default=str))
            return
        for key, value in report.items():
            if key != "errors":
                self.stdout.write(f"{key}: {value}")
        for error in report.get("errors", []):
            self.stderr.write("line {line}, {field}: {message}".format(**error))


class ImportCommand(JsonCommand):
    """A command that imports a file, with a bar on a terminal."""

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help="CSV (plain or gzipped) or XLSX")

    def importer(self, **options) -> importing.Importer:
        """Return the importer; raises CommandError when it may not start."""
        raise NotImplementedError

    def work(self, *, file, **options):
        importer = self.importer(**options)
        try:
            table = importing.match(spreadsheets.read(file), importer.columns)
            self.notice(table)
            return importing.run(importer, table, keep=self.bar(table.sheet.lines)).as_dict()
        except OSError as error:
            raise CouldNotStart(
                _("%(file)s can't be opened: %(why)s") % {"file": file, "why": error.strerror}
            ) from error
        except spreadsheets.Unreadable as error:
            raise CouldNotStart(f"{file}: {error}") from error

    def notice(self, table):
        if table.ignored:
            self.stderr.write(_("Columns not used: %s") % listed(table.ignored))

    def bar(self, total):
        """Return what draws the progress on a terminal; None elsewhere."""
        if not sys.stderr.isatty():
            return None

        def draw(report, refused):
            share = min(1, report.read / max(total, 1))
            sys.stderr.write(f"\r[{'#' * round(share * BAR):<{BAR}}] {report.read:,}" + "\n" * (share == 1))

        return draw


class CouldNotStart(CommandError):
    """Something to mend before the command can work: exit status 2."""

    def __init__(self, message):
        super().__init__(message, returncode=COULD_NOT_START)
