"""Taking tables of records: which columns, line by line, what is wrong with each line and how to mend it.

A room says in an `Importer` which columns it knows and how a chunk of lines is written; this module reads the sheet,
finds the columns, refuses lines and keeps count. Each chunk is one transaction; a file read twice changes nothing
the second time.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import ClassVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.cells import Problem, normal
from crm.lib.locks import locked
from crm.lib.looks import listed
from crm.lib.spreadsheets import Sheet, Unreadable

CHUNK = 2_000
# What text may not hold: control characters but for tab and line ends, and code points that are no characters.
FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


@dataclass(frozen=True)
class Column:
    """A column a file may have: its field, its label, and what else it may be called (Chinese, both scripts)."""

    field: str
    label: str
    words: tuple[str, ...] = ()
    required: bool = False
    help: str = ""

    def is_called(self, header) -> bool:
        return header in {normal(self.field), *(normal(word) for word in self.words)}


class Line:
    """One line of a file: its cells by field and as they stand there, and the problems found with it."""

    __slots__ = ("cells", "number", "problems", "row")

    def __init__(self, number, row, cells):
        self.number = number
        self.row = row
        self.cells = cells
        self.problems: list[tuple[str, str]] = []

    def refuse(self, name, message):
        self.problems.append((name, str(message)))

    def text(self, name) -> str:
        return self.cells.get(name, "")

    def read(self, name, parse: Callable, default=None):
        """Return what `parse` makes of a cell; `default` when it is blank or wrong, which is noted."""
        text = self.cells.get(name, "")
        if not text:
            return default
        try:
            return parse(text)
        except Problem as problem:
            self.refuse(name, problem)
            return default

    def require(self, messages: dict[str, str]):
        """Note which of the cells named by `messages` are blank, with what to do about each."""
        for name, message in messages.items():
            if not self.cells.get(name):
                self.refuse(name, message)


@dataclass
class Report:
    """What became of the lines of a file."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[dict] = field(default_factory=list)

    def counts(self) -> dict:
        return {name: getattr(self, name) for name in ("read", "created", "updated", "unchanged")}

    def as_dict(self) -> dict:
        return self.counts() | {"errors": self.errors}


class Importer:
    """How one kind of record comes in from files. Subclasses say the columns and write a chunk of lines."""

    job: ClassVar[str] = ""
    columns: ClassVar[tuple[Column, ...]] = ()
    # The field that names a record; a file may hold each only once.
    key: ClassVar[str] = ""

    def __init__(self, by=None):
        self.by = by
        self.today = timezone.localdate()

    def take(self, lines: list[Line], report: Report) -> None:
        """Write what can be taken, count it in `report`, and refuse the rest on its lines."""
        raise NotImplementedError

    def finish(self) -> None:
        """Do what needs the whole file."""


@dataclass
class Table:
    """A sheet whose columns were found."""

    sheet: Sheet
    fields: list[str | None]

    @property
    def ignored(self) -> list[str]:
        """Return the headers of columns that nobody asked for."""
        pairs = zip(self.sheet.headers, self.fields, strict=True)
        return [header for header, name in pairs if name is None and header]

    def lines(self) -> Iterator[Line]:
        picks = [(index, name) for index, name in enumerate(self.fields) if name]
        for number, cells in self.sheet.rows:
            yield _broken(number) if cells is None else _line(number, cells, picks)


def _broken(number):
    line = Line(number, [], {})
    line.refuse(
        "", _("This line can't be taken apart. Look for a quotation mark that is not closed, or a cell too long.")
    )
    return line


def _line(number, cells, picks):
    size = len(cells)
    line = Line(number, cells, {name: cells[index] if index < size else "" for index, name in picks})
    if FORBIDDEN.search("".join(cells)):
        _refuse_characters(line)
    return line


def _refuse_characters(line):
    for name, text in line.cells.items():
        if FORBIDDEN.search(text):
            line.refuse(name, _("The cell holds a character that can't be kept. Type it anew."))
            line.cells[name] = FORBIDDEN.sub("", text)
    line.row = [FORBIDDEN.sub("", text) for text in line.row]


def match(sheet: Sheet, columns: Iterable[Column]) -> Table:
    """Find the known columns of a sheet; raises Unreadable, saying which required ones are missing."""
    fields = [_field_of(header, columns) for header in sheet.headers]
    missing = [column for column in columns if column.required and column.field not in fields]
    if missing:
        named = listed(f"{column.field} ({'/'.join(column.words[:2])})" for column in missing)
        found = listed(header[:40] for header in sheet.headers[:30] if header)
        raise Unreadable(
            _("Columns missing: %(missing)s. The file has: %(found)s.") % {"missing": named, "found": found}
        )
    twice = sorted({name for name in fields if name and fields.count(name) > 1})
    if twice:
        raise Unreadable(_("More than one column is called: %(names)s. Keep one.") % {"names": listed(twice)})
    return Table(sheet, fields)


def _field_of(header, columns):
    header = normal(header)
    return next((column.field for column in columns if column.is_called(header)), None)


def run(importer: Importer, table: Table, *, keep: Callable | None = None, report: Report | None = None) -> Report:
    """Take a table chunk by chunk, each in its own transaction, and return what became of it.

    `keep(report, refused)` is called inside each transaction with the lines refused in it. Given the `report` of an
    earlier, broken-off run of the same file, it goes on behind the lines counted there.
    """
    report = report or Report()
    seen: dict[str, int] = {}
    lines = table.lines()
    with locked(importer.job):
        _mark_repeated(list(islice(lines, report.read)), importer.key, seen)
        while chunk := list(islice(lines, CHUNK)):
            _mark_repeated(chunk, importer.key, seen)
            with transaction.atomic():
                _take(importer, chunk, report, keep)
        with transaction.atomic():
            importer.finish()
    return report


def _take(importer, chunk, report, keep):
    report.read += len(chunk)
    importer.take(chunk, report)
    refused = [line for line in chunk if line.problems]
    for line in refused:
        for name, message in line.problems:
            report.errors.append({"line": line.number, "field": name, "message": message})
    if keep:
        keep(report, refused)


def _mark_repeated(lines, key, seen):
    for line in lines:
        value = line.text(key)
        first = seen.setdefault(value, line.number) if value else line.number
        if first != line.number:
            line.refuse(
                key, _("%(value)s stands in line %(line)s already. Keep one of them.") % {"value": value, "line": first}
            )
